/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "miss.h"

#include <stdlib.h>

#include "quantity.h"
#include "sensitivity.h"
#include "text.h"

/* -- taking apart ------------------------------------------------------------------------------ */

enum { MOST_PARTS = 32 };

static void add_to_others(RtBreakdown *result, const RtPart *part)
{
        result->n_others++;
        result->others.jobs += part->jobs;
        __int128 time = (__int128)result->others.time + part->time;
        result->others.time = time < RT_TIME_MOST ? (int64_t)time : RT_TIME_MOST;
}

/* Keeps the largest; of equal ones the more urgent, which comes first. */
static void keep_part(RtArena *arena, RtBreakdown *result, RtPart part)
{
        size_t at = result->parts.n;
        if (at == 0)
                result->parts.items = rt_alloc_array(arena, MOST_PARTS, sizeof part);
        if (at == MOST_PARTS) {
                if (result->parts.items[at - 1].time >= part.time) {
                        add_to_others(result, &part);
                        return;
                }
                add_to_others(result, &result->parts.items[--at]);
        } else {
                result->parts.n++;
        }
        for (; at > 0 && result->parts.items[at - 1].time < part.time; at--)
                result->parts.items[at] = result->parts.items[at - 1];
        result->parts.items[at] = part;
}

static void add_part(RtArena *arena, RtBreakdown *result, const RtLoad *load, int priority,
                     int64_t window)
{
        RtRival rival;
        if (!rt_rival_of(load, priority, &rival))
                return;
        RtPart part = { .owner = load->owner };
        part.jobs = rt_jobs_within(window, rival.period, rival.jitter);
        __int128 time = (__int128)part.jobs * rival.wcet;
        part.time = time < RT_TIME_MOST ? (int64_t)time : RT_TIME_MOST;
        keep_part(arena, result, part);
}

/* Under SCHED_DEADLINE only jobs that are due no later go before; of others just the interrupts. */
static void add_urgent_part(RtArena *arena, RtBreakdown *result, const RtLoad *load, int64_t window,
                            int64_t due)
{
        int64_t released = rt_jobs_within(window, load->period, load->jitter);
        int64_t urgent = rt_jobs_due(load, due);
        RtPart part = { .owner = load->owner, .jobs = released < urgent ? released : urgent };
        __int128 time = (__int128)part.jobs * load->wcet +
                        (__int128)(released - part.jobs) * load->interrupt;
        part.time = time < RT_TIME_MOST ? (int64_t)time : RT_TIME_MOST;
        if (part.time > 0)
                keep_part(arena, result, part);
        if (urgent > 0 && load->blocking > result->blocking)
                result->blocking = load->blocking;
}

static int64_t bounded(__int128 time)
{
        return time < RT_TIME_MOST ? (int64_t)time : RT_TIME_MOST;
}

/* The task's own jobs up to the worst, and the interrupts of those that come behind. */
static void add_own(RtBreakdown *result, const RtLoad *own, int64_t window)
{
        const RtLoadOwner *owner = own->owner;
        int64_t behind =
                result->known ? rt_jobs_within(window, own->period, own->jitter) - result->jobs : 0;
        if (behind < 0)
                behind = 0;
        result->own =
                bounded((__int128)result->jobs * own->wcet + (__int128)behind * own->interrupt);
        result->overhead = bounded((__int128)result->jobs * owner->overhead +
                                   (__int128)behind * own->interrupt);
}

RtBreakdown rt_break_down(const RtPlan *plan, const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        const RtLoad *own = &cpu->loads[task->load];
        RtBreakdown result = {
                .known = task->response.time != RT_NO_TIME && task->response.window > 0,
                .jobs = task->response.job > 0 ? task->response.job : 1,
                .blocking = own->blocking,
                .jitter = own->jitter,
        };
        /* Without a worst time, what happens within one period shows who asks for most. */
        int64_t window = result.known ? task->response.window : own->period;
        add_own(&result, own, window);
        result.wait = result.known ? window + own->jitter - task->response.time : 0;
        /* Under SCHED_DEADLINE, `wait` is when the job is released. */
        int64_t due = result.wait + own->deadline - own->jitter;
        bool edf = own->priority == RT_LEVEL_DEADLINE;
        for (size_t i = 0; i < cpu->n_loads; i++) {
                if (i == task->load)
                        continue;
                if (edf && cpu->loads[i].priority == RT_LEVEL_DEADLINE)
                        add_urgent_part(plan->arena, &result, &cpu->loads[i], window, due);
                else
                        add_part(plan->arena, &result, &cpu->loads[i], own->priority, window);
        }
        if (cpu->kernel.wcet > 0)
                add_part(plan->arena, &result, &cpu->kernel, own->priority, window);
        return result;
}

