/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assign.h"

#include "fixture.h"

/* -- asking ------------------------------------------------------------------------------------ */

static RtContender task(int64_t wcet, int64_t period, int64_t deadline)
{
        return (RtContender){ .load = { .wcet = wcet, .period = period, .deadline = deadline } };
}

static RtContender fixed(RtContender contender, int priority)
{
        contender.load.priority = priority;
        contender.fixed = true;
        return contender;
}

static const size_t all[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

/* All run together. */
static RtVerdict assign(RtContender *contenders, size_t n, int min, int max)
{
        RtEffort effort = RT_EFFORT(fx.arena);
        const RtScenario together = { all, n };
        RtAssignment assignment = { contenders, n, &together, 1, min, max };
        RtVerdict verdict = rt_assign_priorities(&effort, &assignment);
        if (verdict == RT_MET)
                ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 0), RT_MET);
        return verdict;
}

static int level(const RtContender *contender)
{
        return contender->load.priority;
}

/* -- one order --------------------------------------------------------------------------------- */

START_TEST(no_tasks_hold)
{
        ck_assert_int_eq(assign(NULL, 0, 1, 9), RT_MET);
}
END_TEST

/* Leung and Whitehead, "On the complexity of fixed-priority scheduling of periodic, real-time
 * tasks", Performance Evaluation 2 (1982): deadline-monotonic is right up to the period. */
START_TEST(shorter_deadlines_come_first_at_the_top_of_the_band)
{
        RtContender tasks[] = { task(1, 100, 30), task(1, 100, 10), task(1, 100, 20) };
        ck_assert_int_eq(assign(tasks, 3, 10, 60), RT_MET);
        ck_assert_int_eq(level(&tasks[1]), 60);
        ck_assert_int_eq(level(&tasks[2]), 59);
        ck_assert_int_eq(level(&tasks[0]), 58);
}
END_TEST

/* Zuhily and Burns, "Optimal (D-J)-monotonic priority assignment", Information Processing Letters
 * 103 (2007). Here the longer deadline has less time left after its jitter. */
START_TEST(jitter_counts_against_the_deadline)
{
        RtContender tasks[] = { task(5, 100, 20), task(5, 100, 30) };
        tasks[1].load.jitter = 24;
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MET);
        ck_assert_int_eq(level(&tasks[1]), 9);
        ck_assert_int_eq(level(&tasks[0]), 8);
        ck_assert_int_eq(rt_urgency(&tasks[1].load), 6);
        RtContender easy[] = { task(5, 100, 50), task(5, 100, 60) };
        easy[1].load.jitter = 30; /* either order would do */
        ck_assert_int_eq(assign(easy, 2, 1, 9), RT_MET);
        ck_assert_int_gt(level(&easy[1]), level(&easy[0]));
}
END_TEST

START_TEST(of_equally_urgent_tasks_the_first_goes_first)
{
        RtContender tasks[] = { task(1, 100, 50), task(1, 100, 50), task(1, 100, 50) };
        ck_assert_int_eq(assign(tasks, 3, 1, 9), RT_MET);
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(level(&tasks[i]), 9 - i);
}
END_TEST

/* Lehoczky, "Fixed priority scheduling of periodic task sets with arbitrary deadlines", RTSS 1990:
 * neither deadlines nor periods give the right order. */
START_TEST(deadlines_beyond_the_period_may_need_another_order)
{
        RtContender tasks[] = { task(52, 100, 110), task(52, 140, 154) };
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MET);
        ck_assert_int_eq(level(&tasks[1]), 9);
        ck_assert_int_eq(level(&tasks[0]), 8);
}
END_TEST

START_TEST(what_no_order_can_do_is_missed)
{
        RtContender tasks[] = { task(5, 10, 9), task(5, 10, 9) };
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MISSED);
        RtContender heavy[] = { task(60, 100, 1000), task(60, 100, 1000) };
        ck_assert_int_eq(assign(heavy, 2, 1, 9), RT_MISSED);
}
END_TEST

/* -- few levels -------------------------------------------------------------------------------- */

START_TEST(tasks_share_a_level_when_levels_are_few)
{
        RtContender tasks[] = { task(1, 100, 3), task(1, 100, 3), task(1, 100, 3), task(1, 100, 50),
                                task(1, 100, 60) };
        ck_assert_int_eq(assign(tasks, 5, 7, 8), RT_MET);
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(level(&tasks[i]), 8);
        ck_assert_int_eq(level(&tasks[3]), 7);
        ck_assert_int_eq(level(&tasks[4]), 7);
}
END_TEST

START_TEST(tasks_at_one_level_count_as_in_each_others_way)
{
        RtContender tasks[] = { task(2, 100, 3), task(2, 100, 4), task(2, 100, 6) };
        ck_assert_int_eq(assign(tasks, 3, 5, 5), RT_MISSED);
        ck_assert_int_eq(assign(tasks, 3, 5, 6), RT_MISSED);
        ck_assert_int_eq(assign(tasks, 3, 5, 7), RT_MET);
}
END_TEST

