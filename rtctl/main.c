/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl(1) */

#include <locale.h>
#include <stdio.h>

#include "rtctl.h"

int main(int argc, char *argv[])
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtCommand command;
        const RtVerb *verb;
        /* Messages are UTF-8; numbers stay as C writes them. */
        setlocale(LC_CTYPE, "");

        if (rt_command_parse(&command, arena, argc, argv, &verb) < 0)
                return RTCTL_TROUBLE;
        int status = verb ? verb->run(&command) : RTCTL_GOOD;
        rt_pager_close();
        if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("rtctl: standard output");
                return RTCTL_TROUBLE;
        }
        return status;
}