const char *rt_load_label(RtArena *arena, const RtLoadOwner *owner)
{
        if (!owner)
                return "the kernel's share for ordinary tasks";
        const char *container = owner->container->object.name;
        if (owner->kind == RT_LOAD_TASK)
                return rt_printf(arena, "%s.%s", container, owner->task->name);
        return rt_printf(arena, "%s %s of %s",
                         owner->kind == RT_LOAD_INTERRUPT ? "interrupt" : "interrupt thread",
                         rt_printable(arena, owner->device->irq, 60), container);
}

const char *rt_culprit(const RtPlan *plan, const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        if (task->response.verdict == RT_MET)
                return NULL;
        RtBreakdown parts = rt_break_down(plan, cpu, task);
        if (parts.parts.n == 0)
                return rt_load_label(plan->arena, cpu->loads[task->load].owner);
        return rt_load_label(plan->arena, parts.parts.items[0].owner);
}

/* -- repairs ----------------------------------------------------------------------------------- */

enum { MOST_TRIED = 64 }; /* tasks or containers for each kind of repair */

/* The task of which the smallest part has to go. */
static void add_shortening(const RtPlan *plan, const RtConfigTiming *timing, size_t number,
                           RtEffort *effort, RtRepairs *repairs)
{
        const RtCpuTiming *cpu = &timing->cpus.items[number];
        double best = 0;
        RtRepair repair = { .kind = RT_SHORTEN };
        for (size_t i = 0; i < cpu->tasks.n && i < MOST_TRIED; i++) {
                int64_t most = rt_task_wcet_most(plan, timing, number, i, effort);
                const RtTaskTiming *task = &cpu->tasks.items[i];
                double kept = (double)most / (double)task->task->task->wcet;
                if (most <= 0 || kept <= best || kept >= 1)
                        continue;
                best = kept;
                repair.container = task->instance->container;
                repair.task = task->task->task;
                repair.value = most;
        }
        if (repair.task)
                RT_APPEND(plan->arena, repairs, repair);
}

/* If one task is late and would be on time with a longer deadline. SCHED_DEADLINE tasks have none
 * beyond their period, and theirs decide over the others'. */
static void add_relaxing(const RtPlan *plan, const RtCpuTiming *cpu, RtRepairs *repairs)
{
        const RtTaskTiming *late = NULL;
        RT_EACH (task, &cpu->tasks) {
                if (task->response.verdict == RT_MET)
                        continue;
                if (late)
                        return;
                late = task;
        }
        if (!late || late->response.time == RT_NO_TIME || cpu->verdict.reason != RT_CPU_RESPONSE)
                return;
        RtRepair repair = { RT_RELAX, late->instance->container, late->task->task,
                            late->response.time };
        RT_APPEND(plan->arena, repairs, repair);
}

/* Whether the container may share the CPU with those that run there. Where it is fixed or allowed
 * is what a repair would change. */
static bool may_move(const RtPlan *plan, const RtConfigPlan *config, const RtInstance *instance,
                     int cpu)
{
        const RtContainer *container = instance->container;
        const RtCpus *cpus = &container->cpus;
        if (!rt_cpuset_has(&plan->realtime, (unsigned)cpu) ||
            rt_cpuset_has(&instance->cpus, (unsigned)cpu))
                return false;
        RT_EACH (task, &container->tasks)
                if (task->policy == RT_POLICY_DEADLINE)
                        return false;
        RT_EACH (member, &config->members) {
                const RtContainer *other = (*member)->container;
                if (other != container && rt_cpuset_has(&(*member)->cpus, (unsigned)cpu) &&
                    (cpus->exclusive || other->cpus.exclusive ||
                     rt_texts_have(&cpus->separate_from, other->object.name) ||
                     rt_texts_have(&other->cpus.separate_from, container->object.name)))
                        return false;
        }
        return true;
}

