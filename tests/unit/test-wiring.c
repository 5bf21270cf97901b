/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wiring.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

static const RtWire *wire(const char *channel)
{
        const RtWire *found = rt_wiring_wire(fx.pipeline.model.wiring, channel);
        ck_assert_ptr_nonnull(found);
        return found;
}

static const RtEnd *end(const char *channel, const char *name)
{
        RT_EACH (one, &wire(channel)->ends)
                if (strcmp(rt_end_name(one), name) == 0)
                        return one;
        ck_abort_msg("channel %s has no end %s", channel, name);
        return NULL;
}

/* The ends that connect to that one, "a,b". */
static const char *accepted(const char *channel, const char *name)
{
        const RtEnd *self = end(channel, name);
        RtText text = RT_TEXT(fx.arena);
        size_t n = 0;
        RT_EACH (other, &wire(channel)->ends)
                if (rt_end_accepts(self, other)) {
                        rt_text_addf(&text, "%s%s", n++ ? "," : "", rt_end_name(other));
                        ck_assert(other->connects);
                }
        ck_assert_uint_eq(n, self->n_accepts);
        return text.data;
}

static void put_all(const char *role, const char *names)
{
        for (const char *s = names; *s; s++)
                put_container(rt_printf(fx.arena, "%c", *s),
                              rt_printf(fx.arena, "%s = [ \"x\" ];", role));
}

START_TEST(who_subscribes_calls_or_pushes_connects_to_the_other_end)
{
        static const char *const roles[][3] = {
                { "publish", "publishes", "subscribes" },
                { "request", "serves", "calls" },
                { "push", "pulls", "pushes" },
        };
        for (size_t i = 0; i < RT_ELEMENTS(roles); i++) {
                put_channel("x", roles[i][0], "");
                put_all(roles[i][1], "m");
                put_all(roles[i][2], "az");
                run();
                ck_assert_str_eq(accepted("x", "m"), "a,z");
                ck_assert_str_eq(accepted("x", "a"), "");
                ck_assert(!end("x", "m")->connects);
                ck_assert(wire("x")->listened);
                ck_assert(wire("x")->has_socket);
        }
}
END_TEST

START_TEST(of_a_pair_the_first_by_name_waits_for_the_other)
{
        put_channel("x", "pair", "");
        put_all("pairs", "ba");
        run();
        ck_assert_str_eq(accepted("x", "a"), "b");
        ck_assert_str_eq(accepted("x", "b"), "");
        ck_assert(!end("x", "a")->connects);
}
END_TEST

START_TEST(of_several_in_a_pair_each_waits_for_those_after_it)
{
        put_channel("x", "pair", "");
        put_all("pairs", "cab");
        run();
        ck_assert_str_eq(accepted("x", "a"), "b,c");
        ck_assert_str_eq(accepted("x", "b"), "c");
        ck_assert_str_eq(accepted("x", "c"), "");
        ck_assert(!end("x", "a")->connects);
        ck_assert(end("x", "b")->connects);
        ck_assert(end("x", "c")->connects);
}
END_TEST

START_TEST(an_end_alone_has_no_socket_but_may_be_waiting)
{
        put_channel("x", "publish", "");
        put_all("publishes", "a");
        run();
        ck_assert(wire("x")->listened);
        ck_assert(!wire("x")->has_socket);
        put_all("subscribes", "a");
        run();
        ck_assert(!wire("x")->listened);
        ck_assert(!wire("x")->has_socket);
        put_channel("x", "pair", "");
        put_all("pairs", "a");
        run();
        ck_assert(!wire("x")->listened);
        ck_assert(!wire("x")->has_socket);
}
END_TEST

START_TEST(the_bridge_connects_as_the_other_end_would)
{
        static const char *const roles[][2] = {
                { "publish", "publishes" },
                { "request", "serves" },
                { "push", "pulls" },
                { "pair", "pairs" },
        };
        static const RtRole bridge[] = { RT_SUBSCRIBES, RT_CALLS, RT_PUSHES, RT_PAIRS };
        for (size_t i = 0; i < RT_ELEMENTS(roles); i++) {
                put_channel("x", roles[i][0], "bridge = \"tcp://*:5556\";");
                put_all(roles[i][1], "z");
                run();
                expect_no_diagnostics();
                ck_assert_str_eq(accepted("x", "z"), ".bridge");
                ck_assert_int_eq(end("x", ".bridge")->role, bridge[i]);
                ck_assert_ptr_eq(rt_wire_end(wire("x"), NULL), end("x", ".bridge"));
                ck_assert(wire("x")->has_socket);
        }
}
END_TEST

