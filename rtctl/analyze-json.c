/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of rtctl analyze as JSON: the contract's object. Members may be added, none renamed.
 */

#include "analyze.h"
#include "miss.h"
#include "resources.h"

static void add(json_object *object, const char *name, json_object *value)
{
        json_object_object_add(object, name, value);
}

static void add_text(json_object *object, const char *name, const char *text)
{
        add(object, name, rt_json_text(text));
}

static void add_bool(json_object *object, const char *name, bool value)
{
        add(object, name, json_object_new_boolean(value));
}

static void add_number(json_object *object, const char *name, int64_t number)
{
        add(object, name, json_object_new_int64(number));
}

/* Negative: null. */
static void add_time(json_object *object, const char *name, int64_t ns)
{
        add(object, name, ns < 0 ? NULL : json_object_new_int64(ns));
}

/* A number with so many decimals, as it would be written by hand. */
static json_object *decimal(const RtAnalysis *analysis, double value, int decimals)
{
        const char *text = rt_printf(analysis->command->arena, "%.*f", decimals, value);
        return json_object_new_double_s(value, text);
}

/* -- tasks ------------------------------------------------------------------------------------- */

static json_object *part_json(const char *by, const RtPart *part)
{
        json_object *object = json_object_new_object();
        add_text(object, "by", by);
        add_number(object, "jobs", part->jobs);
        add_number(object, "time_ns", part->time);
        return object;
}

static json_object *breakdown_json(const RtAnalysis *analysis, const RtCpuTiming *cpu,
                                   const RtTaskTiming *task)
{
        RtArena *arena = analysis->command->arena;
        RtBreakdown parts = rt_break_down(analysis->plan, cpu, task);
        if (!parts.known)
                return NULL;
        json_object *object = json_object_new_object(), *list = json_object_new_array();
        add_number(object, "own_jobs", parts.jobs);
        add_number(object, "own_ns", parts.own);
        add_number(object, "overhead_ns", parts.overhead);
        add_number(object, "blocking_ns", parts.blocking);
        add_number(object, "jitter_ns", parts.jitter);
        add_number(object, "wait_ns", parts.wait);
        RT_EACH (part, &parts.parts)
                json_object_array_add(list, part_json(rt_load_label(arena, part->owner), part));
        if (parts.n_others > 0)
                json_object_array_add(list, part_json("others", &parts.others));
        add(object, "interference", list);
        return object;
}

static void add_response(json_object *object, const RtTaskTiming *task)
{
        static const char *const words[] = {
                [RT_MET] = "met", [RT_MISSED] = "missed", [RT_UNDECIDED] = "undecided"
        };
        const RtResponse *response = &task->response;
        bool known = rt_response_is_known(response);
        add(object, "response_ns", known ? json_object_new_int64(response->time) : NULL);
        add(object, "slack_ns",
            known ? json_object_new_int64(task->task->task->deadline - response->time) : NULL);
        add_bool(object, "schedulable", response->verdict == RT_MET);
        add_text(object, "verdict", words[response->verdict]);
}

static json_object *task_json(RtAnalysis *analysis, const RtConfigTiming *timing, size_t cpu,
                              size_t index)
{
        const RtCpuTiming *where = &timing->cpus.items[cpu];
        const RtTaskTiming *task = &where->tasks.items[index];
        const RtTask *declared = task->task->task;
        json_object *object = json_object_new_object();
        add_text(object, "container", task->instance->container->object.name);
        add_text(object, "task", declared->name);
        add_text(object, "policy", rt_policy_words[declared->policy]);
        add(object, "priority",
            declared->policy == RT_POLICY_FIFO ? json_object_new_int(task->task->priority) : NULL);
        add_number(object, "period_ns", declared->period);
        add_number(object, "wcet_ns", declared->wcet);
        add_number(object, "deadline_ns", declared->deadline);
        add_number(object, "jitter_ns", declared->jitter);
        add_number(object, "blocking_ns", declared->blocking);
        add_response(object, task);
        add_text(object, "culprit", rt_culprit(analysis->plan, where, task));
        add_time(object, "wcet_max_ns",
                 rt_task_wcet_most(analysis->plan, timing, cpu, index, &analysis->spare));
        add(object, "breakdown", breakdown_json(analysis, where, task));
        return object;
}

