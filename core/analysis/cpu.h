/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One CPU in one config: all loads on it together, and what the kernel adds by its own rules. */

#include "demand.h"
#include "response.h"
#include "utilisation.h"

/* How the kernel keeps real-time tasks from taking everything. One second is its period. Where the
 * kernel is not known both rules hold. */
typedef struct RtCpuRules {
        int64_t bandwidth; /* share of the CPU for real-time tasks, parts per million */
        bool throttles;    /* before 6.12: SCHED_FIFO waits once the share of a second is used */
        bool serves_fair;  /* since 6.12: starving ordinary tasks get 50 ms of a second */
} RtCpuRules;

typedef enum RtCpuReason {
        RT_CPU_HOLDS,
        RT_CPU_BANDWIDTH,          /* all loads together exceed rules->bandwidth */
        RT_CPU_DEADLINE_BANDWIDTH, /* the kernel would not admit the SCHED_DEADLINE tasks */
        RT_CPU_DEMAND,             /* a SCHED_DEADLINE task may be late */
        RT_CPU_RESPONSE,           /* a SCHED_FIFO task may be late: `index` */
} RtCpuReason;

typedef struct RtCpuVerdict {
        RtVerdict verdict;
        RtCpuReason reason; /* of a verdict other than RT_MET */
        size_t index;       /* of the load that is late */
        RtDemand demand;
} RtCpuVerdict;

/* Puts loads into the order that is asked for below: most urgent first. Stable. */
void rt_loads_sort(RtLoad *loads, size_t n);

/* Whether all deadlines hold and no bandwidth is exceeded. `loads` are in order of priority. Stops
 * at the first reason against it. */
RtCpuVerdict rt_cpu_verdict(RtEffort *effort, const RtLoad *loads, size_t n,
                            const RtCpuRules *rules);

/* The same for loads that grow in number: all of a priority above `level` held before, and have
 * only been joined by others of at most that priority, without interrupts. Knows from load.window
 * where the last question ended, and notes it there if all hold; whoever takes loads away has to
 * set window to 0. */
RtCpuVerdict rt_cpu_verdict_grown(RtEffort *effort, RtLoad *loads, size_t n,
                                  const RtCpuRules *rules, int level);

/* The verdict, and the response of every load that has a deadline, into ret_responses[n]. */
RtCpuVerdict rt_cpu_responses(RtEffort *effort, const RtLoad *loads, size_t n,
                              const RtCpuRules *rules, RtResponse *ret_responses);

/* The time that the kernel may take from SCHED_FIFO tasks, as a load. False: it takes none, for
 * they cannot use up their share of a second. */
bool rt_kernel_load(const RtLoad *loads, size_t n, const RtCpuRules *rules, RtLoad *ret);

/* Share of a CPU that the kernel admits in SCHED_DEADLINE tasks, parts per million. */
int64_t rt_deadline_bandwidth(const RtCpuRules *rules);

/* Sum of wcet / period over the loads of at least that priority, rounded up to parts per billion.
 */
int64_t rt_loads_utilisation(const RtLoad *loads, size_t n, int priority);
