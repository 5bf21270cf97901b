/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "demand.h"

#include "fixture.h"

/* -- asking ------------------------------------------------------------------------------------ */

static RtEffort new_effort(void)
{
        return (RtEffort)RT_EFFORT(fx.arena);
}

typedef struct Row {
        int64_t wcet, deadline, period;
} Row;

enum { MOST_TASKS = 1000 };
static RtLoad loads[MOST_TASKS];
static const RtLoad *tasks[MOST_TASKS];

static RtDeadlineSet set_of(const Row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                loads[i] = (RtLoad){ .wcet = rows[i].wcet,
                                     .deadline = rows[i].deadline,
                                     .period = rows[i].period,
                                     .priority = RT_LEVEL_DEADLINE };
                tasks[i] = &loads[i];
        }
        return (RtDeadlineSet){ .tasks = tasks, .n_tasks = n };
}
#define SET_OF(...)                                                                                \
        set_of((const Row[]){ __VA_ARGS__ }, sizeof((const Row[]){ __VA_ARGS__ }) / sizeof(Row))

static RtDemand test_of(const RtDeadlineSet *set)
{
        RtEffort effort = new_effort();
        return rt_demand_test(&effort, set);
}

static void expect_met(RtDeadlineSet set)
{
        ck_assert_int_eq(test_of(&set).verdict, RT_MET);
}

static void expect_missed(RtDeadlineSet set, int64_t interval, int64_t demand)
{
        RtDemand result = test_of(&set);
        ck_assert_int_eq(result.verdict, RT_MISSED);
        ck_assert_int_eq(result.interval, interval);
        ck_assert_int_eq(result.demand, demand);
}

static void expect_response(RtDeadlineSet set, size_t index, int64_t time)
{
        RtEffort effort = new_effort();
        RtResponse response = rt_deadline_response(&effort, &set, index, false);
        ck_assert_msg(response.time == time, "task %zu: %jd, not %jd", index,
                      (intmax_t)response.time, (intmax_t)time);
        ck_assert_int_eq(response.verdict, time <= set.tasks[index]->deadline ? RT_MET : RT_MISSED);
}

/* -- published examples ------------------------------------------------------------------------ */

/* Liu and Layland, "Scheduling algorithms for multiprogramming in a hard-real-time environment",
 * JACM 20 (1973), theorem 7: with deadlines at the period a full CPU is enough. */
START_TEST(liu_and_layland_1973)
{
        expect_met(SET_OF({ 1, 2, 2 }, { 1, 4, 4 }, { 2, 8, 8 }));
        Row ninths[9]; /* above 1 in floating point */
        for (size_t i = 0; i < 9; i++)
                ninths[i] = (Row){ 1, 9, 9 };
        expect_met(set_of(ninths, 9));
        expect_met(SET_OF({ 1, 3, 3 }, { 2, 5, 5 }, { 4, 15, 15 }));
        loads[2].wcet = 5;
        expect_missed((RtDeadlineSet){ tasks, 3, NULL, 0 }, 0, RT_NO_TIME);
}
END_TEST

/* Zhang and Burns, "Schedulability analysis for real-time systems with EDF scheduling", IEEE
 * Transactions on Computers 58 (2009), the example of QPA. Nothing more fits in with a deadline of
 * 15. */
START_TEST(zhang_and_burns_2009)
{
        static const Row rows[] = {
                { 6000, 18000, 31000 }, { 2000, 9000, 9800 }, { 1000, 12000, 17000 },
                { 90, 3000, 4200 },     { 8, 78, 96 },        { 2, 16, 12 },
                { 10, 120, 280 },       { 26, 160, 660 },     { 10, 15, 100 },
        };
        expect_met(set_of(rows, 8));
        RtDeadlineSet set = set_of(rows, 9);
        ck_assert_int_eq(test_of(&set).verdict, RT_MISSED);
}
END_TEST

/* From the tests of SchedCAT (MPI-SWS), where its QPA refuses them. By hand: 331 + 3654 are due
 * within 3849. */
START_TEST(sets_that_schedcat_refuses)
{
        expect_missed(SET_OF({ 331, 2688, 15000 }, { 3654, 3849, 77000 }), 3849, 3985);
        RtDeadlineSet set =
                SET_OF({ 331, 2688, 15000 }, { 413, 1061, 34000 }, { 3654, 3849, 77000 },
                       { 349, 20189, 70000 }, { 1113, 10683, 83000 });
        ck_assert_int_eq(test_of(&set).verdict, RT_MISSED);
}
END_TEST