/* -- CPUs -------------------------------------------------------------------------------------- */

static json_object *repair_json(const RtAnalysis *analysis, const RtRepair *repair)
{
        static const struct {
                const char *kind, *value;
        } words[] = {
                [RT_SHORTEN] = { "shorten", "wcet_ns" },
                [RT_RELAX] = { "relax", "deadline_ns" },
                [RT_MOVE] = { "move", "cpu" },
        };
        json_object *object = json_object_new_object();
        add_text(object, "kind", words[repair->kind].kind);
        add_text(object, "container", repair->container->object.name);
        if (repair->task)
                add_text(object, "task", repair->task->name);
        add_number(object, words[repair->kind].value, repair->value);
        add_text(object, "text", rt_repair_text(analysis->command->arena, repair));
        return object;
}

static json_object *cpu_json(RtAnalysis *analysis, const RtConfigTiming *timing, size_t cpu)
{
        const RtCpuTiming *one = &timing->cpus.items[cpu];
        json_object *object = json_object_new_object();
        json_object *tasks = json_object_new_array(), *repairs = json_object_new_array();
        add_number(object, "cpu", one->cpu);
        add(object, "utilization", decimal(analysis, (double)one->utilisation / 1e9, 4));
        add_bool(object, "schedulable", one->verdict.verdict == RT_MET);
        add_text(object, "reason", rt_cpu_text(analysis->plan, one));
        for (size_t i = 0; i < one->tasks.n; i++)
                json_object_array_add(tasks, task_json(analysis, timing, cpu, i));
        add(object, "tasks", tasks);
        RtRepairs list = rt_repairs(analysis->plan, timing, cpu, &analysis->spare);
        RT_EACH (repair, &list)
                json_object_array_add(repairs, repair_json(analysis, repair));
        add(object, "repairs", repairs);
        return object;
}

/* -- configs ----------------------------------------------------------------------------------- */

static json_object *chains_json(const RtConfigTiming *timing)
{
        json_object *list = json_object_new_array();
        for (size_t i = 0; timing && i < timing->chains.n; i++) {
                const RtChainTiming *chain = &timing->chains.items[i];
                json_object *object = json_object_new_object();
                add_text(object, "name", chain->chain->name);
                add_time(object, "reaction_ns", chain->reaction);
                add_time(object, "age_ns", chain->age);
                add_time(object, "davare_ns", chain->davare);
                add_time(object, "max_reaction_ns",
                         chain->chain->max_reaction > 0 ? chain->chain->max_reaction : -1);
                add_time(object, "max_age_ns",
                         chain->chain->max_age > 0 ? chain->chain->max_age : -1);
                add_bool(object, "ok", chain->ok);
                json_object_array_add(list, object);
        }
        return list;
}

static json_object *latencies_json(const RtConfigTiming *timing)
{
        json_object *list = json_object_new_array();
        for (size_t i = 0; timing && i < timing->latencies.n; i++) {
                const RtLatencyTiming *latency = &timing->latencies.items[i];
                json_object *object = json_object_new_object();
                add_text(object, "channel", latency->channel->object.name);
                add_text(object, "from", latency->from->container->object.name);
                add_text(object, "to", latency->to->container->object.name);
                add_time(object, "waiting_ns", latency->waiting);
                add_time(object, "polling_ns", latency->polling);
                add_number(object, "max_latency_ns", latency->channel->max_latency);
                add_bool(object, "ok", latency->ok);
                json_object_array_add(list, object);
        }
        return list;
}

