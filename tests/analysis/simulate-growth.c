/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A CPU that fills up load by load: what is known from the last question must not change the
 * answer to the next. */

#include "cpu.h"
#include "fixture.h"
#include "sets.h"

enum { MOST_LOADS = 20, LEVELS = 6 };

typedef struct Growth {
        RtEffort effort;
        RtCpuRules rules;
        RtLoad loads[MOST_LOADS];
        size_t n;
} Growth;

/* Times are such that the kernel's rules, which count in seconds, matter in some sets. */
static RtLoad random_load(Rng *rng, int64_t unit)
{
        RtLoad load = { .period = pick(rng, 5, 60) * unit, .priority = (int)pick(rng, 1, LEVELS) };
        load.wcet = pick(rng, 1, 1 + load.period / unit / 6) * unit;
        load.deadline = one_in(rng, 3) ? pick(rng, 1, 150) * unit : load.period;
        load.jitter = one_in(rng, 4) ? pick(rng, 0, 10) * unit : 0;
        load.blocking = one_in(rng, 4) ? pick(rng, 0, 5) * unit : 0;
        return load;
}

static void insert(Growth *growth, const RtLoad *load)
{
        growth->loads[growth->n++] = *load;
        rt_loads_sort(growth->loads, growth->n);
}

/* Takes out the load that was put in last, which `owner` tells from the others. */
static void take_out(Growth *growth, const void *owner)
{
        size_t left = 0;
        for (size_t i = 0; i < growth->n; i++)
                if (growth->loads[i].owner != owner)
                        growth->loads[left++] = growth->loads[i];
        growth->n = left;
}

static RtVerdict afresh(Growth *growth)
{
        RtLoad copy[MOST_LOADS];
        for (size_t i = 0; i < growth->n; i++) {
                copy[i] = growth->loads[i];
                copy[i].window = 0;
        }
        return rt_cpu_verdict(&growth->effort, copy, growth->n, &growth->rules).verdict;
}

START_TEST(a_cpu_that_grows_is_judged_as_one_that_is_seen_for_the_first_time)
{
        Rng rng = { 20 };
        int64_t met = 0, missed = 0;
        for (int64_t k = 0; k < sets_to_try(4000); k++) {
                Growth growth = { .effort = RT_EFFORT(fx.arena) };
                const int64_t unit = one_in(&rng, 2) ? 1 : INT64_C(40000000);
                growth.rules = (RtCpuRules){ one_in(&rng, 2) ? 1000000 : 950000, one_in(&rng, 2),
                                             one_in(&rng, 2) };
                for (size_t i = 0; i < MOST_LOADS; i++) {
                        RtLoad load = random_load(&rng, unit);
                        load.owner = &growth.loads[i]; /* any address of its own */
                        insert(&growth, &load);
                        RtVerdict grown =
                                rt_cpu_verdict_grown(&growth.effort, growth.loads, growth.n,
                                                     &growth.rules, load.priority)
                                        .verdict;
                        ck_assert_msg(grown == afresh(&growth), "set %jd, load %zu: %d",
                                      (intmax_t)k, i, (int)grown);
                        met += grown == RT_MET;
                        missed += grown == RT_MISSED;
                        if (grown != RT_MET)
                                take_out(&growth, load.owner);
                }
        }
        ck_assert_int_gt(met, 100);
        ck_assert_int_gt(missed, 100);
}
END_TEST

START_TEST(what_the_last_question_found_is_known_to_the_next)
{
        Growth growth = { .effort = RT_EFFORT(fx.arena), .rules = { .bandwidth = 1000000 } };
        const RtLoad loads[] = {
                { .wcet = 40, .period = 100, .deadline = 100, .priority = 3 },
                { .wcet = 40, .period = 150, .deadline = 85, .priority = 2 },
                { .wcet = 100, .period = 350, .deadline = 310, .priority = 1 },
        };
        for (size_t i = 0; i < RT_ELEMENTS(loads); i++) {
                insert(&growth, &loads[i]);
                ck_assert_int_eq(rt_cpu_verdict_grown(&growth.effort, growth.loads, growth.n,
                                                      &growth.rules, loads[i].priority)
                                         .verdict,
                                 RT_MET);
        }
        /* 100 + 3 x 40 + 2 x 40; of jobs that straight lines vouch for nothing need be known. */
        ck_assert_int_eq(growth.loads[2].window, 300);
}
END_TEST

/* The first job ends at 114, the third is the worst: Lehoczky, "Fixed priority scheduling of
 * periodic task sets with arbitrary deadlines", RTSS 1990. */
START_TEST(what_is_noted_is_the_first_job_also_if_a_later_one_is_worse)
{
        RtEffort effort = RT_EFFORT(fx.arena);
        const RtLoad task = { .wcet = 62, .period = 100, .deadline = 118 };
        int64_t window = 1;
        rt_effort_rivals(&effort, 1)[0] = (RtRival){ .wcet = 26, .period = 70 };
        ck_assert_int_eq(rt_response_verdict_from(&effort, &task, 1, &window), RT_MET);
        ck_assert_int_eq(window, 114);
}
END_TEST

START_TEST(a_late_task_leaves_what_is_known_as_it_was)
{
        Growth growth = { .effort = RT_EFFORT(fx.arena), .rules = { .bandwidth = 1000000 } };
        insert(&growth, &(RtLoad){ .wcet = 40, .period = 100, .deadline = 100, .priority = 2 });
        insert(&growth, &(RtLoad){ .wcet = 40, .period = 100, .deadline = 80, .priority = 1 });
        ck_assert_int_eq(
                rt_cpu_verdict_grown(&growth.effort, growth.loads, 2, &growth.rules, 2).verdict,
                RT_MET);
        int64_t before = growth.loads[1].window;
        insert(&growth, &(RtLoad){ .wcet = 19, .period = 100, .deadline = 100, .priority = 2 });
        ck_assert_int_eq(
                rt_cpu_verdict_grown(&growth.effort, growth.loads, 3, &growth.rules, 2).verdict,
                RT_MISSED);
        ck_assert_int_eq(growth.loads[2].window, before);
        ck_assert_int_eq(growth.loads[1].window, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("simulate-growth",
                         a_cpu_that_grows_is_judged_as_one_that_is_seen_for_the_first_time,
                         what_the_last_question_found_is_known_to_the_next,
                         what_is_noted_is_the_first_job_also_if_a_later_one_is_worse,
                         a_late_task_leaves_what_is_known_as_it_was);
}
