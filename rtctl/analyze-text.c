/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of rtctl analyze for people: a table per CPU, and words where something does not hold.
 */

#include <string.h>

#include "analyze.h"
#include "miss.h"
#include "quantity.h"
#include "resources.h"
#include "text.h"

typedef struct Page {
        RtAnalysis *analysis;
        RtArena *arena;
        bool colour;
        int64_t unit;          /* of the table's times, nanoseconds */
        const char *unit_name; /* "us", "ms" */
        int decimals;
        int columns; /* of the terminal, or as many as a page can have without one */
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
        RT_EACH (cpu, &timing->cpus)
                RT_EACH (task, &cpu->tasks) {
                        const RtTask *declared = task->task->task;
                        if (declared->period > longest)
                                longest = declared->period;
                        if (declared->deadline > longest)
                                longest = declared->deadline;
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

static const char *duration_or(const Page *page, int64_t ns, const char *otherwise)
{
        return ns == RT_NO_TIME ? otherwise : rt_duration_text(page->arena, ns);
}

/* -- tasks ------------------------------------------------------------------------------------- */

enum { TASK, POLICY, PERIOD, WCET, WCET_MAX, DEADLINE, RESPONSE, SLACK, COLUMNS };

/* Longer names have a line of their own, as they would push the numbers off the page. */
enum { LONGEST_NAME = 24 };

typedef struct Row {
        const char *cells[COLUMNS];
        RtVerdict verdict;
} Row;

static const char *policy_text(const Page *page, const RtTaskPlan *task)
{
        const char *word = rt_policy_words[task->task->policy];
        return task->task->policy == RT_POLICY_FIFO
                       ? rt_printf(page->arena, "%s %d", word, task->priority)
                       : word;
}

static Row task_row(const Page *page, const RtConfigTiming *timing, size_t cpu, size_t index)
{
        const RtTaskTiming *task = &timing->cpus.items[cpu].tasks.items[index];
        const RtTask *declared = task->task->task;
        const RtResponse *response = &task->response;
        bool known = rt_response_is_known(response);
        int64_t most =
                rt_task_wcet_most(page->analysis->plan, timing, cpu, index, &page->analysis->spare);
        return (Row){ {
                              rt_printf(page->arena, "%s.%s",
                                        task->instance->container->object.name, declared->name),
                              policy_text(page, task->task),
                              in_unit(page, declared->period, false),
                              in_unit(page, declared->wcet, true),
                              most > 0 ? in_unit(page, most, false) : "-",
                              in_unit(page, declared->deadline, false),
                              known ? in_unit(page, response->time, true) : "-",
                              known ? in_unit(page, declared->deadline - response->time, false)
                                    : "-",
                      },
                      response->verdict };
}

/* Columns are as wide as what is in them, so that the table fits a terminal if it can. */
static void print_row(const Page *page, const Row *row, const int *widths, const char *last)
{
        RtText line = RT_TEXT(page->arena);
        rt_text_addf(&line, "    %-*s", widths[TASK], row->cells[TASK]);
        if ((int)strlen(row->cells[TASK]) > widths[TASK])
                rt_text_addf(&line, "\n    %-*s", widths[TASK], "");
        rt_text_addf(&line, "  %-*s", widths[POLICY], row->cells[POLICY]);
        for (int i = PERIOD; i < COLUMNS; i++)
                rt_text_addf(&line, "  %*s", widths[i], row->cells[i]);
        printf("%s%s\n", row->verdict == RT_MET ? line.data : painted(page, RED, line.data), last);
}

static void print_table(const Page *page, const RtConfigTiming *timing, size_t number)
{
        static const Row head = { { "TASK", "POLICY", "PERIOD", "WCET", "WCET MAX", "DEADLINE",
                                    "RESPONSE", "SLACK" },
                                  RT_MET };
        const RtCpuTiming *cpu = &timing->cpus.items[number];
        Row *rows = rt_alloc_array(page->arena, cpu->tasks.n + 1, sizeof *rows);
        int widths[COLUMNS];
        for (int k = 0; k < COLUMNS; k++)
                widths[k] = (int)strlen(head.cells[k]);
        for (size_t i = 0; i < cpu->tasks.n; i++) {
                rows[i] = task_row(page, timing, number, i);
                for (int k = 0; k < COLUMNS; k++) {
                        int width = (int)strlen(rows[i].cells[k]);
                        if (width > widths[k] && (k != TASK || width <= LONGEST_NAME))
                                widths[k] = width;
                }
        }
        print_row(page, &head, widths, rt_printf(page->arena, "  %s", page->unit_name));
        for (size_t i = 0; i < cpu->tasks.n; i++)
                print_row(page, &rows[i], widths,
                          rows[i].verdict == RT_MET      ? ""
                          : rows[i].verdict == RT_MISSED ? painted(page, RED, "  LATE")
                                                         : painted(page, YELLOW, "  UNDECIDED"));
}

/* Long texts go over several lines, the further ones further in. */
static void print_wrapped(const Page *page, const char *prefix, const char *text)
{
        enum { LEAST_INDENT = 4 };
        int column = (int)strlen(prefix), indent = column > 0 ? column : LEAST_INDENT;
        fputs(prefix, stdout);
        for (const char *word = text; *word;) {
                size_t n = strcspn(word, " ");
                if (word > text && column + 1 + (int)n > page->columns) {
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
        enum { MOST_EXPLAINED = 20 };
        const RtCpuTiming *cpu = &timing->cpus.items[number];
        RtPlan *plan = page->analysis->plan;
        printf("  CPU %d, in use %.4f of %.4f%s\n", cpu->cpu, (double)cpu->utilisation / 1e9,
               (double)plan->rules.bandwidth / 1e6,
               cpu->verdict.verdict == RT_MET ? "" : painted(page, RED, "  does not hold"));
        print_table(page, timing, number);
        if (cpu->verdict.verdict == RT_MET)
                return;
        const char *reason = rt_cpu_text(plan, cpu);
        if (reason)
                print_wrapped(page, "      ! ", reason);
        size_t late = 0;
        RT_EACH (task, &cpu->tasks)
                if (task->response.verdict != RT_MET && late++ < MOST_EXPLAINED)
                        print_wrapped(page, "      ! ", rt_miss_text(plan, timing, cpu, task));
        if (late > MOST_EXPLAINED)
                printf("      ! and %zu more\n", late - MOST_EXPLAINED);
        RtRepairs repairs = rt_repairs(plan, timing, number, &page->analysis->spare);
        RT_EACH (repair, &repairs)
                print_wrapped(page, repair == repairs.items ? "      > " : "      > or ",
                              rt_repair_text(page->arena, repair));
}

/* -- chains, channels, resources --------------------------------------------------------------- */

static const char *against(const Page *page, int64_t time, int64_t bound)
{
        const char *text = duration_or(page, time, "unbounded");
        if (bound == 0)
                return text;
        bool ok = time != RT_NO_TIME && time <= bound;
        return painted(page, ok ? GREEN : RED,
                       rt_printf(page->arena, "%s of %s%s", text,
                                 rt_duration_text(page->arena, bound), ok ? "" : ", LATE"));
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
                printf("  %s: %s%s%s\n", one->name, painted(page, ok ? GREEN : RED, text),
                       ok ? "" : ", TOO MUCH",
                       one->largest ? rt_printf(page->arena, ", most of it %s",
                                                one->largest->object.name)
                                    : "");
        }
}

/* Whether the reason for not being schedulable is below a CPU's table. */
static bool names_a_cpu(const RtConfigTiming *timing)
{
        RT_EACH (cpu, &timing->cpus)
                if (cpu->verdict.verdict != RT_MET)
                        return true;
        return false;
}

static void print_config(Page *page, const RtAnswer *answer)
{
        const RtConfigTiming *timing = answer->timing;
        rt_analysis_share_spare(page->analysis);
        int64_t scaling =
                timing ? rt_config_scaling(page->analysis->plan, timing, &page->analysis->spare)
                       : -1;
        printf("%s: %s", answer->config->object.name,
               answer->schedulable ? painted(page, GREEN, "schedulable")
                                   : painted(page, RED, "not schedulable"));
        if (scaling > 0) /* 0: something else is in the way */
                printf("; %s %.3f x",
                       answer->schedulable ? "all execution times may grow to"
                                           : "it would be with all execution times at",
                       (double)scaling / 1000);
        putchar('\n');
        if (answer->reason && (answer->config->object.rejected || !names_a_cpu(timing)))
                print_wrapped(page, "  ", answer->reason);
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
                rt_text_addf(&text, "; memory up to %s",
                             rt_size_text(page->arena, one->memory_peak));
        RT_EACH (device, &one->devices)
                rt_text_addf(&text, "; hands over %s", rt_printable(page->arena, *device, 200));
        print_wrapped(page, "", text.data);
}

void rt_analysis_print_text(RtAnalysis *analysis)
{
        enum { NARROW = 60, WIDE = 100 };
        int columns = analysis->command->columns;
        Page page = { .analysis = analysis,
                      .arena = analysis->command->arena,
                      .colour = analysis->command->colour,
                      .columns = columns < NARROW ? NARROW
                                 : columns > WIDE ? WIDE
                                                  : columns };
        RT_EACH (answer, &analysis->answers)
                print_config(&page, answer);
        rt_analysis_each_transition(analysis, print_transition, &page);
        if (analysis->transitions_left_out)
                puts("Switches are left out, as there are too many; name configs to see them.");
}
