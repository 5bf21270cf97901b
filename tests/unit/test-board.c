/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "text.h"
#include "timing.h"

/* All on CPU 1, which is whole. */

static void put_task(const char *name, int wcet, int period, int deadline, const char *more)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; wcet = \"%dms\"; period = "
                                      "\"%dms\"; deadline = \"%dms\"; %s } );",
                                      wcet, period, deadline, more));
}

static void put_platform(const char *more)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-1\"; rt_bandwidth = 1.0; %s", more));
}

static int priority(const char *stem)
{
        return task_plan(stem, "t")->priority;
}

/* In that config, by whichever instance. */
static int priority_in(const char *config, const char *name)
{
        return rt_config_plan_member(rt_plan_config(&fx.pipeline.plan, config), name)
                ->tasks.items[0]
                .priority;
}

static void expect_config_to_hold(const char *config)
{
        ck_assert_msg(rt_plan_config(&fx.pipeline.plan, config), "%s is refused:\n%s", config,
                      diagnostics());
        RtConfigPlan *planned = rt_plan_shown(&fx.pipeline.plan, config);
        ck_assert_int_eq(rt_plan_timing(&fx.pipeline.plan, planned)->verdict, RT_MET);
}

/* Lehoczky's pair: with deadlines beyond periods the shorter deadline has to wait. */
static void put_lehoczky(void)
{
        put_platform("");
        put_task("a", 52, 100, 110, "");
        put_task("b", 52, 140, 154, "");
}

START_TEST(an_order_is_searched_for_where_that_of_deadlines_does_not_hold)
{
        put_lehoczky();
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(priority("b"), priority("a"));
        expect_config_to_hold("x");
}
END_TEST

START_TEST(the_order_of_deadlines_less_jitter_is_preferred)
{
        put_platform("");
        put_task("a", 10, 100, 50, "");
        put_task("b", 10, 100, 60, "jitter = \"20ms\";");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("b"), 80);
        ck_assert_int_eq(priority("a"), 79);
}
END_TEST

START_TEST(blocking_can_turn_the_order_round)
{
        put_platform("");
        put_task("a", 10, 100, 40, "");
        put_task("b", 10, 100, 41, "blocking = \"25ms\";");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(priority("b"), priority("a"));
        expect_config_to_hold("x");
}
END_TEST

START_TEST(free_tasks_are_put_round_those_with_a_fixed_priority)
{
        put_platform("");
        put_task("f", 3, 100, 100, "priority = 79;");
        put_task("a", 2, 100, 5, "");
        put_task("b", 3, 100, 6, "");
        put_config("x", "a b f", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("f"), 79);
        ck_assert_int_eq(priority("a"), 80);
        ck_assert_int_eq(priority("b"), 80);
        expect_config_to_hold("x");
}
END_TEST

START_TEST(a_fixed_priority_is_kept_even_if_nothing_holds_with_it)
{
        put_platform("admission = \"warn\";");
        put_task("f", 30, 100, 100, "priority = 80;");
        put_task("a", 10, 100, 20, "");
        put_config("x", "a f", "");
        run();
        ck_assert_int_eq(priority("f"), 80);
        expect_diagnostic("a.container:2: tasks[0].deadline: warning:");
}
END_TEST

START_TEST(an_irq_thread_keeps_its_priority_and_tasks_go_above_it_where_they_must)
{
        put_platform("priorities = { min = 40; max = 50; };");
        put_task("a", 10, 100, 15, "");
        put_task("b", 10, 100, 90, "");
        put("b.container.d/1.conf",
            "devices = ( { path = \"/dev/x\"; irq = \"x\"; irq_wcet = \"20ms\"; irq_priority = "
            "50; } );");
        put_config("x", "a b", "");
        run();
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
        put_platform("priorities = { min = 40; max = 51; };");
        run();
        ck_assert_int_eq(priority("a"), 51);
        expect_config_to_hold("x");
}
END_TEST

START_TEST(with_few_levels_tasks_share_one_only_where_that_holds)
{
        put_platform("priorities = { min = 40; max = 41; };");
        put_task("a", 5, 100, 5, "");
        put_task("b", 3, 100, 20, "");
        put_task("c", 3, 100, 30, "");
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("a"), 41);
        ck_assert_int_eq(priority("b"), 40);
        ck_assert_int_eq(priority("c"), 40);
        expect_config_to_hold("x");
        put_platform("priorities = { min = 40; max = 40; };");
        run();
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

