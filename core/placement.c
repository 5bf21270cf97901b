/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Placement of tasks on CPUs: first fit, containers of the highest utilisation first, each for all
 * its configs at once, and only if that fails for each config by itself. */

#include <stdlib.h>
#include <string.h>

#include "plan-internal.h"
#include "text.h"

static const int64_t billion = 1000000000;

typedef RT_LIST(RtConfigPlan *) Scope; /* the configs that a placement has to fit */

typedef struct Placement {
        RtPlan *plan;
        RtArena *arena;
        RtDiags *diags;
        const RtPlatform *platform;
        int64_t cap;      /* most load of one CPU, parts per billion */
        int64_t *scratch; /* load by CPU of the instance being placed */
        bool any_parts;   /* whether any container must not share a CPU with another */
} Placement;

/* Share of a CPU that the task needs, parts per billion, rounded up. */
static int64_t utilisation(const RtTask *task)
{
        if (task->policy == RT_POLICY_OTHER || task->period <= 0)
                return 0;
        __int128 share = ((__int128)task->wcet * billion + task->period - 1) / task->period;
        return share > 4 * (__int128)billion ? 4 * billion : (int64_t)share;
}

static int64_t container_utilisation(const RtContainer *container)
{
        int64_t sum = 0;
        RT_EACH (task, &container->tasks)
                sum += utilisation(task);
        return sum;
}

/* -- what stands in the way -------------------------------------------------------------------- */

static bool must_part(const RtContainer *a, const RtContainer *b)
{
        return a->cpus.exclusive || b->cpus.exclusive ||
               rt_texts_have(&a->cpus.separate_from, b->object.name) ||
               rt_texts_have(&b->cpus.separate_from, a->object.name);
}

/* The member of `config` that forbids `container` the CPU, NULL if none does. */
static const RtContainer *obstacle(const RtConfigPlan *config, const RtContainer *container,
                                   unsigned cpu)
{
        RT_EACH (member, &config->members) {
                const RtInstance *instance = *member;
                if (instance->container != container && rt_cpuset_has(&instance->cpus, cpu) &&
                    rt_container_is_realtime(instance->container) &&
                    must_part(instance->container, container))
                        return instance->container;
        }
        return NULL;
}

static bool is_free(const Placement *placement, const Scope *scope, const RtInstance *instance,
                    unsigned cpu, int64_t more)
{
        if (more > placement->cap)
                return false;
        RT_EACH (config, scope)
                if ((*config)->load[cpu] + more > placement->cap ||
                    (placement->any_parts && obstacle(*config, instance->container, cpu)))
                        return false;
        return true;
}

/* -- one instance ------------------------------------------------------------------------------ */

static int compare_demands(const void *a, const void *b)
{
        const RtTaskPlan *x = *(RtTaskPlan *const *)a, *y = *(RtTaskPlan *const *)b;
        bool fixed_x = rt_is_set(&x->task->item, RT_TASK_CPU);
        bool fixed_y = rt_is_set(&y->task->item, RT_TASK_CPU);
        if (fixed_x != fixed_y)
                return fixed_x ? -1 : 1;
        int64_t ux = utilisation(x->task), uy = utilisation(y->task);
        if (ux != uy)
                return ux > uy ? -1 : 1;
        return (x->task > y->task) - (x->task < y->task);
}

/* Loads by CPU that the instance under construction adds. */
typedef struct Draft {
        RtInstance *instance;
        int64_t *load;
        RtCpuSet used;
} Draft;

static int find_cpu(const Placement *placement, const Scope *scope, const Draft *draft,
                    const RtTask *task, const RtCpuSet *candidates)
{
        int64_t need = utilisation(task);
        const RtContainer *container = draft->instance->container;
        if (rt_is_set(&task->item, RT_TASK_CPU)) {
                unsigned cpu = (unsigned)task->cpu;
                return is_free(placement, scope, draft->instance, cpu, draft->load[cpu] + need)
                               ? (int)cpu
                               : -1;
        }
        RT_EACH_CPU (cpu, &draft->used)
                if (is_free(placement, scope, draft->instance, (unsigned)cpu,
                            draft->load[cpu] + need))
                        return cpu;
        if (rt_cpuset_count(&draft->used) >= (unsigned)container->cpus.count)
                return -1;
        RT_EACH_CPU (cpu, candidates)
                if (is_free(placement, scope, draft->instance, (unsigned)cpu,
                            draft->load[cpu] + need))
                        return cpu;
        return -1;
}

