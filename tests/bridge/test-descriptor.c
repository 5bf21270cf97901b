/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What whoever waits for an end's descriptor besides others, as the bridge does, counts on. */

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "wire.h"

#define GEOMETRY "message_size=64 depth=2 full=refuse spin=0 connections=1"

static int is_readable(rtchannel *end)
{
        struct pollfd fd = { .fd = rtchannel_fd(end), .events = POLLIN };
        return poll(&fd, 1, 0);
}

static void take_events(rtchannel *end)
{
        rtchannel_event event;
        while (rtchannel_event_next(end, &event) > 0)
                ;
}

START_TEST(the_descriptor_of_an_end_that_only_sends_is_quiet_once_events_are_taken)
{
        Ends ends = ends_new(GEOMETRY, "pulls", "pushes");
        (void)rtchannel_fd(ends.connecting);
        take_events(ends.connecting);
        ck_assert_int_eq(is_readable(ends.connecting), 0);

        rtchannel_close(ends.listening);
        ends.listening = NULL;
        ck_assert(wire_wait_peers(ends.connecting, 0));
        ck_assert_int_eq(is_readable(ends.connecting), 1);
        take_events(ends.connecting);
        ck_assert_int_eq(is_readable(ends.connecting), 0);
        ends_free(&ends);
}
END_TEST

START_TEST(taking_events_leaves_the_descriptor_readable_for_a_message)
{
        Ends ends = ends_new(GEOMETRY, "pulls", "pushes");
        (void)rtchannel_fd(ends.listening);
        take_events(ends.listening);
        ck_assert_int_eq(is_readable(ends.listening), 0);
        ck_assert_int_eq(rtchannel_send(ends.connecting, "x", 1, RTCHANNEL_NOW), 0);
        take_events(ends.listening);
        ck_assert_int_eq(is_readable(ends.listening), 1);
        ends_free(&ends);
}
END_TEST

START_TEST(receiving_in_vain_does_not_lose_the_wake_for_room)
{
        char buffer[64];
        Ends ends = ends_new(GEOMETRY, "pairs", "pairs");
        rtchannel *end = ends.connecting, *peer = ends.listening;
        (void)rtchannel_fd(end);
        take_events(end);
        for (int i = 0; i < 2; i++)
                ck_assert_int_eq(rtchannel_send(end, "x", 1, RTCHANNEL_NOW), 0);
        ck_assert_int_eq(rtchannel_send(end, "x", 1, RTCHANNEL_NOW), -EAGAIN);
        ck_assert_int_eq(is_readable(end), 0);
        ck_assert_int_eq(rtchannel_receive(peer, buffer, sizeof buffer, NULL, RTCHANNEL_NOW), 0);
        ck_assert_int_eq(rtchannel_receive(end, buffer, sizeof buffer, NULL, RTCHANNEL_NOW),
                         -EAGAIN);
        ck_assert_int_eq(is_readable(end), 1);

        /* And no longer than until the room is used. */
        ck_assert_int_eq(rtchannel_send(end, "x", 1, RTCHANNEL_NOW), 0);
        ck_assert_int_eq(rtchannel_receive(end, buffer, sizeof buffer, NULL, RTCHANNEL_NOW),
                         -EAGAIN);
        ck_assert_int_eq(is_readable(end), 0);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("descriptor");
        TCase *tcase = tcase_create("descriptor");
        tcase_add_test(tcase,
                       the_descriptor_of_an_end_that_only_sends_is_quiet_once_events_are_taken);
        tcase_add_test(tcase, taking_events_leaves_the_descriptor_readable_for_a_message);
        tcase_add_test(tcase, receiving_in_vain_does_not_lose_the_wake_for_room);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
