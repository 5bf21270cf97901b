/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times the analysis beside the textbook's formulas, in interleaved rounds over the same random
 * task sets, and compares the answers; and placement and verification of whole descriptors. usage:
 * bench-analysis [FOLDER…], where each folder holds descriptors. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign.h"
#include "check.h"
#include "cpu.h"
#include "figures.h"
#include "pipeline.h"
#include "reader.h"
#include "text.h"
#include "textbook.h"

enum {
        MOST_TASKS = 1000,
        MOST_CPUS = 16,
        ROUNDS_REFUSED = 5,           /* at up to 2 s a round */
        PEER_DEMAND_ROUNDS = 31,      /* at 100 ms a round */
        MOST_FOR_PEERS_AUDSLEY = 100, /* it grows with the third power */
};

static const RtCpuRules no_rules = { .bandwidth = 1000000 };

/* -- task sets --------------------------------------------------------------------------------- */

static uint64_t state;

static double uniform(void)
{
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

/* UUniFast; since the sum is below 1, there is nothing to discard. Periods from 1 ms to 1 s,
 * logarithmic, in steps of 10 us. Deadlines are C plus `least` to `most` times T - C. */
static void make_set(RtLoad *loads, size_t n, double utilisation, double least, double most)
{
        double rest = utilisation;
        for (size_t i = 0; i < n; i++) {
                double next = i + 1 < n ? rest * pow(uniform(), 1.0 / (double)(n - 1 - i)) : 0;
                int64_t period = (int64_t)(exp(log(100) + uniform() * log(1000))) * 10000;
                int64_t wcet = (int64_t)((rest - next) * (double)period) + 1;
                int64_t slack = period - wcet;
                rest = next;
                loads[i] = (RtLoad){ .wcet = wcet, .period = period };
                loads[i].deadline =
                        wcet + (int64_t)((least + uniform() * (most - least)) * (double)slack);
        }
}

/* Up to a tenth of D - C as release jitter, up to a thousandth as blocking. */
static void add_nuisances(RtLoad *loads, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                double spare = (double)(loads[i].deadline - loads[i].wcet);
                loads[i].jitter = (int64_t)(uniform() * 0.1 * spare);
                loads[i].blocking = (int64_t)(uniform() * 0.001 * spare);
        }
}

/* -- ours -------------------------------------------------------------------------------------- */

typedef struct Cpu {
        RtLoad loads[MOST_TASKS];
        RtContender contenders[MOST_TASKS];
        RtResponse responses[MOST_TASKS];
        int64_t times[MOST_TASKS]; /* the textbook's */
} Cpu;

static size_t everybody[MOST_TASKS];

static RtAssignment assignment_of(Cpu *cpu, const RtScenario *together)
{
        for (size_t i = 0; i < together->n; i++)
                cpu->contenders[i] = (RtContender){ .load = cpu->loads[i] };
        return (RtAssignment){ .contenders = cpu->contenders,
                               .n = together->n,
                               .scenarios = together,
                               .n_scenarios = 1,
                               .min = 1,
                               .max = 99 };
}

/* Priorities, and whether they hold by the other way of asking. */
static bool assign(RtEffort *effort, Cpu *cpu, size_t n)
{
        const RtScenario together = { everybody, n };
        RtAssignment assignment = assignment_of(cpu, &together);
        effort->left = effort->most;
        return rt_assign_priorities(effort, &assignment) == RT_MET &&
               rt_priorities_hold(effort, &assignment, 0) == RT_MET;
}

static void take_over_priorities(Cpu *cpu, size_t n)
{
        for (size_t i = 0; i < n; i++)
                cpu->loads[i] = cpu->contenders[i].load;
        rt_loads_sort(cpu->loads, n);
}

static bool respond(RtEffort *effort, Cpu *cpu, size_t n)
{
        effort->left = effort->most;
        return rt_cpu_responses(effort, cpu->loads, n, &no_rules, cpu->responses).verdict == RT_MET;
}

static bool pass_demand(RtEffort *effort, const RtLoad *loads, size_t n)
{
        static const RtLoad *tasks[MOST_TASKS];
        for (size_t i = 0; i < n; i++)
                tasks[i] = &loads[i];
        const RtDeadlineSet set = { tasks, n, NULL, 0 };
        effort->left = effort->most;
        return rt_demand_test(effort, &set).verdict == RT_MET;
}

/* -- analysis ---------------------------------------------------------------------------------- */

/* Figures of a benchmark whose answers are wrong are worth nothing. */
static void expect(bool truth, const char *what)
{
        if (truth)
                return;
        fprintf(stderr, "%s: ours and the textbook's differ\n", what);
        exit(EXIT_FAILURE);
}

typedef struct Kind {
        const char *name;
        double utilisation, least, most; /* of make_set() */
        bool nuisances;
} Kind;

static Cpu cpus[MOST_CPUS];

static const char *name_of(const char *what, const Kind *kind, size_t n_cpus)
{
        static char name[80];
        snprintf(name, sizeof name, "%s, %s%s", what, kind->name, n_cpus > 1 ? ", 16 CPUs" : "");
        return name;
}

