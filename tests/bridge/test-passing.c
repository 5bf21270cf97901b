/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the bridge passes on, for each role of its end. */

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridged.h"
#include "transfer.h"

#define OVERWRITE "message_size=64 depth=16 full=overwrite spin=0 connections=1"
#define REFUSE "message_size=64 depth=16 full=refuse spin=0 connections=1"

static const char *const transports[] = { "tcp", "ipc" };

static void drain(void *socket)
{
        char buffer[64];
        (void)usleep(50000);
        while (zmq_recv(socket, buffer, sizeof buffer, ZMQ_DONTWAIT) >= 0)
                ;
}

START_TEST(published_messages_reach_subscribers_outside)
{
        Bridged b = bridged_new(OVERWRITE, "publishes", "subscribes", transports[_i], 1);
        void *one = bridged_connect(&b, ZMQ_SUB), *other = bridged_connect(&b, ZMQ_SUB);
        ck_assert(publish_until_received(b.end, one, "x"));
        ck_assert(publish_until_received(b.end, other, "x"));
        drain(one);
        drain(other);
        inside_send(b.end, "first");
        inside_send(b.end, "second");
        ck_assert(outside_receives(one, PARTS("first")));
        ck_assert(outside_receives(other, PARTS("first")));
        ck_assert(outside_receives(one, PARTS("second")));
        (void)zmq_close(one);
        (void)zmq_close(other);
        bridged_free(&b);
}
END_TEST

