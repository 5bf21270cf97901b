/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spin.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

/* A container with a real-time task fixed to that CPU. */
static void put_on(const char *name, int cpu, const char *more)
{
        put_container(name,
                      rt_printf(fx.arena,
                                "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; "
                                "cpu = %d; } ); %s",
                                cpu, more));
}

static RtSpin spin(const char *stem, const char *channel)
{
        const RtWiring *wiring = rt_wiring_new(&fx.pipeline.model, true);
        const RtInstance *self = instance(stem);
        return rt_plan_spin(&fx.pipeline.plan, self,
                            rt_wire_end(rt_wiring_wire(wiring, channel), self->container));
}

static void expect_sleep(const char *stem, const char *why)
{
        RtSpin one = spin(stem, "x");
        ck_assert_int_eq(one.ns, 0);
        expect_contains(one.why, why);
}

static void expect_spin(const char *stem, int64_t ns)
{
        RtSpin one = spin(stem, "x");
        ck_assert_msg(one.ns == ns, "%s: %s", stem, one.why);
        expect_contains(one.why, "neither a peer nor another real-time task runs on CPU");
}

static void put_two(int cpu_a, int cpu_b)
{
        put_channel("x", "request", "");
        put_on("a", cpu_a, "serves = [ \"x\" ];");
        put_on("b", cpu_b, "calls = [ \"x\" ];");
        put_config("B", "a b", "");
}

START_TEST(ends_with_cpus_of_their_own_look_for_messages)
{
        put_two(1, 2);
        run();
        expect_no_diagnostics();
        expect_spin("a", 20000);
        expect_spin("b", 20000);
}
END_TEST

START_TEST(ends_on_one_cpu_sleep_at_once)
{
        put_two(1, 1);
        run();
        expect_sleep("a", "its peer b runs on CPU 1 as well, in config B");
        expect_sleep("b", "its peer a runs on CPU 1 as well, in config B");
}
END_TEST

START_TEST(peers_that_never_run_together_do_not_count)
{
        put_two(1, 1);
        put_config("B", "a", "");
        put_config("C", "b", "");
        run();
        expect_spin("a", 20000);
        expect_spin("b", 20000);
}
END_TEST

START_TEST(two_that_connect_to_the_same_end_are_no_peers)
{
        put_two(1, 2);
        put_on("c", 3, "calls = [ \"x\" ];");
        put_config("B", "a b c", "");
        run();
        expect_spin("b", 20000);
        put_on("c", 2, "calls = [ \"x\" ];");
        run();
        expect_sleep("b", "CPU 2 has more than one real-time task, b.t and c.t");
        expect_spin("a", 20000);
}
END_TEST

START_TEST(another_realtime_task_on_its_cpu_in_any_config_makes_it_sleep)
{
        put_two(1, 2);
        put_on("stranger", 2, "");
        put_config("C", "b stranger", "");
        run();
        expect_spin("a", 20000);
        expect_sleep("b", "CPU 2 has more than one real-time task, b.t and stranger.t");
}
END_TEST

START_TEST(a_second_task_of_its_own_makes_it_sleep)
{
        put_two(1, 2);
        put_container("b",
                      "calls = [ \"x\" ];\n"
                      "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; cpu = 2; },\n"
                      "{ name = \"u\"; period = \"10ms\"; wcet = \"1ms\"; } );");
        run();
        expect_sleep("b", "has more than one real-time task, b.t and b.u");
}
END_TEST

START_TEST(other_tasks_on_other_cpus_or_without_deadlines_do_not_count)
{
        put_two(1, 2);
        put_container("b",
                      "calls = [ \"x\" ]; cpus = { allowed = \"2-3\"; count = 2; };\n"
                      "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; cpu = 2; },\n"
                      "{ name = \"u\"; period = \"10ms\"; wcet = \"1ms\"; cpu = 3; },\n"
                      "{ name = \"log\"; policy = \"other\"; } );");
        run();
        expect_spin("b", 20000);
}
END_TEST

START_TEST(what_has_no_realtime_task_sleeps_at_once)
{
        put_two(1, 2);
        put_container("b", "calls = [ \"x\" ];");
        run();
        expect_sleep("b", "it has no real-time task");
        expect_spin("a", 20000);
}
END_TEST

START_TEST(a_bridge_on_its_cpu_makes_it_sleep)
{
        put_two(1, 2);
        put("platform.conf", "cpus = \"1-2\"; housekeeping = \"1-2\";");
        put_config("B", "a", "");
        run();
        expect_spin("a", 20000);
        put_channel("x", "request", "bridge = \"tcp://*:5556\";");
        run();
        expect_sleep("a", "the channel's bridge runs on CPU 1 as well");
        put("platform.conf", "cpus = \"0-2\"; housekeeping = \"0\";");
        run();
        expect_spin("a", 20000);
}
END_TEST

START_TEST(the_channel_says_how_long_and_may_say_never)
{
        put_two(1, 2);
        put_channel("x", "request", "spin = \"1.5us\";");
        run();
        expect_spin("a", 1500);
        static const char *const never[] = { "0us", "0ns" };
        for (size_t i = 0; i < RT_ELEMENTS(never); i++) {
                put_channel("x", "request", rt_printf(fx.arena, "spin = \"%s\";", never[i]));
                run();
                expect_no_diagnostics();
                ck_assert_int_eq(spin("a", "x").ns, 0);
                ck_assert_ptr_null(spin("a", "x").why);
        }
}
END_TEST

START_TEST(each_instance_of_a_container_has_a_decision_of_its_own)
{
        static const char busy[] = "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"900us\"; "
                                   "cpu = %d; } );";
        put_channel("x", "request", "");
        put("platform.conf", "cpus = \"0-2\";");
        put_container("p", rt_printf(fx.arena, busy, 1));
        put_container("q", rt_printf(fx.arena, busy, 2));
        put_on("server", 1, "serves = [ \"x\" ];");
        put_container("m", "calls = [ \"x\" ];\n"
                           "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"500us\"; } );");
        put_config("A", "p m", "");
        put_config("B", "q m server", "");
        run();
        expect_no_diagnostics();
        expect_spin("m--A", 20000);
        expect_sleep("m--B", "its peer server runs on CPU 1 as well, in config B");
}
END_TEST

int main(void)
{
        return RUN_TESTS("spin", ends_with_cpus_of_their_own_look_for_messages,
                         ends_on_one_cpu_sleep_at_once, peers_that_never_run_together_do_not_count,
                         two_that_connect_to_the_same_end_are_no_peers,
                         another_realtime_task_on_its_cpu_in_any_config_makes_it_sleep,
                         a_second_task_of_its_own_makes_it_sleep,
                         other_tasks_on_other_cpus_or_without_deadlines_do_not_count,
                         what_has_no_realtime_task_sleeps_at_once,
                         a_bridge_on_its_cpu_makes_it_sleep,
                         the_channel_says_how_long_and_may_say_never,
                         each_instance_of_a_container_has_a_decision_of_its_own);
}
