/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "text.h"
#include "timing.h"

enum { MS = 1000000 };

/* A container with the task "t" on that CPU; without channels. */
static void put_task(const char *name, int period, int wcet, int cpu, const char *more)
{
        put_container(name, rt_printf(fx.arena,
                                      "tasks = ( { name = \"t\"; period = \"%dms\"; wcet = "
                                      "\"%dms\"; cpu = %d; } );\n%s",
                                      period, wcet, cpu, more));
}

/* The config x of those containers with the chain "loop" over the path, "a.t", "b.t". */
static void put_chain(const char *containers, const char *path, const char *more)
{
        put_config("x", containers,
                   rt_printf(fx.arena, "chains = ( { name = \"loop\"; path = [ %s ]; %s } );", path,
                             more));
}

static const RtConfigTiming *timing(void)
{
        RtPlan *plan = &fx.pipeline.plan;
        RtConfigPlan *config = rt_plan_shown(plan, "x");
        ck_assert_msg(config, "%s", diagnostics());
        return rt_plan_timing(plan, config);
}

static const RtChainTiming *chain(void)
{
        ck_assert_uint_eq(timing()->chains.n, 1);
        return &timing()->chains.items[0];
}

static void expect_chain(int64_t reaction, int64_t age)
{
        ck_assert_int_eq(chain()->reaction, reaction);
        ck_assert_int_eq(chain()->age, age);
}

/* a sends to b by a channel with these settings. */
static void put_two(int period_a, int period_b, int cpu_b, const char *pattern, const char *more)
{
        bool push = strcmp(pattern, "push") == 0;
        put_task("a", period_a, 1, 1, push ? "pushes = [ \"c\" ];" : "publishes = [ \"c\" ];");
        put_task("b", period_b, 2, cpu_b, push ? "pulls = [ \"c\" ];" : "subscribes = [ \"c\" ];");
        put_channel("c", pattern, more);
        put_chain("a b", "\"a.t\", \"b.t\"", "");
        run();
        expect_no_diagnostics();
}

START_TEST(the_newest_value_takes_a_period_of_each_and_their_responses)
{
        put_two(10, 20, 2, "publish", "");
        expect_chain((10 + 2 + 20 + 1) * MS, (2 + 10 + 1) * MS);
        ck_assert(chain()->ok);
        ck_assert_int_ge(chain()->davare, chain()->reaction);
}
END_TEST

START_TEST(on_the_same_cpu_the_more_urgent_task_hides_nothing)
{
        put_two(10, 20, 1, "publish", ""); /* b ends after 3 ms */
        expect_chain((10 + 3 + 20) * MS, (3 + 10) * MS);
}
END_TEST

START_TEST(on_the_same_cpu_the_less_urgent_task_hides_its_data)
{
        put_two(20, 10, 1, "publish", ""); /* a ends after 3 ms */
        expect_chain((20 + 2 + 10 + 3) * MS, (2 + 20 + 3) * MS);
}
END_TEST

START_TEST(a_queue_may_be_full_of_older_messages)
{
        put_two(10, 20, 2, "push", "depth = 4; full = \"overwrite\";");
        expect_chain((33 + 4 * 20) * MS, (13 + 4 * 20) * MS);
}
END_TEST

START_TEST(a_publisher_that_does_not_overwrite_has_a_queue_as_well)
{
        put_two(10, 20, 2, "publish", "depth = 4; full = \"overwrite\";");
        expect_chain(33 * MS, 13 * MS);
        put_two(20, 10, 2, "publish", "depth = 4; full = \"refuse\";");
        expect_chain((20 + 2 + 10 + 1 + 4 * 10) * MS, (2 + 20 + 1 + 4 * 10) * MS);
}
END_TEST

START_TEST(a_queue_that_refuses_may_do_so_until_it_is_emptied)
{
        put_two(10, 20, 2, "push", "depth = 4; full = \"refuse\";");
        expect_chain((33 + 4 * 20 + 1 + 2 + 10 + 20) * MS, (13 + 4 * 20) * MS);
}
END_TEST

