/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SCHED_FIFO priorities for the tasks of one CPU, such that one assignment serves all scenarios. A
 * scenario is what runs together, that is the CPU's share of one config.
 *
 * Audsley, "Optimal priority assignment and feasibility analysis of static priority tasks with
 * arbitrary start times", YCS 164 (1991): from the lowest level up, take a task that holds there
 * with all that are left above it. Whether it holds does not depend on their order, and that
 * remains so when it has to hold in several scenarios: the search finds an assignment if there is
 * one. Few levels: Audsley, "On priority assignment in fixed priority scheduling", Information
 * Processing Letters 79 (2001): take all that hold at a level. */

#include "response.h"

/* A task on the CPU, or something else that runs there. Loads without a deadline keep their
 * priority and are not asked. */
typedef struct RtContender {
        RtLoad load; /* load.priority is the result, unless it is fixed */
        bool fixed;
        bool placed; /* scratch: at a level below, or at the one that is being filled */
} RtContender;

/* Indexes of the contenders that run together, ascending. */
typedef struct RtScenario {
        const size_t *members;
        size_t n;
} RtScenario;

typedef struct RtAssignment {
        RtContender *contenders;
        size_t n;
        const RtScenario *scenarios;
        size_t n_scenarios;
        int min, max; /* levels that may be given to those that are not fixed */
        /* Owner of the load that was late last time, which is asked first: often it is late again.
         * NULL: none is known. Set when one is late. */
        const void *suspect;
} RtAssignment;

/* Whether every contender with a deadline holds in every scenario, with the priorities as they are.
 * `level`, if not 0, limits the question to contenders of at most that priority. */
RtVerdict rt_priorities_hold(RtEffort *effort, const RtAssignment *assignment, int level);

/* Gives the contenders that are not fixed their priorities. RT_MET: all hold. Otherwise the
 * priorities are undefined; RT_MISSED means that no assignment exists. One level for each task if
 * there are enough; else neighbours share them, or if that does not hold as few as will do. */
RtVerdict rt_assign_priorities(RtEffort *effort, RtAssignment *assignment);

/* The order in which tasks are best tried, most urgent first: D - J, the deadline that is left
 * after the jitter. */
static inline int64_t rt_urgency(const RtLoad *load)
{
        return load->deadline - load->jitter;
}
