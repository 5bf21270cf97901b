/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the checks and limits of descriptors say that channels take, against what they do take. */

#include "own-memory.h"

#include "fixture.h"
#include "resources.h"
#include "text.h"

/* "a" listens, "b" connects. */
static void compare(const char *pattern, const char *listening, const char *connecting,
                    const char *geometry)
{
        put("c.channel", rt_printf(fx.arena, "pattern = \"%s\"; %s", pattern, geometry));
        put_container("a", rt_printf(fx.arena, "%s = [ \"c\" ];", listening));
        put_container("b", rt_printf(fx.arena, "%s = [ \"c\" ];", connecting));
        put_config("x", "a b", "");
        run();
        expect_no_diagnostics();
        const char *text_a = artifact("rtcontainers.nspawn.d/a.channels");
        const char *text_b = artifact("rtcontainers.nspawn.d/b.channels");
        for (int listens = 0; listens < 2; listens++) {
                const RtWiring *wiring = fx.pipeline.model.wiring;
                const RtContainer *one = container(listens ? "a" : "b");
                OwnMemory memory = own_memory("c", text_a, text_b, listens);
                ck_assert_int_eq(rt_channels_memory(fx.arena, wiring, one), memory.made);
                ck_assert_int_eq(rt_channels_locked(fx.arena, wiring, one), memory.mapped);
        }
}

static void compare_sizes(const char *pattern, const char *listening, const char *connecting)
{
        compare(pattern, listening, connecting, "message_size = 64; depth = 16;");
        compare(pattern, listening, connecting,
                "message_size = 4097; depth = 3; connections = 3; full = \"overwrite\";");
        compare(pattern, listening, connecting,
                "message_size = 1; depth = 1; connections = 2; full = \"refuse\";");
}

START_TEST(ends_that_publish_and_subscribe_take_and_lock_exactly_what_is_said)
{
        compare_sizes("publish", "publishes", "subscribes");
}
END_TEST

START_TEST(ends_that_serve_and_call_take_and_lock_exactly_what_is_said)
{
        compare_sizes("request", "serves", "calls");
}
END_TEST

START_TEST(ends_that_pull_and_push_take_and_lock_exactly_what_is_said)
{
        compare_sizes("push", "pulls", "pushes");
}
END_TEST

START_TEST(both_ends_of_a_pair_take_and_lock_exactly_what_is_said)
{
        compare("pair", "pairs", "pairs", "message_size = 64; depth = 16;");
        compare("pair", "pairs", "pairs", "message_size = 4097; depth = 3; full = \"overwrite\";");
}
END_TEST

int main(void)
{
        return RUN_TESTS("memory",
                         ends_that_publish_and_subscribe_take_and_lock_exactly_what_is_said,
                         ends_that_serve_and_call_take_and_lock_exactly_what_is_said,
                         ends_that_pull_and_push_take_and_lock_exactly_what_is_said,
                         both_ends_of_a_pair_take_and_lock_exactly_what_is_said);
}