/* Priorities that are to be found. */
static void bench_assign(RtEffort *effort, const Kind *kind, size_t n_cpus, size_t n, int grows)
{
        Figures figures = { 0 };
        const bool peer = n <= MOST_FOR_PEERS_AUDSLEY;
        bool met[MOST_CPUS];
        state = n;
        for (size_t round = 0; round < ROUNDS; round++) {
                for (size_t c = 0; c < n_cpus; c++) {
                        make_set(cpus[c].loads, n, kind->utilisation, kind->least, kind->most);
                        if (kind->nuisances)
                                add_nuisances(cpus[c].loads, n);
                }
                double start = now_ms();
                for (size_t c = 0; c < n_cpus; c++)
                        met[c] = assign(effort, &cpus[c], n);
                figures.ours[figures.n_ours++] = now_ms() - start;
                if (!peer)
                        continue;
                start = now_ms();
                for (size_t c = 0; c < n_cpus; c++)
                        expect(textbook_audsley(cpus[c].loads, n) == met[c], "priorities");
                figures.peer[figures.n_peer++] = now_ms() - start;
        }
        print_figures(name_of("priorities", kind, n_cpus), n * n_cpus, &figures, grows);
}

/* Response times under the priorities that were found. */
static void bench_responses(RtEffort *effort, const Kind *kind, size_t n_cpus, size_t n, int grows)
{
        Figures figures = { 0 };
        state = n;
        for (size_t round = 0; round < ROUNDS; round++) {
                for (size_t c = 0; c < n_cpus; c++) {
                        do
                                make_set(cpus[c].loads, n, kind->utilisation, kind->least,
                                         kind->most);
                        while (!assign(effort, &cpus[c], n));
                        take_over_priorities(&cpus[c], n);
                }
                double start = now_ms();
                for (size_t c = 0; c < n_cpus; c++)
                        respond(effort, &cpus[c], n);
                figures.ours[figures.n_ours++] = now_ms() - start;
                start = now_ms();
                for (size_t c = 0; c < n_cpus; c++)
                        textbook_responses(cpus[c].loads, n, cpus[c].times);
                figures.peer[figures.n_peer++] = now_ms() - start;
                for (size_t c = 0; c < n_cpus; c++)
                        for (size_t i = 0; i < n; i++)
                                expect(cpus[c].responses[i].time == cpus[c].times[i], "responses");
        }
        print_figures(name_of("response times", kind, n_cpus), n * n_cpus, &figures, grows);
}

static void bench_demand(RtEffort *effort, size_t n, int grows)
{
        Figures figures = { 0 };
        RtLoad *loads = cpus[0].loads;
        state = n;
        for (size_t round = 0; round < ROUNDS; round++) {
                make_set(loads, n, 0.9, 0.6, 1);
                double start = now_ms();
                bool met = pass_demand(effort, loads, n);
                figures.ours[figures.n_ours++] = now_ms() - start;
                if (n == MOST_TASKS && figures.n_peer == PEER_DEMAND_ROUNDS)
                        continue;
                start = now_ms();
                expect(textbook_demand(loads, n) == met, "processor demand");
                figures.peer[figures.n_peer++] = now_ms() - start;
        }
        print_figures("processor demand, 90 %", n, &figures, grows);
}

static void bench_analysis(RtEffort *effort)
{
        static const Kind within = { "D <= T", 0.7, 1, 1, false };
        static const Kind beyond = { "D <= 2 T, J, B", 0.85, 0.5, 2, true };
        const size_t sizes[] = { 30, 100, 300, MOST_TASKS };
        for (size_t i = 0; i < MOST_TASKS; i++)
                everybody[i] = i;
        print_head("textbook");
        bench_responses(effort, &within, MOST_CPUS, MOST_TASKS / MOST_CPUS, false);
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_responses(effort, &within, 1, sizes[i], i > 0);
        bench_assign(effort, &within, MOST_CPUS, MOST_TASKS / MOST_CPUS, false);
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_assign(effort, &within, 1, sizes[i], i > 0);
        bench_assign(effort, &beyond, MOST_CPUS, MOST_TASKS / MOST_CPUS, false);
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_assign(effort, &beyond, 1, sizes[i], i > 0);
        for (size_t i = 0; i < RT_ELEMENTS(sizes); i++)
                bench_demand(effort, sizes[i], i > 0);
}

/* -- placement --------------------------------------------------------------------------------- */

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
        Figures search = { 0 }, verify = { 0 };
        size_t containers = 0, refused = 0;
        bool recalled = true;
        for (size_t round = 0; round < (refused > 0 ? ROUNDS_REFUSED : ROUNDS); round++) {
                RtArena *arena = rt_arena_new();
                RtPipeline pipeline;
                search.ours[search.n_ours++] = plan_once(arena, folder, NULL, &pipeline);
                refused = pipeline.plan.refused.n;
                RtStoredPlan stored = stored_plan(arena, &pipeline.plan);
                verify.ours[verify.n_ours++] = plan_once(arena, folder, &stored, &pipeline);
                recalled = recalled && pipeline.plan.recalled;
                containers = pipeline.model.containers.n;
                rt_arena_free(arena);
        }
        const char *slash = strrchr(folder, '/');
        char what[80];
        snprintf(what, sizeof what, "placing %s", slash ? slash + 1 : folder);
        if (refused > 0)
                snprintf(what + strlen(what), sizeof what - strlen(what), " (%zu refused)",
                         refused);
        print_figures(what, containers, &search, false);
        if (refused == 0)
                print_figures(recalled ? "verifying its plan" : "its plan does not hold",
                              containers, &verify, false);
}

int main(int argc, char *argv[])
{
        RtArena *arena = rt_arena_new();
        RtEffort effort = RT_EFFORT(arena);
        effort.most = INT64_C(100000000000);
        if (argc == 1)
                bench_analysis(&effort);
        else
                print_head("");
        for (int i = 1; i < argc; i++)
                bench_folder(argv[i]);
        rt_arena_free(arena);
        return 0;
}
