/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An outside that is slow, absent or wrong, and ends that come and go. */

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridged.h"

#define OVERWRITE "message_size=64 depth=16 full=overwrite spin=0 connections=1"
#define REFUSE "message_size=64 depth=4 full=refuse spin=0 connections=1"

/* Publishes numbers, and lets another subscriber read each group of them before the next. Returns
 * how many of them it got. */
static int publish_and_read(Bridged *b, rtchannel *subscriber, int n)
{
        int got = 0;
        for (int i = 0; i < n; i++) {
                char buffer[64];
                ck_assert_int_eq(rtchannel_send(b->end, &i, sizeof i, RTCHANNEL_NOW), 0);
                while (i % 8 == 7 && rtchannel_receive(subscriber, buffer, sizeof buffer, NULL,
                                                       RTCHANNEL_NOW) == 0)
                        got++;
        }
        return got;
}

static rtchannel *other_subscriber(Bridged *b)
{
        rtchannel *subscriber = wire_connect(&b->wire, "subscribes", 'b');
        ck_assert_int_eq(rtchannel_wait_peer(subscriber, rtchannel_in(3000000000)), 0);
        ck_assert(wire_wait_peers(b->end, 2));
        return subscriber;
}

START_TEST(a_slow_subscriber_outside_costs_those_inside_nothing)
{
        int one = 1;
        Bridged b = bridged_new(OVERWRITE, "publishes", "subscribes", "tcp", 2);
        rtchannel *subscriber = other_subscriber(&b);
        void *slow = bridged_connect(&b, ZMQ_SUB);
        (void)zmq_setsockopt(slow, ZMQ_RCVHWM, &one, sizeof one);
        (void)usleep(200000);
        ck_assert_int_eq(publish_and_read(&b, subscriber, 400000), 400000);

        /* And the bridge goes on. */
        void *quick = bridged_connect(&b, ZMQ_SUB);
        ck_assert(publish_until_received(b.end, quick, "x"));
        (void)zmq_close(slow);
        (void)zmq_close(quick);
        rtchannel_close(subscriber);
        bridged_free(&b);
}
END_TEST

START_TEST(a_bridge_that_stands_still_costs_those_inside_nothing)
{
        Bridged b = bridged_new(OVERWRITE, "publishes", "subscribes", "tcp", 2);
        rtchannel *subscriber = other_subscriber(&b);
        ck_assert_int_eq(kill(b.pid, SIGSTOP), 0);
        ck_assert_int_eq(publish_and_read(&b, subscriber, 400000), 400000);
        ck_assert_int_eq(kill(b.pid, SIGCONT), 0);
        ck_assert(bridged_counts(&b, "lost", 1));
        rtchannel_close(subscriber);
        bridged_free(&b);
}
END_TEST

START_TEST(a_pair_without_a_peer_outside_never_refuses_inside)
{
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", "ipc", 1);
        for (int i = 0; i < 1000; i++)
                inside_send(b.end, "x");
        ck_assert(bridged_counts(&b, "dropped", 1000));
        bridged_free(&b);
}
END_TEST

START_TEST(a_slow_peer_outside_never_refuses_inside)
{
        enum { LARGE = 1 << 20 };
        Bridged b = bridged_new("message_size=1048576 depth=2 full=refuse spin=0 connections=1",
                                "pairs", "pairs", "ipc", 1);
        void *slow = bridged_connect(&b, ZMQ_PAIR);
        void *data = calloc(1, LARGE);
        (void)usleep(200000);
        for (int i = 0; i < 2000; i++)
                ck_assert_int_eq(rtchannel_send(b.end, data, LARGE, rtchannel_in(3000000000)), 0);
        ck_assert(bridged_counts(&b, "dropped", 1));
        free(data);
        (void)zmq_close(slow);
        bridged_free(&b);
}
END_TEST

/* -- what comes from outside ------------------------------------------------------------------- */

