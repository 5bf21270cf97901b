/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keeps CPUs of real-time containers free of everything else, as far as the kernel lets it be done;
 * what it does not is said, and costs no container.
 * usage, in rtcontainers-cpus.service: isolate-cpus start REALTIME HOUSEKEEPING | isolate-cpus stop
 *        in services of exclusive containers: isolate-cpus take SLICE root|isolated
 *                                           | isolate-cpus give SLICE
 *        for people: isolate-cpus list CPUS */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "housekeeping.h"
#include "leftovers.h"
#include "text.h"

/* What is bound is no surprise, and among the leftovers. */
static void say_refusals(RtArena *arena, const RtMoves *moves)
{
        enum { MOST = 12 };
        RtText text = RT_TEXT(arena);
        size_t n = 0;
        RT_EACH (refusal, &moves->refusals)
                if (!refusal->is_bound && n++ < MOST)
                        rt_text_addf(&text, "%s%s: %s", text.n > 0 ? "; " : "", refusal->what,
                                     strerror(-refusal->error));
        if (n > MOST)
                rt_text_addf(&text, "; and %zu more", n - MOST);
        if (n > 0)
                fprintf(stderr, "<4>isolate-cpus: these could not be moved: %s\n", text.data);
}

static void say_leftovers(RtArena *arena, const RtCpuSet *cpus)
{
        RtLeftovers leftovers;
        if (rt_leftovers(arena, "", cpus, &leftovers) < 0 || leftovers.n == 0)
                return;
        const char *irqs = rt_leftover_irqs_text(arena, &leftovers);
        const char *threads = rt_leftover_threads_text(arena, &leftovers);
        fprintf(stderr, "<6>isolate-cpus: what the kernel keeps on CPUs %s: %s%s%s\n",
                rt_cpuset_text(arena, cpus), irqs, irqs[0] && threads[0] ? "; " : "", threads);
}

static int start(RtArena *arena, const char *realtime, const char *housekeeping)
{
        RtCpuSet taken, rest;
        RtMoves moves;
        if (rt_cpuset_parse(realtime, &taken) < 0 || rt_cpuset_parse(housekeeping, &rest) < 0)
                return -EINVAL;
        int r = rt_housekeeping_impose(arena, &rt_kernel, &taken, &rest, &moves);
        if (r < 0) {
                fprintf(stderr,
                        "<3>isolate-cpus: nothing is moved away from CPUs %s, as what was before "
                        "cannot be noted in " RT_CPUS_STATE_PATH ": %s\n",
                        realtime, strerror(-r));
                return 1;
        }
        rt_claim_realtime(arena, &rt_kernel);
        fprintf(stderr,
                "<6>isolate-cpus: moved %zu interrupts and %zu kernel threads from CPUs %s to "
                "%s\n",
                moves.irqs, moves.threads, realtime, housekeeping);
        say_refusals(arena, &moves);
        say_leftovers(arena, &taken);
        return 0;
}

/* The partition first: when it goes, the kernel gives its own threads all CPUs. */
static int stop(RtArena *arena)
{
        RtMoves moves = { 0 };
        rt_release_realtime(arena, &rt_kernel);
        int r = rt_housekeeping_lift(arena, &rt_kernel, &moves);
        if (r < 0 && r != -ENOENT) {
                fprintf(stderr,
                        "<3>isolate-cpus: what was before cannot be read from " RT_CPUS_STATE_PATH
                        ": %s; interrupts and threads of the kernel stay where they are\n",
                        strerror(-r));
                return 1;
        }
        say_refusals(arena, &moves);
        return 0;
}

static int list(RtArena *arena, const char *text)
{
        RtCpuSet cpus;
        RtLeftovers leftovers;
        if (rt_cpuset_parse(text, &cpus) < 0)
                return -EINVAL;
        int r = rt_leftovers(arena, "", &cpus, &leftovers);
        if (r < 0) {
                fprintf(stderr, "isolate-cpus: /proc: %s\n", strerror(-r));
                return 1;
        }
        RT_EACH (leftover, &leftovers)
                printf("%s %d (%s) on %s%s\n", leftover->is_irq ? "interrupt" : "thread",
                       leftover->number, rt_printable(arena, leftover->name, 64),
                       rt_cpuset_text(arena, &leftover->cpus),
                       leftover->immovable ? ", bound by the kernel" : "");
        return 0;
}

/* One of ours, and no path. */
static bool is_slice(const char *name)
{
        return rt_starts_with(name, "rtcontainers-") && rt_ends_with(name, ".slice") &&
               !strchr(name, '/') && strlen(name) < 256;
}

static int take(RtArena *arena, const char *slice, const char *word)
{
        for (int type = RT_PARTITION_ROOT; type < RT_PARTITION_TYPES; type++)
                if (is_slice(slice) && strcmp(word, rt_partition_words[type]) == 0) {
                        rt_claim_slice(arena, &rt_kernel, slice, (RtPartitionType)type);
                        return 0;
                }
        return -EINVAL;
}

static int give(RtArena *arena, const char *slice)
{
        if (!is_slice(slice))
                return -EINVAL;
        rt_release_slice(arena, &rt_kernel, slice);
        return 0;
}

static int run(RtArena *arena, int n, char *words[])
{
        const char *verb = n > 0 ? words[0] : "";
        if (n == 3 && strcmp(verb, "start") == 0)
                return start(arena, words[1], words[2]);
        if (n == 1 && strcmp(verb, "stop") == 0)
                return stop(arena);
        if (n == 2 && strcmp(verb, "list") == 0)
                return list(arena, words[1]);
        if (n == 3 && strcmp(verb, "take") == 0)
                return take(arena, words[1], words[2]);
        if (n == 2 && strcmp(verb, "give") == 0)
                return give(arena, words[1]);
        return -EINVAL;
}

int main(int argc, char *argv[])
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        int status = run(arena, argc - 1, argv + 1);
        if (status == -EINVAL)
                fputs("usage: isolate-cpus start REALTIME HOUSEKEEPING | stop | list CPUS\n"
                      "       isolate-cpus take SLICE root|isolated | give SLICE\n",
                      stderr);
        return status < 0 ? 2 : status;
}
