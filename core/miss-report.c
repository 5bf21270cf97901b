/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Missed deadlines as diagnostics: at the line that does not hold, with whom to thank for it and
 * the smallest changes that help. */

#include "miss.h"
#include "quantity.h"
#include "text.h"

enum { MOST_NAMED = 4, MOST_REPORTED = 20 };

static void add_parts(RtArena *arena, RtText *text, const RtBreakdown *parts)
{
        for (size_t i = 0; i < parts->parts.n; i++) {
                const RtPart *part = &parts->parts.items[i];
                if (i == MOST_NAMED) {
                        rt_text_addf(text, ", %zu more", parts->parts.n - i + parts->n_others);
                        return;
                }
                rt_text_addf(text, ", %s %lld x %s", rt_load_label(arena, part->owner),
                             (long long)part->jobs,
                             rt_duration_text(arena, part->jobs > 0 ? part->time / part->jobs : 0));
        }
}

static void add_breakdown(RtArena *arena, RtText *text, const RtBreakdown *parts)
{
        if (parts->jobs > 1)
                rt_text_addf(text, ": own work %lld x %s", (long long)parts->jobs,
                             rt_duration_text(arena, parts->own / parts->jobs));
        else
                rt_text_addf(text, ": own work %s", rt_duration_text(arena, parts->own));
        add_parts(arena, text, parts);
        if (parts->blocking > 0)
                rt_text_addf(text, ", blocking %s", rt_duration_text(arena, parts->blocking));
        if (parts->jitter > 0)
                rt_text_addf(text, ", release jitter %s", rt_duration_text(arena, parts->jitter));
        if (parts->wait > 0 && parts->jobs > 1)
                rt_text_addf(text, "; of the busy period, %s lie before its release",
                             rt_duration_text(arena, parts->wait));
}

const char *rt_miss_text(const RtPlan *plan, const RtConfigTiming *timing, const RtCpuTiming *cpu,
                         const RtTaskTiming *task)
{
        RtArena *arena = plan->arena;
        const RtTask *declared = task->task->task;
        const RtResponse *response = &task->response;
        RtText text = RT_TEXT(arena);
        rt_text_addf(&text, "in config \"%s\", on CPU %d, task \"%s\" of container \"%s\" ",
                     timing->plan->config->object.name, cpu->cpu, declared->name,
                     task->instance->container->object.name);
        if (response->verdict == RT_UNDECIDED) {
                rt_text_add(&text, "could not be decided on within the bound on work");
                return text.data;
        }
        RtBreakdown parts = rt_break_down(plan, cpu, task);
        if (!parts.known) {
                rt_text_addf(&text,
                             "may fall behind for ever, as the CPU is asked for %.4f of its "
                             "time",
                             (double)cpu->utilisation / 1e9);
                return text.data;
        }
        rt_text_addf(&text, "may end %s after its arrival, later than %s",
                     rt_duration_text(arena, response->time),
                     rt_duration_text(arena, declared->deadline));
        add_breakdown(arena, &text, &parts);
        return text.data;
}

