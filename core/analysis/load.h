/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the schedulability analysis works on: numbers, and nothing of descriptors. All times are
 * nanoseconds, not negative and at most RT_TIME_MOST. rtcontainers-analysis(7) has the formulas
 * with their sources. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* No sum of two times overflows, and no declared time reaches it (100 years are 3.2e18 ns). */
#define RT_TIME_MOST (INT64_C(1) << 62)

/* Levels above SCHED_FIFO's 1 … 99. */
enum {
        RT_LEVEL_DEADLINE = 100, /* SCHED_DEADLINE: before any SCHED_FIFO task */
        RT_LEVEL_MACHINE = 101,  /* interrupts, and what the kernel takes away */
};

/* One source of load on a CPU: a task, an interrupt, or time that the kernel takes. */
typedef struct RtLoad {
        int64_t wcet;      /* of one job, overheads included; at least 1 */
        int64_t period;    /* least time between arrivals; at least 1 */
        int64_t jitter;    /* most time from a job's arrival to its release */
        int64_t deadline;  /* from the arrival; 0: nobody asks when it is done */
        int64_t blocking;  /* most time that less urgent work holds it up, once per busy period */
        int64_t interrupt; /* the part of wcet that runs at interrupt level and so hits everybody */
        int priority;      /* SCHED_FIFO's, or a level from above; larger is more urgent */
} RtLoad;

typedef enum RtVerdict {
        RT_MET,       /* proven: no job is ever late */
        RT_MISSED,    /* proven: the model has a job that is late */
        RT_UNDECIDED, /* the bound on work was reached first; to be treated as missed */
} RtVerdict;

/* The worse of two verdicts; a proven miss outweighs one that is undecided. */
RtVerdict rt_verdict_worse(RtVerdict a, RtVerdict b);

/* A load as another sees it: it interferes ceil((w + jitter) / period) times in a window w. */
typedef struct RtRival {
        int64_t wcet, period, jitter;
        /* Kept by the iteration: jobs counted so far, and the window up to which that holds. */
        int64_t jobs, until;
} RtRival;

/* Scratch memory, and the bound on work that makes every analysis end. One per run of the
 * pipeline; work is counted in visits of rivals, so that results do not depend on the machine. */
typedef struct RtEffort {
        RtArena *arena;
        int64_t left;    /* visits that are left for the run */
        int64_t most;    /* visits that one question may take */
        RtRival *rivals; /* room for rivals_room of them */
        size_t rivals_room;
} RtEffort;

/* About two seconds for the run, and a tenth of one for a question. */
#define RT_EFFORT(a) ((RtEffort){ .arena = (a), .left = INT64_C(1500000000), .most = 50000000 })

/* Room for `n` rivals, valid until the next call. */
RtRival *rt_effort_rivals(RtEffort *effort, size_t n);

/* Makes `rival` what `load` is to a task of `priority`. Whether it interferes at all: a less urgent
 * one only does with its interrupts. Equal priorities interfere in full, since SCHED_FIFO runs
 * whichever came first. */
bool rt_rival_of(const RtLoad *load, int priority, RtRival *ret);
