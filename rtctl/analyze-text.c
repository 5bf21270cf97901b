/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of rtctl analyze for people: a table per CPU, and words where something does not hold.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze.h"
#include "miss.h"
#include "quantity.h"
#include "resources.h"
#include "text.h"

typedef struct Page {
        const RtAnalysis *analysis;
        RtArena *arena;
        bool colour;
        int64_t unit;          /* of the table's times, nanoseconds */
        const char *unit_name; /* "us", "ms" */
        int decimals;
        int width; /* of the first column */
} Page;

enum { RED = 31, GREEN = 32, YELLOW = 33 };

static const char *painted(const Page *page, int colour, const char *text)
{
        return page->colour ? rt_printf(page->arena, "\033[%dm%s\033[0m", colour, text) : text;
}

/* -- times ------------------------------------------------------------------------------------- */

/* One unit for a whole table, so that its columns can be compared at a glance. */
static void choose_unit(Page *page, const RtConfigTiming *timing)
{
        int64_t longest = 0;
        page->width = (int)strlen("TASK");
        RT_EACH (cpu, &timing->cpus)
                RT_EACH (task, &cpu->tasks) {
                        const RtTask *declared = task->task->task;
                        int width = (int)(strlen(task->instance->container->object.name) + 1 +
                                          strlen(declared->name));
                        if (declared->period > longest)
                                longest = declared->period;
                        if (declared->deadline > longest)
                                longest = declared->deadline;
                        if (width > page->width)
                                page->width = width;
                }
        bool coarse = longest >= INT64_C(100000000);
        page->unit = coarse ? 1000000 : 1000;
        page->unit_name = coarse ? "ms" : "us";
        page->decimals = coarse ? 3 : 1;
}

/* Rounded up or down to what the table shows, whichever is the safe side. */
static const char *in_unit(const Page *page, int64_t ns, bool up)
{
        int64_t step = page->unit;
        for (int i = 0; i < page->decimals; i++)
                step /= 10;
        __int128 rounded = ns < 0 ? -(((__int128)-ns + (up ? 0 : step - 1)) / step)
                                  : ((__int128)ns + (up ? step - 1 : 0)) / step;
        return rt_printf(page->arena, "%.*f", page->decimals,
                         (double)rounded * (double)step / (double)page->unit);
}

static const char *in_unit_or(const Page *page, int64_t ns, bool up, const char *otherwise)
{
        return ns == RT_NO_TIME ? otherwise : in_unit(page, ns, up);
}

static const char *duration_or(const Page *page, int64_t ns, const char *otherwise)
{
        return ns == RT_NO_TIME ? otherwise : rt_duration_text(page->arena, ns);
}

/* -- tasks ------------------------------------------------------------------------------------- */

static void print_head(const Page *page)
{
        printf("    %-*s  %4s  %10s  %10s  %10s  %10s  %10s  %10s  %s\n", page->width, "TASK",
               "PRIO", "PERIOD", "WCET", "WCET MAX", "DEADLINE", "RESPONSE", "SLACK",
               page->unit_name);
}

static const char *priority_text(const Page *page, const RtTaskPlan *task)
{
        return task->task->policy == RT_POLICY_DEADLINE
                       ? "edf"
                       : rt_printf(page->arena, "%d", task->priority);
}