/* Buttazzo, "Hard real-time computing systems", the example of the processor demand criterion: 16
 * are due within 16, which is as close as it gets. */
START_TEST(buttazzo_textbook)
{
        expect_met(SET_OF({ 2, 4, 6 }, { 2, 5, 8 }, { 3, 7, 9 }));
        expect_missed(SET_OF({ 2, 4, 6 }, { 2, 5, 8 }, { 3, 6, 9 }), 6, 7);
}
END_TEST

/* Spuri, "Analysis of deadline scheduled real-time systems", INRIA RR-2772 (1996): his example set.
 * tests/analysis has a simulated CPU confirm such times. */
START_TEST(spuri_1996)
{
        RtDeadlineSet set = SET_OF({ 1, 4, 4 }, { 2, 9, 6 }, { 2, 6, 8 }, { 2, 12, 16 });
        expect_response(set, 0, 2);
        expect_response(set, 1, 7);
        expect_response(set, 2, 4);
        expect_response(set, 3, 10);
}
END_TEST

/* Guan and Yi, "General and efficient response time analysis for EDF scheduling", DATE 2014, as
 * SchedCAT does it: exact times from its tests. */
START_TEST(guan_and_yi_2014)
{
        RtDeadlineSet set = SET_OF({ 3, 12, 12 }, { 2, 4, 4 });
        expect_response(set, 0, 7);
        expect_response(set, 1, 2);
        set = SET_OF({ 2, 9, 9 }, { 3, 12, 12 }, { 2, 4, 4 });
        expect_response(set, 0, 8);
        expect_response(set, 1, 11);
        expect_response(set, 2, 3);
}
END_TEST

/* -- by hand ----------------------------------------------------------------------------------- */

START_TEST(jobs_are_due_from_their_deadline_on)
{
        const RtLoad task = { .wcet = 1, .period = 10, .deadline = 7 };
        ck_assert_int_eq(rt_jobs_due(&task, 6), 0);
        ck_assert_int_eq(rt_jobs_due(&task, 7), 1);
        ck_assert_int_eq(rt_jobs_due(&task, 16), 1);
        ck_assert_int_eq(rt_jobs_due(&task, 17), 2);
        const RtLoad late = { .wcet = 1, .period = 10, .jitter = 3, .deadline = 7 };
        ck_assert_int_eq(rt_jobs_due(&late, 3), 0);
        ck_assert_int_eq(rt_jobs_due(&late, 4), 1);
        ck_assert_int_eq(rt_jobs_due(&late, 14), 2);
        const RtLoad worst = { .period = 2, .jitter = RT_TIME_MOST, .deadline = 1 };
        ck_assert_int_eq(rt_jobs_due(&worst, RT_TIME_MOST), RT_TIME_MOST);
        const RtLoad beyond = { .period = 1, .jitter = RT_TIME_MOST };
        ck_assert_int_ge(rt_jobs_due(&beyond, RT_TIME_MOST), RT_TIME_MOST);
}
END_TEST

START_TEST(no_tasks_are_never_late)
{
        expect_met((RtDeadlineSet){ 0 });
        const RtRival all = { .wcet = 2, .period = 1 };
        expect_met((RtDeadlineSet){ .others = &all, .n_others = 1 });
}
END_TEST

START_TEST(what_is_due_together_must_just_fit)
{
        expect_met(SET_OF({ 2, 5, 50 }, { 3, 5, 50 }));
        expect_missed(SET_OF({ 3, 5, 50 }, { 3, 5, 50 }), 5, 6);
        expect_missed(SET_OF({ 6, 5, 50 }), 5, 6);
}
END_TEST

START_TEST(jitter_shortens_the_time_that_is_left)
{
        RtDeadlineSet set = SET_OF({ 2, 5, 50 }, { 3, 8, 50 });
        loads[1].jitter = 3;
        expect_met(set);
        loads[0].wcet = 3;
        expect_missed(set, 5, 6);
        loads[1].jitter = 6;
        expect_missed(set, 2, 3);
        loads[1].jitter = 9;
        ck_assert_int_eq(test_of(&set).verdict, RT_MISSED);
}
END_TEST

