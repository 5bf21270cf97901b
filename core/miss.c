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
        result->others.time = rt_time_bounded((__int128)result->others.time + part->time);
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

/* What is taken apart: a job that is released at `release` of a busy period and done at the end of
 * `window`. */
typedef struct Job {
        const RtPlan *plan;
        const RtCpuTiming *cpu;
        const RtLoad *own;
        int64_t window, release;
        int64_t due; /* from the start of the busy period */
} Job;

static void add_part(const Job *job, RtBreakdown *result, const void *owner, int64_t jobs,
                     __int128 time)
{
        RtPart part = { owner, jobs, rt_time_bounded(time) };
        if (time > 0)
                keep_part(job->plan->arena, result, part);
}

/* Under fixed priorities all jobs of what is no less urgent go before. */
static void add_rival(const Job *job, RtBreakdown *result, const RtLoad *load)
{
        RtRival rival;
        if (!rt_rival_of(load, job->own->priority, &rival))
                return;
        int64_t jobs = rt_jobs_within(job->window, rival.period, rival.jitter);
        add_part(job, result, load->owner, jobs, (__int128)jobs * rival.wcet);
}

/* Under SCHED_DEADLINE only jobs that are due no later go before, but all of them interrupt. */
static void add_by_deadline(const Job *job, RtBreakdown *result, const RtLoad *load)
{
        int64_t released = rt_jobs_within(job->window, load->period, load->jitter);
        int64_t urgent = rt_jobs_due(load, job->due);
        if (urgent > released)
                urgent = released;
        add_part(job, result, load->owner, load->interrupt > 0 ? released : urgent,
                 (__int128)urgent * (load->wcet - load->interrupt) +
                         (__int128)released * load->interrupt);
}

/* To deadline tasks the kernel's share is one of them if it is the fair server's; throttling does
 * not hit them. */
static void add_kernel(const Job *job, RtBreakdown *result)
{
        RtLoad kernel = job->cpu->kernel;
        kernel.deadline = kernel.period;
        if (kernel.wcet == 0)
                return;
        if (job->own->priority < RT_LEVEL_DEADLINE)
                add_rival(job, result, &kernel);
        else if (job->plan->rules.serves_fair)
                add_by_deadline(job, result, &kernel);
}

/* Among deadline tasks whoever is due in time hands its blocking on. */
static int64_t blocking_of(const Job *job)
{
        int64_t blocking = job->own->blocking;
        const RtCpuTiming *cpu = job->cpu;
        for (size_t i = 0; i < cpu->n_loads && job->own->priority == RT_LEVEL_DEADLINE; i++) {
                const RtLoad *load = &cpu->loads[i];
                if (load->priority == RT_LEVEL_DEADLINE && load->blocking > blocking &&
                    load->deadline - load->jitter <= job->due)
                        blocking = load->blocking;
        }
        return blocking;
}

static void add_own(const Job *job, RtBreakdown *result, int64_t overhead)
{
        const RtLoad *own = job->own;
        /* The interrupts of its later jobs may hit it, too. */
        int64_t hits =
                rt_jobs_within(job->window, own->period, own->jitter - job->release % own->period);
        const __int128 interrupts = (__int128)hits * own->interrupt;
        result->own =
                rt_time_bounded((__int128)result->jobs * (own->wcet - own->interrupt) + interrupts);
        result->overhead =
                rt_time_bounded((__int128)result->jobs * (overhead - own->interrupt) + interrupts);
}

RtBreakdown rt_break_down(const RtPlan *plan, const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        const RtLoad *own = &cpu->loads[task->load];
        const RtResponse *response = &task->response;
        RtBreakdown result = {
                .known = response->time != RT_NO_TIME && response->window > 0,
                .jobs = response->job > 0 ? response->job : 1,
                .jitter = own->jitter,
        };
        if (result.known)
                result.wait = response->window + own->jitter - response->time;
        /* Without a worst time, what happens within one period shows who asks for most. */
        const Job job = {
                .plan = plan,
                .cpu = cpu,
                .own = own,
                .window = result.known ? response->window : own->period,
                .release = result.wait,
                .due = result.wait + own->deadline - own->jitter,
        };
        add_own(&job, &result, ((const RtLoadOwner *)own->owner)->overhead);
        result.blocking = blocking_of(&job);
        for (size_t i = 0; i < cpu->n_loads; i++) {
                const RtLoad *load = &cpu->loads[i];
                if (i == task->load)
                        continue;
                if (own->priority == RT_LEVEL_DEADLINE && load->priority == RT_LEVEL_DEADLINE)
                        add_by_deadline(&job, &result, load);
                else
                        add_rival(&job, &result, load);
        }
        add_kernel(&job, &result);
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

static bool has_deadline(const RtContainer *container)
{
        RT_EACH (task, &container->tasks)
                if (task->policy == RT_POLICY_DEADLINE)
                        return true;
        return false;
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
        if (has_deadline(container))
                return false;
        RT_EACH (member, &config->members) {
                const RtContainer *other = (*member)->container;
                if (other != container && rt_cpuset_has(&(*member)->cpus, (unsigned)cpu) &&
                    (cpus->exclusive || other->cpus.exclusive ||
                     (cpus->count > 1 && has_deadline(other)) ||
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
        size_t most = (cpu ? cpu->n_loads : 0) + from->n_loads, n = 0;
        RtLoad *loads = rt_effort_room(effort, RT_ROOM_MOVED, (most + 1) * sizeof *loads);
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
