/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "text.h"

/* Containers here have real-time CPUs 1 to 3 unless a test says otherwise, and a bandwidth of 0.95.
 */

/* One task "t" that needs `percent` of a CPU. */
static const char *task(int percent, const char *more)
{
        return rt_printf(fx.arena,
                         "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"%dus\"; %s } );",
                         percent * 10, more);
}

static const char *cpus_of(const char *stem)
{
        return rt_cpuset_text(fx.arena, &instance(stem)->cpus);
}

static void expect_cpus(const char *stem, const char *cpus)
{
        ck_assert_msg(strcmp(cpus_of(stem), cpus) == 0, "%s is on %s instead of %s", stem,
                      cpus_of(stem), cpus);
}

START_TEST(the_first_cpu_that_fits_is_taken)
{
        put_container("a", task(40, ""));
        put_container("b", task(40, ""));
        put_container("c", task(40, ""));
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1");
        expect_cpus("b", "1");
        expect_cpus("c", "2");
}
END_TEST

START_TEST(larger_containers_go_first)
{
        put_container("a", task(30, ""));
        put_container("z", task(70, ""));
        put_config("x", "a z", "");
        run();
        expect_cpus("z", "1");
        expect_cpus("a", "2");
}
END_TEST

START_TEST(the_load_may_reach_the_bandwidth_and_not_exceed_it)
{
        put("platform.conf", "cpus = \"0-1\"; rt_bandwidth = 0.5;");
        put_container("a", task(30, ""));
        put_container("b", task(20, ""));
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        put_container("b", task(21, ""));
        run();
        expect_diagnostic("x.config:1: containers[1]: error: task \"t\" of container \"b\"",
                          "needs 0.2100 of a CPU", "CPU 1 has 0.3000 of 0.5000 in use");
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(a_fixed_cpu_is_honoured_and_others_go_round_it)
{
        put_container("a", task(90, ""));
        put_container("b", task(60, "cpu = 1;"));
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        expect_cpus("b", "1");
        expect_cpus("a", "2");
        ck_assert_int_eq(task_plan("b", "t")->cpu, 1);
}
END_TEST

START_TEST(the_other_tasks_of_a_container_join_the_one_that_is_fixed)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"500us\"; },\n"
                           "{ name = \"u\"; period = \"1ms\"; wcet = \"100us\"; cpu = 2; } );");
        run();
        expect_no_diagnostics();
        expect_cpus("a", "2");
}
END_TEST

START_TEST(two_tasks_fixed_to_one_cpu_must_fit_it)
{
        put_container("a", task(60, "cpu = 1;"));
        put_container("b", task(60, "cpu = 1;"));
        put_config("x", "a b", "");
        run();
        expect_diagnostic("x.config:1: containers[1]: error:", "CPU 1 has 0.6000 of 0.9500 in use");
        expect_n_diagnostics(1);
        ck_assert(!container("b")->object.rejected);
}
END_TEST

START_TEST(allowed_cpus_limit_the_choice)
{
        put_container("a", rt_printf(fx.arena, "cpus = { allowed = \"0,3\"; }; %s", task(10, "")));
        put_config("x", "a", "");
        run();
        expect_cpus("a", "3");
}
END_TEST

START_TEST(an_exclusive_container_shares_its_cpus_with_nobody)
{
        put_container("a", rt_printf(fx.arena, "cpus = { exclusive = true; }; %s", task(10, "")));
        put_container("b", task(5, ""));
        put_container("c", task(50, ""));
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        expect_cpus("c", "1");
        expect_cpus("a", "2");
        expect_cpus("b", "1");
}
END_TEST

