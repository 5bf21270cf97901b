/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan-internal.h"

/* Container user IDs end here by systemd's convention (systemd.io/UIDS-GIDS). */
static const int64_t uid_limit = 0x70000000;

/* FNV-1a, 32 bits; spreads names over the slots, no more is asked of it. */
static uint32_t hash(const char *text)
{
        uint32_t h = 2166136261U;
        for (; *text; text++)
                h = (h ^ (unsigned char)*text) * 16777619U;
        return h;
}

/* A range depends on the container's name, not on its neighbours, so that adding one container
 * moves no other; only if two names meet in one slot does the later one take the next. */
void rt_plan_assign_uids(RtPlan *plan)
{
        const RtPlatform *platform = &plan->model->platform;
        size_t slots = (size_t)((uid_limit - platform->uid_base) / platform->uid_range);
        bool *taken = rt_alloc_array(plan->arena, slots + 1, sizeof *taken);
        const RtContainer *previous = NULL;
        int64_t uid = 0;
        RT_EACH (it, &plan->instances) {
                RtInstance *instance = *it;
                if (instance->container != previous && slots > 0) {
                        size_t slot = hash(instance->container->object.name) % slots;
                        for (size_t tries = 0; tries < slots && taken[slot]; tries++)
                                slot = (slot + 1) % slots;
                        taken[slot] = true;
                        uid = platform->uid_base + (int64_t)slot * platform->uid_range;
                }
                previous = instance->container;
                instance->uid = uid;
        }
}

void rt_plan_make(RtPlan *plan, RtModel *model, RtDiags *diags)
{
        *plan = (RtPlan){
                .arena = model->arena,
                .model = model,
                .realtime = rt_platform_realtime_cpus(&model->platform),
                .housekeeping = model->platform.housekeeping,
        };
        rt_plan_place(plan, model, diags);
        rt_plan_assign_uids(plan);
        rt_plan_assign_priorities(plan);
}

const RtConfigPlan *rt_plan_config(const RtPlan *plan, const char *name)
{
        RT_EACH (config, &plan->configs)
                if (strcmp((*config)->config->object.name, name) == 0)
                        return *config;
        return NULL;
}

static int compare_member(const void *name, const void *member)
{
        return strcmp(name, (*(RtInstance *const *)member)->container->object.name);
}

RtInstance *rt_config_plan_member(const RtConfigPlan *config, const char *container)
{
        if (config->members.n == 0)
                return NULL;
        RtInstance *const *found = bsearch(container, config->members.items, config->members.n,
                                           sizeof *config->members.items, compare_member);
        return found ? *found : NULL;
}

bool rt_plan_is_realtime(const RtPlan *plan)
{
        RT_EACH (instance, &plan->instances)
                if (rt_container_is_realtime((*instance)->container))
                        return true;
        return false;
}

const RtTaskPlan *rt_instance_main_task(const RtInstance *instance)
{
        bool alone = instance->tasks.n == 1 && !instance->tasks.items[0].task->thread;
        return alone ? &instance->tasks.items[0] : NULL;
}

int rt_instance_top_priority(const RtInstance *instance)
{
        int top = 0;
        RT_EACH (task, &instance->tasks)
                if (task->priority > top)
                        top = task->priority;
        return top;
}