START_TEST(a_miss_between_many_deadlines_is_found)
{
        expect_met(SET_OF({ 1, 2, 4 }, { 61, 81, 100 }));
        expect_missed(SET_OF({ 1, 2, 4 }, { 62, 81, 100 }), 82, 83);
}
END_TEST

/* The straight line of the third task is far below 0 where the others miss, though it asks for
 * nothing there. */
START_TEST(a_deadline_beyond_the_period_hides_no_miss_before_it)
{
        expect_missed(SET_OF({ 10, 10, 100 }, { 10, 19, 100 }, { 50, 500, 100 }), 19, 20);
        expect_met(SET_OF({ 10, 10, 100 }, { 9, 19, 100 }, { 50, 500, 100 }));
}
END_TEST

START_TEST(the_most_blocking_of_those_due_counts_once)
{
        RtDeadlineSet set = SET_OF({ 2, 10, 100 }, { 3, 12, 100 }, { 4, 50, 100 });
        loads[0].blocking = 8;
        expect_missed(set, 12, 2 + 3 + 8);
        loads[0].blocking = 7;
        loads[1].blocking = 5;
        expect_met(set);
        loads[2].blocking = 41;
        expect_met(set);
        loads[2].blocking = 42;
        expect_missed(set, 50, 2 + 3 + 4 + 42);
}
END_TEST

/* Interrupts at 0 and at 10 are 5 long each. What is due at 11 is done at 7, before the second. */
START_TEST(an_interrupt_after_the_work_does_not_count)
{
        const RtRival other = { .wcet = 5, .period = 10 };
        RtDeadlineSet set = SET_OF({ 2, 11, 100 });
        set.others = &other;
        set.n_others = 1;
        expect_met(set);
        loads[0].wcet = 5;
        expect_met(set);
        loads[0].wcet = 6;
        expect_missed(set, 11, 6 + 10);
        loads[0].deadline = 16;
        expect_met(set);
}
END_TEST

/* The second task is due much later, but its interrupt is not. */
START_TEST(interrupts_of_later_deadlines_count)
{
        RtDeadlineSet set = SET_OF({ 4, 6, 50 }, { 9, 50, 50 });
        loads[1].interrupt = 2;
        expect_met(set);
        expect_response(set, 0, 6);
        loads[1].interrupt = 3;
        expect_missed(set, 6, 7);
        expect_response(set, 0, 7);
}
END_TEST

/* The first task is never blocked itself, but the second is, is due before it, and goes first. */
START_TEST(blocking_of_a_task_that_goes_first_delays_the_next)
{
        RtDeadlineSet set = SET_OF({ 3, 10, 100 }, { 4, 15, 100 });
        expect_response(set, 0, 3);
        loads[1].blocking = 6;
        expect_response(set, 0, 6 + 4 + 3 - (15 - 10));
}
END_TEST

/* -- edges ------------------------------------------------------------------------------------- */

/* 999 tasks leave one part in 2.5e8 of the CPU. What the last one asks for is too much by 1 ns
 * after 11 days, where the straight lines meet; rounding of the sum of shares makes that seem
 * earlier. */
START_TEST(rounding_does_not_cut_the_search_short)
{
        const int64_t period = 1000000003977, wcet = 1001001000;
        static Row rows[MOST_TASKS];
        for (size_t i = 0; i < MOST_TASKS; i++)
                rows[i] = (Row){ wcet, period, period };
        const int64_t late = 1000 * period, left = 1000 * (period - 999 * wcet);
        rows[999] = (Row){ left, late, 2 * late };
        expect_met(set_of(rows, MOST_TASKS));
        rows[999].wcet = left + 1;
        expect_missed(set_of(rows, MOST_TASKS), late, late + 1);
}
END_TEST

/* Nothing ends the busy period, and no straight line the search; the deadlines are not proven. */
START_TEST(a_full_cpu_that_starts_late_is_not_decided)
{
        RtDeadlineSet set = SET_OF({ 1, 100, 2 }, { 1, 100, 2 });
        expect_met(set);
        loads[0].blocking = 1;
        ck_assert_int_eq(test_of(&set).verdict, RT_UNDECIDED);
        loads[0].blocking = 0;
        loads[0].jitter = 1;
        ck_assert_int_eq(test_of(&set).verdict, RT_UNDECIDED);
}
END_TEST

