/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the analysis says of a planned config: every task's response time, every CPU's verdict, the
 * end-to-end times of chains and channels. */

#include "chain.h"
#include "plan.h"
#include "workload.h"

typedef struct RtTaskTiming {
        const RtInstance *instance;
        const RtTaskPlan *task;
        RtResponse response;
        size_t load; /* index into the CPU's loads */
} RtTaskTiming;

typedef struct RtCpuTiming {
        int cpu;
        RtLoad *loads; /* most urgent first; owners are RtLoadOwner */
        size_t n_loads;
        RtLoad kernel; /* what the kernel may take; wcet 0: nothing */
        RtCpuVerdict verdict;
        int64_t utilisation;         /* of all loads, parts per billion, rounded up */
        RtVerdict tasks_hold;        /* the worst of its tasks' verdicts */
        RT_LIST(RtTaskTiming) tasks; /* most urgent first */
} RtCpuTiming;

typedef struct RtChainTiming {
        const RtChain *chain;
        int64_t reaction, age; /* RT_NO_TIME: not bounded */
        int64_t davare;        /* the coarser bound on the reaction, for comparison */
        bool ok;
} RtChainTiming;

/* A channel with max_latency between two of the config's containers. */
typedef struct RtLatencyTiming {
        const RtChannel *channel;
        const RtInstance *from, *to;
        int64_t waiting; /* if the receiver waits for messages; RT_NO_TIME: not bounded */
        int64_t polling; /* if it looks once a period */
        bool ok;         /* whether the bound holds at least for a receiver that waits */
} RtLatencyTiming;

typedef struct RtConfigTiming {
        const RtConfigPlan *plan;
        RT_LIST(RtCpuTiming) cpus; /* those with real-time tasks, in order */
        RT_LIST(RtChainTiming) chains;
        RT_LIST(RtLatencyTiming) latencies;
        RtVerdict verdict; /* of CPUs, chains and latencies together */
} RtConfigTiming;

/* Analyses the config as it is planned, once. Everything that is returned lies in the plan's arena.
 */
const RtConfigTiming *rt_plan_timing(RtPlan *plan, RtConfigPlan *config);

/* Only the verdict on all its CPUs, which is quicker. */
RtVerdict rt_config_verdict(const RtPlan *plan, const RtConfigPlan *config, RtEffort *effort);

/* The CPU of that number, NULL if no real-time task of the config runs there. */
const RtCpuTiming *rt_config_timing_cpu(const RtConfigTiming *timing, int cpu);
/* The timing of that task of a member, NULL if the config has no such real-time task. */
const RtTaskTiming *rt_config_timing_task(const RtConfigTiming *timing, const char *container,
                                          const char *task);

/* Fills in chains and latencies, from the tasks' responses; see paths.c. */
void rt_timing_add_paths(const RtPlan *plan, RtConfigTiming *timing);
