/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan-internal.h"
#include "text.h"
#include "timing.h"

/* A range depends on the container's name, not on its neighbours, so that adding one container
 * moves no other; only if two names meet in one slot does the later one take the next. */
void rt_plan_assign_uids(RtPlan *plan)
{
        const RtPlatform *platform = &plan->model->platform;
        size_t slots = rt_platform_uid_ranges(platform);
        bool *taken = rt_alloc_array(plan->arena, slots + 1, sizeof *taken);
        const RtContainer *previous = NULL;
        int64_t uid = 0;
        RT_EACH (it, &plan->instances) {
                RtInstance *instance = *it;
                if (instance->container != previous && slots > 0) {
                        size_t slot = rt_text_hash(instance->container->object.name) % slots;
                        for (size_t tries = 0; tries < slots && taken[slot]; tries++)
                                slot = (slot + 1) % slots;
                        taken[slot] = true;
                        uid = platform->uid_base + (int64_t)slot * platform->uid_range;
                }
                previous = instance->container;
                instance->uid = uid;
        }
}

/* The emitters leave a rejected fallback out; that must not go unsaid. */
static void warn_of_lost_fallbacks(const RtPlan *plan, RtDiags *diags)
{
        RT_EACH (it, &plan->configs) {
                RtConfig *config = (*it)->config;
                const RtConfig *fallback =
                        config->fallback ? rt_model_config(plan->model, config->fallback) : NULL;
                if (!fallback || !fallback->object.rejected)
                        continue;
                const RtDiag *why = fallback->object.rejected;
                RtAt at = { &config->object, rt_key_place(&config->object.item, RT_CONFIG_FALLBACK),
                            "fallback" };
                rt_diag(diags, RT_WARNING, at,
                        rt_printf(plan->arena,
                                  "config \"%s\" is rejected (%s: %s), so there is no fallback",
                                  config->fallback, rt_place_text(plan->arena, why->place),
                                  why->key),
                        "mend it, or name another config");
        }
}

const RtConfig *rt_plan_effective_config(const RtModel *model, const char *name)
{
        const RtConfig *config = name ? rt_model_config(model, name) : NULL;
        /* Fallbacks may go round in a circle, which is an error as well, so steps are counted. */
        for (size_t i = 0; config && config->object.rejected && i < model->configs.n; i++)
                config = config->fallback ? rt_model_config(model, config->fallback) : NULL;
        return config && !config->object.rejected ? config : NULL;
}

static void warn_of_lost_default(const RtPlan *plan, RtModel *model, RtDiags *diags)
{
        RtPlatform *platform = &model->platform;
        const char *name = platform->default_config;
        const RtConfig *wanted = name ? rt_model_config(model, name) : NULL;
        if (!wanted || !wanted->object.rejected)
                return;
        const RtConfig *instead = rt_plan_effective_config(model, name);
        RtAt at = { &platform->object,
                    rt_key_place(&platform->object.item, RT_PLATFORM_DEFAULT_CONFIG),
                    "default_config" };
        rt_diag(diags, RT_WARNING, at,
                instead ? rt_printf(plan->arena, "config \"%s\" is rejected, so boot starts \"%s\"",
                                    name, instead->object.name)
                        : rt_printf(plan->arena,
                                    "config \"%s\" is rejected, so boot starts no config", name),
                "mend that config");
}

/* Once more, from the plan alone and with work set aside for it: what the search believed must hold
 * for what is going to be generated. */
static bool verify(RtPlan *plan, RtDiags *diags)
{
        const size_t errors = diags->n_errors;
        RtEffort reserve = RT_EFFORT(plan->arena);
        RT_EACH (it, &plan->configs) {
                RtConfigPlan *config = *it;
                if (plan->model->platform.admission != RT_ADMISSION_ENFORCE ||
                    rt_config_verdict(plan, config, &reserve) == RT_MET)
                        continue;
                RtAt at = { &config->config->object,
                            rt_key_place(&config->config->object.item, RT_CONFIG_CONTAINERS),
                            "containers" };
                rt_diag(diags, RT_ERROR, at,
                        "whether all deadlines hold could not be decided within the bound on work",
                        "use fewer tasks or configs, fix CPUs and priorities by hand, or shorten "
                        "execution times");
                RT_APPEND(plan->arena, &plan->refused, config);
        }
        return diags->n_errors == errors;
}

void rt_plan_make(RtPlan *plan, RtModel *model, RtDiags *diags)
{
        rt_plan_make_from(plan, model, NULL, diags);
}

void rt_plan_make_from(RtPlan *plan, RtModel *model, const RtStoredPlan *stored, RtDiags *diags)
{
        *plan = (RtPlan){
                .arena = model->arena,
                .model = model,
                .realtime = rt_platform_realtime_cpus(&model->platform),
                .housekeeping = model->platform.housekeeping,
                .rules = rt_platform_rules(&model->platform),
                .effort = RT_EFFORT(model->arena),
        };
        /* What is refused makes room for others, so all are placed again without it. */
        int rounds = 4; /* most of them are one or two */
        do {
                rt_plan_place(plan, model, stored, diags);
                /* What is asked about those who were placed has work of its own, so that it does
                 * not stay undecided for the sake of others who were searched for in vain. */
                if (rounds-- > 0)
                        plan->effort.left = RT_EFFORT(NULL).left;
        } while (!verify(plan, diags) || !rt_plan_check_paths(plan, diags));
        rt_plan_assign_uids(plan);
        rt_plan_warn_of_paths(plan, diags);
        warn_of_lost_fallbacks(plan, diags);
        warn_of_lost_default(plan, model, diags);
}

const RtConfigPlan *rt_plan_config(const RtPlan *plan, const char *name)
{
        RT_EACH (config, &plan->configs)
                if (strcmp((*config)->config->object.name, name) == 0)
                        return *config;
        return NULL;
}

RtConfigPlan *rt_plan_shown(const RtPlan *plan, const char *name)
{
        RT_EACH (config, &plan->configs)
                if (strcmp((*config)->config->object.name, name) == 0)
                        return *config;
        RT_EACH (config, &plan->refused)
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

int rt_instance_top_priority(const RtInstance *instance)
{
        int top = 0;
        RT_EACH (task, &instance->tasks)
                if (task->priority > top)
                        top = task->priority;
        return top;
}