START_TEST(without_levels_only_fixed_tasks_hold)
{
        RtContender tasks[] = { fixed(task(1, 100, 3), 4), task(1, 100, 50) };
        ck_assert_int_eq(assign(tasks, 1, 9, 8), RT_MET);
        ck_assert_int_eq(assign(tasks, 2, 9, 8), RT_MISSED);
}
END_TEST

/* -- what is fixed ----------------------------------------------------------------------------- */

START_TEST(fixed_priorities_stay_and_are_asked)
{
        RtContender tasks[] = { fixed(task(5, 100, 9), 50), task(5, 100, 10) };
        ck_assert_int_eq(assign(tasks, 2, 51, 60), RT_MISSED); /* only above it */
        ck_assert_int_eq(level(&tasks[0]), 50);
        ck_assert_int_eq(assign(tasks, 2, 40, 60), RT_MET);
        ck_assert_int_eq(level(&tasks[0]), 50);
        ck_assert_int_lt(level(&tasks[1]), 50);
        tasks[0].load.deadline = 4; /* not even alone */
        ck_assert_int_eq(assign(tasks, 2, 40, 60), RT_MISSED);
}
END_TEST

START_TEST(loads_that_nobody_waits_for_keep_their_priority)
{
        RtContender tasks[] = { task(5, 100, 0), task(5, 100, 10), task(5, 100, 6) };
        tasks[0].load.priority = 30;
        ck_assert_int_eq(assign(tasks, 3, 20, 29), RT_MISSED); /* it is above them all */
        ck_assert_int_eq(level(&tasks[0]), 30);
        ck_assert_int_eq(assign(tasks, 3, 31, 40), RT_MET);
        ck_assert_int_eq(level(&tasks[0]), 30);
}
END_TEST

START_TEST(loads_above_all_fifo_levels_are_in_everybodys_way)
{
        RtContender tasks[] = { fixed(task(4, 100, 0), RT_LEVEL_MACHINE),
                                fixed(task(3, 100, 1), RT_LEVEL_DEADLINE), task(2, 100, 9) };
        ck_assert_int_eq(assign(tasks, 3, 1, 9), RT_MET); /* the others are not asked */
        tasks[2].load.deadline = 8;
        ck_assert_int_eq(assign(tasks, 3, 1, 9), RT_MISSED);
}
END_TEST

START_TEST(interrupts_of_tasks_below_are_in_the_way)
{
        RtContender tasks[] = { task(5, 100, 8), task(20, 100, 90) };
        tasks[1].load.interrupt = 3;
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MET);
        tasks[1].load.interrupt = 4;
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MISSED);
}
END_TEST

/* -- scenarios --------------------------------------------------------------------------------- */

/* 0 and 1 never run together, and each would have to come before 2 if the other did not exist; 2
 * can bear only one of them. */
START_TEST(one_order_serves_all_scenarios)
{
        RtContender tasks[] = { task(5, 100, 8), task(5, 100, 8), task(3, 100, 8) };
        static const size_t first[] = { 0, 2 }, second[] = { 1, 2 };
        const RtScenario scenarios[] = { { first, 2 }, { second, 2 } };
        RtAssignment assignment = { tasks, 3, scenarios, 2, 1, 9 };
        RtEffort effort = RT_EFFORT(fx.arena);
        ck_assert_int_eq(rt_assign_priorities(&effort, &assignment), RT_MET);
        ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 0), RT_MET);
        ck_assert_int_eq(assign(tasks, 3, 1, 9), RT_MISSED); /* all three together */
}
END_TEST

START_TEST(every_scenario_is_asked)
{
        RtContender tasks[] = { task(5, 100, 8), task(4, 100, 8), task(1, 100, 90) };
        static const size_t fine[] = { 0, 2 }, late[] = { 0, 1, 2 };
        for (int order = 0; order < 2; order++) {
                const RtScenario scenarios[] = {
                        { order ? late : fine, order ? 3 : 2 },
                        { order ? fine : late, order ? 2 : 3 },
                };
                RtAssignment assignment = { tasks, 3, scenarios, 2, 1, 9 };
                RtEffort effort = RT_EFFORT(fx.arena);
                ck_assert_int_eq(rt_assign_priorities(&effort, &assignment), RT_MISSED);
                for (int i = 0; i < 3; i++)
                        tasks[i].load.priority = 9 - i;
                ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 0), RT_MISSED);
        }
}
END_TEST

START_TEST(a_question_may_be_limited_to_the_lower_levels)
{
        RtContender tasks[] = { fixed(task(5, 100, 4), 8), fixed(task(5, 100, 20), 7) };
        const RtScenario together = { all, 2 };
        RtAssignment assignment = { tasks, 2, &together, 1, 1, 9 };
        RtEffort effort = RT_EFFORT(fx.arena);
        ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 7), RT_MET);
        ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 8), RT_MISSED);
        ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 0), RT_MISSED);
}
END_TEST

/* -- what is not known ------------------------------------------------------------------------- */