/* In x the order of deadlines is a b c; y needs d b a. Only b a c and d b a agree. */
START_TEST(one_order_serves_two_configs_of_which_one_would_prefer_another)
{
        put_platform("");
        put_task("a", 29, 86, 188, "");
        put_task("b", 39, 166, 196, "");
        put_task("c", 72, 173, 287, "");
        put_task("d", 19, 49, 29, "");
        put_config("x", "a b c", "");
        run();
        expect_config_to_hold("x");
        ck_assert_int_gt(priority("a"), priority("b"));
        put_config("y", "a b d", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(priority("b"), priority("a"));
        ck_assert_int_gt(priority("a"), priority("c"));
        ck_assert_int_gt(priority("d"), priority("b"));
        expect_config_to_hold("x");
        expect_config_to_hold("y");
        ck_assert(!has_instance("a--x") && !has_instance("a--y"));
}
END_TEST

/* z needs a before b, and y needs b before a. */
static void put_torn(void)
{
        put_platform("");
        put_task("a", 26, 140, 110, "");
        put_task("b", 6, 31, 74, "");
        put_task("c", 35, 74, 66, "");
        put_task("d", 23, 50, 23, "");
        put_config("z", "a b c", "");
        put_config("y", "a b d", "");
}

START_TEST(where_no_order_serves_all_configs_each_has_its_own)
{
        put_torn();
        run();
        expect_no_diagnostics();
        expect_config_to_hold("z");
        expect_config_to_hold("y");
        ck_assert(has_instance("a--z") && has_instance("a--y") && !has_instance("a"));
        ck_assert_int_gt(priority_in("z", "a"), priority_in("z", "b"));
        ck_assert_int_lt(priority_in("y", "a"), priority_in("y", "b"));
        ck_assert_str_eq(instance("a--z")->why_only,
                         "no single order of priorities holds in all configs that it is in");
        ck_assert_ptr_null(instance("c")->only);
        ck_assert_ptr_null(instance("d")->only);
}
END_TEST

START_TEST(a_place_with_one_order_for_all_is_preferred)
{
        put_torn();
        put("platform.conf", "cpus = \"0-2\"; rt_bandwidth = 1.0;");
        put_task("a", 26, 140, 110, "cpu = 1;");
        put_task("b", 6, 31, 74, "cpu = 1;");
        put_task("d", 23, 50, 23, "cpu = 1;");
        run();
        expect_no_diagnostics();
        expect_config_to_hold("y");
        expect_config_to_hold("z");
        RT_EACH (one, &fx.pipeline.plan.instances)
                ck_assert_ptr_null((*one)->only);
        ck_assert_int_eq(task_plan("c", "t")->cpu, 2);
}
END_TEST

START_TEST(configs_that_agree_share_a_unit_and_only_the_odd_one_has_its_own)
{
        put_torn();
        put_config("z2", "a b c", "");
        run();
        expect_no_diagnostics();
        ck_assert(has_instance("a") && has_instance("a--y"));
        ck_assert(!has_instance("a--z") && !has_instance("a--z2"));
        ck_assert_int_gt(priority_in("z2", "a"), priority_in("z2", "b"));
        ck_assert_int_lt(priority_in("y", "a"), priority_in("y", "b"));
        expect_config_to_hold("z");
        expect_config_to_hold("z2");
        expect_config_to_hold("y");
        expect_line("rt-config-z.target", "Requires=rt-a.service");
        expect_line("rt-config-z2.target", "Requires=rt-a.service");
        expect_line("rt-config-y.target", "Requires=rt-a--y.service");
}
END_TEST

START_TEST(a_container_in_no_config_gets_an_order_that_holds)
{
        put_platform("");
        put_container("a", "tasks = ( { name = \"t\"; wcet = \"52ms\"; period = \"100ms\"; "
                           "deadline = \"110ms\"; },\n{ name = \"u\"; wcet = \"52ms\"; period = "
                           "\"140ms\"; deadline = \"154ms\"; } );");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(task_plan("a", "u")->priority, task_plan("a", "t")->priority);
}
END_TEST

/* The run's work is used up by configs that cannot be placed; what holds keeps its order. */
START_TEST(an_order_that_was_found_is_not_lost_when_work_runs_out)
{
        put("platform.conf", "cpus = \"0-16\"; housekeeping = \"0\"; rt_bandwidth = 1.0; "
                             "admission = \"warn\";");
        put_task("a", 52, 100, 110, "cpu = 1;");
        put_task("b", 52, 140, 154, "cpu = 1;");
        put_config("a", "a b", "");
        for (int i = 0; i < 66; i++) {
                RtText tasks = RT_TEXT(fx.arena);
                for (int t = 0; t < 12; t++) {
                        int period = 1000 + (i * 37 + t * 211) % 9000;
                        rt_text_addf(&tasks,
                                     "%s{ name = \"t%d\"; period = \"%dus\"; wcet = \"%dus\"; }",
                                     t > 0 ? ", " : "", t, period, period * 27 / 1000);
                }
                put_container(rt_printf(fx.arena, "c%d", i),
                              rt_printf(fx.arena, "tasks = ( %s );", tasks.data));
        }
        for (int k = 0; k < 40; k++) {
                RtText members = RT_TEXT(fx.arena);
                for (int i = 0; i < 48; i++)
                        rt_text_addf(&members, "%sc%d", i > 0 ? " " : "", (i + k) % 66);
                put_config(rt_printf(fx.arena, "x%d", k), members.data, "");
        }
        run();
        ck_assert_int_gt(priority("b"), priority("a"));
        ck_assert_int_eq(
                rt_plan_timing(&fx.pipeline.plan, rt_plan_shown(&fx.pipeline.plan, "a"))->verdict,
                RT_MET);
}
END_TEST

int main(void)
{
        return RUN_TESTS("board", an_order_is_searched_for_where_that_of_deadlines_does_not_hold,
                         the_order_of_deadlines_less_jitter_is_preferred,
                         blocking_can_turn_the_order_round,
                         free_tasks_are_put_round_those_with_a_fixed_priority,
                         a_fixed_priority_is_kept_even_if_nothing_holds_with_it,
                         an_irq_thread_keeps_its_priority_and_tasks_go_above_it_where_they_must,
                         with_few_levels_tasks_share_one_only_where_that_holds,
                         one_order_serves_two_configs_of_which_one_would_prefer_another,
                         where_no_order_serves_all_configs_each_has_its_own,
                         a_place_with_one_order_for_all_is_preferred,
                         configs_that_agree_share_a_unit_and_only_the_odd_one_has_its_own,
                         a_container_in_no_config_gets_an_order_that_holds,
                         an_order_that_was_found_is_not_lost_when_work_runs_out);
}
