/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timing.h"

#include <stdlib.h>
#include <string.h>

/* -- loads ------------------------------------------------------------------------------------- */

/* What is on one CPU; the loads' owners lie in the arena. */
typedef struct Gathering {
        RtArena *arena;
        const RtPlatform *platform;
        RT_LIST(RtLoad) loads;
} Gathering;

static void add_load(Gathering *gathering, const RtOwnedLoad *owned)
{
        RtOwnedLoad *kept = rt_alloc(gathering->arena, sizeof *kept);
        *kept = *owned;
        kept->load.owner = &kept->owner;
        RT_APPEND(gathering->arena, &gathering->loads, kept->load);
}

static void add_instance(Gathering *gathering, const RtInstance *instance, int cpu)
{
        bool present = false;
        RT_EACH (plan, &instance->tasks) {
                if (plan->cpu != cpu || plan->task->policy == RT_POLICY_OTHER)
                        continue;
                RtOwnedLoad load = rt_task_load(gathering->platform, instance->container,
                                                plan->task, plan->priority);
                add_load(gathering, &load);
                present = true;
        }
        if (!present)
                return;
        RtOwnedLoads interrupts =
                rt_interrupt_loads(gathering->arena, gathering->platform, instance->container);
        RT_EACH (load, &interrupts)
                add_load(gathering, load);
}

/* By name below one priority, so that equal ones come in an order of their own. */
static int compare_loads(const void *a, const void *b)
{
        const RtLoad *x = a, *y = b;
        if (x->priority != y->priority)
                return x->priority > y->priority ? -1 : 1;
        const RtLoadOwner *p = x->owner, *q = y->owner;
        int r = strcmp(p->container->object.name, q->container->object.name);
        if (r != 0)
                return r;
        if (p->kind != q->kind)
                return p->kind < q->kind ? -1 : 1;
        return p->kind == RT_LOAD_TASK ? (p->task > q->task) - (p->task < q->task)
                                       : (p->device > q->device) - (p->device < q->device);
}

/* -- one CPU ----------------------------------------------------------------------------------- */

static const RtInstance *instance_of(const RtConfigPlan *config, const RtContainer *container)
{
        return rt_config_plan_member(config, container->object.name);
}

static void add_task(RtCpuTiming *cpu, const RtConfigPlan *config, RtArena *arena, size_t load,
                     const RtResponse *response)
{
        const RtLoadOwner *owner = cpu->loads[load].owner;
        const RtInstance *instance = instance_of(config, owner->container);
        size_t index = (size_t)(owner->task - owner->container->tasks.items);
        RtTaskTiming task = { instance, &instance->tasks.items[index], *response, load };
        RT_APPEND(arena, &cpu->tasks, task);
        cpu->tasks_hold = rt_verdict_worse(cpu->tasks_hold, response->verdict);
}

/* All loads of the CPU, most urgent first. */
static Gathering gather(const RtPlan *plan, const RtConfigPlan *config, int number)
{
        Gathering gathering = { plan->arena, &plan->model->platform, { 0 } };
        RT_EACH (member, &config->members)
                if (rt_cpuset_has(&(*member)->cpus, (unsigned)number))
                        add_instance(&gathering, *member, number);
        if (gathering.loads.n > 1)
                qsort(gathering.loads.items, gathering.loads.n, sizeof *gathering.loads.items,
                      compare_loads);
        return gathering;
}

RtVerdict rt_config_verdict(const RtPlan *plan, const RtConfigPlan *config, RtEffort *effort)
{
        RtVerdict verdict = RT_MET;
        RT_EACH_CPU (number, &plan->realtime) {
                Gathering gathering = gather(plan, config, number);
                verdict = rt_verdict_worse(verdict, rt_cpu_verdict(effort, gathering.loads.items,
                                                                   gathering.loads.n, &plan->rules)
                                                            .verdict);
        }
        return verdict;
}

static RtCpuTiming time_cpu(RtPlan *plan, const RtConfigPlan *config, int number)
{
        RtArena *arena = plan->arena;
        Gathering gathering = gather(plan, config, number);
        RtCpuTiming cpu = { .cpu = number,
                            .loads = gathering.loads.items,
                            .n_loads = gathering.loads.n };
        if (cpu.n_loads == 0)
                return cpu;
        RtResponse *responses = rt_alloc_array(arena, cpu.n_loads, sizeof *responses);
        cpu.verdict =
                rt_cpu_responses(&plan->effort, cpu.loads, cpu.n_loads, &plan->rules, responses);
        cpu.utilisation = rt_loads_utilisation(cpu.loads, cpu.n_loads, 0);
        if (!rt_kernel_load(cpu.loads, cpu.n_loads, &plan->rules, &cpu.kernel))
                cpu.kernel.wcet = 0;
        for (size_t i = 0; i < cpu.n_loads; i++)
                if (((const RtLoadOwner *)cpu.loads[i].owner)->kind == RT_LOAD_TASK)
                        add_task(&cpu, config, arena, i, &responses[i]);
        return cpu;
}

/* -- the whole config -------------------------------------------------------------------------- */

const RtConfigTiming *rt_plan_timing(RtPlan *plan, RtConfigPlan *config)
{
        if (config->timing)
                return config->timing;
        RtConfigTiming *timing = rt_alloc(plan->arena, sizeof *timing);
        timing->plan = config;
        RT_EACH_CPU (number, &plan->realtime) {
                RtCpuTiming cpu = time_cpu(plan, config, number);
                if (cpu.n_loads == 0)
                        continue;
                RT_APPEND(plan->arena, &timing->cpus, cpu);
                timing->verdict = rt_verdict_worse(timing->verdict, cpu.verdict.verdict);
        }
        rt_timing_add_paths(plan, timing);
        RT_EACH (chain, &timing->chains)
                if (!chain->ok)
                        timing->verdict = RT_MISSED;
        RT_EACH (latency, &timing->latencies)
                if (!latency->ok)
                        timing->verdict = RT_MISSED;
        config->timing = timing;
        return timing;
}

const RtCpuTiming *rt_config_timing_cpu(const RtConfigTiming *timing, int number)
{
        RT_EACH (cpu, &timing->cpus)
                if (cpu->cpu == number)
                        return cpu;
        return NULL;
}

const RtTaskTiming *rt_config_timing_task(const RtConfigTiming *timing, const char *container,
                                          const char *name)
{
        const RtInstance *instance = rt_config_plan_member(timing->plan, container);
        if (!instance)
                return NULL;
        RT_EACH (plan, &instance->tasks) {
                if (!plan->task->name || strcmp(plan->task->name, name) != 0)
                        continue;
                const RtCpuTiming *cpu = rt_config_timing_cpu(timing, plan->cpu);
                for (size_t i = 0; cpu && i < cpu->tasks.n; i++)
                        if (cpu->tasks.items[i].task == plan)
                                return &cpu->tasks.items[i];
        }
        return NULL;
}
