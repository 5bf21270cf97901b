/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel as what moves things between CPUs sees it. Tests have one of their own: files below
 * another root, and threads that are none. */

#include <sys/types.h>

#include "cpuset.h"

typedef struct RtKernel {
        const char *root;    /* "": of /proc, /sys and /run */
        const char *cgroups; /* RT_CGROUP_ROOT */
        /* 0 or a negative errno. */
        int (*set_thread_cpus)(pid_t thread, const RtCpuSet *cpus);
        int (*set_thread_priority)(pid_t thread, int priority); /* SCHED_FIFO */
} RtKernel;

/* The one that we run on. */
extern const RtKernel rt_kernel;