static RtCpuSet candidates_of(const Placement *placement, const RtContainer *container)
{
        RtCpuSet home = rt_container_home(placement->platform, container);
        return rt_is_set(&container->cpus.item, RT_CPUS_ALLOWED)
                       ? rt_cpuset_and(&home, &container->cpus.allowed)
                       : home;
}

/* Finds CPUs for all tasks of the instance such that every config of the scope holds. On failure
 * -1, with the task that found no place. Changes the instance only. */
static int place_instance(const Placement *placement, const Scope *scope, RtInstance *instance,
                          const RtTask **ret_task)
{
        RtCpuSet candidates = candidates_of(placement, instance->container);
        if (!rt_container_is_realtime(instance->container)) {
                instance->cpus = candidates;
                return 0;
        }
        Draft draft = { .instance = instance, .load = placement->scratch };
        memset(draft.load, 0, RT_CPUS_MAX * sizeof *draft.load);
        RT_LIST(RtTaskPlan *) order = { 0 };
        RT_EACH (task, &instance->tasks)
                if (task->task->policy != RT_POLICY_OTHER)
                        RT_APPEND(placement->arena, &order, task);
        qsort(order.items, order.n, sizeof *order.items, compare_demands);

        RT_EACH (it, &order) {
                const RtTask *task = (*it)->task;
                int cpu = find_cpu(placement, scope, &draft, task, &candidates);
                if (cpu < 0) {
                        *ret_task = task;
                        return -1;
                }
                (*it)->cpu = cpu;
                draft.load[cpu] += utilisation(task);
                rt_cpuset_add(&draft.used, (unsigned)cpu);
        }
        if (rt_cpuset_count(&draft.used) > (unsigned)instance->container->cpus.count) {
                *ret_task = order.items[0]->task;
                return -1;
        }
        instance->cpus = draft.used;
        return 0;
}

static RtInstance *new_instance(RtArena *arena, RtContainer *container, const RtConfig *only)
{
        RtInstance *instance = rt_alloc(arena, sizeof *instance);
        const char *name = container->object.name;
        instance->container = container;
        instance->only = only;
        instance->stem = only ? rt_printf(arena, "%s--%s", name, only->object.name) : name;
        instance->unit = rt_printf(arena, "rt-%s.service", instance->stem);
        RT_EACH (task, &container->tasks)
                RT_APPEND(arena, &instance->tasks, (RtTaskPlan){ .task = task, .cpu = -1 });
        return instance;
}

static void commit(const Placement *placement, const Scope *scope, RtInstance *instance)
{
        RT_APPEND(placement->arena, &placement->plan->instances, instance);
        RT_EACH (config, scope) {
                RT_APPEND(placement->arena, &(*config)->members, instance);
                RT_EACH (task, &instance->tasks)
                        if (task->cpu >= 0)
                                (*config)->load[task->cpu] += utilisation(task->task);
        }
}

/* -- failures ---------------------------------------------------------------------------------- */

/* Why the task fits no CPU, CPU by CPU: load or neighbours in `config`, which may be NULL. */
static const char *why_not(const Placement *placement, const RtConfigPlan *config,
                           const RtContainer *container, const RtTask *task)
{
        RtText text = RT_TEXT(placement->arena);
        RtCpuSet candidates = candidates_of(placement, container);
        if (rt_is_set(&task->item, RT_TASK_CPU)) {
                candidates = (RtCpuSet){ 0 };
                rt_cpuset_add(&candidates, (unsigned)task->cpu);
        }
        enum { MOST_NAMED = 8 };
        int named = 0;
        RT_EACH_CPU (cpu, &candidates) {
                if (named++ == MOST_NAMED) {
                        rt_text_add(&text, ", …");
                        break;
                }
                const RtContainer *other =
                        config ? obstacle(config, container, (unsigned)cpu) : NULL;
                rt_text_addf(&text, "%sCPU %d ", text.n > 0 ? ", " : "", cpu);
                if (other)
                        rt_text_addf(&text, "is kept by \"%s\"", other->object.name);
                else
                        rt_text_addf(&text, "has %.4f of %.4f in use",
                                     config ? (double)config->load[cpu] / 1e9 : 0.0,
                                     (double)placement->cap / 1e9);
        }
        return text.data;
}

/* Reports that a task has no place, as a mistake of `at`. Whether to go on all the same. */
static bool admit_unplaced(const Placement *placement, RtAt at, const RtConfigPlan *config,
                           const RtContainer *container, const RtTask *task)
{
        bool enforce = placement->platform->admission == RT_ADMISSION_ENFORCE;
        const char *what = rt_printf(
                placement->arena,
                "task \"%s\" of container \"%s\" (%s), which needs %.4f of a CPU, has no place "
                "on at most %lld CPU(s): %s",
                task->name, container->object.name,
                rt_place_text(placement->arena, task->item.place), (double)utilisation(task) / 1e9,
                (long long)container->cpus.count, why_not(placement, config, container, task));
        rt_diag(placement->diags, enforce ? RT_ERROR : RT_WARNING, at, what,
                "shorten its WCET, allow other CPUs, raise cpus.count, or take a container out of "
                "the config");
        return !enforce;
}

