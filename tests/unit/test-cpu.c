/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu.h"

#include "fixture.h"
#include "text.h"

enum { MS = 1000000 };
static const int64_t second = 1000000000;

static const RtCpuRules free_rules = { 1000000, false, false };

static RtLoad load(int priority, int64_t wcet, int64_t period, int64_t deadline)
{
        return (RtLoad){
                .wcet = wcet, .period = period, .deadline = deadline, .priority = priority
        };
}

static RtCpuVerdict verdict(const RtLoad *loads, size_t n, RtCpuRules rules)
{
        RtEffort effort = RT_EFFORT(fx.arena);
        RtResponse *responses = rt_alloc_array(fx.arena, n + 1, sizeof *responses);
        RtCpuVerdict one = rt_cpu_verdict(&effort, loads, n, &rules);
        RtCpuVerdict two = rt_cpu_responses(&effort, loads, n, &rules, responses);
        ck_assert_int_eq(one.verdict, two.verdict);
        ck_assert_int_eq(one.reason, two.reason);
        ck_assert_uint_eq(one.index, two.index);
        return one;
}

static void expect_verdict(const RtLoad *loads, size_t n, RtCpuRules rules, RtVerdict wanted,
                           RtCpuReason reason)
{
        RtCpuVerdict one = verdict(loads, n, rules);
        ck_assert_int_eq(one.verdict, wanted);
        ck_assert_int_eq(one.reason, reason);
}

/* -- bandwidth --------------------------------------------------------------------------------- */

START_TEST(the_bandwidth_may_be_reached_and_not_exceeded)
{
        const RtCpuRules rules = { 950000, false, false };
        const int64_t whole = INT64_C(1000000000000);
        RtLoad loads[] = { load(60, whole / 2, whole, whole), load(50, 0, whole, 100 * whole) };
        loads[1].wcet = whole / 100 * 45;
        expect_verdict(loads, 2, rules, RT_MET, RT_CPU_HOLDS);
        loads[1].wcet++; /* one part in 10^12 */
        expect_verdict(loads, 2, rules, RT_MISSED, RT_CPU_BANDWIDTH);
}
END_TEST

START_TEST(thirds_add_up_to_exactly_one)
{
        const RtLoad loads[] = { load(60, 1, 3, 100), load(60, 2, 6, 100), load(60, 3, 9, 100) };
        expect_verdict(loads, 3, free_rules, RT_MET, RT_CPU_HOLDS);
        const RtLoad more[] = { loads[0], loads[1],
                                load(60, INT64_C(333333333334), INT64_C(1000000000000), 100) };
        expect_verdict(more, 3, free_rules, RT_MISSED, RT_CPU_BANDWIDTH);
}
END_TEST

START_TEST(interrupts_count_towards_the_bandwidth)
{
        const RtCpuRules rules = { 500000, false, false };
        const RtLoad loads[] = { load(RT_LEVEL_MACHINE, 1, 10, 0), load(50, 4, 10, 10) };
        expect_verdict(loads, 2, rules, RT_MET, RT_CPU_HOLDS);
        const RtLoad more[] = { load(RT_LEVEL_MACHINE, 2, 10, 0), load(50, 4, 10, 10) };
        expect_verdict(more, 2, rules, RT_MISSED, RT_CPU_BANDWIDTH);
}
END_TEST

START_TEST(the_fair_server_takes_its_part_of_the_deadline_bandwidth)
{
        const RtCpuRules old = { 950000, true, false }, new = { 950000, false, true };
        ck_assert_int_eq(rt_deadline_bandwidth(&old), 950000);
        ck_assert_int_eq(rt_deadline_bandwidth(&new), 900000);
}
END_TEST

START_TEST(without_a_limit_there_is_no_fair_server)
{
        const RtCpuRules rules = { 1000000, false, true };
        ck_assert_int_eq(rt_deadline_bandwidth(&rules), 1000000);
}
END_TEST

START_TEST(the_deadline_bandwidth_is_never_negative)
{
        const RtCpuRules little = { 40000, false, true }, just = { 50000, false, true };
        ck_assert_int_eq(rt_deadline_bandwidth(&little), 0);
        ck_assert_int_eq(rt_deadline_bandwidth(&just), 0);
}
END_TEST

