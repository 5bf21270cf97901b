/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In front of nspawn in the ExecStart= of real-time containers: no transparent huge pages for all
 * that it starts. The kernel makes such pages when memory is first touched or behind a program's
 * back, and both takes a time that nobody has declared. The setting passes on through fork(2) and
 * execve(2), and systemd has none for it.
 * usage: without-thp PROGRAM [ARGUMENT…] */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
        if (argc < 2) {
                fputs("usage: without-thp PROGRAM [ARGUMENT…]\n", stderr);
                return 2;
        }
        if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) < 0)
                fprintf(stderr, "without-thp: transparent huge pages stay on: %s\n",
                        strerror(errno));
        execv(argv[1], argv + 1);
        fprintf(stderr, "without-thp: %s: %s\n", argv[1], strerror(errno));
        return 127;
}