/* With admission "warn": each task where the load is least, or where it was fixed to. */
static void place_anyway(const Placement *placement, const Scope *scope, RtInstance *instance)
{
        RtCpuSet candidates = candidates_of(placement, instance->container);
        memset(placement->scratch, 0, RT_CPUS_MAX * sizeof *placement->scratch);
        RT_EACH (config, scope)
                RT_EACH_CPU (cpu, &candidates)
                        if ((*config)->load[cpu] > placement->scratch[cpu])
                                placement->scratch[cpu] = (*config)->load[cpu];
        instance->cpus = (RtCpuSet){ 0 };
        RT_EACH (task, &instance->tasks) {
                if (task->task->policy == RT_POLICY_OTHER)
                        continue;
                bool full = rt_cpuset_count(&instance->cpus) >=
                            (unsigned)instance->container->cpus.count;
                const RtCpuSet *choice = full ? &instance->cpus : &candidates;
                int best = rt_cpuset_next(choice, 0);
                RT_EACH_CPU (cpu, choice)
                        if (placement->scratch[cpu] < placement->scratch[best])
                                best = cpu;
                task->cpu = rt_is_set(&task->task->item, RT_TASK_CPU) ? (int)task->task->cpu : best;
                placement->scratch[task->cpu] += utilisation(task->task);
                rt_cpuset_add(&instance->cpus, (unsigned)task->cpu);
        }
}

/* -- one container ----------------------------------------------------------------------------- */

/* Where the config names the container. */
static RtAt membership(const Placement *placement, RtConfig *config, const RtContainer *container)
{
        size_t index = 0;
        while (index + 1 < config->containers.n &&
               strcmp(config->containers.items[index], container->object.name) != 0)
                index++;
        return (RtAt){ &config->object, config->containers.places[index],
                       rt_printf(placement->arena, "containers[%zu]", index) };
}

/* The configs that the container is in. */
static Scope scope_of(const Placement *placement, const RtContainer *container)
{
        Scope scope = { 0 };
        RT_EACH (config, &placement->plan->configs)
                if (rt_config_has((*config)->config, container->object.name))
                        RT_APPEND(placement->arena, &scope, *config);
        return scope;
}

/* A container that does not even fit an empty machine is reported; if that rejects it, its configs
 * are rejected as well. */
static void check_alone(const Placement *placement, RtContainer *container)
{
        const Scope none = { 0 };
        const RtTask *task = NULL;
        if (place_instance(placement, &none, new_instance(placement->arena, container, NULL),
                           &task) == 0)
                return;
        RtAt at = { &container->object, task->item.place, task->item.path };
        if (admit_unplaced(placement, at, NULL, container, task))
                return;
        Scope scope = scope_of(placement, container);
        RT_EACH (config, &scope)
                rt_diag(placement->diags, RT_ERROR,
                        membership(placement, (*config)->config, container),
                        rt_printf(placement->arena, "container \"%s\" has no place (%s)",
                                  container->object.name,
                                  rt_place_text(placement->arena, task->item.place)),
                        "mend the container, or take it out of the config");
}

/* One instance per config. Commits them if all fit; else *ret_task of *ret_config does not. */
static bool place_per_config(const Placement *placement, RtContainer *container, const Scope *scope,
                             RtConfigPlan **ret_config, const RtTask **ret_task)
{
        RtInstance **own = rt_alloc_array(placement->arena, scope->n, sizeof *own);
        for (size_t i = 0; i < scope->n; i++) {
                const Scope one = { &scope->items[i], 1 };
                own[i] = new_instance(placement->arena, container, scope->items[i]->config);
                own[i]->why_only =
                        "no single placement of its tasks fits all configs that it is in";
                if (place_instance(placement, &one, own[i], ret_task) < 0) {
                        *ret_config = scope->items[i];
                        return false;
                }
        }
        for (size_t i = 0; i < scope->n; i++) {
                const Scope one = { &scope->items[i], 1 };
                commit(placement, &one, own[i]);
        }
        return true;
}

