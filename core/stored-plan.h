/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plan as a text, for baked images: who runs where and at which priority. At boot it is verified
 * by the analysis, which is much less work than to search for it again. One line for each real-time
 * task: "INSTANCE TASK CPU PRIORITY", below a first line that names the format. */

#include "plan.h"

#define RT_STORED_PLAN_FILE "rtcontainers.plan"

typedef struct RtStoredSeat {
        const char *stem; /* of the instance: "imu", "imu--B" */
        const char *task;
        int cpu;
        int priority; /* SCHED_FIFO; 0 for "deadline" */
} RtStoredSeat;

typedef struct RtStoredPlan {
        RT_LIST(RtStoredSeat) seats; /* by stem, then task */
} RtStoredPlan;

/* The lines, without ends of line. */
typedef RT_LIST(const char *) RtLines;
RtLines rt_stored_plan_lines(const RtPlan *plan);

/* -EBADMSG: the text is no stored plan. It is taken apart in place and has to stay. */
int rt_stored_plan_parse(RtArena *arena, char *text, RtStoredPlan *ret);

/* The seat of that task, NULL if it has none. */
const RtStoredSeat *rt_stored_plan_find(const RtStoredPlan *stored, const char *stem,
                                        const char *task);
