/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the schedulability analysis works on: numbers, and nothing of descriptors. All times are
 * nanoseconds, not negative and at most RT_TIME_MOST. rtcontainers-analysis(7) has the formulas
 * with their sources. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* No declared time reaches it (100 years are 3.2e18 ns), so two of them may be added. */
#define RT_TIME_MOST (INT64_C(1) << 62)

/* Sums that outgrow all times stay at the limit, which no window reaches. */
static inline int64_t rt_time_bounded(__int128 sum)
{
        return sum < RT_TIME_MOST ? (int64_t)sum : RT_TIME_MOST;
}

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
        int64_t window;    /* what the first job's window is known to reach at least; see cpu.h */
        const void *owner; /* the caller's own; the analysis does not look at it */
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

/* Uses of scratch memory; each lasts until the next call for the same use. */
typedef enum RtRoom {
        RT_ROOM_RIVALS,
        RT_ROOM_OTHERS,
        RT_ROOM_TASKS,
        RT_ROOM_SHARES,
        RT_ROOM_ORDER,
        RT_ROOM_OPEN,
        RT_ROOM_SCOPE,
        RT_ROOM_CHOICES,
        RT_ROOM_WINDOWS,
        RT_ROOM_MOVED,
        RT_ROOM_CROWDS,
        RT_ROOMS,
} RtRoom;

/* Scratch memory, and the bound on work that makes every analysis end. One per run of the
 * pipeline; work is counted in visits of rivals, so that results do not depend on the machine. */
typedef struct RtEffort {
        RtArena *arena;
        int64_t left;    /* visits that are left for the run */
        int64_t most;    /* visits that one question may take */
        RtRival *rivals; /* what rt_effort_rivals() returned last */
        void *rooms[RT_ROOMS];
        size_t sizes[RT_ROOMS];
} RtEffort;

/* At worst some seconds for a search, and a tenth of one for a question. */
#define RT_EFFORT(a) ((RtEffort){ .arena = (a), .left = INT64_C(1500000000), .most = 50000000 })

/* Visits that the next question may take. */
static inline int64_t rt_effort_budget(const RtEffort *effort)
{
        return effort->left < effort->most ? effort->left : effort->most;
}

/* Memory of that size, its content undefined. */
void *rt_effort_room(RtEffort *effort, RtRoom room, size_t size);
/* Room for `n` rivals. */
RtRival *rt_effort_rivals(RtEffort *effort, size_t n);

/* Makes `rival` what `load` is to a task of `priority`. Whether it interferes at all: a less urgent
 * one only does with its interrupts. Equal priorities interfere in full, since SCHED_FIFO runs
 * whichever came first. */
bool rt_rival_of(const RtLoad *load, int priority, RtRival *ret);