START_TEST(when_the_work_is_too_much_nothing_is_met_and_nothing_proven)
{
        RtContender tasks[] = { task(52, 100, 110), task(52, 140, 154), task(1, 1000, 900) };
        const RtScenario together = { all, 3 };
        RtAssignment assignment = { tasks, 3, &together, 1, 1, 9 };
        for (int64_t bound = -1; bound < 3; bound++) {
                RtEffort effort = RT_EFFORT(fx.arena);
                effort.most = bound;
                ck_assert_int_eq(rt_assign_priorities(&effort, &assignment), RT_UNDECIDED);
                for (int i = 0; i < 3; i++)
                        tasks[i].load.priority = i + 1;
                ck_assert_int_eq(rt_priorities_hold(&effort, &assignment, 0), RT_UNDECIDED);
        }
}
END_TEST

/* The open task is not decided at the lowest level; had it been met there, the fixed one would not
 * be late. */
START_TEST(a_miss_after_what_was_not_decided_proves_nothing)
{
        RtContender tasks[] = { fixed(task(4, 10, 4), 5), task(6, 10, 100) };
        tasks[1].load.jitter = 1; /* the CPU is full: no busy period ends */
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_UNDECIDED);
        tasks[1].load.jitter = 0;
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MET);
}
END_TEST

/* In the order of urgency alone the open task comes after the fixed one, and is late. */
START_TEST(a_task_goes_above_a_less_urgent_one_that_is_fixed)
{
        RtContender tasks[] = { fixed(task(50, 100, 100), 5), task(5, 20, 10) };
        ck_assert_int_eq(assign(tasks, 2, 1, 9), RT_MET);
        ck_assert_int_gt(level(&tasks[1]), 5);
}
END_TEST

/* Whoever was late is asked first, which changes no answer. */
START_TEST(a_suspect_is_no_more_than_asked_first)
{
        RtContender tasks[] = { task(40, 100, 100), task(40, 150, 150), task(100, 350, 350) };
        RtEffort effort = RT_EFFORT(fx.arena);
        const RtScenario together = { all, 3 };
        for (size_t i = 0; i < 3; i++)
                tasks[i].load.owner = &tasks[i];
        for (size_t i = 0; i < 3; i++) {
                RtAssignment assignment = { tasks, 3, &together, 1, 1, 9, &tasks[i] };
                ck_assert_int_eq(rt_assign_priorities(&effort, &assignment), RT_MET);
        }
        tasks[2].load.wcet = 101;
        for (size_t i = 0; i < 3; i++) {
                RtAssignment assignment = { tasks, 3, &together, 1, 1, 9, &tasks[i] };
                ck_assert_int_eq(rt_assign_priorities(&effort, &assignment), RT_MISSED);
                ck_assert_ptr_eq(assignment.suspect, &tasks[2]);
        }
}
END_TEST

/* One that does not hold is followed by one that just does, in each way in which it may be near its
 * deadline. */
START_TEST(a_task_that_holds_is_found_after_one_that_does_not)
{
        static const size_t with_y[] = { 0, 1 }, with_z[] = { 0, 2 };
        const RtScenario scenarios[] = { { with_y, 2 }, { with_z, 2 } };
        RtContender tasks[] = { task(10, 100, 100), task(20, 90, 90), task(85, 200, 95) };
        RtEffort effort = RT_EFFORT(fx.arena);
        tasks[0].load.blocking = 75;
        tasks[1].load.blocking = 40;
        RtAssignment pair = { tasks, 2, &scenarios[0], 1, 1, 9, NULL };
        ck_assert_int_eq(rt_assign_priorities(&effort, &pair), RT_MET);
        tasks[1].load.blocking = 5;
        tasks[1].load.jitter = 50;
        ck_assert_int_eq(rt_assign_priorities(&effort, &pair), RT_MET);
        tasks[1] = task(20, 96, 96);
        tasks[1].load.blocking = 2;
        RtAssignment both = { tasks, 3, scenarios, 2, 1, 9, NULL };
        ck_assert_int_eq(rt_assign_priorities(&effort, &both), RT_MET);
        ck_assert_int_lt(tasks[1].load.priority, tasks[2].load.priority);
        ck_assert_int_lt(tasks[2].load.priority, tasks[0].load.priority);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "assign", no_tasks_hold, shorter_deadlines_come_first_at_the_top_of_the_band,
                jitter_counts_against_the_deadline, of_equally_urgent_tasks_the_first_goes_first,
                deadlines_beyond_the_period_may_need_another_order, what_no_order_can_do_is_missed,
                tasks_share_a_level_when_levels_are_few,
                tasks_at_one_level_count_as_in_each_others_way,
                without_levels_only_fixed_tasks_hold, fixed_priorities_stay_and_are_asked,
                loads_that_nobody_waits_for_keep_their_priority,
                loads_above_all_fifo_levels_are_in_everybodys_way,
                interrupts_of_tasks_below_are_in_the_way, one_order_serves_all_scenarios,
                every_scenario_is_asked, a_question_may_be_limited_to_the_lower_levels,
                when_the_work_is_too_much_nothing_is_met_and_nothing_proven,
                a_miss_after_what_was_not_decided_proves_nothing,
                a_task_goes_above_a_less_urgent_one_that_is_fixed,
                a_suspect_is_no_more_than_asked_first,
                a_task_that_holds_is_found_after_one_that_does_not);
}
