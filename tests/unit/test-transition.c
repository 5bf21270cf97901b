/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transition.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

enum { MIB = 1024 * 1024 };

/* One task "t" that needs `percent` of a CPU. */
static void put_share(const char *name, int percent, const char *more)
{
        put_container(name,
                      rt_printf(fx.arena,
                                "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"%dus\"; "
                                "%s } );",
                                percent * 10, more));
}

static RtConfigPlan *config(const char *name)
{
        RtConfigPlan *plan = rt_plan_shown(&fx.pipeline.plan, name);
        ck_assert_msg(plan, "%s", diagnostics());
        return plan;
}

static RtTransition transition(const char *from, const char *to)
{
        return rt_transition(&fx.pipeline.plan, config(from), config(to));
}

static const char *stems(const RtInstances *list)
{
        RtText text = RT_TEXT(fx.arena);
        RT_EACH (one, list)
                rt_text_addf(&text, "%s%s", text.n > 0 ? " " : "", (*one)->stem);
        return text.n > 0 ? text.data : "";
}

START_TEST(what_is_in_both_is_kept_and_the_rest_is_stopped_or_started)
{
        put_share("a", 10, "");
        put_share("b", 10, "");
        put_share("c", 10, "");
        put_container("log", "");
        put_config("x", "a b log", "");
        put_config("y", "c b log", "");
        run();
        RtTransition there = transition("x", "y");
        ck_assert_str_eq(stems(&there.keep), "b log");
        ck_assert_str_eq(stems(&there.stop), "a");
        ck_assert_str_eq(stems(&there.start), "c");
        ck_assert_str_eq(stems(&there.restarted), "");
        RtTransition back = transition("y", "x");
        ck_assert_str_eq(stems(&back.stop), "c");
        ck_assert_str_eq(stems(&back.start), "a");
}
END_TEST

START_TEST(a_container_with_another_variant_is_restarted)
{
        put("platform.conf", "cpus = \"0-2\";");
        put_share("one", 80, "cpu = 1;");
        put_share("two", 80, "cpu = 2;");
        put_share("m", 50, "");
        put_config("A", "m one", "");
        put_config("B", "m one", "");
        put_config("C", "m two", "");
        run();
        RtTransition same = transition("A", "B"), other = transition("A", "C");
        ck_assert_str_eq(stems(&same.keep), "m one");
        ck_assert_str_eq(stems(&same.restarted), "");
        ck_assert_str_eq(stems(&other.keep), "");
        ck_assert_str_eq(stems(&other.stop), "m one");
        ck_assert_str_eq(stems(&other.start), "m--C two");
        ck_assert_str_eq(stems(&other.restarted), "m");
        RtTransition back = transition("C", "A");
        ck_assert_str_eq(stems(&back.restarted), "m--C");
}
END_TEST

START_TEST(between_configs_that_hold_a_switch_is_safe)
{
        put_share("a", 90, "");
        put_share("b", 90, "");
        put_config("x", "a", "");
        put_config("y", "b", "");
        run();
        ck_assert(transition("x", "y").safe);
        ck_assert_ptr_null(transition("x", "y").reason);
}
END_TEST

START_TEST(a_config_that_does_not_hold_makes_the_switch_unsafe_both_ways)
{
        put("platform.conf", "cpus = \"0-1\"; admission = \"warn\";");
        put_share("a", 60, "");
        put_share("b", 60, "");
        put_config("x", "a b", "");
        put_config("y", "b", "");
        run();
        RtTransition there = transition("x", "y"), back = transition("y", "x");
        ck_assert(!there.safe);
        ck_assert_str_eq(there.reason, "config \"x\" does not hold by itself");
        ck_assert(!back.safe);
        ck_assert_str_eq(back.reason, "config \"x\" does not hold by itself");
        ck_assert(transition("y", "y").safe);
}
END_TEST

/* k stays on CPU 1, where a stops and b starts; those two use CPU 2 as well. Together they may take
 * 40 + 25 + 25 percent, or with `percent` 26 more than k's deadline leaves. */
