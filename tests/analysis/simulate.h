/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A CPU that runs jobs one event after another, as SCHED_FIFO, SCHED_DEADLINE and interrupts would.
 * It knows nothing of the analysis but the levels: what it observes is what the analysis has to
 * bound. */

#include "load.h"

/* Above all else: where a test puts the section that blocks, to have it begin when it hurts most.
 */
enum { SIM_LEVEL_TOP = 1000 };

typedef struct SimTask {
        int level;         /* as RtLoad.priority */
        int64_t interrupt; /* how much of each job runs first and as an interrupt */
        int64_t deadline;  /* from the arrival; decides the order at RT_LEVEL_DEADLINE */
        bool yields;       /* to those that are due at the same moment */
        /* A part of the rest of the job, from `section_at` of it on, in which it holds a lock. At a
         * lower level than RT_LEVEL_DEADLINE it then runs at level `ceiling`, and first there. At
         * RT_LEVEL_DEADLINE, tasks whose deadline is not below `ceiling_deadline` do not start. */
        int64_t section_at, section;
        int ceiling;
        int64_t ceiling_deadline;
} SimTask;

typedef struct SimJob {
        size_t task;
        int64_t arrival, release, work;
        int64_t start, end;    /* results: when it begins behind its interrupt; when it is done */
        int64_t to_do, has_to; /* scratch: left of its interrupt, and of the rest */
} SimJob;

/* Runs all jobs to their end. Puts them into the order of their releases; those of one moment
 * remain in the order given. */
void simulate(const SimTask *tasks, SimJob *jobs, size_t n);
