/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl analyze: do all deadlines hold, by how much, and if not, because of whom? */

#include <string.h>

#include "analyze.h"
#include "miss.h"

/* What does not hold in a config that is accepted all the same (admission "warn"). */
static const char *first_finding(const RtPlan *plan, const RtConfigTiming *timing)
{
        RT_EACH (cpu, &timing->cpus) {
                RT_EACH (task, &cpu->tasks)
                        if (task->response.verdict != RT_MET)
                                return rt_miss_text(plan, timing, cpu, task);
                const char *text = rt_cpu_text(plan, cpu);
                if (cpu->verdict.verdict != RT_MET && text)
                        return text;
        }
        RT_EACH (chain, &timing->chains)
                if (!chain->ok)
                        return rt_printf(plan->arena, "chain \"%s\" is slower than it may be",
                                         chain->chain->name);
        RT_EACH (latency, &timing->latencies)
                if (!latency->ok)
                        return rt_printf(plan->arena, "channel \"%s\" is slower than it may be",
                                         latency->channel->object.name);
        return "it is too much work to say whether all deadlines hold";
}

static RtAnswer answer_for(RtAnalysis *analysis, RtConfig *config)
{
        RtAnswer answer = { .config = config,
                            .plan = rt_plan_shown(analysis->plan, config->object.name) };
        if (answer.plan)
                answer.timing = rt_plan_timing(analysis->plan, answer.plan);
        if (config->object.rejected)
                answer.reason = rt_diag_line(analysis->command->arena,
                                             analysis->command->pipeline.search.root,
                                             config->object.rejected);
        else if (answer.timing && answer.timing->verdict != RT_MET)
                answer.reason = first_finding(analysis->plan, answer.timing);
        answer.schedulable =
                !config->object.rejected && answer.timing && answer.timing->verdict == RT_MET;
        return answer;
}

/* The configs that are asked for; -1 after a message if one is not there. */
static int choose(RtAnalysis *analysis)
{
        RtCommand *command = analysis->command;
        RtModel *model = &command->pipeline.model;
        for (int i = 0; i < command->n_names; i++) {
                RtConfig *config = rt_model_config(model, command->names[i]);
                if (!config) {
                        fprintf(stderr, "rtctl: there is no config \"%s\"; see rtctl list\n",
                                command->names[i]);
                        return -1;
                }
                RT_APPEND(command->arena, &analysis->answers, answer_for(analysis, config));
        }
        RT_EACH (config, &model->configs)
                if (command->n_names == 0)
                        RT_APPEND(command->arena, &analysis->answers,
                                  answer_for(analysis, *config));
        return 0;
}

void rt_analysis_share_spare(RtAnalysis *analysis)
{
        const RtEffort whole = RT_EFFORT(analysis->command->arena);
        analysis->spare.left = whole.left / (int64_t)analysis->answers.n;
}

void rt_analysis_each_transition(const RtAnalysis *analysis, RtTransitionVisitor visit, void *data)
{
        RT_EACH (from, &analysis->answers)
                RT_EACH (to, &analysis->answers) {
                        if (from == to || from->config->object.rejected ||
                            to->config->object.rejected || analysis->transitions_left_out)
                                continue;
                        RtTransition one = rt_transition(analysis->plan, from->plan, to->plan);
                        visit(analysis, &one, data);
                }
}

int rt_verb_analyze(RtCommand *command)
{
        enum { MOST_CONFIGS = 64 }; /* of which all pairs are shown */
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        RtAnalysis analysis = { .command = command,
                                .plan = &command->pipeline.plan,
                                .spare = RT_EFFORT(command->arena) };
        if (choose(&analysis) < 0)
                return RTCTL_TROUBLE;
        analysis.transitions_left_out = command->n_names == 0 && analysis.answers.n > MOST_CONFIGS;
        if (command->json != RT_JSON_OFF) {
                rt_analysis_print_json(&analysis);
        } else {
                rt_pager_open(command);
                rt_analysis_print_text(&analysis);
                rt_pager_close(); /* the messages come after it, not into it */
                rt_print_diags(command);
        }
        bool good = rt_diags_status(command) == RTCTL_GOOD;
        RT_EACH (answer, &analysis.answers)
                good = good && answer->schedulable;
        return good ? RTCTL_GOOD : RTCTL_FINDINGS;
}
