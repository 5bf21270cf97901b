/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spin.h"

#include "quantity.h"

/* All of this holds for the configs that the instance runs in. */
static bool runs_in(const RtConfigPlan *config, const RtInstance *instance)
{
        return rt_config_plan_member(config, instance->container->object.name) == instance;
}

/* -- peers ------------------------------------------------------------------------------------- */

static const char *shared(RtArena *arena, const RtInstance *instance, const RtCpuSet *cpus)
{
        RtCpuSet common = rt_cpuset_and(&instance->cpus, cpus);
        return rt_cpuset_is_empty(&common) ? NULL : rt_cpuset_text(arena, &common);
}

static const char *peer_beside(const RtPlan *plan, const RtInstance *instance, const RtEnd *end)
{
        RT_EACH (peer, &end->wire->ends) {
                if (!rt_end_accepts(end, peer) && !rt_end_accepts(peer, end))
                        continue;
                const char *cpus =
                        peer->container ? NULL : shared(plan->arena, instance, &plan->housekeeping);
                if (cpus)
                        return rt_printf(plan->arena,
                                         "it sleeps at once: the channel's bridge runs on CPU %s "
                                         "as well",
                                         cpus);
                RT_EACH (config, &plan->configs) {
                        if (!peer->container || !runs_in(*config, instance))
                                continue;
                        const RtInstance *other = rt_config_plan_member(*config, rt_end_name(peer));
                        cpus = other ? shared(plan->arena, instance, &other->cpus) : NULL;
                        if (cpus)
                                return rt_printf(plan->arena,
                                                 "it sleeps at once: its peer %s runs on CPU %s as "
                                                 "well, in config %s",
                                                 rt_end_name(peer), cpus,
                                                 (*config)->config->object.name);
                }
        }
        return NULL;
}

/* -- tasks ------------------------------------------------------------------------------------- */

static const char *task_name(const RtTaskPlan *task)
{
        return task->task->name ? task->task->name : "?";
}

/* Two real-time tasks on one CPU of the instance, of these of its neighbours or its own. */
typedef struct Tasks {
        const RtInstance *holder[RT_CPUS_MAX];
        const RtTaskPlan *task[RT_CPUS_MAX];
} Tasks;

static const char *second_task(const RtPlan *plan, const RtInstance *instance,
                               const RtInstance *member, Tasks *tasks)
{
        RT_EACH (task, &member->tasks) {
                if (task->cpu < 0 || !rt_cpuset_has(&instance->cpus, (unsigned)task->cpu))
                        continue;
                const RtTaskPlan *first = tasks->task[task->cpu];
                if (first)
                        return rt_printf(
                                plan->arena,
                                "it sleeps at once: CPU %d has more than one real-time "
                                "task, %s.%s and %s.%s",
                                task->cpu, tasks->holder[task->cpu]->container->object.name,
                                task_name(first), member->container->object.name, task_name(task));
                tasks->task[task->cpu] = task;
                tasks->holder[task->cpu] = member;
        }
        return NULL;
}

static const char *task_beside(const RtPlan *plan, const RtInstance *instance)
{
        Tasks own = { 0 };
        const char *why = second_task(plan, instance, instance, &own);
        for (size_t i = 0; i < plan->configs.n && !why; i++) {
                const RtConfigPlan *config = plan->configs.items[i];
                Tasks all = { 0 };
                if (!runs_in(config, instance))
                        continue;
                for (size_t k = 0; k < config->members.n && !why; k++)
                        why = second_task(plan, instance, config->members.items[k], &all);
        }
        return why;
}

RtSpin rt_plan_spin(const RtPlan *plan, const RtInstance *instance, const RtEnd *end)
{
        const int64_t ns = end->wire->channel->spin;
        RtSpin spin = { 0 };
        if (ns == 0)
                return spin;
        spin.why = rt_container_is_realtime(instance->container)
                           ? peer_beside(plan, instance, end)
                           : "it sleeps at once: it has no real-time task";
        if (!spin.why)
                spin.why = task_beside(plan, instance);
        if (spin.why)
                return spin;
        spin.ns = ns;
        spin.why = rt_printf(plan->arena,
                             "it looks for %s before it sleeps: neither a peer nor another "
                             "real-time task runs on CPU %s",
                             rt_duration_text(plan->arena, ns),
                             rt_cpuset_text(plan->arena, &instance->cpus));
        return spin;
}