START_TEST(deadline_tasks_may_take_what_the_kernel_admits)
{
        const RtCpuRules rules = { 500000, false, true };
        const RtLoad fit[] = { load(RT_LEVEL_DEADLINE, 45, 100, 100), load(50, 5, 100, 100) };
        expect_verdict(fit, 2, rules, RT_MET, RT_CPU_HOLDS);
        const RtLoad more[] = { load(RT_LEVEL_DEADLINE, 46, 100, 100), load(50, 4, 100, 100) };
        expect_verdict(more, 2, rules, RT_MISSED, RT_CPU_DEADLINE_BANDWIDTH);
        const RtLoad fifo[] = { load(60, 46, 100, 100), load(50, 4, 100, 100) };
        expect_verdict(fifo, 2, rules, RT_MET, RT_CPU_HOLDS);
}
END_TEST

START_TEST(utilisation_is_rounded_up_load_by_load)
{
        const RtLoad loads[] = { load(60, 1, 3, 3), load(50, 1, 3, 3) };
        ck_assert_int_eq(rt_loads_utilisation(loads, 2, 0), 2 * INT64_C(333333334));
        ck_assert_int_eq(rt_loads_utilisation(loads, 2, 60), 333333334);
        ck_assert_int_eq(rt_loads_utilisation(loads, 2, 61), 0);
}
END_TEST

/* -- what the kernel takes --------------------------------------------------------------------- */

static int64_t taken(int64_t wcet, int64_t period, RtCpuRules rules, int64_t *ret_period)
{
        const RtLoad one = load(50, wcet, period, period);
        RtLoad kernel = { 0 };
        bool any = rt_kernel_load(&one, 1, &rules, &kernel);
        ck_assert_int_eq(any, kernel.wcet > 0);
        ck_assert(!any || kernel.priority == RT_LEVEL_MACHINE);
        *ret_period = kernel.period;
        return kernel.wcet;
}

START_TEST(throttling_takes_the_rest_of_a_second_once_the_share_can_be_used_up)
{
        const RtCpuRules rules = { 950000, true, false };
        int64_t period;
        ck_assert_int_eq(taken(950 * MS, second, rules, &period), 0);
        /* And a tick of 10 ms, at which it is noticed. */
        ck_assert_int_eq(taken(950 * MS + 1, second, rules, &period), 60 * MS);
        ck_assert_int_eq(period, second);
}
END_TEST

START_TEST(throttling_goes_by_the_jobs_within_a_second)
{
        const RtCpuRules rules = { 500000, true, false };
        int64_t period;
        /* Of one job every 600 ms, two may fall into a second. */
        ck_assert_int_eq(taken(250 * MS, 600 * MS, rules, &period), 0);
        ck_assert_int_eq(taken(250 * MS + 1, 600 * MS, rules, &period), 510 * MS);
}
END_TEST

START_TEST(the_fair_server_takes_all_its_time_once_some_is_missing)
{
        const RtCpuRules rules = { 950000, false, true };
        int64_t period;
        ck_assert_int_eq(taken(900 * MS, 950 * MS, rules, &period), 0);
        ck_assert_int_eq(taken(900 * MS + 1, 950 * MS, rules, &period), 50 * MS);
        ck_assert_int_eq(period, 950 * MS);
        ck_assert_int_eq(taken(950 * MS, 950 * MS, rules, &period), 50 * MS);
        ck_assert_int_eq(taken(999 * MS, 950 * MS, rules, &period), 50 * MS);
}
END_TEST

START_TEST(an_unknown_kernel_takes_the_worse_of_both)
{
        const RtCpuRules rules = { 900000, true, true };
        int64_t period;
        ck_assert_int_eq(taken(900 * MS + 1, second, rules, &period), 110 * MS);
        ck_assert_int_eq(period, 950 * MS);
        ck_assert_int_eq(taken(900 * MS, second, rules, &period), 0);
}
END_TEST

START_TEST(without_a_limit_the_kernel_takes_nothing)
{
        const RtCpuRules rules = { 1000000, true, true };
        int64_t period;
        ck_assert_int_eq(taken(second, second, rules, &period), 0);
}
END_TEST