START_TEST(subscribers_outside_filter_by_prefix)
{
        Bridged b = bridged_new(OVERWRITE, "publishes", "subscribes", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_SUB);
        (void)zmq_setsockopt(socket, ZMQ_UNSUBSCRIBE, "", 0);
        (void)zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "a", 1);
        ck_assert(publish_until_received(b.end, socket, "a"));
        drain(socket);
        inside_send(b.end, "b-1");
        inside_send(b.end, "a-1");
        ck_assert(outside_receives(socket, PARTS("a-1")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(what_is_pushed_outside_is_pulled_inside)
{
        Bridged b = bridged_new(REFUSE, "pulls", "pushes", transports[_i], 1);
        void *socket = bridged_connect(&b, ZMQ_PUSH);
        outside_send(socket, PARTS("first"));
        outside_send(socket, PARTS("second"));
        ck_assert(inside_receives(b.end, "first", NULL));
        ck_assert(inside_receives(b.end, "second", NULL));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(a_pair_talks_both_ways)
{
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", transports[_i], 1);
        void *socket = bridged_connect(&b, ZMQ_PAIR);
        outside_send(socket, PARTS("hello"));
        ck_assert(inside_receives(b.end, "hello", NULL));
        inside_send(b.end, "how are you?");
        ck_assert(outside_receives(socket, PARTS("how are you?")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

/* -- requests ---------------------------------------------------------------------------------- */

static void reply(rtchannel *end, const rtchannel_message *request, const char *text)
{
        ck_assert_int_eq(rtchannel_reply(end, request, text, strlen(text), RTCHANNEL_NOW), 0);
}

START_TEST(requests_from_outside_get_their_replies)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", transports[_i], 1);
        void *socket = bridged_connect(&b, ZMQ_REQ);
        for (int i = 0; i < 3; i++) {
                rtchannel_message request;
                outside_send(socket, PARTS("question"));
                ck_assert(inside_receives(b.end, "question", &request));
                reply(b.end, &request, "answer");
                ck_assert(outside_receives(socket, PARTS("answer")));
        }
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(each_client_gets_the_reply_to_its_own_request_in_whatever_order_they_are_given)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *one = bridged_connect(&b, ZMQ_REQ), *other = bridged_connect(&b, ZMQ_REQ);
        rtchannel_message first, second;
        outside_send(one, PARTS("one"));
        ck_assert(inside_receives(b.end, "one", &first));
        outside_send(other, PARTS("other"));
        ck_assert(inside_receives(b.end, "other", &second));
        reply(b.end, &second, "to other");
        reply(b.end, &first, "to one");
        ck_assert(outside_receives(one, PARTS("to one")));
        ck_assert(outside_receives(other, PARTS("to other")));
        (void)zmq_close(one);
        (void)zmq_close(other);
        bridged_free(&b);
}
END_TEST

START_TEST(a_dealer_gets_its_envelope_back_with_the_reply)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_DEALER);
        rtchannel_message request;
        outside_send(socket, PARTS("17", "", "question"));
        ck_assert(inside_receives(b.end, "question", &request));
        reply(b.end, &request, "answer");
        ck_assert(outside_receives(socket, PARTS("17", "", "answer")));

        outside_send(socket, PARTS("without an envelope"));
        ck_assert(inside_receives(b.end, "without an envelope", &request));
        reply(b.end, &request, "answer");
        ck_assert(outside_receives(socket, PARTS("answer")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(an_empty_message_is_a_message)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_REQ);
        rtchannel_message request;
        outside_send(socket, PARTS(""));
        ck_assert(inside_receives(b.end, "", &request));
        reply(b.end, &request, "");
        ck_assert(outside_receives(socket, PARTS("")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

/* More than the table of those who wait has places. */
START_TEST(a_client_can_ask_any_number_of_times)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_REQ);
        for (int i = 0; i < 1000; i++) {
                rtchannel_message request;
                outside_send(socket, PARTS("question"));
                ck_assert(inside_receives(b.end, "question", &request));
                reply(b.end, &request, "answer");
                ck_assert(outside_receives(socket, PARTS("answer")));
        }
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

/* -- messages of several parts ----------------------------------------------------------------- */

/* Commits bytes as a ZeroMQ program inside would. */
static void send_raw(rtchannel *end, RtWay *way, const void *data, const RtMessageHead *head)
{
        ck_assert_int_eq(rt_begin(end, way, RTCHANNEL_NOW), 0);
        rt_writer_put(end->lent, data, head->size);
        end->lent_head = *head;
        rt_finish(end);
}

/* Sends the next message back where it came from, as it lies there. Returns its parts. */
static uint32_t echo(rtchannel *end)
{
        RtWay *way;
        RtMessage message;
        unsigned char buffer[256];
        ck_assert_int_eq(rt_peek(end, 0, &way, &message, rtchannel_in(3000000000)), 0);
        ck_assert(rt_reader_copy(&way->link->reader, &message, buffer));
        rt_received(end, way, &message, NULL);
        rt_take(end, way);
        const RtMessageHead head = { .size = message.size,
                                     .frames = message.frames,
                                     .tag = message.tag };
        send_raw(end, way, buffer, &head);
        return message.frames;
}

START_TEST(messages_of_several_parts_stay_such_both_ways)
{
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", transports[_i], 1);
        void *socket = bridged_connect(&b, ZMQ_PAIR);
        outside_send(socket, PARTS("a", "", "ccc"));
        ck_assert_uint_eq(echo(b.end), 3);
        ck_assert(outside_receives(socket, PARTS("a", "", "ccc")));
        outside_send(socket, PARTS("", ""));
        ck_assert_uint_eq(echo(b.end), 2);
        ck_assert(outside_receives(socket, PARTS("", "")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(requests_of_several_parts_are_answered)
{
        Bridged b = bridged_new(REFUSE, "serves", "calls", "ipc", 1);
        void *req = bridged_connect(&b, ZMQ_REQ), *dealer = bridged_connect(&b, ZMQ_DEALER);
        outside_send(req, PARTS("x", "y"));
        ck_assert_uint_eq(echo(b.end), 3); /* with the empty part that is implied else */
        ck_assert(outside_receives(req, PARTS("x", "y")));
        outside_send(dealer, PARTS("17", "", "x", "", "y"));
        ck_assert_uint_eq(echo(b.end), 4);
        ck_assert(outside_receives(dealer, PARTS("17", "", "x", "", "y")));
        (void)zmq_close(req);
        (void)zmq_close(dealer);
        bridged_free(&b);
}
END_TEST

START_TEST(published_messages_of_several_parts_reach_subscribers_outside)
{
        const uint32_t first = 5;
        char data[16] = "topictext";
        memcpy(data + 9, &first, sizeof first);
        const RtMessageHead head = { .size = 9 + sizeof first, .frames = 2 };
        Bridged b = bridged_new(OVERWRITE, "publishes", "subscribes", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_SUB);
        ck_assert(publish_until_received(b.end, socket, "x"));
        drain(socket);
        send_raw(b.end, NULL, data, &head);
        ck_assert(outside_receives(socket, PARTS("topic", "text")));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

START_TEST(what_only_looks_like_parts_is_dropped_and_counted)
{
        static const uint32_t table[] = { 1, 2, UINT32_MAX, 0x80000000 };
        static const RtMessageHead heads[] = {
                { .size = 3, .frames = 2 },   { .size = 16, .frames = 5 },
                { .size = 16, .frames = 65 }, { .size = 16, .frames = UINT32_MAX },
                { .size = 0, .frames = 2 },   { .size = 8, .frames = 3 },
        };
        Bridged b = bridged_new(REFUSE, "pairs", "pairs", "ipc", 1);
        void *socket = bridged_connect(&b, ZMQ_PAIR);
        (void)usleep(200000);
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
                send_raw(b.end, rt_send_way(b.end), table, &heads[i]);
        inside_send(b.end, "good");
        ck_assert(outside_receives(socket, PARTS("good")));
        ck_assert(bridged_counts(&b, "malformed", sizeof heads / sizeof heads[0]));
        (void)zmq_close(socket);
        bridged_free(&b);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("passing");
        TCase *tcase = tcase_create("passing");
        tcase_set_timeout(tcase, 60);
        tcase_add_loop_test(tcase, published_messages_reach_subscribers_outside, 0, 2);
        tcase_add_test(tcase, subscribers_outside_filter_by_prefix);
        tcase_add_loop_test(tcase, what_is_pushed_outside_is_pulled_inside, 0, 2);
        tcase_add_loop_test(tcase, a_pair_talks_both_ways, 0, 2);
        tcase_add_loop_test(tcase, requests_from_outside_get_their_replies, 0, 2);
        tcase_add_test(
                tcase,
                each_client_gets_the_reply_to_its_own_request_in_whatever_order_they_are_given);
        tcase_add_test(tcase, a_dealer_gets_its_envelope_back_with_the_reply);
        tcase_add_test(tcase, an_empty_message_is_a_message);
        tcase_add_test(tcase, a_client_can_ask_any_number_of_times);
        tcase_add_loop_test(tcase, messages_of_several_parts_stay_such_both_ways, 0, 2);
        tcase_add_test(tcase, requests_of_several_parts_are_answered);
        tcase_add_test(tcase, published_messages_of_several_parts_reach_subscribers_outside);
        tcase_add_test(tcase, what_only_looks_like_parts_is_dropped_and_counted);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
