/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by paths.c and path-report.c only. */

#include "timing.h"

/* How data gets from one container to another: by any of the channels between them, so that the
 * worst of each counts. */
typedef struct RtWay {
        bool is_there;   /* there is a channel, or they are one container */
        int64_t queue;   /* messages that may wait; 0: newest values only */
        bool refuses;    /* a full queue refuses the newest message */
        bool is_flooded; /* others may keep the queue full for ever */
} RtWay;

/* `period`: of the task that receives. */
RtWay rt_way_between(const RtPlan *plan, const RtConfigPlan *config, const RtContainer *from,
                     const RtContainer *to, int64_t period);
