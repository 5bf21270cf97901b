/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why a task may be late, and what would help. */

#include "diag.h"
#include "timing.h"

/* What one other load adds to the response time. */
typedef struct RtPart {
        const RtLoadOwner *owner; /* NULL: the kernel's own share, or others together */
        int64_t jobs;
        int64_t time; /* of all these jobs */
} RtPart;

/* The worst response time taken apart: own + blocking + parts - wait + jitter, where `wait` is what
 * of the busy period lies before the job's release. */
typedef struct RtBreakdown {
        bool known;        /* false: there is no worst time, the CPU is overloaded */
        int64_t jobs, own; /* the task's own jobs in the busy period, and their time */
        int64_t overhead;  /* the part of `own` that is the machine's */
        int64_t blocking, jitter, wait;
        RT_LIST(RtPart) parts; /* the largest ones, first the largest */
        size_t n_others;       /* how many further ones there are; of 10,000 nobody reads each */
        RtPart others;         /* all of them together */
} RtBreakdown;

RtBreakdown rt_break_down(const RtPlan *plan, const RtCpuTiming *cpu, const RtTaskTiming *task);

/* "imu.sample", "interrupt spi0 of imu", "the kernel's share for ordinary tasks" (owner NULL). */
const char *rt_load_label(RtArena *arena, const RtLoadOwner *owner);
/* Whom a late task has to thank: the label of the largest part, or its own. NULL if it is not late.
 */
const char *rt_culprit(const RtPlan *plan, const RtCpuTiming *cpu, const RtTaskTiming *task);

typedef enum RtRepairKind { RT_SHORTEN, RT_RELAX, RT_MOVE } RtRepairKind;

/* A change that is enough by itself to make the CPU hold. */
typedef struct RtRepair {
        RtRepairKind kind;
        const RtContainer *container;
        const RtTask *task; /* RT_SHORTEN, RT_RELAX */
        int64_t value;      /* the wcet or deadline, nanoseconds; the CPU to move to */
} RtRepair;

/* The smallest repairs for the CPU of that number in timing->cpus, at most one of each kind. */
typedef RT_LIST(RtRepair) RtRepairs;
RtRepairs rt_repairs(const RtPlan *plan, const RtConfigTiming *timing, size_t cpu,
                     RtEffort *effort);
/* "shorten the wcet of imu.sample to 240us (FILE:LINE)" */
const char *rt_repair_text(RtArena *arena, const RtRepair *repair);

/* What is wrong with a late task, in words: "task … may end 1320us after its arrival, …". */
const char *rt_miss_text(const RtPlan *plan, const RtConfigTiming *timing, const RtCpuTiming *cpu,
                         const RtTaskTiming *task);
/* "CPU 2 is asked for 0.9700 of its time, more than 0.9500 (rt_bandwidth)"; NULL if the CPU's
 * verdict has another reason. */
const char *rt_cpu_text(const RtPlan *plan, const RtCpuTiming *cpu);

/* The repairs of the first CPU that does not hold: "A, or B, or C"; NULL if there are none. */
const char *rt_repairs_text(RtPlan *plan, const RtConfigTiming *timing);

/* Reports all tasks of the config that may be late, and CPUs that are asked too much of, each at
 * the line that says what does not hold; as errors about the config, or as warnings. How many. */
size_t rt_report_misses(RtPlan *plan, const RtConfigTiming *timing, RtSeverity severity,
                        RtDiags *diags);
