/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a CPU does from the critical instant on: everything is released at once, after all its
 * jitter, and from then on as often as it may. For pictures; the proof is the analysis. */

#include "load.h"

typedef struct RtSegment {
        size_t load; /* whose job runs */
        int64_t start, end;
        bool late; /* after the job's deadline */
} RtSegment;

typedef struct RtTimeline {
        RT_LIST(RtSegment) segments; /* in order of time */
        int64_t end;                 /* where it ends */
        bool cut;                    /* before the horizon, as there are too many jobs */
} RtTimeline;

/* Ends at the horizon, or when `most` jobs have come. */
RtTimeline rt_timeline(RtArena *arena, const RtLoad *loads, size_t n, int64_t horizon, size_t most);