static void print_task(const Page *page, const RtConfigTiming *timing, size_t cpu, size_t index)
{
        const RtTaskTiming *task = &timing->cpus.items[cpu].tasks.items[index];
        const RtTask *declared = task->task->task;
        const RtResponse *response = &task->response;
        RtPlan *plan = page->analysis->plan;
        bool known = response->time != RT_NO_TIME && response->verdict != RT_UNDECIDED;
        bool met = response->verdict == RT_MET;
        const char *line = rt_printf(
                page->arena, "%-*s  %4s  %10s  %10s  %10s  %10s  %10s  %10s", page->width,
                rt_printf(page->arena, "%s.%s", task->instance->container->object.name,
                          declared->name),
                priority_text(page, task->task), in_unit(page, declared->period, false),
                in_unit(page, declared->wcet, true),
                in_unit_or(page, rt_task_wcet_most(plan, timing, cpu, index, &plan->effort), false,
                           "-"),
                in_unit(page, declared->deadline, false),
                known ? in_unit(page, response->time, true) : "-",
                known ? in_unit(page, declared->deadline - response->time, false) : "-");
        printf("    %s%s\n", met ? line : painted(page, RED, line),
               met                                 ? ""
               : response->verdict == RT_UNDECIDED ? painted(page, YELLOW, "  UNDECIDED")
                                                   : painted(page, RED, "  LATE"));
}

/* Long texts go over several lines, the further ones further in. */
static void print_wrapped(const char *prefix, const char *text)
{
        enum { WIDTH = 96, LEAST_INDENT = 4 };
        int column = (int)strlen(prefix), indent = column > 0 ? column : LEAST_INDENT;
        fputs(prefix, stdout);
        for (const char *word = text; *word;) {
                size_t n = strcspn(word, " ");
                if (word > text && column + 1 + (int)n > WIDTH) {
                        printf("\n%*s", indent, "");
                        column = indent;
                } else if (word > text) {
                        putchar(' ');
                        column++;
                }
                printf("%.*s", (int)n, word);
                column += (int)n;
                word += n + strspn(word + n, " ");
        }
        putchar('\n');
}

static void print_cpu(const Page *page, const RtConfigTiming *timing, size_t number)
{
        const RtCpuTiming *cpu = &timing->cpus.items[number];
        RtPlan *plan = page->analysis->plan;
        printf("  CPU %d, in use %.4f of %.4f%s\n", cpu->cpu, (double)cpu->utilisation / 1e9,
               (double)plan->rules.bandwidth / 1e6,
               cpu->verdict.verdict == RT_MET ? "" : painted(page, RED, "  does not hold"));
        print_head(page);
        for (size_t i = 0; i < cpu->tasks.n; i++)
                print_task(page, timing, number, i);
        if (cpu->verdict.verdict == RT_MET)
                return;
        const char *reason = rt_cpu_text(plan, cpu);
        if (reason)
                print_wrapped("      ! ", reason);
        RT_EACH (task, &cpu->tasks)
                if (task->response.verdict != RT_MET)
                        print_wrapped("      ! ", rt_miss_text(plan, timing, cpu, task));
        RtRepairs repairs = rt_repairs(plan, timing, number, &plan->effort);
        RT_EACH (repair, &repairs)
                print_wrapped(repair == repairs.items ? "      > " : "      > or ",
                              rt_repair_text(page->arena, repair));
}

/* -- chains, channels, resources --------------------------------------------------------------- */

static const char *against(const Page *page, int64_t time, int64_t bound)
{
        const char *text = duration_or(page, time, "unbounded");
        if (bound == 0)
                return text;
        bool ok = time != RT_NO_TIME && time <= bound;
        return painted(
                page, ok ? GREEN : RED,
                rt_printf(page->arena, "%s of %s", text, rt_duration_text(page->arena, bound)));
}

static void print_paths(const Page *page, const RtConfigTiming *timing)
{
        RT_EACH (chain, &timing->chains)
                printf("  chain %s: reaction %s, data age %s\n", chain->chain->name,
                       against(page, chain->reaction, chain->chain->max_reaction),
                       against(page, chain->age, chain->chain->max_age));
        RT_EACH (latency, &timing->latencies)
                printf("  channel %s, %s to %s: latency %s if it waits, %s if it polls\n",
                       latency->channel->object.name, latency->from->container->object.name,
                       latency->to->container->object.name,
                       against(page, latency->waiting, latency->channel->max_latency),
                       duration_or(page, latency->polling, "unbounded"));
}