START_TEST(exclusive_containers_without_a_cpu_left_are_refused)
{
        const char *own = rt_printf(fx.arena, "cpus = { exclusive = true; }; %s", task(10, ""));
        put_container("a", own);
        put_container("b", own);
        put_container("c", own);
        put_container("d", own);
        put_config("x", "a b c d", "");
        run();
        expect_diagnostic("x.config:1: containers[3]: error:", "CPU 1 is kept by \"a\"",
                          "CPU 2 is kept by \"b\"", "CPU 3 is kept by \"c\"");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(separate_containers_share_no_cpu)
{
        put_container("a", rt_printf(fx.arena, "cpus = { separate_from = [ \"c\" ]; }; %s",
                                     task(10, "")));
        put_container("b", task(9, ""));
        put_container("c", task(8, ""));
        put_config("x", "a b c", "");
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1");
        expect_cpus("b", "1");
        expect_cpus("c", "2");
}
END_TEST

START_TEST(separation_holds_whichever_of_the_two_asks_for_it)
{
        put_container("a", task(10, ""));
        put_container(
                "c", rt_printf(fx.arena, "cpus = { separate_from = [ \"a\" ]; }; %s", task(8, "")));
        put_config("x", "a c", "");
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1");
        expect_cpus("c", "2");
}
END_TEST

START_TEST(separation_holds_between_containers_that_run_together_only)
{
        put("platform.conf", "cpus = \"0-1\";");
        put_container("a", rt_printf(fx.arena, "cpus = { separate_from = [ \"c\" ]; }; %s",
                                     task(10, "")));
        put_container("c", task(8, ""));
        put_config("x", "a", "");
        put_config("y", "c", "");
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1");
        expect_cpus("c", "1");
}
END_TEST

START_TEST(a_container_stays_on_one_cpu_unless_count_allows_more)
{
        const char *tasks = "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"600us\"; },\n"
                            "{ name = \"u\"; period = \"1ms\"; wcet = \"600us\"; } );";
        put_container("a", tasks);
        put_config("x", "a", "");
        run();
        expect_diagnostic("a.container:3: tasks[1]: error: task \"u\" of container \"a\"",
                          "on at most 1 CPU(s)");
        ck_assert(container("a")->object.rejected);
        put_container("a", rt_printf(fx.arena, "cpus = { count = 2; }; %s", tasks));
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1-2");
        ck_assert_int_eq(task_plan("a", "t")->cpu, 1);
        ck_assert_int_eq(task_plan("a", "u")->cpu, 2);
}
END_TEST

START_TEST(tasks_fixed_to_more_cpus_than_count_are_refused)
{
        put_container("a",
                      "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; cpu = 1; },\n"
                      "{ name = \"u\"; period = \"1ms\"; wcet = \"1us\"; cpu = 2; } );");
        run();
        expect_diagnostic("a.container:3: tasks[1].cpu: error: other tasks are fixed to CPU 1",
                          "over 1 only (cpus.count)");
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.rejected);
}
END_TEST

START_TEST(containers_without_realtime_tasks_are_on_housekeeping_cpus)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0,2\";");
        put_container("log", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        put_container("none", "");
        put_container("rt", task(10, ""));
        put_config("x", "log none rt", "");
        run();
        expect_no_diagnostics();
        expect_cpus("log", "0,2");
        expect_cpus("none", "0,2");
        expect_cpus("rt", "1");
        ck_assert_int_eq(task_plan("log", "t")->cpu, -1);
}
END_TEST

START_TEST(a_machine_with_one_cpu_uses_it_for_everything)
{
        put("platform.conf", "cpus = \"0\";");
        put_container("rt", task(10, ""));
        put_container("log", "");
        put_config("x", "log rt", "");
        run();
        expect_no_diagnostics();
        expect_cpus("rt", "0");
        expect_cpus("log", "0");
}
END_TEST

START_TEST(one_placement_is_found_for_all_configs_of_a_container)
{
        put("platform.conf", "cpus = \"0-2\";");
        /* CPU 1 is full in x, CPU 2 is in use in y; both leave "m" room on CPU 2. */
        put_container("a", task(90, "cpu = 1;"));
        put_container("b", task(40, "cpu = 2;"));
        put_container("m", task(50, ""));
        put_config("x", "a m", "");
        put_config("y", "b m", "");
        run();
        expect_no_diagnostics();
        expect_cpus("m", "2");
        ck_assert(!has_instance("m--x"));
        ck_assert_ptr_null(instance("m")->why_only);
        ck_assert_ptr_null(instance("m")->only);
}
END_TEST

