/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resources.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static RtResource resource(const char *config, const char *name)
{
        RtModel *model = &fx.pipeline.model;
        RtResources list = rt_config_resources(model, rt_model_config(model, config));
        RT_EACH (one, &list)
                if (strcmp(one->name, name) == 0)
                        return *one;
        ck_abort_msg("there is no resource %s", name);
        return (RtResource){ 0 };
}

static void put_memory(const char *name, const char *memory)
{
        put_container(name, rt_printf(fx.arena, "memory = { %s };", memory));
}

static void put_platform(const char *more)
{
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-3\"; %s", more));
}

START_TEST(memory_is_the_sum_of_what_the_members_may_use)
{
        put_memory("a", "max = \"10M\";");
        put_memory("b", "max = \"30M\";");
        put_memory("c", "max = \"20M\";");
        put_memory("d", "max = \"70M\";");
        put_config("x", "a b c", "");
        run();
        RtResource memory = resource("x", "memory");
        ck_assert_int_eq(memory.used, 60 * MIB);
        ck_assert_str_eq(memory.largest->object.name, "b");
        ck_assert_ptr_null(memory.silent);
        ck_assert_int_eq(memory.limit, -1);
        ck_assert(!memory.is_count);
}
END_TEST

START_TEST(of_equal_ones_the_first_is_the_largest)
{
        put_memory("a", "max = \"10M\";");
        put_memory("b", "max = \"10M\";");
        put_config("x", "b a", "");
        run();
        ck_assert_str_eq(resource("x", "memory").largest->object.name, "b");
}
END_TEST

START_TEST(the_first_container_without_a_limit_is_named)
{
        put_memory("a", "max = \"10M\";");
        put_container("b", "");
        put_container("c", "");
        put_config("x", "a b c", "");
        run();
        ck_assert_str_eq(resource("x", "memory").silent->object.name, "b");
        ck_assert_int_eq(resource("x", "memory").used, 10 * MIB);
}
END_TEST

START_TEST(nobody_is_the_largest_of_nothing)
{
        put_container("a", "");
        put_config("x", "a", "");
        run();
        ck_assert_ptr_null(resource("x", "memory").largest);
        ck_assert_ptr_null(resource("x", "locked memory").largest);
        ck_assert_int_eq(resource("x", "locked memory").used, 0);
}
END_TEST

START_TEST(memory_may_reach_what_the_platform_has)
{
        put_platform("memory = \"40M\";");
        put_memory("a", "max = \"10M\";");
        put_memory("b", "max = \"30M\";");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_eq(resource("x", "memory").limit, 40 * MIB);
}
END_TEST

START_TEST(more_memory_than_the_platform_has_is_refused_at_the_config)
{
        put_platform("memory = \"40M\";");
        put_memory("a", "max = \"10M\";");
        put_memory("b", "max = \"31M\";");
        put_config("x", "a b", "");
        put_config("y", "b", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:1: containers: error:", "41M of memory together", "\"b\"",
                          "b.container:2", "the platform has 40M", "platform.conf:1");
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
        ck_assert_ptr_nonnull(rt_plan_config(&fx.pipeline.plan, "y"));
}
END_TEST

START_TEST(a_limit_with_a_silent_container_is_warned_of)
{
        put_platform("memory = \"40M\";");
        put_memory("a", "max = \"10M\";");
        put_container("b", "");
        put_config("x", "a b", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:1: containers: warning:", "is no bound, as container \"b\"");
}
END_TEST

START_TEST(locked_memory_is_a_sum_of_its_own)
{
        put_platform("memory = \"40M\";");
        put_memory("a", "max = \"20M\"; locked = \"4M\";");
        put_memory("b", "max = \"10M\"; locked = \"6M\";");
        put_config("x", "a b", "");
        run();
        RtResource locked = resource("x", "locked memory");
        ck_assert_int_eq(locked.used, 10 * MIB);
        ck_assert_str_eq(locked.largest->object.name, "b");
        ck_assert_int_eq(locked.limit, 40 * MIB);
        ck_assert_ptr_null(locked.silent);
}
END_TEST