static void print_resources(const Page *page, const RtConfig *config)
{
        RtResources list = rt_config_resources(page->analysis->plan->model, config);
        RT_EACH (one, &list) {
                if (one->limit < 0)
                        continue;
                bool ok = one->used <= one->limit;
                const char *text = one->is_count
                                           ? rt_printf(page->arena, "%lld of %lld",
                                                       (long long)one->used, (long long)one->limit)
                                           : rt_printf(page->arena, "%s of %s",
                                                       rt_size_text(page->arena, one->used),
                                                       rt_size_text(page->arena, one->limit));
                printf("  %s: %s%s\n", one->name, painted(page, ok ? GREEN : RED, text),
                       one->largest ? rt_printf(page->arena, ", most of it %s",
                                                one->largest->object.name)
                                    : "");
        }
}

static void print_config(Page *page, const RtAnswer *answer)
{
        const RtConfigTiming *timing = answer->timing;
        RtPlan *plan = page->analysis->plan;
        int64_t scaling = timing ? rt_config_scaling(plan, timing, &plan->effort) : -1;
        printf("%s: %s", answer->config->object.name,
               answer->schedulable ? painted(page, GREEN, "schedulable")
                                   : painted(page, RED, "not schedulable"));
        if (scaling > 0) /* 0: something else is in the way */
                printf("; %s %.3f x",
                       answer->schedulable ? "all execution times may grow to"
                                           : "it would be with all execution times at",
                       (double)scaling / 1000);
        putchar('\n');
        if (answer->reason)
                print_wrapped("  ", answer->reason);
        if (timing) {
                choose_unit(page, timing);
                for (size_t i = 0; i < timing->cpus.n; i++)
                        print_cpu(page, timing, i);
                print_paths(page, timing);
        }
        print_resources(page, answer->config);
        putchar('\n');
}

/* -- transitions ------------------------------------------------------------------------------- */

static const char *names(const Page *page, const char *verb, const RtInstances *list)
{
        RtText text = RT_TEXT(page->arena);
        RT_EACH (instance, list)
                rt_text_addf(&text, "%s%s", text.n > 0 ? ", " : "",
                             (*instance)->container->object.name);
        return text.n > 0 ? rt_printf(page->arena, "; %s %s", verb, text.data) : "";
}

static void print_transition(const RtAnalysis *analysis, const RtTransition *one, void *data)
{
        (void)analysis;
        const Page *page = data;
        RtText text = RT_TEXT(page->arena);
        rt_text_addf(&text, "%s -> %s: %s", one->from->config->object.name,
                     one->to->config->object.name, one->safe ? "safe" : one->reason);
        rt_text_add(&text, names(page, "keeps", &one->keep));
        rt_text_add(&text, names(page, "stops", &one->stop));
        rt_text_add(&text, names(page, "starts", &one->start));
        rt_text_add(&text, names(page, "cannot carry over", &one->restarted));
        if (one->deadline_wait > 0)
                rt_text_addf(&text, "; SCHED_DEADLINE tasks may be refused for %s",
                             rt_duration_text(page->arena, one->deadline_wait));
        if (one->memory_peak > 0)
                rt_text_addf(&text, "; at most %s of memory",
                             rt_size_text(page->arena, one->memory_peak));
        RT_EACH (device, &one->devices)
                rt_text_addf(&text, "; hands over %s", rt_printable(page->arena, *device, 200));
        print_wrapped("", text.data);
}

void rt_analysis_print_text(const RtAnalysis *analysis)
{
        Page page = { .analysis = analysis,
                      .arena = analysis->command->arena,
                      .colour = analysis->command->colour };
        RT_EACH (answer, &analysis->answers)
                print_config(&page, answer);
        rt_analysis_each_transition(analysis, print_transition, &page);
        if (analysis->transitions_left_out)
                puts("Switches are left out, as there are too many; name configs to see them.");
}