START_TEST(a_queue_that_is_emptied_as_fast_never_refuses_unless_it_is_short)
{
        put_two(20, 10, 2, "push", "depth = 3;");
        expect_chain((33 + 3 * 10) * MS, (23 + 3 * 10) * MS);
        put_two(20, 10, 2, "push", "depth = 2;");
        expect_chain((33 + 2 * 10 + 1 + 2 + 20 + 10) * MS, (23 + 2 * 10) * MS);
}
END_TEST

START_TEST(within_a_container_the_newest_value_is_there)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; },\n"
                           "{ name = \"u\"; period = \"20ms\"; wcet = \"1ms\"; } );");
        put_chain("a", "\"a.t\", \"a.u\"", "");
        run();
        expect_no_diagnostics();
        expect_chain((10 + 2 + 20) * MS, (2 + 10) * MS);
}
END_TEST

START_TEST(jitter_and_release_widen_a_chain)
{
        put("platform.conf", "cpus = \"0-3\"; overheads = { release = \"3ms\"; };");
        put_two(10, 20, 1, "publish", "");
        /* a waits 3 ms for its release, and hides its data so long; b another 3 ms after that. */
        ck_assert_int_eq(rt_config_timing_task(timing(), "a", "t")->response.time, 4 * MS);
        ck_assert_int_eq(rt_config_timing_task(timing(), "b", "t")->response.time, 6 * MS);
        expect_chain((10 + 6 + 20 + 3) * MS, (6 + 10 + 3) * MS);
}
END_TEST

/* -- several senders --------------------------------------------------------------------------- */

/* a every 10 ms and d every 20 ms push to b. */
static void put_three(int period_b, const char *d)
{
        put_task("a", 10, 1, 1, "pushes = [ \"c\" ];");
        put_task("b", period_b, 2, 2, "pulls = [ \"c\" ];");
        put_container("d", rt_printf(fx.arena, "%s pushes = [ \"c\" ];", d));
        put_channel("c", "push", "depth = 4; full = \"overwrite\";");
        put_chain("a b d", "\"a.t\", \"b.t\"", "");
        run();
        expect_no_diagnostics();
}

static const char every_20ms[] =
        "tasks = ( { name = \"t\"; period = \"20ms\"; wcet = \"1ms\"; cpu = 3; } );";

START_TEST(senders_that_a_reader_keeps_up_with_leave_a_bound)
{
        put_three(6, every_20ms); /* 6/10 + 6/20 < 1 */
        expect_chain((10 + 2 + 6 + 1 + 4 * 6) * MS, (2 + 10 + 1 + 4 * 6) * MS);
}
END_TEST

START_TEST(senders_that_flood_a_queue_leave_no_bound)
{
        put_three(7, every_20ms); /* 7/10 + 7/20 > 1 */
        expect_chain(RT_NO_TIME, RT_NO_TIME);
}
END_TEST

START_TEST(a_sender_without_real_time_tasks_may_flood_a_queue)
{
        put_three(6, "");
        expect_chain(RT_NO_TIME, RT_NO_TIME);
}
END_TEST

START_TEST(a_sender_that_does_not_run_floods_nothing)
{
        put_three(7, every_20ms);
        put_chain("a b", "\"a.t\", \"b.t\"", "");
        run();
        expect_chain((10 + 2 + 7 + 1 + 4 * 7) * MS, (2 + 10 + 1 + 4 * 7) * MS);
}
END_TEST

/* -- bounds ------------------------------------------------------------------------------------ */