START_TEST(where_no_single_placement_fits_each_config_has_its_own)
{
        put("platform.conf", "cpus = \"0-2\";");
        put_container("a", task(90, "cpu = 1;"));
        put_container("b", task(90, "cpu = 2;"));
        put_container("m", task(50, ""));
        put_config("x", "a m", "");
        put_config("y", "b m", "");
        run();
        expect_no_diagnostics();
        ck_assert(!has_instance("m"));
        expect_cpus("m--x", "2");
        expect_cpus("m--y", "1");
        ck_assert_str_eq(instance("m--x")->unit, "rt-m--x.service");
        ck_assert_str_eq(instance("m--x")->only->object.name, "x");
        expect_contains(instance("m--x")->why_only, "no single placement");
        ck_assert_int_eq(instance("m--x")->uid, instance("m--y")->uid);
        ck_assert(has_artifact("rt-m--x.service"));
        ck_assert(!has_artifact("rt-m.service"));
        expect_line("rt-config-y.target", "Requires=rt-m--y.service");
        expect_no_line("rt-config-y.target", "Requires=rt-m--x.service");
}
END_TEST

START_TEST(a_config_that_cannot_be_placed_does_not_cost_the_others)
{
        put("platform.conf", "cpus = \"0-1\";");
        put_container("a", task(90, ""));
        put_container("m", task(50, ""));
        put_config("x", "a m", "");
        put_config("y", "m", "");
        run();
        expect_diagnostic("x.config:1: containers[1]: error: task \"t\" of container \"m\"");
        expect_n_diagnostics(1);
        ck_assert(rt_plan_config(&fx.pipeline.plan, "y"));
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
        expect_cpus("m", "1");
        ck_assert_ptr_null(instance("m")->why_only);
}
END_TEST

START_TEST(a_rejected_config_leaves_the_placement_of_the_others_as_if_it_were_not_there)
{
        put("platform.conf", "cpus = \"0-1\"; housekeeping = \"0\";");
        put_container("x", task(50, ""));
        put_container("big", task(60, ""));
        put_config("a", "x big", "");
        put_config("b", "x", "");
        put_config("c", "x", "");
        run();
        expect_n_diagnostics(1);
        ck_assert_ptr_eq(rt_plan_config(&fx.pipeline.plan, "b")->members.items[0],
                         rt_plan_config(&fx.pipeline.plan, "c")->members.items[0]);
        expect_cpus("x", "1");
}
END_TEST

START_TEST(every_accepted_container_has_an_instance_whatever_becomes_of_its_configs)
{
        put("platform.conf", "cpus = \"0-2\"; housekeeping = \"0\";");
        put_container("p1", task(60, "cpu = 1;"));
        put_container("p2", task(60, "cpu = 2;"));
        put_container("x", task(50, ""));
        put_container("y", task(46, ""));
        put_config("a", "p1 x y", "");
        put_config("b", "p2 x y", "");
        run();
        ck_assert_ptr_nonnull(instance("x"));
        ck_assert_ptr_nonnull(instance("y"));
}
END_TEST

START_TEST(with_admission_warn_tasks_are_spread_as_far_as_count_allows)
{
        put("platform.conf", "cpus = \"0-4\"; housekeeping = \"0\"; admission = \"warn\";");
        put_container("a", "cpus = { count = 2; };\n"
                           "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"9ms\"; },\n"
                           "{ name = \"u\"; period = \"10ms\"; wcet = \"9ms\"; },\n"
                           "{ name = \"v\"; period = \"10ms\"; wcet = \"9ms\"; } );");
        put_config("x", "a", "");
        run();
        expect_n_diagnostics(1);
        expect_cpus("a", "1-2");
}
END_TEST