static void place_container(const Placement *placement, RtContainer *container)
{
        const Scope none = { 0 };
        Scope scope = scope_of(placement, container);
        RtInstance *shared = new_instance(placement->arena, container, NULL);
        RtConfigPlan *config = NULL;
        const RtTask *task = NULL;
        if (place_instance(placement, &scope, shared, &task) < 0) {
                if (scope.n > 0 && place_per_config(placement, container, &scope, &config, &task))
                        return;
                /* What does not fit even alone has been reported, and admitted all the same. */
                RtInstance *alone = new_instance(placement->arena, container, NULL);
                bool fits_alone = place_instance(placement, &none, alone, &task) == 0;
                if (fits_alone &&
                    !admit_unplaced(placement, membership(placement, config->config, container),
                                    config, container, task))
                        return;
                place_anyway(placement, &scope, shared);
        }
        commit(placement, &scope, shared);
}

/* -- all of them ------------------------------------------------------------------------------- */

/* Fixed CPUs first, so that free tasks go round them; then the largest, then by name. */
static int compare_containers(const void *a, const void *b)
{
        const RtContainer *x = *(RtContainer *const *)a, *y = *(RtContainer *const *)b;
        bool fixed_x = false, fixed_y = false;
        RT_EACH (task, &x->tasks)
                fixed_x = fixed_x || rt_is_set(&task->item, RT_TASK_CPU);
        RT_EACH (task, &y->tasks)
                fixed_y = fixed_y || rt_is_set(&task->item, RT_TASK_CPU);
        if (fixed_x != fixed_y)
                return fixed_x ? -1 : 1;
        int64_t ux = container_utilisation(x), uy = container_utilisation(y);
        if (ux != uy)
                return ux > uy ? -1 : 1;
        return strcmp(x->object.name, y->object.name);
}

static int compare_instances(const void *a, const void *b)
{
        const RtInstance *x = *(RtInstance *const *)a, *y = *(RtInstance *const *)b;
        int r = strcmp(x->container->object.name, y->container->object.name);
        return r != 0 ? r : strcmp(x->stem, y->stem);
}

/* Forgets all placements, and takes in the configs that are still accepted. */
static void begin_round(RtPlan *plan, RtModel *model)
{
        plan->instances.n = 0;
        plan->configs.n = 0;
        RT_EACH (config, &model->configs) {
                if ((*config)->object.rejected)
                        continue;
                RtConfigPlan *config_plan = rt_alloc(plan->arena, sizeof *config_plan);
                config_plan->config = *config;
                config_plan->load =
                        rt_alloc_array(plan->arena, RT_CPUS_MAX, sizeof *config_plan->load);
                RT_APPEND(plan->arena, &plan->configs, config_plan);
        }
}

/* Whether all found a place. If one did not, a config or container has been rejected for it, and
 * what was placed so far may have made room for what is not there any more. */
static bool place_all(const Placement *placement, RtContainer *const *order, size_t n)
{
        const size_t errors = placement->diags->n_errors;
        for (size_t i = 0; i < n; i++) {
                if (order[i]->object.rejected)
                        continue;
                place_container(placement, order[i]);
                if (placement->diags->n_errors > errors)
                        return false;
        }
        return true;
}

static void sort_by_name(RtPlan *plan)
{
        if (plan->instances.n > 1)
                qsort(plan->instances.items, plan->instances.n, sizeof *plan->instances.items,
                      compare_instances);
        RT_EACH (it, &plan->configs)
                if ((*it)->members.n > 1)
                        qsort((*it)->members.items, (*it)->members.n, sizeof(RtInstance *),
                              compare_instances);
}

void rt_plan_place(RtPlan *plan, RtModel *model, RtDiags *diags)
{
        Placement placement = {
                .plan = plan,
                .arena = plan->arena,
                .diags = diags,
                .platform = &model->platform,
                .cap = model->platform.rt_bandwidth * 1000,
                .scratch = rt_alloc_array(plan->arena, RT_CPUS_MAX, sizeof(int64_t)),
        };
        RT_LIST(RtContainer *) order = { 0 };
        RT_EACH (container, &model->containers)
                if (!(*container)->object.rejected) {
                        RT_APPEND(plan->arena, &order, *container);
                        placement.any_parts = placement.any_parts || (*container)->cpus.exclusive ||
                                              (*container)->cpus.separate_from.n > 0;
                }
        if (order.n > 1)
                qsort(order.items, order.n, sizeof *order.items, compare_containers);
        begin_round(plan, model);
        RT_EACH (container, &order)
                check_alone(&placement, *container);
        /* Each round but the last rejects a config, so they come to an end. */
        do
                begin_round(plan, model);
        while (!place_all(&placement, order.items, order.n));
        sort_by_name(plan);
}