static json_object *resources_json(const RtAnalysis *analysis, const RtConfig *config)
{
        json_object *list = json_object_new_array();
        RtResources resources = rt_config_resources(analysis->plan->model, config);
        RT_EACH (resource, &resources) {
                json_object *object = json_object_new_object();
                add_text(object, "name", resource->name);
                add_number(object, "used", resource->used);
                add_time(object, "limit", resource->limit);
                add_text(object, "largest",
                         resource->largest ? resource->largest->object.name : NULL);
                json_object_array_add(list, object);
        }
        return list;
}

static json_object *config_json(RtAnalysis *analysis, const RtAnswer *answer)
{
        const RtConfigTiming *timing = answer->timing;
        json_object *object = json_object_new_object(), *cpus = json_object_new_array();
        rt_analysis_share_spare(analysis);
        int64_t scaling = timing ? rt_config_scaling(analysis->plan, timing, &analysis->spare) : -1;
        add_text(object, "name", answer->config->object.name);
        add_bool(object, "schedulable", answer->schedulable);
        add_text(object, "reason", answer->reason);
        for (size_t i = 0; timing && i < timing->cpus.n; i++)
                json_object_array_add(cpus, cpu_json(analysis, timing, i));
        add(object, "cpus", cpus);
        add(object, "chains", chains_json(timing));
        add(object, "latencies", latencies_json(timing));
        add(object, "resources", resources_json(analysis, answer->config));
        add(object, "scaling", scaling < 0 ? NULL : decimal(analysis, (double)scaling / 1000, 3));
        return object;
}

/* -- transitions ------------------------------------------------------------------------------- */

static json_object *names_json(const RtInstances *instances)
{
        json_object *list = json_object_new_array();
        RT_EACH (instance, instances)
                json_object_array_add(list, rt_json_text((*instance)->container->object.name));
        return list;
}

static void add_transition(const RtAnalysis *analysis, const RtTransition *transition, void *list)
{
        (void)analysis;
        json_object *object = json_object_new_object(), *devices = json_object_new_array();
        add_text(object, "from", transition->from->config->object.name);
        add_text(object, "to", transition->to->config->object.name);
        add(object, "keep", names_json(&transition->keep));
        add(object, "stop", names_json(&transition->stop));
        add(object, "start", names_json(&transition->start));
        add(object, "restart", names_json(&transition->restarted));
        add_bool(object, "safe", transition->safe);
        add_text(object, "reason", transition->reason);
        add_number(object, "deadline_wait_ns", transition->deadline_wait);
        add_time(object, "memory_peak", transition->memory_peak);
        RT_EACH (device, &transition->devices)
                json_object_array_add(devices, rt_json_text(*device));
        add(object, "devices", devices);
        json_object_array_add(list, object);
}

static json_object *platform_json(const RtAnalysis *analysis)
{
        const RtPlatform *platform = &analysis->plan->model->platform;
        json_object *object = json_object_new_object();
        add_text(object, "cpus", rt_cpuset_text(analysis->command->arena, &platform->cpus));
        add_text(object, "housekeeping",
                 rt_cpuset_text(analysis->command->arena, &platform->housekeeping));
        add_text(object, "kernel", platform->kernel);
        add(object, "rt_bandwidth", decimal(analysis, (double)platform->rt_bandwidth / 1e6, 6));
        add_text(object, "admission",
                 platform->admission == RT_ADMISSION_ENFORCE ? "enforce" : "warn");
        return object;
}

void rt_analysis_print_json(RtAnalysis *analysis)
{
        json_object *answer = json_object_new_object();
        json_object *configs = json_object_new_array(), *transitions = json_object_new_array();
        add(answer, "platform", platform_json(analysis));
        RT_EACH (one, &analysis->answers)
                json_object_array_add(configs, config_json(analysis, one));
        add(answer, "configs", configs);
        rt_analysis_each_transition(analysis, add_transition, transitions);
        add(answer, "transitions", transitions);
        if (analysis->transitions_left_out)
                add_bool(answer, "transitions_left_out", true);
        add(answer, "diagnostics", rt_json_diags(analysis->command));
        rt_print_json(analysis->command, answer);
}
