/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times the analysis beside the textbook's formulas, in interleaved rounds over the same task sets;
 * and placement and verification of whole descriptors. usage: bench-analysis [FOLDER…], where each
 * folder holds descriptors. Per line: what, its size, ours (median, p99, max), the peer's median,
 * and how many times as long that is. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assign.h"
#include "check.h"
#include "cpu.h"
#include "pipeline.h"
#include "reader.h"
#include "text.h"

enum { ROUNDS = 31, MOST_TASKS = 4000 };

static const RtCpuRules no_rules = { .bandwidth = 1000000 };

static double now_ms(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void report(const char *what, size_t n, double *ours, double *peer)
{
        qsort(ours, ROUNDS, sizeof *ours, compare);
        printf("%-42s %5zu %9.3f %9.3f %9.3f", what, n, ours[ROUNDS / 2], ours[ROUNDS * 99 / 100],
               ours[ROUNDS - 1]);
        if (peer) {
                qsort(peer, ROUNDS, sizeof *peer, compare);
                printf(" %10.3f %8.1f x", peer[ROUNDS / 2], peer[ROUNDS / 2] / ours[ROUNDS / 2]);
        }
        putchar('\n');
}

/* -- task sets --------------------------------------------------------------------------------- */

static uint64_t state = 42;

static double uniform(void)
{
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

/* UUniFast; periods from 1 ms to 1 s, logarithmic, in steps of 10 us; in order of D - J. */
static void make_set(RtLoad *loads, size_t n, double utilisation, bool constrained)
{
        double rest = utilisation;
        for (size_t i = 0; i < n; i++) {
                double next = i + 1 < n ? rest * pow(uniform(), 1.0 / (double)(n - 1 - i)) : 0;
                int64_t period = (int64_t)(exp(log(100) + uniform() * log(1000))) * 10000;
                int64_t wcet = (int64_t)((rest - next) * (double)period);
                rest = next;
                loads[i] = (RtLoad){ .wcet = wcet > 0 ? wcet : 1,
                                     .period = period,
                                     .deadline = period };
                if (constrained)
                        loads[i].deadline -= (int64_t)(uniform() * 0.5 * (double)period);
        }
        for (size_t i = 1; i < n; i++)
                for (size_t k = i; k > 0 && loads[k].deadline < loads[k - 1].deadline; k--) {
                        RtLoad swap = loads[k];
                        loads[k] = loads[k - 1];
                        loads[k - 1] = swap;
                }
}

/* -- the textbook ------------------------------------------------------------------------------ */

/* Joseph and Pandya's iteration from C on, task by task in the order of urgency. */
static bool textbook_responses(const RtLoad *loads, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int64_t window = loads[i].wcet, last = 0;
                while (window != last && window <= loads[i].deadline) {
                        last = window;
                        window = loads[i].wcet;
                        for (size_t k = 0; k < i; k++)
                                window += (last + loads[k].period - 1) / loads[k].period *
                                          loads[k].wcet;
                }
                if (window > loads[i].deadline)
                        return false;
        }
        return true;
}

/* Processor demand at every deadline of the busy period. */
static bool textbook_demand(const RtLoad *loads, size_t n)
{
        int64_t busy = 1, last = 0;
        while (busy != last) {
                last = busy;
                busy = 0;
                for (size_t i = 0; i < n; i++)
                        busy += (last + loads[i].period - 1) / loads[i].period * loads[i].wcet;
        }
        for (size_t d = 0; d < n; d++)
                for (int64_t t = loads[d].deadline; t <= busy; t += loads[d].period) {
                        int64_t demand = 0;
                        for (size_t i = 0; i < n; i++)
                                if (t >= loads[i].deadline)
                                        demand += ((t - loads[i].deadline) / loads[i].period + 1) *
                                                  loads[i].wcet;
                        if (demand > t)
                                return false;
                }
        return true;
}

/* -- ours -------------------------------------------------------------------------------------- */

/* Priorities by Audsley's algorithm, and with them the response time of every task. */
static bool our_responses(RtEffort *effort, const RtLoad *loads, size_t n)
{
        static RtContender contenders[MOST_TASKS];
        static size_t members[MOST_TASKS];
        static RtLoad sorted[MOST_TASKS];
        static RtResponse responses[MOST_TASKS];
        for (size_t i = 0; i < n; i++) {
                contenders[i] = (RtContender){ .load = loads[i] };
                members[i] = i;
        }
        const RtScenario together = { members, n };
        RtAssignment assignment = { contenders, n, &together, 1, 1, 99 };
        effort->left = INT64_C(100000000000);
        if (rt_assign_priorities(effort, &assignment) != RT_MET)
                return false;
        for (size_t i = 0; i < n; i++)
                sorted[i] = contenders[i].load;
        rt_loads_sort(sorted, n);
        return rt_cpu_responses(effort, sorted, n, &no_rules, responses).verdict == RT_MET;
}

static bool our_demand(RtEffort *effort, const RtLoad *loads, size_t n)
{
        static const RtLoad *tasks[MOST_TASKS];
        for (size_t i = 0; i < n; i++)
                tasks[i] = &loads[i];
        const RtDeadlineSet set = { tasks, n, NULL, 0 };
        effort->left = INT64_C(100000000000);
        return rt_demand_test(effort, &set).verdict == RT_MET;
}

/* -- benchmarks -------------------------------------------------------------------------------- */

static void bench_fixed(RtEffort *effort, size_t cpus, size_t per_cpu)
{
        static RtLoad loads[64][MOST_TASKS];
        double ours[ROUNDS], peer[ROUNDS];
        for (size_t round = 0; round < ROUNDS; round++) {
                for (size_t c = 0; c < cpus; c++)
                        make_set(loads[c], per_cpu, 0.7, false);
                double start = now_ms();
                for (size_t c = 0; c < cpus; c++)
                        our_responses(effort, loads[c], per_cpu);
                ours[round] = now_ms() - start;
                start = now_ms();
                for (size_t c = 0; c < cpus; c++)
                        textbook_responses(loads[c], per_cpu);
                peer[round] = now_ms() - start;
        }
        char what[64];
        snprintf(what, sizeof what, "priorities and responses, %zu CPU%s", cpus,
                 cpus == 1 ? "" : "s");
        report(what, cpus * per_cpu, ours, peer);
}

static void bench_demand(RtEffort *effort, size_t n)
{
        static RtLoad loads[MOST_TASKS];
        double ours[ROUNDS], peer[ROUNDS];
        for (size_t round = 0; round < ROUNDS; round++) {
                make_set(loads, n, 0.8, true);
                double start = now_ms();
                our_demand(effort, loads, n);
                ours[round] = now_ms() - start;
                start = now_ms();
                textbook_demand(loads, n);
                peer[round] = now_ms() - start;
        }
        report("processor demand, one CPU", n, ours, peer);
}

/* Reads the folder's descriptors anew and plans them; what rt_plan_make_from() takes. */
static double plan_once(RtArena *arena, const char *folder, const RtStoredPlan *stored,
                        RtPipeline *pipeline)
{
        const RtPipelineOptions options = { .folders = folder };
        rt_pipeline_search(pipeline, arena, &options);
        rt_read_model(&pipeline->model, arena, &pipeline->sources, &pipeline->diags);
        rt_model_complete(&pipeline->model);
        rt_check(&pipeline->model, &pipeline->diags);
        double start = now_ms();
        rt_plan_make_from(&pipeline->plan, &pipeline->model, stored, &pipeline->diags);
        return now_ms() - start;
}

/* The plan as it would be read from an image. */
static RtStoredPlan stored_plan(RtArena *arena, const RtPlan *plan)
{
        RtText text = RT_TEXT(arena);
        RtStoredPlan stored = { 0 };
        RtLines lines = rt_stored_plan_lines(plan);
        RT_EACH (line, &lines)
                rt_text_addf(&text, "%s\n", *line);
        rt_stored_plan_parse(arena, text.data, &stored);
        return stored;
}

static void bench_folder(const char *folder)
{
        double search[ROUNDS], verify[ROUNDS];
        size_t containers = 0, refused = 0;
        for (size_t round = 0; round < ROUNDS; round++) {
                RtArena *arena = rt_arena_new();
                RtPipeline pipeline;
                search[round] = plan_once(arena, folder, NULL, &pipeline);
                refused = pipeline.plan.refused.n;
                RtStoredPlan stored = stored_plan(arena, &pipeline.plan);
                verify[round] = plan_once(arena, folder, &stored, &pipeline);
                containers = pipeline.model.containers.n;
                if (!pipeline.plan.recalled)
                        refused++;
                rt_arena_free(arena);
        }
        const char *slash = strrchr(folder, '/');
        char what[80];
        snprintf(what, sizeof what, "placing %s%s", slash ? slash + 1 : folder,
                 refused > 0 ? " (refused)" : "");
        report(what, containers, search, NULL);
        snprintf(what, sizeof what, "verifying its plan");
        report(what, containers, verify, NULL);
}

int main(int argc, char *argv[])
{
        RtArena *arena = rt_arena_new();
        RtEffort effort = RT_EFFORT(arena);
        effort.most = INT64_C(100000000000);
        printf("%-42s %5s %9s %9s %9s %10s\n", "milliseconds", "n", "median", "p99", "max",
               "textbook");
        bench_fixed(&effort, 16, 62);
        const size_t sizes[] = { 30, 100, 300, 1000 };
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_fixed(&effort, 1, sizes[i]);
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_demand(&effort, sizes[i]);
        for (int i = 1; i < argc; i++)
                bench_folder(argv[i]);
        rt_arena_free(arena);
        return 0;
}
