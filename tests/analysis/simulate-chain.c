/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Data that travels through the tasks of simulated CPUs against core/analysis/chain.c. */

#include "chain.h"

#include <string.h>

#include "fixture.h"
#include "response.h"
#include "sets.h"

enum { SETS = 12000, UNTIL = 900, CPUS = 3, HOPS = 4, JOBS = 512 };

typedef struct Chain {
        size_t n;
        RtHop hops[HOPS];
        size_t cpus[HOPS], tasks[HOPS];
} Chain;

/* What happened to a hop's jobs, in order. */
typedef struct Trace {
        int64_t start[JOBS], end[JOBS];
        int64_t sample[JOBS]; /* the first task's job whose data it used; -1: none */
        size_t n;
} Trace;

static Set sets[CPUS];
static Timeline lines[CPUS];
static Trace traces[HOPS];

/* -- chains ------------------------------------------------------------------------------------ */

static void next_cpu(Rng *rng, Set *ret)
{
        SetKind kind = {
                .n = (size_t)pick(rng, 1, 3),
                .longest = 30,
                .load = pick(rng, 30, 95),
                .jitter = one_in(rng, 2) ? pick(rng, 1, 120) : 0,
                .interrupts = one_in(rng, 4),
        };
        do
                random_set(rng, &kind, ret);
        while (load_of(ret) > 0.999);
        for (size_t i = 0; i < ret->n; i++)
                ret->loads[i].priority = (int)i + 1;
        finish_set(ret);
}

static int64_t response_of(RtEffort *effort, const Set *set, size_t index)
{
        RtRival *rivals = rt_effort_rivals(effort, set->n);
        size_t n = 0;
        for (size_t i = 0; i < set->n; i++)
                if (i != index)
                        n += rt_rival_of(&set->loads[i], set->loads[index].priority, &rivals[n]);
        effort->left = 100000;
        return rt_response_time(effort, &set->loads[index], n).time;
}

static bool has(const Chain *chain, size_t cpu, size_t task)
{
        for (size_t i = 0; i < chain->n; i++)
                if (chain->cpus[i] == cpu && chain->tasks[i] == task)
                        return true;
        return false;
}

static void next_chain(Rng *rng, RtEffort *effort, int64_t deepest, bool refuses, Chain *ret)
{
        *ret = (Chain){ 0 };
        for (size_t i = 0; i < CPUS; i++)
                next_cpu(rng, &sets[i]);
        size_t n = (size_t)pick(rng, 1, HOPS), cpus = (size_t)pick(rng, 1, CPUS);
        for (int tries = 0; tries < 20 && ret->n < n; tries++) {
                size_t cpu = (size_t)pick(rng, 0, (int64_t)cpus - 1);
                size_t task = (size_t)pick(rng, 0, (int64_t)sets[cpu].n - 1);
                if (has(ret, cpu, task))
                        continue;
                const RtLoad *load = &sets[cpu].loads[task];
                ret->cpus[ret->n] = cpu;
                ret->tasks[ret->n] = task;
                ret->hops[ret->n++] = (RtHop){
                        .period = load->period,
                        .jitter = load->jitter,
                        .response = response_of(effort, &sets[cpu], task),
                        .queue = deepest > 0 && one_in(rng, 2) ? pick(rng, 1, deepest) : 0,
                        .refuses = refuses,
                };
        }
        for (size_t i = 0; i + 1 < ret->n; i++)
                ret->hops[i].is_before =
                        ret->cpus[i] == ret->cpus[i + 1] && ret->tasks[i] > ret->tasks[i + 1];
}

/* -- what happens ------------------------------------------------------------------------------ */

static void run_cpus(Rng *rng)
{
        for (size_t c = 0; c < CPUS; c++) {
                make_jobs(rng, &sets[c], PATTERN_OFFSETS, UNTIL, &lines[c]);
                for (size_t i = 0; i < lines[c].n; i++) {
                        SimJob *job = &lines[c].jobs[i];
                        /* What reads and writes is the part after the interrupt. */
                        if (one_in(rng, 2))
                                job->work = pick(rng, sets[c].loads[job->task].interrupt + 1,
                                                 job->work);
                }
                simulate(sets[c].sim, lines[c].jobs, lines[c].n);
        }
}

static void collect(const Chain *chain)
{
        for (size_t h = 0; h < chain->n; h++) {
                const Timeline *line = &lines[chain->cpus[h]];
                Trace *trace = &traces[h];
                trace->n = 0;
                for (size_t i = 0; i < line->n && trace->n < JOBS; i++) {
                        if (line->jobs[i].task != chain->tasks[h])
                                continue;
                        trace->start[trace->n] = line->jobs[i].start;
                        trace->end[trace->n] = line->jobs[i].end;
                        trace->sample[trace->n] = h == 0 ? (int64_t)trace->n : -1;
                        trace->n++;
                }
        }
}

