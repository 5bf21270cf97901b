/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStartPost= of containers: gives the program's threads their planned scheduling policy,
 * priority and CPUs, or timer slack, from outside. nspawn itself stays SCHED_OTHER, so that
 * starting one container holds up no real-time task of another.
 *
 * usage: bind-threads FILE, which is /run/systemd/nspawn/MACHINE.tasks; see task-spec.h */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "roster.h"

enum {
        STEP_US = 2000,          /* least pause between two passes */
        FIRST_PASS_US = 1000000, /* what is there already is found even if we hardly get the CPU */
        NAMESAKE_US = 200000,    /* for a thread that is called like its program, if there is one */
};

/* A main thread that has the name may be the one that is meant. */
static bool is_missing(const RtRoster *roster, size_t index, bool may_be_main)
{
        const RtEntry *entry = &roster->entries[index];
        return rt_task_spec_is_set(&roster->specs.items[index]) && !entry->found &&
               !(may_be_main && entry->found_main);
}

static size_t count_missing(const RtRoster *roster, bool may_be_main)
{
        size_t missing = 0;
        for (size_t i = 0; i < roster->specs.n; i++)
                missing += is_missing(roster, i, may_be_main);
        return missing;
}

/* As long as the pass has taken, so that half of the CPU at most is ours. */
static void pause_after(int64_t began, int64_t end)
{
        int64_t now = rt_monotonic(), length = now - began;
        length = length < STEP_US ? STEP_US : length;
        length = length > end - now ? end - now : length;
        if (length > 0)
                nanosleep(&(struct timespec){ .tv_sec = length / 1000000,
                                              .tv_nsec = length % 1000000 * 1000 },
                          NULL);
}

/* Passes until nothing is missing and the last one has found nothing new: threads of one name
 * appear one after the other. -ESRCH: some are missing; another negative errno: the kernel has
 * refused some. */
static int bind_all(RtRoster *roster)
{
        const int64_t start = rt_monotonic(), startup = roster->specs.startup / 1000;
        const int64_t admission = rt_roster_admission(roster);
        roster->payload.deadline = start + FIRST_PASS_US;
        for (int64_t began = start;; began = rt_monotonic()) {
                const int bound = rt_roster_pass(roster), refusal = rt_roster_refusal(roster);
                const size_t missing = count_missing(roster, rt_monotonic() - start >= NAMESAKE_US);
                if (refusal < 0 && refusal != -EBUSY)
                        return refusal;
                if (bound == 0 && !roster->young && missing == 0 && refusal == 0)
                        return 0;
                /* The program has ended already: systemd reports that, not we. */
                if (!rt_payload_is_populated(&roster->payload))
                        return 0;
                int64_t end = start + startup;
                if (refusal == -EBUSY && admission > startup)
                        end = start + admission;
                pause_after(began, end);
                if (rt_monotonic() >= end)
                        return refusal < 0 ? refusal : missing > 0 ? -ESRCH : 0;
                roster->payload.deadline = end;
        }
}

/* Whether one is. */
static bool report_missing(const RtRoster *roster)
{
        bool any = false;
        for (size_t i = 0; i < roster->specs.n; i++) {
                const RtTaskSpec *spec = &roster->specs.items[i];
                if (!is_missing(roster, i, true))
                        continue;
                any = true;
                rt_journal(&roster->journal, LOG_ERR, RT_MESSAGE_THREAD_MISSING,
                           "no thread \"%s\" has appeared within %lld ms; the task \"%s\" does not "
                           "run as planned%s",
                           rt_task_label(spec), (long long)(roster->specs.startup / 1000000),
                           spec->name,
                           roster->specs.fails_on_missing ? ", so the start fails" : "");
        }
        return any;
}

/* The plan has one thread for each task. */
static void report_many(const RtRoster *roster)
{
        for (size_t i = 0; i < roster->specs.n; i++)
                if (roster->entries[i].n_threads > (roster->entries[i].found_main ? 2U : 1U))
                        rt_journal(&roster->journal, LOG_WARNING, NULL,
                                   "%u threads are called \"%s\", and have been bound; the plan "
                                   "counts on one",
                                   roster->entries[i].n_threads,
                                   rt_task_label(&roster->specs.items[i]));
}

/* The machine's name, from the file's. */
static const char *name_of(const char *path, char *ret, size_t size)
{
        const char *slash = strrchr(path, '/');
        snprintf(ret, size, "%s", slash ? slash + 1 : path);
        char *dot = strrchr(ret, '.');
        if (dot)
                *dot = '\0';
        return ret;
}

int main(int argc, char *argv[])
{
        static RtRoster roster;
        char name[128];
        if (argc != 2 || argv[1][0] == '-') {
                fputs("usage, in ExecStartPost=: bind-threads /run/systemd/nspawn/MACHINE.tasks\n",
                      stderr);
                return 2;
        }
        int r = rt_roster_read(&roster, argv[1]);
        roster.journal = (RtJournal){ .program = "bind-threads",
                                      .container = name_of(argv[1], name, sizeof name) };
        if (r < 0) {
                rt_journal(&roster.journal, LOG_ERR, NULL, "%s: %s", argv[1],
                           r == -EINVAL ? "it is damaged" : strerror(-r));
                return 1;
        }
        r = rt_payload_find(&roster.payload) < 0 ? 0 : bind_all(&roster);
        report_many(&roster);
        if (r < 0 && r != -ESRCH)
                rt_roster_report_refusals(&roster);
        const bool missing = r == -ESRCH && report_missing(&roster);
        const bool fails = r < 0 && (r != -ESRCH || (missing && roster.specs.fails_on_missing));
        rt_roster_free(&roster);
        return fails;
}
