/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transition.h"

#include <string.h>

#include "resources.h"

static bool is_in(const RtInstances *list, const RtInstance *instance)
{
        RT_EACH (one, list)
                if (*one == instance)
                        return true;
        return false;
}

/* Both lists are by name. */
static void sort_out(RtPlan *plan, RtTransition *transition)
{
        RtArena *arena = plan->arena;
        RT_EACH (it, &transition->from->members) {
                const RtInstance *old = *it;
                const RtInstance *new =
                        rt_config_plan_member(transition->to, old->container->object.name);
                if (old == new) {
                        RT_APPEND(arena, &transition->keep, old);
                        continue;
                }
                RT_APPEND(arena, &transition->stop, old);
                if (new)
                        RT_APPEND(arena, &transition->restarted, old);
        }
        RT_EACH (it, &transition->to->members)
                if (!is_in(&transition->keep, *it))
                        RT_APPEND(arena, &transition->start, *it);
}

static void judge(RtPlan *plan, RtTransition *transition)
{
        RtConfigPlan *const both[] = { transition->from, transition->to };
        transition->safe = true;
        for (size_t i = 0; i < RT_ELEMENTS(both) && transition->safe; i++) {
                if (rt_plan_timing(plan, both[i])->verdict == RT_MET)
                        continue;
                transition->safe = false;
                transition->reason = rt_printf(plan->arena, "config \"%s\" does not hold by itself",
                                               both[i]->config->object.name);
        }
}

/* -- what comes together on a CPU -------------------------------------------------------------- */

/* Whether one of the instances uses the CPU and others besides. */
static bool spreads_over(const RtInstances *instances, int cpu)
{
        RT_EACH (it, instances)
                if (rt_container_is_realtime((*it)->container) &&
                    rt_cpuset_has(&(*it)->cpus, (unsigned)cpu) && rt_cpuset_count(&(*it)->cpus) > 1)
                        return true;
        return false;
}

static bool uses(const RtInstances *instances, int cpu)
{
        RT_EACH (it, instances)
                if (rt_container_is_realtime((*it)->container) &&
                    rt_cpuset_has(&(*it)->cpus, (unsigned)cpu))
                        return true;
        return false;
}

/* Between the last job of an old task and the first of a new one, ordinary processes have to run on
 * a CPU of both: systemd-nspawn, which ends the one and starts the other. If that is the CPU itself
 * it is idle for a moment, and nothing is carried over. It need not be if both have other CPUs, or
 * where ordinary processes run by the kernel's share. */
static bool may_meet(const RtTransition *transition, const RtCpuTiming *old, const RtCpuTiming *new)
{
        int cpu = old->cpu;
        if (!uses(&transition->keep, cpu) || !uses(&transition->stop, cpu) ||
            !uses(&transition->start, cpu))
                return false;
        return old->kernel.wcet > 0 || new->kernel.wcet > 0 ||
               (spreads_over(&transition->stop, cpu) && spreads_over(&transition->start, cpu));
}

static bool is_of(const RtInstances *instances, const RtLoad *load)
{
        const RtContainer *container = ((const RtLoadOwner *)load->owner)->container;
        RT_EACH (it, instances)
                if ((*it)->container == container)
                        return true;
        return false;
}

/* Whether the CPU holds with old and new tasks together. */
static bool union_holds(RtPlan *plan, const RtTransition *transition, const RtCpuTiming *old,
                        const RtCpuTiming *new)
{
        RtLoad *loads = rt_alloc_array(plan->arena, old->n_loads + new->n_loads, sizeof *loads);
        size_t n = 0;
        for (size_t i = 0; i < old->n_loads; i++)
                loads[n++] = old->loads[i];
        for (size_t i = 0; i < new->n_loads; i++)
                if (!is_of(&transition->keep, &new->loads[i]))
                        loads[n++] = new->loads[i];
        rt_loads_sort(loads, n);
        return rt_cpu_verdict(&plan->effort, loads, n, &plan->rules).verdict == RT_MET;
}