START_TEST(what_the_kernel_takes_makes_a_task_late)
{
        /* Exactly the share: not throttled. More in a second, as the first job comes late. */
        const RtCpuRules rules = { 950000, true, false };
        RtLoad loads[] = { load(60, 500 * MS, second, second),
                           load(50, 450 * MS, second, 960 * MS) };
        expect_verdict(loads, 2, rules, RT_MET, RT_CPU_HOLDS);
        loads[0].jitter = 1;
        expect_verdict(loads, 2, rules, RT_MISSED, RT_CPU_RESPONSE);
        const RtCpuRules none = { 950000, false, false };
        expect_verdict(loads, 2, none, RT_MET, RT_CPU_HOLDS);
}
END_TEST

/* -- order ------------------------------------------------------------------------------------- */

START_TEST(loads_are_sorted_by_priority_and_equal_ones_stay_in_order)
{
        RtLoad loads[] = { load(10, 1, 9, 9),  load(99, 2, 9, 9), load(10, 3, 9, 9),
                           load(101, 4, 9, 9), load(99, 5, 9, 9), load(10, 6, 9, 9) };
        rt_loads_sort(loads, RT_ELEMENTS(loads));
        static const int64_t order[] = { 4, 2, 5, 1, 3, 6 };
        for (size_t i = 0; i < RT_ELEMENTS(order); i++)
                ck_assert_int_eq(loads[i].wcet, order[i]);
}
END_TEST

START_TEST(no_load_and_one_load_are_in_order)
{
        RtLoad one = load(10, 1, 9, 9);
        rt_loads_sort(&one, 0);
        rt_loads_sort(&one, 1);
        ck_assert_int_eq(one.wcet, 1);
}
END_TEST

/* -- together ---------------------------------------------------------------------------------- */

START_TEST(equal_loads_beside_each_other_have_equal_responses)
{
        const RtLoad loads[] = { load(60, 2, 100, 100), load(50, 3, 100, 100),
                                 load(50, 3, 100, 100), load(50, 3, 100, 100),
                                 load(40, 3, 100, 100) };
        RtEffort effort = RT_EFFORT(fx.arena);
        RtResponse responses[5];
        RtCpuVerdict result = rt_cpu_responses(&effort, loads, 5, &free_rules, responses);
        ck_assert_int_eq(result.verdict, RT_MET);
        static const int64_t times[] = { 2, 11, 11, 11, 14 };
        for (size_t i = 0; i < 5; i++)
                ck_assert_int_eq(responses[i].time, times[i]);
}
END_TEST

START_TEST(loads_that_differ_in_one_number_have_their_own_response)
{
        RtLoad loads[] = { load(50, 3, 100, 100), load(50, 3, 100, 100) };
        RtEffort effort = RT_EFFORT(fx.arena);
        RtResponse responses[2];
        loads[1].jitter = 7;
        rt_cpu_responses(&effort, loads, 2, &free_rules, responses);
        ck_assert_int_eq(responses[0].time, 6);
        ck_assert_int_eq(responses[1].time, 13);
        loads[1].jitter = 0;
        loads[1].blocking = 4;
        rt_cpu_responses(&effort, loads, 2, &free_rules, responses);
        ck_assert_int_eq(responses[1].time, 10);
        loads[1].blocking = 0;
        loads[1].deadline = 5;
        ck_assert_uint_eq(verdict(loads, 2, free_rules).index, 1);
        ck_assert_int_eq(verdict(loads, 2, free_rules).verdict, RT_MISSED);
}
END_TEST

START_TEST(deadline_tasks_go_before_all_fifo_tasks)
{
        const RtLoad loads[] = { load(RT_LEVEL_DEADLINE, 40, 100, 100), load(99, 10, 100, 100) };
        RtEffort effort = RT_EFFORT(fx.arena);
        RtResponse responses[2];
        ck_assert_int_eq(rt_cpu_responses(&effort, loads, 2, &free_rules, responses).verdict,
                         RT_MET);
        ck_assert_int_eq(responses[0].time, 40);
        ck_assert_int_eq(responses[1].time, 50);
        const RtLoad late[] = { loads[0], load(99, 10, 100, 49) };
        RtCpuVerdict result = verdict(late, 2, free_rules);
        ck_assert_int_eq(result.verdict, RT_MISSED);
        ck_assert_int_eq(result.reason, RT_CPU_RESPONSE);
        ck_assert_uint_eq(result.index, 1);
}
END_TEST