START_TEST(messages_that_are_too_long_are_dropped_and_counted)
{
        char longer[66] = "";
        memset(longer, 'x', sizeof longer - 1);
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        outside_send(socket, PARTS(longer));
        outside_send(socket, PARTS(longer + 1));
        ck_assert(inside_receives(b.end, longer + 1, NULL));
        ck_assert(bridged_counts(&b, "too_long", 1));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(who_sends_what_is_far_too_long_is_cut_off)
{
        size_t size = 1 << 20;
        void *data = calloc(1, size);
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", "tcp", 1);
        void *bad = bridged_connect(&b, ZMQ_PUSH), *good = bridged_connect(&b, ZMQ_PUSH);
        ck_assert_int_ge(zmq_send(bad, data, size, 0), 0);
        outside_send(good, PARTS("x"));
        ck_assert(inside_receives(b.end, "x", NULL));
        (void)usleep(200000);
        outside_send(good, PARTS("y"));
        ck_assert(bridged_counts(&b, "in", 2));
        /* It was not even taken in, so as to be counted. */
        ck_assert_ptr_nonnull(strstr(b.status, "too_long=0"));
        free(data);
        (void)zmq_close(bad);
        (void)zmq_close(good);
        bridged_free(&b);
}
END_TEST

START_TEST(requests_that_are_none_are_dropped_and_counted)
{
        char longer[66] = "";
        memset(longer, 'x', sizeof longer - 1);
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_DEALER);
        outside_send(socket, PARTS("")); /* an envelope, and nothing in it */
        outside_send(socket, PARTS("1", "2", "3", "4", "5", "6", "7", "8", "", "too deep"));
        outside_send(socket, PARTS("", longer));
        outside_send(socket, PARTS("", "good"));
        ck_assert(inside_receives(b.end, "good", NULL));
        ck_assert(bridged_counts(&b, "malformed", 2));
        ck_assert(bridged_counts(&b, "too_long", 1));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(more_parts_than_a_message_can_have_are_dropped_and_counted)
{
        const char *parts[66], *few[21];
        for (int i = 0; i < 65; i++)
                parts[i] = "";
        for (int i = 0; i < 20; i++)
                few[i] = "x";
        parts[65] = few[20] = NULL;
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        outside_send(socket, parts);
        outside_send(socket, few); /* with their sizes, more than the slot has bytes */
        outside_send(socket, PARTS("good"));
        ck_assert(inside_receives(b.end, "good", NULL));
        ck_assert(bridged_counts(&b, "malformed", 1));
        ck_assert(bridged_counts(&b, "too_long", 1));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(what_the_channel_has_no_room_for_waits_outside_and_is_not_lost)
{
        enum { N = 300 };
        char text[16];
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        for (int i = 0; i < N; i++) {
                (void)snprintf(text, sizeof text, "%d", i);
                outside_send(socket, PARTS(text));
        }
        (void)usleep(200000);
        for (int i = 0; i < N; i++) {
                (void)snprintf(text, sizeof text, "%d", i);
                ck_assert(inside_receives(b.end, text, NULL));
        }
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(a_flood_from_outside_comes_in_as_a_stream)
{
        enum { N = 4000, LEAST_MS = N / 32 - 2 };
        Bridged b = bridged_new("message_size=64 depth=64 full=refuse spin=0 connections=1",
                                "pulls", "pushes", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        int unlimited = 0;
        (void)zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
        int64_t start = rtchannel_now();
        for (int i = 0; i < N; i++)
                outside_send(socket, PARTS("x"));
        for (int i = 0; i < N; i++)
                ck_assert(inside_receives(b.end, "x", NULL));
        ck_assert_int_ge((rtchannel_now() - start) / 1000000, LEAST_MS);
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

/* -- requests without a reply ------------------------------------------------------------------ */

START_TEST(a_request_without_a_reply_is_given_up_and_its_late_reply_goes_nowhere)
{
        char buffer[64];
        int patience = 500;
        rtchannel_message request;
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        ck_assert_int_eq(bridged_end(&b, SIGTERM), 0);
        b.timeout = "100";
        bridged_start(&b);
        void *socket = bridged_connect(&b, ZMQ_REQ);
        (void)zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
        outside_send(socket, PARTS("question"));
        ck_assert(inside_receives(b.end, "question", &request));
        ck_assert(bridged_counts(&b, "unanswered", 1));
        ck_assert_int_eq(rtchannel_reply(b.end, &request, "late", 4, RTCHANNEL_NOW), 0);
        ck_assert(bridged_counts(&b, "late", 1));
        ck_assert_int_lt(zmq_recv(socket, buffer, sizeof buffer, 0), 0);
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(the_server_does_not_see_requests_that_were_given_up)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        ck_assert_int_eq(bridged_end(&b, SIGTERM), 0);
        b.timeout = "100";
        bridged_start(&b);
        void *socket = bridged_connect(&b, ZMQ_DEALER);
        outside_send(socket, PARTS("", "old"));
        ck_assert(bridged_counts(&b, "unanswered", 1));
        outside_send(socket, PARTS("", "new"));
        ck_assert(inside_receives(b.end, "new", NULL));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(more_requests_than_can_wait_are_answered_all_the_same)
{
        enum { N = 600 };
        Bridged b = bridged_new("message_size=64 depth=1024 full=refuse spin=0 connections=1",
                                "serves", "calls", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_DEALER);
        for (int i = 0; i < N; i++)
                outside_send(socket, PARTS("", "question"));
        (void)usleep(200000);
        for (int i = 0; i < N; i++) {
                rtchannel_message request;
                ck_assert(inside_receives(b.end, "question", &request));
                ck_assert_int_eq(rtchannel_reply(b.end, &request, "answer", 6, RTCHANNEL_NOW), 0);
        }
        for (int i = 0; i < N; i++)
                ck_assert(outside_receives(socket, PARTS("", "answer")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(a_client_that_has_gone_costs_its_reply)
{
        rtchannel_message request;
        Bridged b = bridged_new(REFUSE, "serves", "calls", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_REQ);
        outside_send(socket, PARTS("question"));
        ck_assert(inside_receives(b.end, "question", &request));
        (void)zmq_close(socket);
        (void)usleep(200000);
        ck_assert_int_eq(rtchannel_reply(b.end, &request, "answer", 6, RTCHANNEL_NOW), 0);
        ck_assert(bridged_counts(&b, "dropped", 1));
        bridged_free(&b);
}
END_TEST

/* -- rest -------------------------------------------------------------------------------------- */

static unsigned long sleeps_of(pid_t pid)
{
        char line[256], path[64];
        unsigned long n = 0;
        (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
        FILE *file = fopen(path, "re");
        ck_assert_ptr_nonnull(file);
        while (fgets(line, sizeof line, file))
                (void)sscanf(line, "voluntary_ctxt_switches: %lu", &n);
        (void)fclose(file);
        return n;
}

static void expect_rest(Bridged *b)
{
        (void)usleep(300000);
        unsigned long before = sleeps_of(b->pid);
        ck_assert_int_gt(before, 0);
        (void)usleep(500000);
        ck_assert_int_le(sleeps_of(b->pid) - before, 3);
        struct timespec used;
        clockid_t clock;
        ck_assert_int_eq(clock_getcpuclockid(b->pid, &clock), 0);
        ck_assert_int_eq(clock_gettime(clock, &used), 0);
        ck_assert_int_eq(used.tv_sec, 0);
        ck_assert_int_lt(used.tv_nsec, 200 * 1000 * 1000);
}

START_TEST(a_bridge_without_messages_sleeps)
{
        static const struct {
                const char *listening, *bridging;
                int outside;
        } roles[] = { { "publishes", "subscribes", ZMQ_SUB },
                      { "pulls", "pushes", ZMQ_PUSH },
                      { "serves", "calls", ZMQ_DEALER },
                      { "pairs", "pairs", ZMQ_PAIR } };
        Bridged b = bridged_new(OVERWRITE, roles[_i].listening, roles[_i].bridging, "tcp", 1);
        void *socket = bridged_connect(&b, roles[_i].outside);
        expect_rest(&b);
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

/* -- ends that come and go --------------------------------------------------------------------- */

START_TEST(a_bridge_that_was_killed_comes_back_and_both_sides_find_it)
{
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_PAIR);
        outside_send(socket, PARTS("before"));
        ck_assert(inside_receives(b.end, "before", NULL));
        ck_assert_int_eq(bridged_end(&b, SIGKILL), -1);
        ck_assert(wire_wait_peers(b.end, 0));
        bridged_start(&b);
        outside_send(socket, PARTS("after"));
        ck_assert(inside_receives(b.end, "after", NULL));
        inside_send(b.end, "back");
        ck_assert(outside_receives(socket, PARTS("back")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(an_inside_that_was_restarted_is_found_again)
{
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        outside_send(socket, PARTS("before"));
        ck_assert(inside_receives(b.end, "before", NULL));
        rtchannel_close(b.end);
        (void)usleep(100000);
        outside_send(socket, PARTS("meanwhile"));
        (void)usleep(100000);
        b.end = wire_listen(&b.wire, "pulls");
        ck_assert(inside_receives(b.end, "meanwhile", NULL));
        outside_send(socket, PARTS("after"));
        ck_assert(inside_receives(b.end, "after", NULL));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(a_server_that_was_restarted_answers_the_next_request)
{
        rtchannel_message request;
        Bridged b = bridged_new(REFUSE, "serves", "calls", "tcp", 1);
        void *socket = bridged_connect(&b, ZMQ_DEALER);
        outside_send(socket, PARTS("", "lost"));
        ck_assert(inside_receives(b.end, "lost", &request));
        rtchannel_close(b.end);
        ck_assert(bridged_counts(&b, "unanswered", 1));
        b.end = wire_listen(&b.wire, "serves");
        outside_send(socket, PARTS("", "next"));
        ck_assert(inside_receives(b.end, "next", &request));
        ck_assert_int_eq(rtchannel_reply(b.end, &request, "answer", 6, RTCHANNEL_NOW), 0);
        ck_assert(outside_receives(socket, PARTS("", "answer")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(another_peer_outside_takes_the_place_of_one_that_has_gone)
{
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", "tcp", 1);
        for (int i = 0; i < 3; i++) {
                void *socket = bridged_connect(&b, ZMQ_PAIR);
                outside_send(socket, PARTS("hello"));
                ck_assert(inside_receives(b.end, "hello", NULL));
                inside_send(b.end, "welcome");
                ck_assert(outside_receives(socket, PARTS("welcome")));
                (void)zmq_close(socket);
                (void)usleep(200000);
        }
        bridged_free(&b);
}
END_TEST

static TCase *outside_case(void)
{
        TCase *tcase = tcase_create("outside");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_slow_subscriber_outside_costs_those_inside_nothing);
        tcase_add_test(tcase, a_bridge_that_stands_still_costs_those_inside_nothing);
        tcase_add_test(tcase, a_pair_without_a_peer_outside_never_refuses_inside);
        tcase_add_test(tcase, a_slow_peer_outside_never_refuses_inside);
        tcase_add_test(tcase, messages_that_are_too_long_are_dropped_and_counted);
        tcase_add_test(tcase, who_sends_what_is_far_too_long_is_cut_off);
        tcase_add_test(tcase, requests_that_are_none_are_dropped_and_counted);
        tcase_add_test(tcase, more_parts_than_a_message_can_have_are_dropped_and_counted);
        tcase_add_test(tcase, what_the_channel_has_no_room_for_waits_outside_and_is_not_lost);
        tcase_add_test(tcase, a_flood_from_outside_comes_in_as_a_stream);
        return tcase;
}

static TCase *life_case(void)
{
        TCase *tcase = tcase_create("life");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase,
                       a_request_without_a_reply_is_given_up_and_its_late_reply_goes_nowhere);
        tcase_add_test(tcase, the_server_does_not_see_requests_that_were_given_up);
        tcase_add_test(tcase, more_requests_than_can_wait_are_answered_all_the_same);
        tcase_add_test(tcase, a_client_that_has_gone_costs_its_reply);
        tcase_add_loop_test(tcase, a_bridge_without_messages_sleeps, 0, 4);
        tcase_add_test(tcase, a_bridge_that_was_killed_comes_back_and_both_sides_find_it);
        tcase_add_test(tcase, an_inside_that_was_restarted_is_found_again);
        tcase_add_test(tcase, a_server_that_was_restarted_answers_the_next_request);
        tcase_add_test(tcase, another_peer_outside_takes_the_place_of_one_that_has_gone);
        return tcase;
}

int main(void)
{
        Suite *suite = suite_create("pressure");
        suite_add_tcase(suite, outside_case());
        suite_add_tcase(suite, life_case());
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
