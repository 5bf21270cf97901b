/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SCHED_DEADLINE on one CPU: earliest deadline first, with what runs before it at a higher level.
 * The test is exact for sporadic tasks with release jitter (deadlines count from the arrival):
 * Baruah, Mok, Rosier, "Preemptively scheduling hard-real-time sporadic tasks on one processor",
 * RTSS 1990, by way of QPA, Zhang and Burns, "Schedulability analysis for real-time systems with
 * EDF scheduling", IEEE Transactions on Computers 58 (2009). */

#include "response.h"

/* What a CPU's deadline tasks are tested with. `others` are above them: interrupts, and the
 * interrupt parts of less urgent tasks. */
typedef struct RtDeadlineSet {
        const RtLoad *const *tasks;
        size_t n_tasks;
        const RtRival *others;
        size_t n_others;
} RtDeadlineSet;

typedef struct RtDemand {
        RtVerdict verdict;
        int64_t interval; /* of a miss: the interval in which more is asked for than it is long */
        int64_t demand;   /* how much is asked for within it; RT_NO_TIME: overload for ever */
} RtDemand;

RtDemand rt_demand_test(RtEffort *effort, const RtDeadlineSet *set);

/* Work of jobs of the task that arrive and are due within an interval, of which the first may be
 * released with all its jitter. */
int64_t rt_jobs_due(const RtLoad *task, int64_t interval);

/* The worst-case response time of tasks[index] from its arrival: Spuri, "Analysis of deadline
 * scheduled real-time systems", INRIA RR-2772 (1996). If that is too much work, the deadline stands
 * in for it, provided that the set passes the test; `passed` says so. */
RtResponse rt_deadline_response(RtEffort *effort, const RtDeadlineSet *set, size_t index,
                                bool passed);