static void put_spread(int percent, int count)
{
        put("platform.conf", "cpus = \"0-2\"; rt_bandwidth = 1.0;");
        put_share("k", 40, "cpu = 1; priority = 50; deadline = \"900us\";");
        for (const char *name = "a"; name; name = *name == 'a' ? "b" : NULL)
                put_container(
                        name,
                        rt_printf(fx.arena,
                                  "cpus = { count = %d; }; tasks = ( { name = \"t\"; period = "
                                  "\"1ms\"; wcet = \"%dus\"; cpu = 1; priority = 60; },\n"
                                  "{ name = \"u\"; period = \"1s\"; wcet = \"1ns\"; cpu = "
                                  "%d; priority = 40; } );",
                                  count, percent * 10, count));
        put_config("x", "a k", "");
        put_config("y", "b k", "");
        run();
        expect_no_diagnostics();
}

START_TEST(what_spreads_over_cpus_may_meet_what_starts_and_both_have_to_fit)
{
        put_spread(25, 2);
        ck_assert(transition("x", "y").safe);
        put_spread(26, 2);
        ck_assert(!transition("x", "y").safe);
        ck_assert_str_eq(transition("x", "y").reason,
                         "on CPU 1 the last jobs of what stops and the first of what starts may "
                         "come together");
        put_spread(26, 1);
        ck_assert(transition("x", "y").safe);
}
END_TEST

/* -- SCHED_DEADLINE ---------------------------------------------------------------------------- */

static void put_deadline(const char *name, int period, int percent, int cpu)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; policy = \"deadline\"; period = "
                                      "\"%dms\"; wcet = \"%dus\"; cpu = %d; } );",
                                      period, period * percent * 10, cpu));
}

static int64_t wait_of(const char *from, const char *to)
{
        ck_assert_msg(fx.pipeline.diags.n_errors == 0, "%s", diagnostics());
        return transition(from, to).deadline_wait;
}

START_TEST(deadline_tasks_wait_for_the_bandwidth_of_those_that_stopped)
{
        put("platform.conf", "cpus = \"0-3\"; kernel = \"6.1\"; rt_bandwidth = 0.9;");
        put_deadline("a", 20, 50, 1);
        put_deadline("b", 10, 40, 1);
        put_deadline("c", 10, 41, 1);
        put_deadline("d", 10, 41, 2);
        put_config("x", "a", "");
        put_config("b", "b", "");
        put_config("c", "c", "");
        put_config("d", "d", "");
        run();
        ck_assert_int_eq(wait_of("x", "b"), 0); /* both fit at once */
        ck_assert_int_eq(wait_of("x", "c"), 20000000);
        ck_assert_int_eq(wait_of("c", "x"), 10000000);
        ck_assert_int_eq(wait_of("x", "d"), 0); /* on another CPU */
}
END_TEST

START_TEST(the_fair_server_leaves_less_bandwidth_to_wait_for)
{
        put("platform.conf", "cpus = \"0-3\"; kernel = \"6.12\"; rt_bandwidth = 0.9;");
        put_deadline("a", 20, 50, 1);
        put_deadline("b", 10, 35, 1);
        put_deadline("c", 10, 36, 1);
        put_config("x", "a", "");
        put_config("b", "b", "");
        put_config("c", "c", "");
        run();
        ck_assert_int_eq(wait_of("x", "b"), 0);
        ck_assert_int_eq(wait_of("x", "c"), 20000000);
}
END_TEST

START_TEST(what_is_kept_counts_and_nothing_new_waits_for_nothing)
{
        put("platform.conf", "cpus = \"0-3\"; kernel = \"6.1\"; rt_bandwidth = 0.9;");
        put_deadline("k", 5, 30, 1);
        put_deadline("a", 20, 40, 1);
        put_deadline("a2", 30, 10, 1);
        put_deadline("b", 10, 20, 1);
        put_config("x", "k a a2", "");
        put_config("y", "k b", "");
        put_config("z", "k", "");
        run();
        ck_assert_int_eq(wait_of("x", "y"), 30000000); /* the longest that stops */
        ck_assert_int_eq(wait_of("x", "z"), 0);
        ck_assert_int_eq(wait_of("z", "x"), 0);
}
END_TEST