START_TEST(huge_pages_are_counted_by_their_size)
{
        put_platform("hugepages = ( { size = \"2M\"; count = 10; } );");
        put_memory("a", "hugepages = ( { size = \"2M\"; count = 4; } );");
        put_memory("b", "hugepages = ( { size = \"2M\"; count = 6; } );");
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        RtResource pages = resource("x", "huge pages of 2M");
        ck_assert(pages.is_count);
        ck_assert_int_eq(pages.used, 10);
        ck_assert_int_eq(pages.limit, 10);
        ck_assert_str_eq(pages.largest->object.name, "b");
}
END_TEST

START_TEST(more_huge_pages_than_there_are_are_refused)
{
        put_platform("hugepages = ( { size = \"2M\"; count = 9; } );");
        put_memory("a", "hugepages = ( { size = \"2M\"; count = 4; } );");
        put_memory("b", "hugepages = ( { size = \"2M\"; count = 6; } );");
        put_config("x", "a b", "");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("x.config:1: containers: error:", "10 of huge pages of 2M", "has 9");
}
END_TEST

START_TEST(pages_of_a_size_that_the_platform_does_not_have_are_refused)
{
        put_platform("hugepages = ( { size = \"2M\"; count = 9; } );");
        put_memory("a", "hugepages = ( { size = \"1G\"; count = 1; } );");
        put_config("x", "a", "");
        run();
        ck_assert_int_eq(resource("x", "huge pages of 1G").limit, 0);
        expect_diagnostic("x.config:1: containers: error:", "huge pages of 1G");
}
END_TEST

START_TEST(huge_pages_have_no_limit_where_the_platform_says_nothing)
{
        put_memory("a", "hugepages = ( { size = \"2M\"; count = 4000; } );");
        put_config("x", "a", "");
        run();
        ck_assert_int_eq(resource("x", "huge pages of 2M").limit, -1);
        expect_no_diagnostics();
}
END_TEST

/* -- channels ---------------------------------------------------------------------------------- */

enum { PAGE = 4096 };

/* What the container's end of the channel x takes. */
static int64_t made(const char *name)
{
        return rt_channel_memory(rt_wire_end(rt_wiring_wire(fx.pipeline.model.wiring, "x"),
                                             name ? container(name) : NULL));
}

static int64_t locked(const char *name)
{
        return rt_channel_locked(rt_wire_end(rt_wiring_wire(fx.pipeline.model.wiring, "x"),
                                             name ? container(name) : NULL));
}

static void put_x(const char *pattern, int64_t size, int64_t depth, const char *more)
{
        put("x.channel", rt_printf(fx.arena,
                                   "pattern = \"%s\"; message_size = %lld; "
                                   "depth = %lld; %s",
                                   pattern, (long long)size, (long long)depth, more));
}

/* The ring of a channel that nobody reads; there is a page of statistics besides. */
static int64_t ring(int64_t size, int64_t depth)
{
        put_x("publish", size, depth, "");
        put_container("a", "publishes = [ \"x\" ];");
        run();
        return made("a") - PAGE;
}

START_TEST(a_ring_has_whole_cache_lines_per_message_and_whole_pages)
{
        /* A line for the ring, and a line before each message, of which there are two more. */
        ck_assert_int_eq(ring(1, 1), 4096);
        ck_assert_int_eq(ring(64, 29), 4096);
        ck_assert_int_eq(ring(64, 30), 2 * 4096);
        ck_assert_int_eq(ring(65, 19), 4096);
        ck_assert_int_eq(ring(65, 20), 2 * 4096);
        ck_assert_int_eq(ring(1 << 30, 1 << 20), ((1LL << 20) + 2) * ((1LL << 30) + 64) + 3968);
}
END_TEST

/* All channels below have rings of two pages. */
enum { RING = 2 * PAGE, DEPTH = 30 };

