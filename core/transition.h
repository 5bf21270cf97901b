/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a switch from one config to another does. systemd stops all that is only in the old one
 * before it starts what is only in the new one, and does not touch the rest. Whenever a CPU is idle
 * in between, it is as if only one of the two configs had ever run there, with the CPUs and
 * priorities that were planned; if both hold by themselves, so does the switch. Where a CPU need
 * not be idle, old and new tasks have to hold together: see rtcontainers-analysis(7), TRANSITIONS.
 */

#include "timing.h"

typedef RT_LIST(const RtInstance *) RtInstances;

typedef struct RtTransition {
        RtConfigPlan *from, *to;
        RtInstances keep;  /* carried over */
        RtInstances stop;  /* of `from` */
        RtInstances start; /* of `to` */
        RtInstances
                restarted;  /* of `stop`: their container is in both, but cannot be carried over */
        bool safe;          /* no task that is carried over may be late because of the switch */
        const char *reason; /* why it is not safe */
        /* The longest time for which the kernel may refuse a new SCHED_DEADLINE task, because the
         * bandwidth of one that has stopped comes back only when its last period is over. */
        int64_t deadline_wait;
        int64_t memory_peak;           /* bytes; -1: not known, as some container declares none */
        RT_LIST(const char *) devices; /* that stopping and starting containers both have */
} RtTransition;

RtTransition rt_transition(RtPlan *plan, RtConfigPlan *from, RtConfigPlan *to);
