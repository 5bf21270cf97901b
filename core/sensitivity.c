/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sensitivity.h"

#include <string.h>

/* One supposition: other loads on some of the CPUs. */
typedef struct Variant {
        const RtPlan *plan;
        const RtConfigTiming *timing;
        RtEffort *effort;
        RtLoad **loads; /* by timing->cpus; NULL: as they are */
        bool all_paths; /* must hold, and not only those that do now */
} Variant;

static Variant make_variant(const RtPlan *plan, const RtConfigTiming *timing, RtEffort *effort)
{
        return (Variant){
                .plan = plan,
                .timing = timing,
                .effort = effort,
                .loads = rt_alloc_array(plan->arena, timing->cpus.n + 1, sizeof(RtLoad *)),
        };
}

/* A copy of the CPU's loads to be changed. */
static RtLoad *change(Variant *variant, size_t cpu)
{
        const RtCpuTiming *timing = &variant->timing->cpus.items[cpu];
        if (!variant->loads[cpu])
                variant->loads[cpu] =
                        rt_alloc_array(variant->plan->arena, timing->n_loads, sizeof(RtLoad));
        memcpy(variant->loads[cpu], timing->loads, timing->n_loads * sizeof(RtLoad));
        return variant->loads[cpu];
}

static bool has_bounds(const RtConfigTiming *timing)
{
        RT_EACH (chain, &timing->chains)
                if (chain->chain->max_reaction > 0 || chain->chain->max_age > 0)
                        return true;
        return timing->latencies.n > 0;
}

/* The config's timing with the variant's loads; responses only of the CPUs that changed. */
static RtConfigTiming timing_of(const Variant *variant)
{
        RtArena *arena = variant->plan->arena;
        RtConfigTiming result = { .plan = variant->timing->plan };
        for (size_t i = 0; i < variant->timing->cpus.n; i++) {
                RtCpuTiming cpu = variant->timing->cpus.items[i];
                if (variant->loads[i]) {
                        const RtTaskTiming *old = cpu.tasks.items;
                        size_t n = cpu.tasks.n;
                        RtResponse *responses =
                                rt_alloc_array(arena, cpu.n_loads, sizeof *responses);
                        rt_cpu_responses(variant->effort, variant->loads[i], cpu.n_loads,
                                         &variant->plan->rules, responses);
                        cpu.tasks.items = rt_alloc_array(arena, n + 1, sizeof *cpu.tasks.items);
                        for (size_t k = 0; k < n; k++) {
                                cpu.tasks.items[k] = old[k];
                                cpu.tasks.items[k].response = responses[old[k].load];
                        }
                }
                RT_APPEND(arena, &result.cpus, cpu);
        }
        rt_timing_add_paths(variant->plan, &result);
        return result;
}

/* Whether the CPUs that changed hold, and the paths that have to. */
static bool holds(const Variant *variant)
{
        const RtConfigTiming *now = variant->timing;
        for (size_t i = 0; i < now->cpus.n; i++)
                if (variant->loads[i] &&
                    rt_cpu_verdict(variant->effort, variant->loads[i], now->cpus.items[i].n_loads,
                                   &variant->plan->rules)
                                    .verdict != RT_MET)
                        return false;
        if (!has_bounds(now))
                return true;
        RtConfigTiming then = timing_of(variant);
        for (size_t i = 0; i < now->chains.n; i++)
                if ((variant->all_paths || now->chains.items[i].ok) && !then.chains.items[i].ok)
                        return false;
        for (size_t i = 0; i < now->latencies.n; i++)
                if ((variant->all_paths || now->latencies.items[i].ok) &&
                    !then.latencies.items[i].ok)
                        return false;
        return true;
}

/* -- all tasks --------------------------------------------------------------------------------- */

static bool is_task(const RtLoad *load)
{
        return ((const RtLoadOwner *)load->owner)->kind == RT_LOAD_TASK;
}

/* False if a time would leave the range that is analysed; then nothing holds. */
static bool scale(Variant *variant, int64_t permille)
{
        for (size_t i = 0; i < variant->timing->cpus.n; i++) {
                RtLoad *loads = change(variant, i);
                for (size_t k = 0; k < variant->timing->cpus.items[i].n_loads; k++) {
                        if (!is_task(&loads[k]))
                                continue;
                        int64_t overhead = ((const RtLoadOwner *)loads[k].owner)->overhead;
                        __int128 wcet =
                                ((__int128)(loads[k].wcet - overhead) * permille + 999) / 1000;
                        if (wcet + overhead > RT_TIME_MOST / 2)
                                return false;
                        loads[k].wcet = (int64_t)(wcet > 0 ? wcet : 1) + overhead;
                }
        }
        return true;
}

/* No factor beyond this can hold: some CPU would be asked for more than all of it. */
static int64_t scaling_limit(const RtConfigTiming *timing)
{
        double most = 1e15;
        RT_EACH (cpu, &timing->cpus) {
                double share = 0;
                for (size_t k = 0; k < cpu->n_loads; k++)
                        if (is_task(&cpu->loads[k]))
                                share += (double)(cpu->loads[k].wcet -
                                                  ((const RtLoadOwner *)cpu->loads[k].owner)
                                                          ->overhead) /
                                         (double)cpu->loads[k].period;
                if (share > 0 && 1000 / share < most)
                        most = 1000 / share;
        }
        return (int64_t)(most * (1 + 1e-9)) + 2;
}

int64_t rt_config_scaling(const RtPlan *plan, const RtConfigTiming *timing, RtEffort *effort)
{
        if (timing->cpus.n == 0)
                return -1;
        Variant variant = make_variant(plan, timing, effort);
        variant.all_paths = true;
        int64_t good = 0, bad = scaling_limit(timing);
        while (bad - good > 1) {
                int64_t middle = good + (bad - good) / 2;
                if (scale(&variant, middle) && holds(&variant))
                        good = middle;
                else
                        bad = middle;
                if (effort->left <= 0)
                        return -2;
        }
        return good;
}

/* -- one task ---------------------------------------------------------------------------------- */

int64_t rt_task_wcet_most(const RtPlan *plan, const RtConfigTiming *timing, size_t cpu, size_t task,
                          RtEffort *effort)
{
        enum { MOST_LOADS = 2000 };
        const RtCpuTiming *here = &timing->cpus.items[cpu];
        const size_t index = here->tasks.items[task].load;
        const int64_t overhead = ((const RtLoadOwner *)here->loads[index].owner)->overhead;
        if (here->n_loads > MOST_LOADS)
                return RT_NO_TIME;
        Variant variant = make_variant(plan, timing, effort);
        int64_t good = 0, bad = here->loads[index].deadline + 1;
        int64_t middle = here->loads[index].wcet - overhead; /* how it is now is a good guess */
        while (bad - good > 1) {
                if (middle <= good || middle >= bad)
                        middle = good + (bad - good) / 2;
                change(&variant, cpu)[index].wcet = middle + overhead;
                if (holds(&variant))
                        good = middle;
                else
                        bad = middle;
                middle = 0;
                if (effort->left <= 0)
                        return RT_NO_TIME;
        }
        return good;
}