START_TEST(overload_by_one_part_in_a_million_million_is_missed)
{
        const int64_t t = 1000000000000;
        expect_met(SET_OF({ t / 2, t, t }, { t / 2, t, t }));
        expect_missed(SET_OF({ t / 2, 10 * t, t }, { t / 2 + 1, 10 * t, t }), 0, RT_NO_TIME);
        const RtRival other = { .wcet = 1, .period = t };
        RtDeadlineSet set = SET_OF({ t / 2, 10 * t, t }, { t / 2, 10 * t, t });
        set.others = &other;
        set.n_others = 1;
        expect_missed(set, 0, RT_NO_TIME);
        RtEffort effort = new_effort();
        RtResponse response = rt_deadline_response(&effort, &set, 0, false);
        ck_assert_int_eq(response.verdict, RT_MISSED);
        ck_assert_int_eq(response.time, RT_NO_TIME);
}
END_TEST

START_TEST(when_the_work_is_too_much_nothing_is_met)
{
        RtDeadlineSet set = SET_OF({ 2, 4, 6 }, { 2, 5, 8 }, { 3, 7, 9 });
        for (int64_t bound = -1; bound < 9; bound++) {
                RtEffort effort = new_effort();
                effort.most = bound;
                ck_assert_int_eq(rt_demand_test(&effort, &set).verdict, RT_UNDECIDED);
                effort.most = 1000;
                effort.left = bound;
                ck_assert_int_eq(rt_demand_test(&effort, &set).verdict, RT_UNDECIDED);
        }
        RtEffort effort = new_effort();
        const int64_t before = effort.left;
        rt_demand_test(&effort, &set);
        ck_assert_int_lt(effort.left, before - 20);
}
END_TEST

START_TEST(the_deadline_stands_in_for_a_response_that_is_too_much_work)
{
        RtDeadlineSet set = SET_OF({ 2, 4, 6 }, { 2, 5, 8 }, { 3, 7, 9 });
        RtEffort effort = new_effort();
        effort.most = 30;
        RtResponse response = rt_deadline_response(&effort, &set, 1, true);
        ck_assert_int_eq(response.verdict, RT_MET);
        ck_assert_int_eq(response.time, 5);
        response = rt_deadline_response(&effort, &set, 1, false);
        ck_assert_int_eq(response.verdict, RT_UNDECIDED);
        ck_assert_int_eq(response.time, RT_NO_TIME);
        ck_assert_int_lt(effort.left, new_effort().left - 30);
}
END_TEST

START_TEST(times_near_the_longest_do_not_wrap)
{
        RtDeadlineSet set = SET_OF({ RT_TIME_MOST, RT_TIME_MOST, RT_TIME_MOST });
        ck_assert_int_ne(test_of(&set).verdict, RT_MISSED);
        loads[0].blocking = 1;
        ck_assert_int_ne(test_of(&set).verdict, RT_MET);
        loads[0].blocking = RT_TIME_MOST;
        ck_assert_int_ne(test_of(&set).verdict, RT_MET);
        set = SET_OF({ 1, 100, RT_TIME_MOST }, { 1, RT_TIME_MOST, RT_TIME_MOST });
        loads[1].jitter = RT_TIME_MOST - 2;
        expect_met(set);
        expect_response(set, 1, RT_TIME_MOST - 1);
        loads[1].jitter = RT_TIME_MOST;
        ck_assert_int_eq(test_of(&set).verdict, RT_MISSED);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "demand", liu_and_layland_1973, zhang_and_burns_2009, sets_that_schedcat_refuses,
                buttazzo_textbook, spuri_1996, guan_and_yi_2014,
                jobs_are_due_from_their_deadline_on, no_tasks_are_never_late,
                what_is_due_together_must_just_fit, jitter_shortens_the_time_that_is_left,
                a_miss_between_many_deadlines_is_found,
                a_deadline_beyond_the_period_hides_no_miss_before_it,
                the_most_blocking_of_those_due_counts_once,
                an_interrupt_after_the_work_does_not_count, interrupts_of_later_deadlines_count,
                blocking_of_a_task_that_goes_first_delays_the_next,
                rounding_does_not_cut_the_search_short, a_full_cpu_that_starts_late_is_not_decided,
                overload_by_one_part_in_a_million_million_is_missed,
                when_the_work_is_too_much_nothing_is_met,
                the_deadline_stands_in_for_a_response_that_is_too_much_work,
                times_near_the_longest_do_not_wrap);
}
