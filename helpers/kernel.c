/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel.h"

#include <errno.h>
#include <sched.h>

#include "irqs.h"
#include "partition.h"

static int set_thread_cpus(pid_t thread, const RtCpuSet *cpus)
{
        cpu_set_t set;
        CPU_ZERO(&set);
        RT_EACH_CPU (cpu, cpus)
                CPU_SET((unsigned)cpu, &set);
        return sched_setaffinity(thread, sizeof set, &set) < 0 ? -errno : 0;
}

const RtKernel rt_kernel = {
        .root = "",
        .cgroups = RT_CGROUP_ROOT,
        .set_thread_cpus = set_thread_cpus,
        .set_thread_priority = rt_irq_thread_set_priority,
};