static void judge_meetings(RtPlan *plan, RtTransition *transition)
{
        const RtConfigTiming *from = rt_plan_timing(plan, transition->from);
        const RtConfigTiming *to = rt_plan_timing(plan, transition->to);
        RT_EACH (old, &from->cpus) {
                const RtCpuTiming *new = rt_config_timing_cpu(to, old->cpu);
                if (!transition->safe || !new || !may_meet(transition, old, new) ||
                    union_holds(plan, transition, old, new))
                        continue;
                transition->safe = false;
                transition->reason = rt_printf(plan->arena,
                                               "on CPU %d the last jobs of what stops and the "
                                               "first of what starts may come together",
                                               old->cpu);
        }
}

/* -- SCHED_DEADLINE bandwidth ------------------------------------------------------------------ */

/* Of the instances' deadline tasks on that CPU: their bandwidth, and their longest period. */
static int64_t bandwidth_on(const RtPlan *plan, const RtInstances *instances, int cpu,
                            int64_t *ret_period)
{
        int64_t sum = 0;
        *ret_period = 0;
        RT_EACH (it, instances)
                RT_EACH (task, &(*it)->tasks) {
                        if (task->cpu != cpu || task->task->policy != RT_POLICY_DEADLINE)
                                continue;
                        RtOwnedLoad load = rt_task_load(&plan->model->platform, (*it)->container,
                                                        task->task, 0);
                        sum += rt_loads_utilisation(&load.load, 1, 0);
                        if (task->task->period > *ret_period)
                                *ret_period = task->task->period;
                }
        return sum;
}

static int64_t deadline_wait(const RtPlan *plan, const RtTransition *transition)
{
        const int64_t admitted = rt_deadline_bandwidth(&plan->rules) * 1000;
        int64_t longest = 0, ignored, period;
        RT_EACH_CPU (cpu, &plan->realtime) {
                int64_t kept = bandwidth_on(plan, &transition->keep, cpu, &ignored);
                int64_t new = bandwidth_on(plan, &transition->start, cpu, &ignored);
                int64_t old = bandwidth_on(plan, &transition->stop, cpu, &period);
                if (new > 0 && kept + new + old > admitted && period > longest)
                        longest = period;
        }
        return longest;
}

/* -- memory and devices ------------------------------------------------------------------------ */

/* Old and new are never there together, so the peak is that of the larger one. */
static int64_t memory_peak(const RtPlan *plan, const RtTransition *transition)
{
        const RtConfig *const both[] = { transition->from->config, transition->to->config };
        int64_t peak = 0;
        for (size_t i = 0; i < RT_ELEMENTS(both); i++) {
                RtResource memory = rt_config_resources(plan->model, both[i]).items[0];
                if (memory.silent)
                        return -1;
                if (memory.used > peak)
                        peak = memory.used;
        }
        return peak;
}

static bool has_device(const RtInstances *list, const char *path)
{
        RT_EACH (it, list)
                RT_EACH (device, &(*it)->container->devices)
                        if (strcmp(device->path, path) == 0)
                                return true;
        return false;
}

static void hand_over(RtPlan *plan, RtTransition *transition)
{
        RT_EACH (old, &transition->stop)
                RT_EACH (device, &(*old)->container->devices) {
                        bool known = !has_device(&transition->start, device->path);
                        RT_EACH (path, &transition->devices)
                                known = known || strcmp(*path, device->path) == 0;
                        if (!known)
                                RT_APPEND(plan->arena, &transition->devices, device->path);
                }
}

RtTransition rt_transition(RtPlan *plan, RtConfigPlan *from, RtConfigPlan *to)
{
        RtTransition transition = { .from = from, .to = to };
        sort_out(plan, &transition);
        judge(plan, &transition);
        judge_meetings(plan, &transition);
        transition.deadline_wait = deadline_wait(plan, &transition);
        transition.memory_peak = memory_peak(plan, &transition);
        hand_over(plan, &transition);
        return transition;
}
