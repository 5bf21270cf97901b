/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scheduling parameters of a thread: sched_setattr(2) and sched_getattr(2), which have no functions
 * in older C libraries. */

#include <stdint.h>
#include <sys/types.h>

/* The part of struct sched_attr that all kernels know. */
typedef struct RtSchedAttr {
        uint32_t size;     /* filled in by the functions here */
        uint32_t policy;   /* SCHED_FIFO, …, RT_SCHED_DEADLINE */
        uint64_t flags;    /* RT_SCHED_RESET_ON_FORK, … */
        int32_t nice;      /* of SCHED_OTHER and SCHED_BATCH */
        uint32_t priority; /* of SCHED_FIFO and SCHED_RR */
        uint64_t runtime;  /* of SCHED_DEADLINE, in ns, as are the others */
        uint64_t deadline;
        uint64_t period;
} RtSchedAttr;

enum {
        RT_SCHED_DEADLINE = 6,
        RT_SCHED_RESET_ON_FORK = 0x01, /* what the thread starts gets SCHED_OTHER, nice 0 */
};

/* 0 means the calling thread. 0, or a negative errno. */
int rt_sched_set(pid_t tid, const RtSchedAttr *attr);
int rt_sched_get(pid_t tid, RtSchedAttr *ret);

/* As descriptors have it: "fifo", "deadline", "other"; "rr", "batch", "idle" and "ext" as well;
 * NULL if the policy is none of these. */
const char *rt_sched_policy_word(uint32_t policy);

/* "SCHED_FIFO", …; "an unknown policy". */
const char *rt_sched_policy_name(uint32_t policy);
