/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ZeroMQ programs and programs that use rtchannel.h at two ends of one channel. */

#include <errno.h>
#include <zmq.h>

#include "house.h"

static rtchannel *open_end(const char *name, bool listens)
{
        rtchannel *end;
        if (listens)
                enter_listening();
        else
                enter_connecting();
        expect_ok(rtchannel_open(name, &end));
        return end;
}

static void expect_plain(rtchannel *end, const char *text, rtchannel_message *ret)
{
        char got[64];
        expect_ok(rtchannel_receive(end, got, sizeof got, ret, late()));
        ck_assert_uint_eq(ret->size, strlen(text));
        ck_assert_int_eq(memcmp(got, text, ret->size), 0);
}

START_TEST(messages_go_both_ways)
{
        rtchannel_message message;
        declare("wire", PLENTY, "pairs", "pairs");
        rtchannel *end = open_end("wire", true);
        void *pair = connecting(ZMQ_PAIR, "wire");
        send_text(pair, "to plain");
        expect_plain(end, "to plain", &message);
        expect_ok(rtchannel_send(end, "to zmq", 6, late()));
        expect_text(pair, "to zmq");
        rtchannel_close(end);
        leave(pair, NULL, NULL);
}
END_TEST

START_TEST(the_parts_of_a_message_are_one_to_a_plain_program)
{
        rtchannel_message message;
        const void *data;
        declare("wire", PLENTY, "pairs", "pairs");
        rtchannel *end = open_end("wire", true);
        void *pair = connecting(ZMQ_PAIR, "wire");
        char most[60] = { 'z' };
        send_part(pair, "head");
        ck_assert_int_eq(zmq_send(pair, most, sizeof most, 0), 60); /* as long as there can be */
        send_part(pair, "head");
        send_text(pair, "body");
        char got[64];
        expect_ok(rtchannel_receive(end, got, sizeof got, &message, late()));
        ck_assert_uint_eq(message.size, 64);
        expect_ok(rtchannel_borrow(end, &data, &message, late()));
        ck_assert_uint_eq(message.size, 8);
        ck_assert_int_eq(memcmp(data, "headbody", 8), 0);
        expect_ok(rtchannel_release(end));
        rtchannel_close(end);
        leave(pair, NULL, NULL);
}
END_TEST

/* Serves one call in a child: replies with the request and "!". */
static void serve(void *unused)
{
        char text[64];
        rtchannel_message request;
        (void)unused;
        rtchannel *end = open_end("ask", true);
        for (int i = 0; i < 2; i++) {
                expect_ok(rtchannel_receive(end, text, sizeof text, &request, late()));
                text[request.size] = '!';
                expect_ok(rtchannel_reply(end, &request, text, request.size + 1, late()));
        }
        wait_step(0, 1);
        rtchannel_close(end);
}

START_TEST(a_plain_server_answers_req_and_dealer)
{
        declare("ask", PLENTY, "serves", "calls");
        pid_t child = in_child(serve, NULL);
        void *req = connecting(ZMQ_REQ, "ask"), *dealer = connecting(ZMQ_DEALER, "ask");
        send_text(req, "one");
        expect_text(req, "one!");
        send_part(dealer, "");
        send_text(dealer, "two");
        expect_part(dealer, "");
        expect_text(dealer, "two!");
        set_step(0, 1);
        expect_child(child);
        leave(req, dealer, NULL);
}
END_TEST

static void call_twice(void *unused)
{
        char reply[64];
        rtchannel_message got;
        (void)unused;
        rtchannel *end = open_end("ask", false);
        for (int i = 0; i < 2; i++) {
                expect_ok(rtchannel_call(end, "what?", 5, reply, sizeof reply, &got, late()));
                ck_assert_uint_eq(got.size, 4);
                ck_assert_int_eq(memcmp(reply, "that", 4), 0);
        }
        rtchannel_close(end);
}

START_TEST(a_rep_answers_plain_calls)
{
        declare("ask", PLENTY, "serves", "calls");
        pid_t child = in_child(call_twice, NULL);
        void *rep = listening(ZMQ_REP, "ask");
        for (int i = 0; i < 2; i++) {
                expect_text(rep, "what?");
                send_text(rep, "that");
        }
        expect_child(child);
        leave(rep, NULL, NULL);
}
END_TEST

START_TEST(a_router_answers_each_plain_request_even_out_of_order)
{
        uint64_t first, second;
        rtchannel_message got;
        char ids[2][256], reply[64];
        int sizes[2];
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask");
        rtchannel *end = open_end("ask", false);
        expect_ok(rtchannel_request(end, "1", 1, RTCHANNEL_FOREVER, &first, late()));
        expect_ok(rtchannel_request(end, "2", 1, RTCHANNEL_FOREVER, &second, late()));
        for (int i = 0; i < 2; i++) {
                sizes[i] = zmq_recv(router, ids[i], 256, 0);
                ck_assert_int_gt(sizes[i], 0);
                expect_part(router, "");
                expect_text(router, i == 0 ? "1" : "2");
        }
        for (int i = 1; i >= 0; i--) {
                ck_assert_int_eq(zmq_send(router, ids[i], (size_t)sizes[i], ZMQ_SNDMORE), sizes[i]);
                send_part(router, "");
                send_text(router, i == 0 ? "a" : "b");
        }
        expect_ok(rtchannel_receive(end, reply, sizeof reply, &got, late()));
        ck_assert_uint_eq(got.tag, second);
        ck_assert_int_eq(reply[0], 'b');
        expect_ok(rtchannel_receive(end, reply, sizeof reply, &got, late()));
        ck_assert_uint_eq(got.tag, first);
        ck_assert_int_eq(reply[0], 'a');
        rtchannel_close(end);
        leave(router, NULL, NULL);
}
END_TEST

START_TEST(a_request_that_has_expired_reaches_no_rep)
{
        uint64_t tag;
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask");
        rtchannel *end = open_end("ask", false);
        expect_ok(rtchannel_request(end, "old", 3, rtchannel_now() + 1, &tag, late()));
        expect_ok(rtchannel_request(end, "new", 3, RTCHANNEL_FOREVER, &tag, late()));
        expect_text(rep, "new");
        rtchannel_close(end);
        leave(rep, NULL, NULL);
}
END_TEST

START_TEST(a_plain_publisher_is_subscribed_to)
{
        char got[64];
        declare("news", PLENTY, "publishes", "subscribes");
        rtchannel *end = open_end("news", true);
        void *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "x");
        expect_ok(rtchannel_wait_peer(end, late()));
        expect_ok(rtchannel_send(end, "a", 1, late()));
        expect_ok(rtchannel_send(end, "xyz", 3, late()));
        ck_assert_int_eq(zmq_recv(sub, got, sizeof got, 0), 3);
        rtchannel_close(end);
        leave(sub, NULL, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-plain", messages_go_both_ways,
                         the_parts_of_a_message_are_one_to_a_plain_program,
                         a_plain_server_answers_req_and_dealer, a_rep_answers_plain_calls,
                         a_router_answers_each_plain_request_even_out_of_order,
                         a_request_that_has_expired_reaches_no_rep,
                         a_plain_publisher_is_subscribed_to);
}