START_TEST(on_housekeeping_cpus_nobody_is_promised_to_be_alone)
{
        put("platform.conf", "cpus = \"0-1\"; housekeeping = \"0-1\";");
        put_container("n", "");
        put_container("x", task(10, ""));
        put("x.container.d/alone.conf",
            "cpus = { exclusive = true;\n separate_from = [ \"n\" ]; };\n");
        run();
        expect_diagnostic("alone.conf:1: cpus.exclusive: error: all CPUs do the housekeeping");
        expect_diagnostic("alone.conf:2: cpus.separate_from[0]: error: \"n\" runs on the "
                          "housekeeping CPUs");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(a_container_that_fits_no_empty_machine_is_rejected_with_its_configs)
{
        put_container("a", task(96, ""));
        put_container("b", task(10, ""));
        put_config("x", "a b", "");
        put_config("y", "b", "");
        run();
        expect_diagnostic("a.container:2: tasks[0]: error: task \"t\" of container \"a\"",
                          "needs 0.9600 of a CPU");
        expect_diagnostic("x.config:1: containers[0]: error: container \"a\" has no place "
                          "(/etc/rtcontainers/a.container:2)");
        ck_assert(rt_plan_config(&fx.pipeline.plan, "y"));
        ck_assert(!has_instance("a"));
}
END_TEST

START_TEST(with_admission_warn_it_is_placed_where_the_load_is_least)
{
        put("platform.conf", "cpus = \"0-2\"; admission = \"warn\";");
        put_container("a", task(90, ""));
        put_container("b", task(80, ""));
        put_container("c", task(70, ""));
        put_config("x", "a b c", "");
        run();
        expect_diagnostic("x.config:1: containers[2]: warning: task \"t\" of container \"c\"");
        expect_n_diagnostics(1);
        expect_cpus("c", "2");
        ck_assert(rt_plan_config(&fx.pipeline.plan, "x"));
        ck_assert(has_artifact("rt-config-x.target"));
}
END_TEST

START_TEST(with_admission_warn_a_fixed_cpu_is_still_honoured)
{
        put("platform.conf", "cpus = \"0-2\"; admission = \"warn\";");
        put_container("a", task(99, "cpu = 2;"));
        put_config("x", "a", "");
        run();
        expect_diagnostic("a.container:2: tasks[0]: warning:");
        expect_cpus("a", "2");
}
END_TEST

START_TEST(admission_warn_without_known_cpus_places_nothing)
{
        put("platform.conf", "admission = \"warn\";");
        put_container("a", task(10, ""));
        put_config("x", "a", "");
        run();
        expect_diagnostic("platform.conf:0: cpus: error:");
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(a_container_in_no_config_is_planned_all_the_same)
{
        put_container("a", task(10, ""));
        run();
        expect_no_diagnostics();
        expect_cpus("a", "1");
        ck_assert(has_artifact("rt-a.service"));
}
END_TEST

START_TEST(utilisations_that_no_deadline_limits_are_counted_whole)
{
        /* A deadline beyond the period: the WCET may exceed the period, the CPU never. */
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"2ms\"; deadline = "
                           "\"9ms\"; } );");
        run();
        expect_diagnostic("a.container:2: tasks[0]: error:", "needs 2.0000 of a CPU");
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "placement", the_first_cpu_that_fits_is_taken, larger_containers_go_first,
                the_load_may_reach_the_bandwidth_and_not_exceed_it,
                a_fixed_cpu_is_honoured_and_others_go_round_it,
                the_other_tasks_of_a_container_join_the_one_that_is_fixed,
                two_tasks_fixed_to_one_cpu_must_fit_it, allowed_cpus_limit_the_choice,
                an_exclusive_container_shares_its_cpus_with_nobody,
                exclusive_containers_without_a_cpu_left_are_refused,
                separate_containers_share_no_cpu, separation_holds_whichever_of_the_two_asks_for_it,
                separation_holds_between_containers_that_run_together_only,
                a_container_stays_on_one_cpu_unless_count_allows_more,
                tasks_fixed_to_more_cpus_than_count_are_refused,
                containers_without_realtime_tasks_are_on_housekeeping_cpus,
                a_machine_with_one_cpu_uses_it_for_everything,
                one_placement_is_found_for_all_configs_of_a_container,
                where_no_single_placement_fits_each_config_has_its_own,
                a_config_that_cannot_be_placed_does_not_cost_the_others,
                a_rejected_config_leaves_the_placement_of_the_others_as_if_it_were_not_there,
                every_accepted_container_has_an_instance_whatever_becomes_of_its_configs,
                with_admission_warn_tasks_are_spread_as_far_as_count_allows,
                on_housekeeping_cpus_nobody_is_promised_to_be_alone,
                a_container_that_fits_no_empty_machine_is_rejected_with_its_configs,
                with_admission_warn_it_is_placed_where_the_load_is_least,
                with_admission_warn_a_fixed_cpu_is_still_honoured,
                admission_warn_without_known_cpus_places_nothing,
                a_container_in_no_config_is_planned_all_the_same,
                utilisations_that_no_deadline_limits_are_counted_whole);
}
