/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Brings the interrupts of a container's devices to its CPUs when it has started, and back when it
 * has stopped. What cannot be had is said, and the container runs on.
 * usage: steer-irqs start CONTAINER CPUS MICROSECONDS PRIORITY:NAME… | steer-irqs stop CONTAINER
 *
 * It waits as long as that for interrupts to appear: some drivers request theirs when the device is
 * opened. PRIORITY is "-" where the threads of the interrupt keep theirs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steering.h"

static bool is_name(const char *name)
{
        return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) <= 64;
}

static bool parse_time(const char *text, int64_t *ret)
{
        size_t n = strlen(text);
        *ret = atoll(text);
        return n > 0 && n <= 15 && text[strspn(text, "0123456789")] == '\0';
}

static bool start(RtArena *arena, int n, char *words[])
{
        RtCpuSet cpus;
        int64_t patience;
        if (n < 4 || !is_name(words[0]) || rt_cpuset_parse(words[1], &cpus) < 0 ||
            !parse_time(words[2], &patience))
                return false;
        RtWantedIrqs wanted = { rt_alloc_array(arena, (size_t)n - 3, sizeof *wanted.items),
                                (size_t)n - 3 };
        for (size_t i = 0; i < wanted.n; i++)
                if (!rt_wanted_irq_parse(words[3 + i], &wanted.items[i]))
                        return false;
        /* Within a container, what there is of interrupts is not ours. */
        if (access("/run/systemd/container", F_OK) == 0) {
                fputs("<4>steer-irqs: this system is a container, and interrupts are its host's\n",
                      stderr);
                return true;
        }
        rt_steer(arena, &rt_kernel, words[0], &cpus, &wanted, patience);
        return true;
}

static bool stop(RtArena *arena, int n, char *words[])
{
        if (n != 1 || !is_name(words[0]))
                return false;
        rt_unsteer(arena, &rt_kernel, words[0]);
        return true;
}

int main(int argc, char *argv[])
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        const char *verb = argc > 1 ? argv[1] : "";
        if ((strcmp(verb, "start") == 0 && start(arena, argc - 2, argv + 2)) ||
            (strcmp(verb, "stop") == 0 && stop(arena, argc - 2, argv + 2)))
                return 0;
        fputs("usage: steer-irqs start CONTAINER CPUS MICROSECONDS PRIORITY:NAME…\n"
              "       steer-irqs stop CONTAINER\n",
              stderr);
        return 2;
}
