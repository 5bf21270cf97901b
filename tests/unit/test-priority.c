/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "build-config.h"
#include "fixture.h"
#include "text.h"

static void put_task(const char *name, const char *deadline, const char *more)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; period = \"10s\"; wcet = \"1ns\"; "
                                      "deadline = \"%s\"; %s } );",
                                      deadline, more));
}

static int priority(const char *stem)
{
        return task_plan(stem, "t")->priority;
}

START_TEST(the_shortest_deadline_has_the_highest_priority)
{
        put_task("slow", "100ms", "");
        put_task("quick", "1ms", "");
        put_task("middle", "10ms", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("quick"), 80);
        ck_assert_int_eq(priority("middle"), 79);
        ck_assert_int_eq(priority("slow"), 78);
}
END_TEST

START_TEST(equal_deadlines_share_a_priority)
{
        put_task("a", "1ms", "");
        put_task("b", "1ms", "");
        put_task("c", "2ms", "");
        run();
        ck_assert_int_eq(priority("a"), 80);
        ck_assert_int_eq(priority("b"), 80);
        ck_assert_int_eq(priority("c"), 79);
}
END_TEST

START_TEST(a_fixed_priority_is_honoured)
{
        put_task("a", "1ms", "priority = 33;");
        put_task("b", "2ms", "");
        run();
        ck_assert_int_eq(priority("a"), 33);
        ck_assert_int_eq(priority("b"), 80);
}
END_TEST