/* The newest value that was written when a job starts. */
static void pass_value(const Trace *from, Trace *to)
{
        size_t written = 0;
        int64_t value = -1;
        for (size_t i = 0; i < to->n; i++) {
                for (; written < from->n && from->end[written] <= to->start[i]; written++)
                        if (from->sample[written] >= 0)
                                value = from->sample[written];
                to->sample[i] = value;
        }
}

/* A full queue loses its oldest message or the new one; a job takes one message, and does nothing
 * without. */
static void pass_queue(const Trace *from, Trace *to, int64_t depth, bool refuses)
{
        int64_t queue[JOBS];
        size_t written = 0, first = 0, end = 0;
        for (size_t i = 0; i < to->n; i++) {
                for (; written < from->n && from->end[written] <= to->start[i]; written++) {
                        if (from->sample[written] < 0)
                                continue;
                        bool full = (int64_t)(end - first) == depth;
                        if (full && refuses)
                                continue;
                        first += full;
                        queue[end++] = from->sample[written];
                }
                to->sample[i] = first < end ? queue[first++] : -1;
        }
}

static void pass_data(const Chain *chain)
{
        for (size_t h = 0; h + 1 < chain->n; h++)
                if (chain->hops[h].queue > 0)
                        pass_queue(&traces[h], &traces[h + 1], chain->hops[h].queue,
                                   chain->hops[h].refuses);
                else
                        pass_value(&traces[h], &traces[h + 1]);
}

/* From an event just after each start of the first task to the first end that knows of it. Events
 * that are too near the end of the run are left out. */
static int64_t observed_reaction(const Chain *chain, int64_t bound)
{
        const Trace *first = &traces[0], *last = &traces[chain->n - 1];
        int64_t worst = 0;
        for (size_t k = 0, at = 0; k < first->n; k++) {
                if (first->start[k] + bound + 100 > UNTIL)
                        break;
                while (at < last->n && last->sample[at] < (int64_t)k + 1)
                        at++;
                int64_t time = at < last->n ? last->end[at] - first->start[k] : INT64_MAX;
                if (time > worst)
                        worst = time;
        }
        return worst;
}

static int64_t observed_age(const Chain *chain)
{
        const Trace *first = &traces[0], *last = &traces[chain->n - 1];
        int64_t worst = 0;
        for (size_t i = 0; i < last->n; i++)
                if (last->sample[i] >= 0 && last->end[i] - first->start[last->sample[i]] > worst)
                        worst = last->end[i] - first->start[last->sample[i]];
        return worst;
}

/* -- the tests --------------------------------------------------------------------------------- */

static void expect_within_bounds(uint64_t seed, int64_t deepest, bool refuses)
{
        Rng rng = { seed };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t n = sets_to_try(SETS), near = 0;
        for (int64_t k = 0; k < n; k++) {
                Chain chain;
                next_chain(&rng, &effort, deepest, refuses, &chain);
                int64_t reaction = rt_chain_reaction(chain.hops, chain.n);
                int64_t age = rt_chain_age(chain.hops, chain.n);
                if (reaction == RT_NO_TIME)
                        continue;
                ck_assert_int_le(reaction, rt_chain_davare(chain.hops, chain.n));
                for (int round = 0; round < 2; round++) {
                        run_cpus(&rng);
                        collect(&chain);
                        pass_data(&chain);
                        int64_t seen = observed_reaction(&chain, reaction);
                        ck_assert_msg(seen <= reaction, "chain %jd: reaction %jd, not %jd",
                                      (intmax_t)k, (intmax_t)seen, (intmax_t)reaction);
                        near += seen * 10 > reaction * 6;
                        seen = observed_age(&chain);
                        ck_assert_msg(seen <= age, "chain %jd: age %jd, not %jd", (intmax_t)k,
                                      (intmax_t)seen, (intmax_t)age);
                }
        }
        ck_assert_int_gt(near, n / 20);
}

START_TEST(reaction_and_age_of_newest_values_stay_within_their_bounds)
{
        expect_within_bounds(31, 0, false);
}
END_TEST

START_TEST(reaction_and_age_through_queues_stay_within_their_bounds)
{
        expect_within_bounds(32, 4, false);
}
END_TEST

START_TEST(reaction_and_age_through_queues_that_refuse_stay_within_their_bounds)
{
        expect_within_bounds(9, 1, true);
        expect_within_bounds(33, 4, true);
}
END_TEST

int main(void)
{
        return RUN_TESTS("simulate-chain",
                         reaction_and_age_of_newest_values_stay_within_their_bounds,
                         reaction_and_age_through_queues_stay_within_their_bounds,
                         reaction_and_age_through_queues_that_refuse_stay_within_their_bounds);
}