START_TEST(where_no_container_waits_there_is_no_bridge)
{
        put_channel("x", "publish", "bridge = \"tcp://*:5556\";");
        put_all("subscribes", "a");
        run();
        ck_assert_ptr_null(rt_wire_end(wire("x"), NULL));
        ck_assert(!wire("x")->has_socket);
}
END_TEST

START_TEST(what_is_rejected_is_wired_only_where_all_is)
{
        put_channel("x", "publish", "");
        put_all("publishes", "a");
        put_container("b", "subscribes = [ \"x\" ]; nonsense = 1;");
        run();
        ck_assert_str_eq(accepted("x", "a"), "b");
        const RtWiring *wiring = rt_wiring_new(&fx.pipeline.model, true);
        ck_assert_uint_eq(rt_wiring_wire(wiring, "x")->ends.n, 1);
}
END_TEST

START_TEST(what_contradicts_the_pattern_or_is_said_twice_is_left_out)
{
        put_channel("x", "publish", "");
        put_container("a", "publishes = [ \"x\", \"x\" ]; subscribes = [ \"x\" ];");
        put_container("b", "calls = [ \"x\" ]; pushes = [ \"y\" ];");
        run();
        ck_assert_uint_eq(wire("x")->ends.n, 1);
        ck_assert_int_eq(end("x", "a")->role, RT_PUBLISHES);
        ck_assert_ptr_null(rt_wiring_wire(fx.pipeline.model.wiring, "y"));
}
END_TEST

START_TEST(the_ends_of_a_container_come_in_the_order_of_its_keys)
{
        put_channel("s", "publish", "");
        put_channel("p", "publish", "");
        put_channel("c", "request", "");
        put_container("a", "calls = [ \"c\" ]; subscribes = [ \"s\" ]; publishes = [ \"p\" ];");
        run();
        RtEnds ends = rt_wiring_ends(fx.arena, fx.pipeline.model.wiring, container("a"));
        ck_assert_uint_eq(ends.n, 3);
        ck_assert_str_eq(ends.items[0]->wire->channel->object.name, "p");
        ck_assert_str_eq(ends.items[1]->wire->channel->object.name, "s");
        ck_assert_str_eq(ends.items[2]->wire->channel->object.name, "c");
}
END_TEST

START_TEST(a_name_of_31_characters_is_its_file_and_a_longer_one_is_cut_and_hashed)
{
        static const char fits[] = "a234567890123456789012345678901";
        static const char longer[] = "a2345678901234567890123456789012";
        put_channel("x", "publish", "");
        put_container(fits, "subscribes = [ \"x\" ];");
        put_container(longer, "subscribes = [ \"x\" ];");
        run();
        ck_assert_str_eq(rt_end_file(fx.arena, end("x", fits)), fits);
        ck_assert_str_eq(rt_end_file(fx.arena, end("x", longer)),
                         rt_printf(fx.arena, "a234567890123456789012-%08x", rt_text_hash(longer)));
        ck_assert_uint_eq(strlen(rt_end_file(fx.arena, end("x", longer))), 31);
}
END_TEST

int main(void)
{
        return RUN_TESTS("wiring", who_subscribes_calls_or_pushes_connects_to_the_other_end,
                         of_a_pair_the_first_by_name_waits_for_the_other,
                         of_several_in_a_pair_each_waits_for_those_after_it,
                         an_end_alone_has_no_socket_but_may_be_waiting,
                         the_bridge_connects_as_the_other_end_would,
                         where_no_container_waits_there_is_no_bridge,
                         what_is_rejected_is_wired_only_where_all_is,
                         what_contradicts_the_pattern_or_is_said_twice_is_left_out,
                         the_ends_of_a_container_come_in_the_order_of_its_keys,
                         a_name_of_31_characters_is_its_file_and_a_longer_one_is_cut_and_hashed);
}
