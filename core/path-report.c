/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Chains and channels that are too slow, as diagnostics. */

#include <string.h>

#include "paths.h"
#include "plan-internal.h"
#include "quantity.h"

static RtSeverity severity_of(const RtPlan *plan)
{
        return plan->model->platform.admission == RT_ADMISSION_ENFORCE ? RT_ERROR : RT_WARNING;
}

/* Whether any chain or channel of the config has a bound; if not, nothing need be computed. */
static bool has_bounds(const RtPlan *plan, const RtConfigPlan *config)
{
        RT_EACH (chain, &config->config->chains)
                if (chain->max_reaction > 0 || chain->max_age > 0)
                        return true;
        RT_EACH (channel, &plan->model->channels)
                if ((*channel)->max_latency > 0)
                        return true;
        return false;
}

/* -- too slow ---------------------------------------------------------------------------------- */

static void report_bound(RtPlan *plan, RtConfigPlan *config, const RtChain *chain, size_t key,
                         int64_t time, int64_t most, RtDiags *diags)
{
        if (most == 0 || (time != RT_NO_TIME && time <= most))
                return;
        RtArena *arena = plan->arena;
        const char *word = key == RT_CHAIN_MAX_AGE ? "data age" : "reaction time";
        RtAt at = { &config->config->object, rt_key_place(&chain->item, key),
                    rt_key_path(arena, &chain->item, chain->item.schema->keys[key].name) };
        if (time == RT_NO_TIME) {
                rt_diag(diags, severity_of(plan), at,
                        rt_printf(arena, "the %s of chain \"%s\" has no bound", word, chain->name),
                        "let it lead over real-time tasks that are never late, and over "
                        "channels that are emptied as fast as all their senders fill them");
                return;
        }
        rt_diag(diags, severity_of(plan), at,
                rt_printf(arena, "the %s of chain \"%s\" may reach %s, more than %s", word,
                          chain->name, rt_duration_text(arena, time),
                          rt_duration_text(arena, most)),
                rt_printf(arena, "allow %s, or shorten periods and response times on its way",
                          rt_duration_text(arena, time)));
}

static const char *between(RtArena *arena, const RtLatencyTiming *latency)
{
        return rt_printf(arena, "from \"%s\" to \"%s\"", latency->from->container->object.name,
                         latency->to->container->object.name);
}

static void report_latency(RtPlan *plan, RtConfigPlan *config, const RtLatencyTiming *latency,
                           RtDiags *diags)
{
        RtArena *arena = plan->arena;
        const RtItem *item = &latency->channel->object.item;
        RtAt at = { &config->config->object, rt_key_place(item, RT_CHANNEL_MAX_LATENCY),
                    "max_latency" };
        if (latency->ok)
                return;
        if (latency->waiting == RT_NO_TIME) {
                rt_diag(diags, severity_of(plan), at,
                        rt_printf(arena, "in config \"%s\" the latency %s has no bound",
                                  config->config->object.name, between(arena, latency)),
                        "let the receiver have real-time tasks that are never late");
                return;
        }
        rt_diag(diags, severity_of(plan), at,
                rt_printf(arena, "in config \"%s\" the latency %s may reach %s, more than %s",
                          config->config->object.name, between(arena, latency),
                          rt_duration_text(arena, latency->waiting),
                          rt_duration_text(arena, latency->channel->max_latency)),
                rt_printf(arena, "allow %s, or shorten the receiver's response time",
                          rt_duration_text(arena, latency->waiting)));
}

bool rt_plan_check_paths(RtPlan *plan, RtDiags *diags)
{
        const size_t errors = diags->n_errors;
        RT_EACH (it, &plan->configs) {
                RtConfigPlan *config = *it;
                if (!has_bounds(plan, config))
                        continue;
                const RtConfigTiming *timing = rt_plan_timing(plan, config);
                RT_EACH (one, &timing->chains) {
                        report_bound(plan, config, one->chain, RT_CHAIN_MAX_REACTION, one->reaction,
                                     one->chain->max_reaction, diags);
                        report_bound(plan, config, one->chain, RT_CHAIN_MAX_AGE, one->age,
                                     one->chain->max_age, diags);
                }
                RT_EACH (latency, &timing->latencies)
                        report_latency(plan, config, latency, diags);
                if (config->config->object.rejected)
                        RT_APPEND(plan->arena, &plan->refused, config);
        }
        return diags->n_errors == errors;
}

/* -- assumptions ------------------------------------------------------------------------------- */

static void warn_of_polling(RtPlan *plan, const RtConfigTiming *timing, RtDiags *diags)
{
        RtArena *arena = plan->arena;
        RT_EACH (latency, &timing->latencies) {
                const RtChannel *channel = latency->channel;
                if (!latency->ok ||
                    (latency->polling != RT_NO_TIME && latency->polling <= channel->max_latency))
                        continue;
                RtAt at = { NULL, rt_key_place(&channel->object.item, RT_CHANNEL_MAX_LATENCY),
                            "max_latency" };
                rt_diag(diags, RT_WARNING, at,
                        rt_printf(arena,
                                  "in config \"%s\" it holds %s only if the receiver waits for "
                                  "messages; one that looks once a period may take %s",
                                  timing->plan->config->object.name, between(arena, latency),
                                  rt_duration_text(arena, latency->polling)),
                        rt_printf(arena, "allow %s, or let the receiver wait",
                                  rt_duration_text(arena, latency->polling)));
        }
}

/* A step of a chain between containers that have no channel in that direction. */
static void warn_of_gaps(RtPlan *plan, const RtConfigPlan *config, const RtChain *chain,
                         RtDiags *diags)
{
        RtArena *arena = plan->arena;
        const RtContainer *from = NULL;
        for (size_t i = 0; i < chain->path.n; i++) {
                const char *text = chain->path.items[i];
                const RtContainer *to = rt_model_container(
                        plan->model, rt_strndup(arena, text, strcspn(text, ".")));
                bool found = !from || !to || rt_way_between(plan, config, from, to, 1).is_there;
                RtAt at = { NULL, chain->path.places[i],
                            rt_printf(arena, "%s[%zu]", rt_key_path(arena, &chain->item, "path"),
                                      i) };
                if (!found)
                        rt_diag(diags, RT_WARNING, at,
                                rt_printf(arena,
                                          "no channel leads from \"%s\" to \"%s\" in config "
                                          "\"%s\"; that the newest value gets there is taken for "
                                          "granted",
                                          from->object.name, to->object.name,
                                          config->config->object.name),
                                "declare the channel at both of them");
                from = to;
        }
}

void rt_plan_warn_of_paths(RtPlan *plan, RtDiags *diags)
{
        RT_EACH (it, &plan->configs) {
                RT_EACH (chain, &(*it)->config->chains)
                        warn_of_gaps(plan, *it, chain, diags);
                if (has_bounds(plan, *it))
                        warn_of_polling(plan, rt_plan_timing(plan, *it), diags);
        }
}
