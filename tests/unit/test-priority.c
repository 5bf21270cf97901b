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
        expect_contains(artifact("rt-a.service"), "/bind-threads \"fifo:80:1:\"\n");
        expect_contains(artifact("rt-b.service"), "/bind-threads \"fifo:80:1:w\"\n");
        expect_contains(artifact("rt-c.service"), "/bind-threads \"fifo:80:1:t\"\n");
        expect_line("rt-b.service", "LimitRTPRIO=80");
}
END_TEST

int main(void)
{
        return RUN_TESTS("priority", the_shortest_deadline_has_the_highest_priority,
                         equal_deadlines_share_a_priority, a_fixed_priority_is_honoured,
                         more_deadlines_than_levels_share_the_band_in_order,
                         as_many_deadlines_as_levels_fill_the_band, a_band_of_one_level_serves_all,
                         other_policies_have_no_priority,
                         all_instances_of_a_container_have_one_priority,
                         the_top_priority_is_the_highest_of_the_tasks,
                         the_only_task_is_the_main_thread_unless_it_names_another);
}
