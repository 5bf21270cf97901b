/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Configs: the target that `systemctl isolate` switches to, the barrier that orders a switch, and
 * the proxy for cluster managers. The shape was proven by experiment; see docs/ARCHITECTURE.md,
 * Switching. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "text.h"

const char *rt_config_target(RtArena *arena, const RtConfig *config)
{
        return rt_printf(arena, "rt-config-%s.target", config->object.name);
}

static const char *barrier(RtArena *arena, const RtConfig *config)
{
        return rt_printf(arena, "rt-config-%s-pre.target", config->object.name);
}

const char *rt_config_barriers(RtEmit *emit)
{
        if (emit->barriers)
                return emit->barriers;
        RtText text = RT_TEXT(emit->arena);
        RT_EACH (config, &emit->plan->configs)
                rt_text_addf(&text, "%s%s", text.n > 0 ? " " : "",
                             barrier(emit->arena, (*config)->config));
        emit->barriers = rt_strdup(emit->arena, text.data);
        return emit->barriers;
}

/* Units joined by blanks; a list in one line keeps large configs readable and small. */
static void add_unit(RtText *text, const char *unit)
{
        rt_text_addf(text, "%s%s", text->n > 0 ? " " : "", unit);
}

static void set_conflicts(RtEmit *emit, RtArtifact *file, const RtConfigPlan *config)
{
        RtText others = RT_TEXT(emit->arena), strangers = RT_TEXT(emit->arena);
        RT_EACH (other, &emit->plan->configs)
                if (*other != config)
                        add_unit(&others, rt_config_target(emit->arena, (*other)->config));
        RT_EACH (instance, &emit->plan->instances)
                if (rt_config_plan_member(config, (*instance)->container->object.name) != *instance)
                        add_unit(&strangers, (*instance)->unit);
        RtUnits bridges = rt_config_bridges(emit, config, false);
        RT_EACH (bridge, &bridges)
                add_unit(&strangers, *bridge);
        if (others.n > 0)
                rt_emit_set(emit, file, rt_by_rule("exactly one config runs at a time"),
                            "Conflicts", "%s", others.data);
        if (strangers.n > 0)
                rt_emit_set(emit, file,
                            rt_by_rule("containers and bridges that are not in this config stop"),
                            "Conflicts", "%s", strangers.data);
}

static void set_fallback(RtEmit *emit, RtArtifact *file, const RtConfig *config)
{
        const RtConfigPlan *fallback =
                config->fallback ? rt_plan_config(emit->plan, config->fallback) : NULL;
        if (!fallback)
                return;
        RtOrigin origin = rt_from(&config->object.item, RT_CONFIG_FALLBACK);
        rt_emit_set(emit, file, origin, "OnFailure", "%s",
                    rt_config_target(emit->arena, fallback->config));
        rt_emit_set(emit, file, origin, "OnFailureJobMode", "isolate");
}

static void emit_target(RtEmit *emit, const RtConfigPlan *plan)
{
        const RtConfig *config = plan->config;
        const RtItem *item = &config->object.item;
        RtArtifact *file =
                rt_emit_file(emit, &config->object, rt_config_target(emit->arena, config));
        rt_emit_unit_head(emit, file, &config->object, rt_from(item, RT_CONFIG_DESCRIPTION),
                          config->description ? rt_printf(emit->arena, "Configuration %s: %s",
                                                          config->object.name, config->description)
                                              : rt_printf(emit->arena, "Configuration %s",
                                                          config->object.name));
        rt_emit_set(emit, file, rt_by_rule("systemctl isolate switches to it"), "AllowIsolate",
                    "yes");
        RtOrigin base = rt_from(item, RT_CONFIG_BASE);
        rt_emit_set(emit, file, base, "Requires", "%s", config->base);
        rt_emit_set(emit, file, base, "After", "%s", config->base);
        const RtOrigin order = rt_by_rule("all stops of a switch come before its starts");
        rt_emit_set(emit, file, order, "Requires", "%s", barrier(emit->arena, config));
        rt_emit_set(emit, file, order, "After", "%s", barrier(emit->arena, config));
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtInstance *member = rt_config_plan_member(plan, config->containers.items[i]);
                RtOrigin origin = rt_from_text(item, RT_CONFIG_CONTAINERS, i);
                /* One that comes and goes with its device is missing at times. */
                rt_emit_set(emit, file, origin,
                            rt_container_replugs(member->container) ? "Wants" : "Requires", "%s",
                            member->unit);
                rt_emit_set(emit, file, origin, "After", "%s", member->unit);
        }
        const RtOrigin why = rt_by_rule("bridges run with the listening end of their channel, and "
                                        "no switch fails or waits because of one");
        RtUnits bridges = rt_config_bridges(emit, plan, true);
        RT_EACH (bridge, &bridges)
                rt_emit_set(emit, file, why, "Wants", "%s", *bridge);
        set_conflicts(emit, file, plan);
        set_fallback(emit, file, config);
}

