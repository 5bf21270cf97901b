/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The plan: who runs where, at which priority, under which user IDs. It is all that emitters and
 * rtctl see of the analysis. */

#include "cpu.h"
#include "model.h"

/* What the plan decides for one declared task. */
typedef struct RtTaskPlan {
        const RtTask *task;
        int cpu;      /* -1: any CPU of its instance (policy "other") */
        int priority; /* SCHED_FIFO; 0: none */
} RtTaskPlan;

/* One way in which a container runs. A container has one instance for all configs that it is in,
 * and is then carried over between them; or, where no single placement fits them all, one instance
 * per config. */
typedef struct RtInstance {
        RtContainer *container;
        const RtConfig *only; /* the config it is for; NULL: any */
        const char *unit;     /* "rt-imu.service", "rt-imu--B.service" */
        const char *stem;     /* "imu", "imu--B" */
        const char *why_only; /* why it cannot be carried over; NULL if it can */
        RtCpuSet cpus;
        int64_t uid;               /* first user ID of its range, the same for all instances */
        RT_LIST(RtTaskPlan) tasks; /* in the order of the descriptor */
} RtInstance;

typedef struct RtConfigPlan {
        RtConfig *config;
        RT_LIST(RtInstance *) members; /* by name */
        int64_t *load;                 /* parts per billion of each CPU in real-time tasks */
        struct RtConfigTiming *timing; /* NULL: not asked for yet; see rt_plan_timing() */
} RtConfigPlan;

typedef struct RtPlan {
        RtArena *arena;
        const RtModel *model;
        RtCpuSet realtime, housekeeping;
        RT_LIST(RtInstance *) instances; /* of accepted containers, by name */
        RT_LIST(RtConfigPlan *) configs; /* the accepted ones, by name */
        /* Those that the analysis refuses, with instances of their own, seated as well as could be:
         * nothing is generated from them, but they show what is wrong. */
        RT_LIST(RtConfigPlan *) refused;
        RtCpuRules rules;
        RtEffort effort;
        bool recalled; /* it is a stored plan, and has been verified */
} RtPlan;

struct RtStoredPlan;

/* Plans all configs that rt_check() accepted. Configs that cannot be placed such that all deadlines
 * and bounds hold are reported and rejected; with admission "warn" they are planned all the same
 * and only warned of. */
void rt_plan_make(RtPlan *plan, RtModel *model, RtDiags *diags);
/* The same, but a stored plan that still holds is not searched for again. */
void rt_plan_make_from(RtPlan *plan, RtModel *model, const struct RtStoredPlan *stored,
                       RtDiags *diags);

const RtConfigPlan *rt_plan_config(const RtPlan *plan, const char *name);
/* The same, but refused ones as well; NULL if the checks rejected it before. */
RtConfigPlan *rt_plan_shown(const RtPlan *plan, const char *name);
/* The instance by which the config runs the container, NULL if it is not in the config. */
RtInstance *rt_config_plan_member(const RtConfigPlan *config, const char *container);
/* The config that runs when `name` is asked for: itself, or if it is rejected its fallback, and so
 * on; NULL if there is none. */
const RtConfig *rt_plan_effective_config(const RtModel *model, const char *name);
/* Whether any task needs real-time CPUs. */
bool rt_plan_is_realtime(const RtPlan *plan);
/* The highest SCHED_FIFO priority of its tasks, 0 if none. */
int rt_instance_top_priority(const RtInstance *instance);
