/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* End-to-end times of chains of periodic tasks that read when a job starts and write when it ends:
 * Duerr, von der Brueggen, Chen, Chen, "End-to-end timing analysis of sporadic cause-effect chains
 * in distributed systems", ACM TECS 18 (2019), theorems 5.4 and 5.10; never worse than Davare et
 * al., "Period optimization for hard real-time distributed automotive systems", DAC 2007. Both are
 * widened for release jitter and for queues. */

#include "load.h"

/* One task of the chain, and the way to the next. */
typedef struct RtHop {
        int64_t period, jitter;
        int64_t response; /* worst case from the arrival; RT_NO_TIME: not bounded */
        bool is_before;   /* on the next task's CPU, and more urgent than it */
        int64_t queue;    /* messages that may wait on the way to the next; 0: newest value */
        bool refuses;     /* when the queue is full, the newest message is lost, not the oldest */
} RtHop;

/* From an event that just missed a sample of the first task to the end of the last task's first job
 * that could know it; RT_NO_TIME if there is no bound. */
int64_t rt_chain_reaction(const RtHop *hops, size_t n);
/* The same by Davare's coarser bound, which does not look at CPUs and priorities. */
int64_t rt_chain_davare(const RtHop *hops, size_t n);
/* Of the data that a job of the last task used, at the end of that job. */
int64_t rt_chain_age(const RtHop *hops, size_t n);