START_TEST(bounds_may_be_reached_and_not_exceeded)
{
        put_two(10, 20, 2, "publish", "");
        put_chain("a b", "\"a.t\", \"b.t\"", "max_reaction = \"33ms\"; max_age = \"13ms\";");
        run();
        expect_no_diagnostics();
        put_chain("a b", "\"a.t\", \"b.t\"", "max_reaction = \"32999us\"; max_age = \"13ms\";");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:2: chains[0].max_reaction: error:",
                          "the reaction time of chain \"loop\" may reach 33ms, more than 32999us");
        ck_assert(!chain()->ok);
        put_chain("a b", "\"a.t\", \"b.t\"", "max_reaction = \"33ms\"; max_age = \"12999us\";");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:2: chains[0].max_age: error:",
                          "the data age of chain \"loop\" may reach 13ms, more than 12999us");
}
END_TEST

/* a is ordinary. */
static void put_ordinary(const char *more)
{
        put_container("a", "tasks = ( { name = \"t\"; policy = \"other\"; } ); publishes = [ "
                           "\"c\" ];");
        put_task("b", 10, 1, 1, "subscribes = [ \"c\" ];");
        put_channel("c", "publish", "");
        put_chain("a b", "\"a.t\", \"b.t\"", more);
        run();
}

