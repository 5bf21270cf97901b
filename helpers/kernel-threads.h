/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's threads, as /proc shows them. In a PID namespace there are none. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "cpuset.h"

typedef struct RtKernelThread {
        pid_t pid;
        const char *name;  /* "ksoftirqd/2", "irq/24-eth0", "kworker/2:1-events" */
        uint64_t started;  /* with the PID it tells one thread from any other */
        bool immovable;    /* the kernel lets nobody change its CPUs */
        unsigned policy;   /* SCHED_FIFO, … */
        unsigned priority; /* of SCHED_FIFO and SCHED_RR */
        RtCpuSet cpus;     /* that it may run on */
} RtKernelThread;

typedef RT_LIST(RtKernelThread) RtKernelThreads;

/* Those whose name begins with `prefix`, by number. No program's thread passes for one by its name.
 * `root` is "" but in tests. 0 or a negative errno. */
int rt_kernel_threads(RtArena *arena, const char *root, const char *prefix, RtKernelThreads *ret);
/* -ESRCH if there is no such thread, or it is none of the kernel's. */
int rt_kernel_thread(RtArena *arena, const char *root, pid_t pid, RtKernelThread *ret);