/* The loads of `cpu` (NULL: of an empty one) without the container's, or with those it has on
 * `from`. Whether they hold, with the priorities as they are. */
static bool holds_moved(const RtPlan *plan, const RtCpuTiming *cpu, const RtCpuTiming *from,
                        const RtContainer *container, RtEffort *effort)
{
        size_t room = (cpu ? cpu->n_loads : 0) + from->n_loads, n = 0;
        RtLoad *loads = rt_alloc_array(plan->arena, room + 1, sizeof *loads);
        for (size_t i = 0; cpu && i < cpu->n_loads; i++)
                if (((const RtLoadOwner *)cpu->loads[i].owner)->container != container)
                        loads[n++] = cpu->loads[i];
        for (size_t i = 0; cpu != from && i < from->n_loads; i++)
                if (((const RtLoadOwner *)from->loads[i].owner)->container == container)
                        loads[n++] = from->loads[i];
        rt_loads_sort(loads, n);
        return rt_cpu_verdict(effort, loads, n, &plan->rules).verdict == RT_MET;
}

static void add_move(const RtPlan *plan, const RtConfigTiming *timing, size_t number,
                     RtEffort *effort, RtRepairs *repairs)
{
        const RtCpuTiming *here = &timing->cpus.items[number];
        const RtContainer *last = NULL;
        int tried = 0;
        RT_EACH (task, &here->tasks) {
                const RtContainer *container = task->instance->container;
                if (container == last || tried++ >= MOST_TRIED)
                        continue;
                last = container;
                if (rt_cpuset_count(&task->instance->cpus) > 1 ||
                    !holds_moved(plan, here, here, container, effort))
                        continue;
                RT_EACH_CPU (cpu, &plan->realtime) {
                        if (!may_move(plan, timing->plan, task->instance, cpu) ||
                            !holds_moved(plan, rt_config_timing_cpu(timing, cpu), here, container,
                                         effort))
                                continue;
                        RtRepair repair = { RT_MOVE, container, NULL, cpu };
                        RT_APPEND(plan->arena, repairs, repair);
                        return;
                }
        }
}

RtRepairs rt_repairs(const RtPlan *plan, const RtConfigTiming *timing, size_t cpu, RtEffort *effort)
{
        RtRepairs repairs = { 0 };
        if (timing->cpus.items[cpu].verdict.verdict == RT_MET)
                return repairs;
        add_shortening(plan, timing, cpu, effort, &repairs);
        add_relaxing(plan, &timing->cpus.items[cpu], &repairs);
        add_move(plan, timing, cpu, effort, &repairs);
        return repairs;
}

/* A time that a descriptor may hold: whole microseconds if that is near enough, rounded to the safe
 * side. */
static const char *safe_duration(RtArena *arena, int64_t ns, bool up)
{
        int64_t unit = ns >= 100000 ? 1000 : 1;
        return rt_duration_text(arena, (ns + (up ? unit - 1 : 0)) / unit * unit);
}

/* Where the descriptor says on which CPU the container runs; if it does not, where it begins. */
static RtPlace seat_place(const RtContainer *container)
{
        RT_EACH (task, &container->tasks)
                if (rt_is_set(&task->item, RT_TASK_CPU))
                        return rt_key_place(&task->item, RT_TASK_CPU);
        if (rt_is_set(&container->cpus.item, RT_CPUS_ALLOWED))
                return rt_key_place(&container->cpus.item, RT_CPUS_ALLOWED);
        return container->object.item.place;
}

const char *rt_repair_text(RtArena *arena, const RtRepair *repair)
{
        const char *container = repair->container->object.name;
        if (repair->kind == RT_MOVE)
                return rt_printf(arena, "move container \"%s\" to CPU %lld (%s)", container,
                                 (long long)repair->value,
                                 rt_place_text(arena, seat_place(repair->container)));
        bool shorten = repair->kind == RT_SHORTEN;
        RtPlace place =
                rt_key_place(&repair->task->item, shorten ? RT_TASK_WCET : RT_TASK_DEADLINE);
        return rt_printf(arena, "%s of %s.%s to %s (%s)",
                         shorten ? "shorten the wcet" : "extend the deadline", container,
                         repair->task->name, safe_duration(arena, repair->value, !shorten),
                         rt_place_text(arena, place));
}