START_TEST(more_deadlines_than_levels_share_the_band_in_order)
{
        put("platform.conf", "cpus = \"0-3\"; priorities = { min = 40; max = 43; };");
        for (int i = 0; i < 10; i++)
                put_task(rt_printf(fx.arena, "c%d", i), rt_printf(fx.arena, "%dms", i + 1), "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("c0"), 43);
        ck_assert_int_eq(priority("c9"), 40);
        for (int i = 1; i < 10; i++) {
                int step = priority(rt_printf(fx.arena, "c%d", i - 1)) -
                           priority(rt_printf(fx.arena, "c%d", i));
                ck_assert(step == 0 || step == 1);
        }
}
END_TEST

START_TEST(as_many_deadlines_as_levels_fill_the_band)
{
        put("platform.conf", "cpus = \"0-3\"; priorities = { min = 40; max = 43; };");
        for (int i = 0; i < 4; i++)
                put_task(rt_printf(fx.arena, "c%d", i), rt_printf(fx.arena, "%dms", i + 1), "");
        run();
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(priority(rt_printf(fx.arena, "c%d", i)), 43 - i);
}
END_TEST

START_TEST(a_band_of_one_level_serves_all)
{
        put("platform.conf", "cpus = \"0-3\"; priorities = { min = 50; max = 50; };");
        put_task("a", "1ms", "");
        put_task("b", "2ms", "");
        run();
        ck_assert_int_eq(priority("a"), 50);
        ck_assert_int_eq(priority("b"), 50);
}
END_TEST

START_TEST(other_policies_have_no_priority)
{
        put_container("o", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        put_task("d", "1ms", "policy = \"deadline\";");
        put_container("d", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"9us\"; policy = "
                           "\"deadline\"; } );");
        run();
        ck_assert_int_eq(priority("o"), 0);
        ck_assert_int_eq(priority("d"), 0);
        ck_assert_int_eq(rt_instance_top_priority(instance("o")), 0);
}
END_TEST

START_TEST(all_instances_of_a_container_have_one_priority)
{
        put("platform.conf", "cpus = \"0-2\";");
        put_container(
                "a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"900us\"; cpu = 1; } );");
        put_container(
                "b",
                "tasks = ( { name = \"t\"; period = \"2ms\"; wcet = \"1800us\"; cpu = 2; } );");
        put_container("m", "tasks = ( { name = \"t\"; period = \"3ms\"; wcet = \"1ms\"; } );");
        put_config("x", "a m", "");
        put_config("y", "b m", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("m--x"), 78);
        ck_assert_int_eq(priority("m--y"), 78);
}
END_TEST

START_TEST(the_top_priority_is_the_highest_of_the_tasks)
{
        put_container(
                "a",
                "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; priority = 20; },\n"
                "{ name = \"u\"; period = \"1ms\"; wcet = \"1us\"; priority = 30; },\n"
                "{ name = \"o\"; policy = \"other\"; } );");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(rt_instance_top_priority(instance("a")), 30);
}
END_TEST

START_TEST(the_only_task_is_the_main_thread_unless_it_names_another)
{
        put_task("a", "1ms", "");
        put_task("b", "1ms", "thread = \"w\";");
        put_container("c", "tasks = ( { name = \"o\"; policy = \"other\"; }, { name = \"t\"; "
                           "period = \"1ms\"; wcet = \"1us\"; } );");
        run();
        expect_line("rtcontainers.nspawn.d/a.tasks", "t main=yes policy=fifo priority=80 cpus=1");
        expect_line("rtcontainers.nspawn.d/b.tasks", "t thread=w policy=fifo priority=80 cpus=1");
        expect_line("rtcontainers.nspawn.d/c.tasks", "t thread=t policy=fifo priority=80 cpus=1");
        expect_line("rt-b.service", "LimitRTPRIO=80");
}
END_TEST

/* A task "t" on CPU 1 with these times in microseconds. */
static void put_exact(const char *name, int wcet, int period, int deadline, const char *more)
{
        put_container(name,
                      rt_printf(fx.arena,
                                "tasks = ( { name = \"t\"; cpu = 1; wcet = \"%dus\"; period = "
                                "\"%dus\"; deadline = \"%dus\"; %s } );",
                                wcet, period, deadline, more));
}

/* Lehoczky, "Fixed priority scheduling of periodic task sets with arbitrary deadlines", 1990: a has
 * the shorter period and the shorter deadline, and yet has to go below b. */
START_TEST(with_deadlines_beyond_periods_urgency_does_not_decide)
{
        put("platform.conf", "cpus = \"0-1\"; rt_bandwidth = 1.0;");
        put_exact("a", 52, 100, 110, "");
        put_exact("b", 52, 140, 154, "");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(priority("b"), priority("a"));
        put_exact("a", 52, 100, 110, "priority = 60;");
        put_exact("b", 52, 140, 154, "priority = 50;");
        run();
        expect_diagnostic("b.container:2: tasks[0].deadline: error:", "may end 156us");
}
END_TEST

/* b would be late after both; a cannot wait for it, but c can. */
START_TEST(a_fixed_priority_in_the_way_changes_the_order)
{
        put("platform.conf",
            "cpus = \"0-1\"; rt_bandwidth = 1.0; priorities = { min = 10; max = 80; };");
        put_exact("a", 100, 1000, 150, "");
        put_exact("b", 100, 1000, 200, "priority = 40;");
        put_exact("c", 100, 1000, 400, "");
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("b"), 40);
        ck_assert_int_gt(priority("a"), 40);
        ck_assert_int_lt(priority("c"), 40);
}
END_TEST

/* By urgency a is above b; but b waits for no one, and a can. */
START_TEST(blocking_may_turn_the_order_round)
{
        put("platform.conf", "cpus = \"0-1\"; rt_bandwidth = 1.0;");
        put_exact("a", 100, 1000, 400, "");
        put_exact("b", 100, 1000, 401, "blocking = \"300us\";");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_gt(priority("b"), priority("a"));
}
END_TEST

START_TEST(one_order_serves_two_configs)
{
        put("platform.conf", "cpus = \"0-1\"; rt_bandwidth = 1.0;");
        put_exact("a", 100, 1000, 400, "");
        put_exact("b", 100, 1000, 401, "blocking = \"300us\";");
        put_exact("c", 100, 1000, 300, "");
        put_config("x", "a b", "");
        put_config("y", "a c", "");
        run();
        expect_no_diagnostics();
        ck_assert(has_instance("a"));
        ck_assert(!has_instance("a--x"));
        ck_assert_int_gt(priority("b"), priority("a"));
}
END_TEST

START_TEST(more_tasks_than_levels_share_levels_where_that_holds)
{
        put("platform.conf",
            "cpus = \"0-1\"; rt_bandwidth = 1.0; priorities = { min = 40; max = 41; };");
        put_exact("a", 100, 1000, 150, "");
        put_exact("b", 100, 1000, 300, "");
        put_exact("c", 100, 1000, 310, "");
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(priority("a"), 41);
        ck_assert_int_eq(priority("b"), 40);
        ck_assert_int_eq(priority("c"), 40);
}
END_TEST

START_TEST(too_few_levels_to_hold_are_refused)
{
        put("platform.conf",
            "cpus = \"0-1\"; rt_bandwidth = 1.0; priorities = { min = 40; max = 41; };");
        put_exact("a", 100, 1000, 150, "");
        put_exact("b", 100, 1000, 250, "");
        put_exact("c", 100, 1000, 350, "");
        put_config("x", "a b c", "");
        run();
        ck_assert_uint_gt(fx.pipeline.diags.n_errors, 0);
        put("platform.conf",
            "cpus = \"0-1\"; rt_bandwidth = 1.0; priorities = { min = 40; max = 42; };");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(without_any_order_the_late_task_is_named_at_its_deadline)
{
        put("platform.conf", "cpus = \"0-1\"; rt_bandwidth = 1.0;");
        put_exact("a", 100, 1000, 150, "");
        put_exact("b", 100, 1000, 160, "");
        put_config("x", "a b", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("b.container:2: tasks[0].deadline: error:",
                          "may end 200us after its arrival, later than 160us");
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "priority", the_shortest_deadline_has_the_highest_priority,
                equal_deadlines_share_a_priority, a_fixed_priority_is_honoured,
                more_deadlines_than_levels_share_the_band_in_order,
                as_many_deadlines_as_levels_fill_the_band, a_band_of_one_level_serves_all,
                other_policies_have_no_priority, all_instances_of_a_container_have_one_priority,
                the_top_priority_is_the_highest_of_the_tasks,
                the_only_task_is_the_main_thread_unless_it_names_another,
                with_deadlines_beyond_periods_urgency_does_not_decide,
                a_fixed_priority_in_the_way_changes_the_order, blocking_may_turn_the_order_round,
                one_order_serves_two_configs, more_tasks_than_levels_share_levels_where_that_holds,
                too_few_levels_to_hold_are_refused,
                without_any_order_the_late_task_is_named_at_its_deadline);
}