static void emit_barrier(RtEmit *emit, const RtConfig *config)
{
        const RtOrigin why = rt_by_rule("every container is ordered after every barrier, so that "
                                        "stopping ones stop before starting ones start");
        RtArtifact *file = rt_emit_file(emit, &config->object, barrier(emit->arena, config));
        rt_emit_unit_head(
                emit, file, &config->object, why,
                rt_printf(emit->arena, "Switch to configuration %s", config->object.name));
        rt_emit_set(emit, file, why, "PartOf", "%s", rt_config_target(emit->arena, config));
}

/* Cluster managers start, stop and watch services. This one stands for the target; it starts it,
 * which switches, but it never isolates. */
static void emit_proxy(RtEmit *emit, const RtConfigPlan *plan)
{
        const RtConfig *config = plan->config;
        const RtOrigin why = rt_by_rule("lets cluster managers drive the config as a service");
        const char *target = rt_config_target(emit->arena, config);
        RtArtifact *file =
                rt_emit_file(emit, &config->object,
                             rt_printf(emit->arena, "rt-config-%s.service", config->object.name));
        rt_emit_unit_head(
                emit, file, &config->object, why,
                rt_printf(emit->arena, "Configuration %s, as a service", config->object.name));
        rt_emit_set(emit, file,
                    rt_by_rule("its stop must not wait for the target's, nor the "
                               "other way round"),
                    "DefaultDependencies", "no");
        rt_emit_set(emit, file, why, "Requires", "%s", target);
        rt_emit_set(emit, file,
                    rt_by_rule("an isolate stops it by way of the target, or not at "
                               "all"),
                    "IgnoreOnIsolate", "yes");
        rt_emit_set(emit, file, why, "StartLimitIntervalSec", "0");
        RtText members = RT_TEXT(emit->arena);
        RT_EACH (member, &plan->members)
                rt_text_addf(&members, " %s", (*member)->unit);
        RtUnits bridges = rt_config_bridges(emit, plan, true);
        RT_EACH (bridge, &bridges)
                rt_text_addf(&members, " %s", *bridge);
        rt_emit_section(emit, file, "Service");
        rt_emit_set(emit, file, why, "Type", "oneshot");
        rt_emit_set(emit, file, why, "RemainAfterExit", "yes");
        rt_emit_set(emit, file, why, "ExecStart", RT_PKGLIBEXECDIR "/config-proxy start %s",
                    target);
        rt_emit_set(emit, file, why, "ExecStop", RT_PKGLIBEXECDIR "/config-proxy stop %s%s", target,
                    members.data);
}

void rt_emit_default(RtEmit *emit)
{
        const RtPlatform *platform = &emit->model->platform;
        const RtConfig *config = rt_plan_effective_config(emit->model, platform->default_config);
        if (config)
                rt_artifact_link(emit->artifacts, &platform->object, "default.target",
                                 rt_config_target(emit->arena, config));
}

void rt_emit_configs(RtEmit *emit)
{
        RT_EACH (config, &emit->plan->configs) {
                emit_barrier(emit, (*config)->config);
                emit_target(emit, *config);
                emit_proxy(emit, *config);
        }
}
