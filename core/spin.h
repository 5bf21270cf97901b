/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether an end of a channel may look for messages for a while before it sleeps. On a CPU that a
 * peer needs to send, or another real-time task to run, that would take time from them. */

#include "plan.h"
#include "wiring.h"

typedef struct RtSpin {
        int64_t ns;      /* 0: it sleeps at once */
        const char *why; /* what decided; NULL: the channel says 0 */
} RtSpin;

/* Of the end of the instance's container. */
RtSpin rt_plan_spin(const RtPlan *plan, const RtInstance *instance, const RtEnd *end);