START_TEST(interrupts_of_fifo_tasks_hit_deadline_tasks)
{
        RtLoad loads[] = { load(RT_LEVEL_DEADLINE, 40, 100, 45), load(99, 10, 100, 100) };
        expect_verdict(loads, 2, free_rules, RT_MET, RT_CPU_HOLDS);
        loads[1].interrupt = 5;
        expect_verdict(loads, 2, free_rules, RT_MET, RT_CPU_HOLDS);
        loads[1].interrupt = 6;
        expect_verdict(loads, 2, free_rules, RT_MISSED, RT_CPU_DEMAND);
}
END_TEST

START_TEST(loads_without_a_deadline_have_no_response)
{
        const RtLoad loads[] = { load(RT_LEVEL_MACHINE, 1, 10, 0), load(60, 1, 10, 0),
                                 load(50, 3, 10, 10) };
        RtEffort effort = RT_EFFORT(fx.arena);
        RtResponse responses[3];
        rt_cpu_responses(&effort, loads, 3, &free_rules, responses);
        ck_assert_int_eq(responses[0].time, RT_NO_TIME);
        ck_assert_int_eq(responses[1].time, RT_NO_TIME);
        ck_assert_int_eq(responses[1].verdict, RT_MET);
        ck_assert_int_eq(responses[2].time, 5);
}
END_TEST

/* Small numbers from a generator of its own, the same in each run. */
static uint32_t next_random(uint32_t *state, uint32_t n)
{
        *state = *state * 1664525U + 1013904223U;
        return (*state >> 16) % n;
}

START_TEST(loads_that_come_one_by_one_have_the_verdict_of_all_together)
{
        uint32_t state = 1;
        size_t met = 0, missed = 0;
        for (int round = 0; round < 3000; round++) {
                RtEffort effort = RT_EFFORT(fx.arena);
                RtLoad loads[6];
                size_t n = 0;
                for (bool holds = true; holds && n < RT_ELEMENTS(loads);) {
                        int64_t period = 5 + next_random(&state, 40);
                        int priority = 40 + (int)next_random(&state, 4);
                        RtLoad one = load(priority, 1 + next_random(&state, 5), period,
                                          1 + next_random(&state, 2 * (uint32_t)period));
                        one.jitter = next_random(&state, 4);
                        loads[n++] = one;
                        rt_loads_sort(loads, n);
                        RtVerdict grown =
                                rt_cpu_verdict_grown(&effort, loads, n, &free_rules, priority)
                                        .verdict;
                        RtVerdict whole = rt_cpu_verdict(&effort, loads, n, &free_rules).verdict;
                        ck_assert_int_eq(grown, whole);
                        holds = grown == RT_MET;
                        met += holds;
                        missed += !holds;
                }
        }
        ck_assert_uint_gt(met, 1000);
        ck_assert_uint_gt(missed, 1000);
}
END_TEST

/* -- the quick pass ---------------------------------------------------------------------------- */

enum { MOST = 12 };

/* Near the edge: utilisations from 0.5 to a little above 1, some deadlines beyond periods, some
 * jitter, interrupts, blocking and equal priorities. */
static size_t random_loads(uint32_t *state, RtLoad *loads)
{
        size_t n = 2 + next_random(state, MOST - 1);
        uint32_t rest = 500 + next_random(state, 520);
        for (size_t i = 0; i < n; i++) {
                int64_t period = 10 + next_random(state, next_random(state, 3) > 0 ? 200 : 5000);
                uint32_t share = i + 1 == n ? rest : next_random(state, rest + 1);
                rest -= share;
                int64_t wcet = 1 + period * share / 1000;
                loads[i] = load(1 + (int)next_random(state, 8), wcet, period, period);
                if (next_random(state, 2))
                        loads[i].deadline = wcet + 1 + next_random(state, 3 * (uint32_t)period);
                if (next_random(state, 3) == 0)
                        loads[i].jitter = next_random(state, (uint32_t)period);
                if (next_random(state, 4) == 0)
                        loads[i].interrupt = next_random(state, (uint32_t)wcet);
                if (next_random(state, 4) == 0)
                        loads[i].blocking = next_random(state, 20);
                if (next_random(state, 12) == 0)
                        loads[i] = load(RT_LEVEL_MACHINE, wcet, period, 0);
        }
        return n;
}