START_TEST(fifo_tasks_wait_for_no_bandwidth)
{
        put_share("a", 90, "cpu = 1;");
        put_share("b", 90, "cpu = 1;");
        put_config("x", "a", "");
        put_config("y", "b", "");
        run();
        ck_assert_int_eq(wait_of("x", "y"), 0);
}
END_TEST

/* -- memory and devices ------------------------------------------------------------------------ */

START_TEST(the_memory_peak_is_that_of_the_larger_config)
{
        put_container("a", "memory = { max = \"10M\"; };");
        put_container("b", "memory = { max = \"30M\"; };");
        put_container("k", "memory = { max = \"5M\"; };");
        put_config("x", "a k", "");
        put_config("y", "b k", "");
        run();
        ck_assert_int_eq(transition("x", "y").memory_peak, 35 * MIB);
        ck_assert_int_eq(transition("y", "x").memory_peak, 35 * MIB);
        ck_assert_int_eq(transition("x", "x").memory_peak, 15 * MIB);
}
END_TEST

START_TEST(the_memory_peak_is_unknown_if_a_container_says_nothing)
{
        put_container("a", "memory = { max = \"10M\"; };");
        put_container("b", "");
        put_config("x", "a", "");
        put_config("y", "b", "");
        run();
        ck_assert_int_eq(transition("x", "y").memory_peak, -1);
        ck_assert_int_eq(transition("y", "x").memory_peak, -1);
}
END_TEST

START_TEST(devices_are_handed_over_from_those_that_stop_to_those_that_start)
{
        put_container("a", "devices = ( { path = \"/dev/p\"; }, { path = \"/dev/q\"; } );");
        put_container("b", "devices = ( { path = \"/dev/q\"; }, { path = \"/dev/r\"; } );");
        put_container("k", "devices = ( { path = \"/dev/k\"; } );");
        put_config("x", "a k", "");
        put_config("y", "b k", "");
        run();
        RtTransition there = transition("x", "y");
        ck_assert_uint_eq(there.devices.n, 1);
        ck_assert_str_eq(there.devices.items[0], "/dev/q");
        ck_assert_uint_eq(transition("x", "x").devices.n, 0);
}
END_TEST

START_TEST(a_device_that_several_hand_over_is_named_once)
{
        static const char share[] = "devices = ( { path = \"/dev/p\"; } );";
        put_container("a", share);
        put_container("b", share);
        put_container("c", share);
        put_container("d", share);
        put_config("x", "a b", "");
        put_config("y", "c d", "");
        run();
        ck_assert_uint_eq(transition("x", "y").devices.n, 1);
}
END_TEST

int main(void)
{
        return RUN_TESTS("transition", what_is_in_both_is_kept_and_the_rest_is_stopped_or_started,
                         a_container_with_another_variant_is_restarted,
                         between_configs_that_hold_a_switch_is_safe,
                         a_config_that_does_not_hold_makes_the_switch_unsafe_both_ways,
                         what_spreads_over_cpus_may_meet_what_starts_and_both_have_to_fit,
                         deadline_tasks_wait_for_the_bandwidth_of_those_that_stopped,
                         the_fair_server_leaves_less_bandwidth_to_wait_for,
                         what_is_kept_counts_and_nothing_new_waits_for_nothing,
                         fifo_tasks_wait_for_no_bandwidth,
                         the_memory_peak_is_that_of_the_larger_config,
                         the_memory_peak_is_unknown_if_a_container_says_nothing,
                         devices_are_handed_over_from_those_that_stop_to_those_that_start,
                         a_device_that_several_hand_over_is_named_once);
}