const char *rt_cpu_text(const RtPlan *plan, const RtCpuTiming *cpu)
{
        const RtCpuVerdict *verdict = &cpu->verdict;
        if (verdict->verdict == RT_MET)
                return NULL;
        if (verdict->reason == RT_CPU_BANDWIDTH)
                return rt_printf(plan->arena,
                                 "CPU %d is asked for %.4f of its time, more than %.4f "
                                 "(rt_bandwidth)",
                                 cpu->cpu, (double)cpu->utilisation / 1e9,
                                 (double)plan->rules.bandwidth / 1e6);
        if (verdict->reason == RT_CPU_DEADLINE_BANDWIDTH)
                return rt_printf(
                        plan->arena,
                        "the \"deadline\" tasks of CPU %d ask for %.4f of its time, more "
                        "than the %.4f that the kernel admits",
                        cpu->cpu,
                        (double)rt_loads_utilisation(cpu->loads, cpu->n_loads, RT_LEVEL_DEADLINE) /
                                1e9,
                        (double)rt_deadline_bandwidth(&plan->rules) / 1e6);
        if (verdict->reason == RT_CPU_DEMAND && verdict->demand.verdict == RT_UNDECIDED)
                return rt_printf(plan->arena,
                                 "whether the \"deadline\" tasks of CPU %d hold could not be "
                                 "decided within the bound on work",
                                 cpu->cpu);
        if (verdict->reason == RT_CPU_DEMAND && verdict->demand.demand >= 0)
                return rt_printf(plan->arena,
                                 "the \"deadline\" tasks of CPU %d ask for %s within %s", cpu->cpu,
                                 rt_duration_text(plan->arena, verdict->demand.demand),
                                 rt_duration_text(plan->arena, verdict->demand.interval));
        return NULL;
}

static const char *cpu_repairs(RtPlan *plan, const RtConfigTiming *timing, size_t cpu)
{
        RtText text = RT_TEXT(plan->arena);
        RtRepairs repairs = rt_repairs(plan, timing, cpu, &plan->effort);
        RT_EACH (repair, &repairs)
                rt_text_addf(&text, "%s%s", text.n > 0 ? ", or " : "",
                             rt_repair_text(plan->arena, repair));
        return text.n > 0 ? text.data : NULL;
}

const char *rt_repairs_text(RtPlan *plan, const RtConfigTiming *timing)
{
        for (size_t i = 0; i < timing->cpus.n; i++)
                if (timing->cpus.items[i].verdict.verdict != RT_MET)
                        return cpu_repairs(plan, timing, i);
        return NULL;
}

static const char *repairs_or_advice(RtPlan *plan, const RtConfigTiming *timing, size_t cpu)
{
        const char *text = cpu_repairs(plan, timing, cpu);
        return text ? text
                    : "shorten execution times, extend deadlines, or take a container out of the "
                      "config";
}

static RtAt place_of(RtPlan *plan, const RtConfigTiming *timing, const RtTaskTiming *task)
{
        const RtItem *item = &task->task->task->item;
        size_t key = rt_is_set(item, RT_TASK_DEADLINE) ? RT_TASK_DEADLINE : RT_TASK_PERIOD;
        return (RtAt){ &timing->plan->config->object, rt_key_place(item, key),
                       rt_key_path(plan->arena, item, item->schema->keys[key].name) };
}

static size_t report_cpu(RtPlan *plan, const RtConfigTiming *timing, size_t number,
                         RtSeverity severity, RtDiags *diags)
{
        const RtCpuTiming *cpu = &timing->cpus.items[number];
        const char *fix = NULL;
        size_t n = 0;
        RT_EACH (task, &cpu->tasks) {
                if (task->response.verdict == RT_MET)
                        continue;
                fix = fix ? fix : repairs_or_advice(plan, timing, number);
                if (n++ < MOST_REPORTED)
                        rt_diag(diags, severity, place_of(plan, timing, task),
                                rt_miss_text(plan, timing, cpu, task), fix);
        }
        const char *all = n == 0 ? rt_cpu_text(plan, cpu) : NULL;
        if (all) {
                RtConfig *config = timing->plan->config;
                RtAt at = { &config->object,
                            rt_key_place(&config->object.item, RT_CONFIG_CONTAINERS),
                            "containers" };
                rt_diag(diags, severity, at, all, repairs_or_advice(plan, timing, number));
                n++;
        }
        return n;
}

size_t rt_report_misses(RtPlan *plan, const RtConfigTiming *timing, RtSeverity severity,
                        RtDiags *diags)
{
        size_t n = 0;
        for (size_t i = 0; i < timing->cpus.n; i++)
                n += report_cpu(plan, timing, i, severity, diags);
        return n;
}
