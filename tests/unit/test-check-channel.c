/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "text.h"

/* The channel x with this setting on line 2. */
static void put_x(const char *pattern, const char *setting)
{
        put("x.channel",
            rt_printf(fx.arena, "pattern = \"%s\"; message_size = 64;\n%s\n", pattern, setting));
}

static void put_many(const char *role, size_t n)
{
        for (size_t i = 0; i < n; i++)
                put_container(rt_printf(fx.arena, "many%zu", i),
                              rt_printf(fx.arena, "%s = [ \"x\" ];", role));
}

START_TEST(a_bridge_of_a_channel_that_no_container_listens_at_is_refused)
{
        static const char *const other[][3] = {
                { "publish", "subscribes", "publishes" },
                { "request", "calls", "serves" },
                { "push", "pushes", "pulls" },
        };
        for (size_t i = 0; i < RT_ELEMENTS(other); i++) {
                put_x(other[i][0], "bridge = \"tcp://*:5556\";");
                put_container("a", rt_printf(fx.arena, "%s = [ \"x\" ];", other[i][1]));
                run();
                expect_diagnostic(
                        rt_printf(fx.arena,
                                  "x.channel:2: bridge: error: no container %s the channel",
                                  other[i][2]),
                        rt_printf(fx.arena, "add %s = [ \"x\" ];", other[i][2]));
                ck_assert(container("a")->object.rejected);
        }
        put_x("pair", "bridge = \"tcp://*:5556\";");
        put_container("a", "");
        run();
        expect_diagnostic("x.channel:2: bridge: error: no container pairs the channel");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_bridge_must_not_make_publishing_fail)
{
        put_container("a", "publishes = [ \"x\" ];");
        put_x("publish", "bridge = \"tcp://*:5556\"; full = \"overwrite\";");
        run();
        expect_no_diagnostics();
        put_x("publish", "bridge = \"tcp://*:5556\";\nfull = \"refuse\";");
        run();
        expect_diagnostic("x.channel:2: bridge: error: a bridge that is too slow",
                          "full is \"refuse\" (/etc/rtcontainers/x.channel:3)",
                          "let full be \"overwrite\"");
}
END_TEST

START_TEST(a_bridge_takes_the_place_of_one_end_of_a_pair)
{
        put_x("pair", "bridge = \"tcp://*:5556\";");
        put_container("a", "pairs = [ \"x\" ];");
        put_container("b", "pairs = [ \"x\" ];");
        put_container("c", "");
        put_config("one", "a c", "");
        put_config("other", "c b", "");
        put_config("none", "c", "");
        run();
        expect_no_diagnostics();
        put_config("none", "b a", "");
        run();
        expect_diagnostic("x.channel:2: bridge: error: the bridge is the other end",
                          "config \"none\" (/etc/rtcontainers/none.config:0) has two: \"a\" "
                          "(/etc/rtcontainers/a.container:2) and \"b\"",
                          "take the bridge away, or one of the containers out of the config");
}
END_TEST

START_TEST(one_end_has_64_connections_at_most)
{
        put_x("publish", "");
        put_container("p", "publishes = [ \"x\" ];");
        put_many("subscribes", 64);
        run();
        expect_no_diagnostics();
        put_container("q", "subscribes = [ \"x\" ];");
        run();
        expect_diagnostic("x.channel:0: connections: error: 65 ends, such as \"many0\" "
                          "(/etc/rtcontainers/many0.container:2), may have 1 connections each to "
                          "\"p\" (/etc/rtcontainers/p.container:2), which can have 64 in all",
                          "let fewer containers use the channel");
}
END_TEST

START_TEST(a_pair_has_one_connection)
{
        put_x("pair", "\nconnections = 2;");
        put_container("a", "pairs = [ \"x\" ];");
        put_container("b", "pairs = [ \"x\" ];");
        run();
        expect_diagnostic("x.channel:3: connections: error: a pair (/etc/rtcontainers/x.channel:",
                          "cannot have 2 connections", "take connections away");
}
END_TEST

START_TEST(connections_multiply_and_the_bridge_is_one_more_end)
{
        put_container("p", "pulls = [ \"x\" ];");
        put_many("pushes", 4);
        put_x("push", "connections = 16;");
        run();
        expect_no_diagnostics();
        put_x("push", "connections = 16; bridge = \"tcp://*:5556\";");
        run();
        expect_diagnostic("x.channel:2: connections: error: 5 ends, such as \"many0\"",
                          "may have 16 connections each", "lower connections");
        put_x("push", "connections = 17;");
        run();
        expect_diagnostic("x.channel:2: connections: error: 17 is out of range");
}
END_TEST

START_TEST(nobody_looks_for_a_message_longer_than_a_second)
{
        put_x("publish", "spin = \"1s\";");
        run();
        expect_no_diagnostics();
        put_x("publish", "spin = \"1001ms\";");
        run();
        expect_diagnostic("x.channel:2: spin: error: 1001ms are too long", "write \"1s\" at most");
}
END_TEST

START_TEST(two_containers_with_one_socket_name_are_refused)
{
        static const char longer[] = "a2345678901234567890123456789012";
        const char *same = rt_printf(fx.arena, "a234567890123456789012-%08x", rt_text_hash(longer));
        put_x("publish", "");
        put_container("p", "publishes = [ \"x\" ];");
        put_container(longer, "subscribes = [ \"x\" ];");
        put_container(same, "");
        run();
        expect_no_diagnostics();
        put_container(same, "subscribes = [ \"x\" ];");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic(rt_printf(fx.arena,
                                    "%s.container:2: subscribes[0]: error: \"%s\" is the "
                                    "socket's name for another container as well",
                                    longer, same),
                          rt_printf(fx.arena, "%s.container:2", same), "begins in another way");
}
END_TEST

START_TEST(the_unit_of_a_bridge_and_a_container_clash)
{
        put_container("p", "publishes = [ \"x\" ];");
        put_container("bridge-x", "");
        put_x("publish", "");
        run();
        expect_no_diagnostics();
        put_x("publish", "bridge = \"tcp://*:5556\";");
        run();
        expect_diagnostic("would share the unit name rt-bridge-x.service");
}
END_TEST

START_TEST(only_ends_that_fit_together_are_no_reason_for_a_warning)
{
        put_x("pair", "");
        put_container("a", "pairs = [ \"x\" ];");
        run();
        expect_n_diagnostics(1);
        expect_diagnostic("a.container:2: pairs[0]: warning: no container is the other end");
        put_container("b", "pairs = [ \"x\" ];");
        run();
        expect_no_diagnostics();
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "check-channel", a_bridge_of_a_channel_that_no_container_listens_at_is_refused,
                a_bridge_must_not_make_publishing_fail,
                a_bridge_takes_the_place_of_one_end_of_a_pair, one_end_has_64_connections_at_most,
                a_pair_has_one_connection, connections_multiply_and_the_bridge_is_one_more_end,
                nobody_looks_for_a_message_longer_than_a_second,
                two_containers_with_one_socket_name_are_refused,
                the_unit_of_a_bridge_and_a_container_clash,
                only_ends_that_fit_together_are_no_reason_for_a_warning);
}