START_TEST(a_chain_over_an_ordinary_task_has_no_bound)
{
        put_ordinary("");
        expect_no_diagnostics();
        expect_chain(RT_NO_TIME, RT_NO_TIME);
        ck_assert(chain()->ok);
        put_ordinary("max_reaction = \"9999s\";");
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:2: chains[0].max_reaction: error:",
                          "the reaction time of chain \"loop\" has no bound");
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(with_admission_warn_a_bound_is_only_warned_of)
{
        put("platform.conf", "cpus = \"0-3\"; admission = \"warn\";");
        put_ordinary("max_age = \"9999s\";");
        expect_n_diagnostics(1);
        expect_diagnostic("chains[0].max_age: warning:", "has no bound");
        ck_assert_ptr_nonnull(rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(a_gap_without_a_channel_is_warned_of)
{
        put_task("a", 10, 1, 1, "");
        put_task("b", 20, 2, 2, "");
        put_chain("a b", "\"a.t\", \"b.t\"", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:2: chains[0].path[1]: warning:",
                          "no channel leads from \"a\" to \"b\" in config \"x\"");
        expect_chain(33 * MS, 13 * MS);
}
END_TEST

START_TEST(a_channel_leads_one_way_only)
{
        put_two(10, 20, 2, "publish", "");
        put_chain("a b", "\"b.t\", \"a.t\"", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("chains[0].path[1]: warning:", "no channel leads from \"b\" to \"a\"");
}
END_TEST

START_TEST(replies_lead_back)
{
        put_task("a", 10, 1, 1, "calls = [ \"c\" ];");
        put_task("b", 20, 2, 2, "serves = [ \"c\" ];");
        put_channel("c", "request", "");
        put_chain("a b", "\"a.t\", \"b.t\", \"a.t\"", "");
        run();
        expect_no_diagnostics();
}
END_TEST

/* -- max_latency ------------------------------------------------------------------------------- */

/* a ends 1 ms after its arrival, b after 2 ms and its jitter. */
static void put_latency(int period_a, const char *jitter_b, const char *max)
{
        put_task("a", period_a, 1, 1, "publishes = [ \"c\" ];");
        put_container("b", rt_printf(fx.arena,
                                     "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"2ms\"; "
                                     "jitter = \"%s\"; cpu = 2; } ); subscribes = [ \"c\" ];",
                                     jitter_b));
        put_channel("c", "publish", rt_printf(fx.arena, "max_latency = \"%s\";", max));
        put_config("x", "a b", "");
        run();
}

START_TEST(a_latency_that_holds_for_any_receiver_is_not_spoken_of)
{
        put_latency(10, "1ms", "13ms");
        expect_no_diagnostics();
        ck_assert_uint_eq(timing()->latencies.n, 1);
        const RtLatencyTiming *one = &timing()->latencies.items[0];
        ck_assert_int_eq(one->waiting, 3 * MS);
        ck_assert_int_eq(one->polling, 13 * MS);
        ck_assert_str_eq(one->from->stem, "a");
        ck_assert_str_eq(one->to->stem, "b");
        ck_assert(one->ok);
}
END_TEST

START_TEST(a_latency_that_holds_for_a_receiver_that_waits_is_warned_of)
{
        put_latency(10, "1ms", "12999us");
        expect_n_diagnostics(1);
        expect_diagnostic("c.channel:2: max_latency: warning:",
                          "in config \"x\" it holds from \"a\" to \"b\" only if the receiver waits",
                          "may take 13ms");
        put_latency(10, "1ms", "3ms");
        expect_n_diagnostics(1);
        ck_assert_int_eq(timing()->verdict, RT_MET);
}
END_TEST

START_TEST(a_latency_that_holds_for_nobody_rejects_the_config)
{
        put_latency(10, "1ms", "2999us");
        expect_n_diagnostics(1);
        expect_diagnostic("c.channel:2: max_latency: error:",
                          "the latency from \"a\" to \"b\" may reach 3ms, more than 2999us");
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
        ck_assert(!container("a")->object.rejected);
}
END_TEST

START_TEST(a_receiver_that_does_not_keep_up_does_not_gain_by_waiting)
{
        put_latency(9, "1ms", "13ms");
        expect_no_diagnostics();
        ck_assert_int_eq(timing()->latencies.items[0].waiting, 13 * MS);
        put_latency(9, "1ms", "12999us");
        expect_n_diagnostics(1);
        expect_diagnostic("c.channel:2: max_latency: error:", "may reach 13ms");
}
END_TEST

START_TEST(nor_does_one_with_less_jitter_than_its_sender_is_late)
{
        put_latency(10, "999us", "13ms");
        ck_assert_int_eq(timing()->latencies.items[0].waiting, 12999000);
        put_latency(10, "1ms", "13ms");
        ck_assert_int_eq(timing()->latencies.items[0].waiting, 3 * MS);
}
END_TEST

START_TEST(nor_does_one_with_two_senders)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"50ms\"; wcet = \"1us\"; },\n"
                           "{ name = \"u\"; period = \"50ms\"; wcet = \"1us\"; } ); publishes = [ "
                           "\"c\" ];");
        put_container("b", "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"2ms\"; jitter = "
                           "\"1ms\"; cpu = 2; } ); subscribes = [ \"c\" ];");
        put_channel("c", "publish", "max_latency = \"1s\";");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(timing()->latencies.items[0].waiting, 13 * MS);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "paths", the_newest_value_takes_a_period_of_each_and_their_responses,
                on_the_same_cpu_the_more_urgent_task_hides_nothing,
                on_the_same_cpu_the_less_urgent_task_hides_its_data,
                a_queue_may_be_full_of_older_messages,
                a_publisher_that_does_not_overwrite_has_a_queue_as_well,
                a_queue_that_refuses_may_do_so_until_it_is_emptied,
                a_queue_that_is_emptied_as_fast_never_refuses_unless_it_is_short,
                within_a_container_the_newest_value_is_there, jitter_and_release_widen_a_chain,
                senders_that_a_reader_keeps_up_with_leave_a_bound,
                senders_that_flood_a_queue_leave_no_bound,
                a_sender_without_real_time_tasks_may_flood_a_queue,
                a_sender_that_does_not_run_floods_nothing, bounds_may_be_reached_and_not_exceeded,
                a_chain_over_an_ordinary_task_has_no_bound,
                with_admission_warn_a_bound_is_only_warned_of, a_gap_without_a_channel_is_warned_of,
                a_channel_leads_one_way_only, replies_lead_back,
                a_latency_that_holds_for_any_receiver_is_not_spoken_of,
                a_latency_that_holds_for_a_receiver_that_waits_is_warned_of,
                a_latency_that_holds_for_nobody_rejects_the_config,
                a_receiver_that_does_not_keep_up_does_not_gain_by_waiting,
                nor_does_one_with_less_jitter_than_its_sender_is_late,
                nor_does_one_with_two_senders);
}