START_TEST(a_publisher_has_one_ring_for_all_and_a_page_for_each)
{
        put_x("publish", 64, DEPTH, "connections = 3;");
        put_container("p", "publishes = [ \"x\" ];");
        put_container("s", "subscribes = [ \"x\" ];");
        put_container("t", "subscribes = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("p"), RING + 6 * PAGE + PAGE);
        ck_assert_int_eq(locked("p"), made("p") + 6 * 2 * PAGE);
        ck_assert_int_eq(made("s"), 3 * (2 * PAGE + PAGE));
        ck_assert_int_eq(locked("s"), made("s") + 3 * (RING + PAGE));
}
END_TEST

START_TEST(a_server_has_a_ring_for_each_connection_and_so_has_a_caller)
{
        put_x("request", 64, DEPTH, "connections = 3;");
        put_container("p", "serves = [ \"x\" ];");
        put_container("s", "calls = [ \"x\" ];");
        put_container("t", "calls = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("p"), 6 * RING + 6 * PAGE + PAGE);
        ck_assert_int_eq(locked("p"), made("p") + 6 * (RING + 2 * PAGE));
        ck_assert_int_eq(made("s"), 3 * (RING + 2 * PAGE + PAGE));
        ck_assert_int_eq(locked("s"), made("s") + 3 * (RING + PAGE));
}
END_TEST

START_TEST(of_pushing_and_pulling_only_who_pushes_has_rings)
{
        put_x("push", 64, DEPTH, "");
        put_container("p", "pulls = [ \"x\" ];");
        put_container("s", "pushes = [ \"x\" ];");
        put_container("t", "pushes = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("p"), 2 * PAGE + PAGE);
        ck_assert_int_eq(locked("p"), made("p") + 2 * (RING + 2 * PAGE));
        ck_assert_int_eq(made("s"), RING + 2 * PAGE + PAGE);
        ck_assert_int_eq(locked("s"), made("s") + PAGE);
}
END_TEST

START_TEST(an_end_of_a_pair_has_one_ring_whichever_peers_may_come)
{
        put_x("pair", 64, DEPTH, "");
        put_container("a", "pairs = [ \"x\" ];");
        put_container("b", "pairs = [ \"x\" ];");
        put_container("c", "pairs = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("a"), RING + PAGE + PAGE);
        ck_assert_int_eq(made("b"), RING + 2 * PAGE + PAGE);
        ck_assert_int_eq(made("c"), RING + 2 * PAGE + PAGE);
        ck_assert_int_eq(locked("a"), made("a") + RING + 2 * PAGE);
        ck_assert_int_eq(locked("c"), made("c") + RING + PAGE);
}
END_TEST

START_TEST(a_bridge_is_an_end_whose_own_memory_is_no_containers)
{
        put_x("push", 64, DEPTH, "bridge = \"tcp://*:5556\";");
        put_container("p", "pulls = [ \"x\" ];");
        put_config("c", "p", "");
        run();
        ck_assert_int_eq(made("p"), PAGE + PAGE);
        ck_assert_int_eq(made(NULL), RING + 2 * PAGE + PAGE);
        ck_assert_int_eq(resource("c", "channel memory").used, made("p"));
}
END_TEST

START_TEST(a_channel_that_nobody_listens_at_takes_nothing)
{
        put_x("publish", 64, DEPTH, "");
        put_container("s", "subscribes = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("s"), 0);
        ck_assert_int_eq(locked("s"), 0);
        put_x("pair", 64, DEPTH, "");
        put_container("s", "pairs = [ \"x\" ];");
        run();
        ck_assert_int_eq(made("s"), 0);
        ck_assert_int_eq(locked("s"), 0);
}
END_TEST

START_TEST(a_config_is_charged_what_its_members_make)
{
        put_x("publish", 64, DEPTH, "");
        put_channel("calls", "request", "depth = 30;");
        put_container("sender", "publishes = [ \"x\" ];");
        put_container("reader", "subscribes = [ \"x\" ];");
        put_container("server", "serves = [ \"calls\" ];");
        put_container("client", "calls = [ \"calls\" ];");
        put_config("x", "sender reader", "");
        put_config("y", "server client", "");
        put_config("z", "reader", "");
        run();
        ck_assert_int_eq(resource("x", "channel memory").used, made("sender") + made("reader"));
        ck_assert_str_eq(resource("x", "channel memory").largest->object.name, "sender");
        ck_assert_int_eq(resource("y", "channel memory").used, 2 * (RING + 2 * PAGE) + PAGE);
        ck_assert_int_eq(resource("z", "channel memory").used, 3 * PAGE);
        ck_assert_int_eq(resource("x", "channel memory").limit, -1);
}
END_TEST

START_TEST(more_than_the_container_may_have_is_refused)
{
        put_x("publish", 64, DEPTH, "");
        put_channel("big", "publish", "depth = 300;");
        put_container("s", "subscribes = [ \"x\", \"big\" ];");
        put_container("p", "publishes = [ \"x\", \"big\" ];\nmemory = { max = \"60K\"; };");
        run();
        /* 2 + 2 pages, and 10 + 2 for 302 lines of 128 bytes. */
        expect_n_diagnostics(1);
        expect_diagnostic(
                "p.container:3: memory.max: error: its ends of channels need 64K, of which "
                "\"big\"",
                "more than 60K", "fewer connections");
        put_container("p", "publishes = [ \"x\", \"big\" ];\nmemory = { max = \"64K\"; };");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(sums_that_no_machine_has_do_not_wrap)
{
        put_memory("a", "max = \"20G\";");
        put_memory("b", "max = \"20G\";");
        put_config("x", "a b", "");
        run();
        RtContainer *a = container("a"), *b = container("b");
        a->memory.max = b->memory.max = INT64_MAX / 4;
        ck_assert_int_eq(resource("x", "memory").used, INT64_MAX / 4);
}
END_TEST

START_TEST(the_largest_is_whoever_has_most_in_all)
{
        static const char pages[] = "hugepages = ( { size = \"2M\"; count = %d; }%s );";
        put_memory("a", rt_printf(fx.arena, pages, 3, ", { size = \"2048K\"; count = 3; }"));
        put_memory("b", rt_printf(fx.arena, pages, 4, ""));
        put("b.container.d/1.conf", "publishes = [ \"big\" ];");
        put("a.container.d/1.conf", "publishes = [ \"one\", \"two\" ];");
        put_channel("big", "publish", "depth = 3000;");
        put_channel("one", "publish", "depth = 2000;");
        put_channel("two", "publish", "depth = 2000;");
        put_config("x", "a b", "");
        put_config("y", "b a", "");
        run();
        static const char *const configs[] = { "x", "y" };
        for (size_t i = 0; i < RT_ELEMENTS(configs); i++) {
                RtResource huge = resource(configs[i], "huge pages of 2M");
                ck_assert_int_eq(huge.used, 10);
                ck_assert_str_eq(huge.largest->object.name, "a");
                ck_assert_str_eq(resource(configs[i], "channel memory").largest->object.name, "a");
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "resources", memory_is_the_sum_of_what_the_members_may_use,
                of_equal_ones_the_first_is_the_largest, the_largest_is_whoever_has_most_in_all,
                the_first_container_without_a_limit_is_named, nobody_is_the_largest_of_nothing,
                memory_may_reach_what_the_platform_has,
                more_memory_than_the_platform_has_is_refused_at_the_config,
                a_limit_with_a_silent_container_is_warned_of, locked_memory_is_a_sum_of_its_own,
                huge_pages_are_counted_by_their_size, more_huge_pages_than_there_are_are_refused,
                pages_of_a_size_that_the_platform_does_not_have_are_refused,
                huge_pages_have_no_limit_where_the_platform_says_nothing,
                a_ring_has_whole_cache_lines_per_message_and_whole_pages,
                a_publisher_has_one_ring_for_all_and_a_page_for_each,
                a_server_has_a_ring_for_each_connection_and_so_has_a_caller,
                of_pushing_and_pulling_only_who_pushes_has_rings,
                an_end_of_a_pair_has_one_ring_whichever_peers_may_come,
                a_bridge_is_an_end_whose_own_memory_is_no_containers,
                a_channel_that_nobody_listens_at_takes_nothing,
                a_config_is_charged_what_its_members_make,
                more_than_the_container_may_have_is_refused, sums_that_no_machine_has_do_not_wrap,
                the_largest_is_whoever_has_most_in_all);
}