/* verdict() compares with exact response times. */
START_TEST(the_quick_pass_never_differs_from_exact_times_and_the_order_does_not_matter)
{
        uint32_t state = 9;
        size_t seen[3] = { 0 };
        for (int round = 0; round < 4000; round++) {
                RtLoad loads[MOST], turned[MOST];
                size_t n = random_loads(&state, loads);
                for (size_t i = 0; i < n; i++)
                        turned[i] = loads[n - 1 - i];
                rt_loads_sort(loads, n);
                rt_loads_sort(turned, n);
                RtVerdict one = verdict(loads, n, free_rules).verdict;
                ck_assert_int_eq(one, verdict(turned, n, free_rules).verdict);
                seen[one]++;
        }
        ck_assert_uint_gt(seen[RT_MET], 200);
        ck_assert_uint_gt(seen[RT_MISSED], 200);
}
END_TEST

START_TEST(the_quick_pass_reckons_with_what_the_kernel_takes)
{
        const RtCpuRules rules = { 950000, true, true };
        uint32_t state = 4;
        size_t met = 0, late = 0;
        for (int round = 0; round < 4000; round++) {
                RtLoad loads[2], kernel;
                for (size_t i = 0; i < RT_ELEMENTS(loads); i++) {
                        int64_t period = (600 + next_random(&state, 2000)) * MS;
                        loads[i] = load(60 - (int)i, period * (30 + next_random(&state, 17)) / 100,
                                        period, 0);
                        loads[i].deadline = loads[i].wcet + next_random(&state, 2500) * MS;
                }
                if (!rt_kernel_load(loads, RT_ELEMENTS(loads), &rules, &kernel))
                        continue;
                RtCpuVerdict one = verdict(loads, RT_ELEMENTS(loads), rules);
                met += one.verdict == RT_MET;
                late += one.reason == RT_CPU_RESPONSE;
        }
        ck_assert_uint_gt(met, 200);
        ck_assert_uint_gt(late, 200);
}
END_TEST

START_TEST(work_without_end_is_undecided)
{
        const RtLoad loads[] = { load(9, 999999, 1000000, 1000000),
                                 load(8, 1, 1000003, 1000 * second) };
        RtEffort little = RT_EFFORT(fx.arena);
        little.left = 3;
        ck_assert_int_eq(rt_cpu_verdict(&little, loads, 2, &free_rules).verdict, RT_UNDECIDED);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "cpu", the_bandwidth_may_be_reached_and_not_exceeded, thirds_add_up_to_exactly_one,
                interrupts_count_towards_the_bandwidth,
                the_fair_server_takes_its_part_of_the_deadline_bandwidth,
                without_a_limit_there_is_no_fair_server, the_deadline_bandwidth_is_never_negative,
                deadline_tasks_may_take_what_the_kernel_admits,
                utilisation_is_rounded_up_load_by_load,
                throttling_takes_the_rest_of_a_second_once_the_share_can_be_used_up,
                throttling_goes_by_the_jobs_within_a_second,
                the_fair_server_takes_all_its_time_once_some_is_missing,
                an_unknown_kernel_takes_the_worse_of_both, without_a_limit_the_kernel_takes_nothing,
                what_the_kernel_takes_makes_a_task_late,
                loads_are_sorted_by_priority_and_equal_ones_stay_in_order,
                no_load_and_one_load_are_in_order,
                equal_loads_beside_each_other_have_equal_responses,
                loads_that_differ_in_one_number_have_their_own_response,
                deadline_tasks_go_before_all_fifo_tasks,
                interrupts_of_fifo_tasks_hit_deadline_tasks,
                loads_without_a_deadline_have_no_response,
                loads_that_come_one_by_one_have_the_verdict_of_all_together,
                the_quick_pass_never_differs_from_exact_times_and_the_order_does_not_matter,
                the_quick_pass_reckons_with_what_the_kernel_takes, work_without_end_is_undecided);
}
