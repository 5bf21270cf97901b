/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each pattern over its channel, as ZeroMQ programs know it. */

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "house.h"

START_TEST(a_pair_exchanges_messages_both_ways)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        send_text(a, "to b");
        expect_text(b, "to b");
        send_text(b, "");
        expect_text(a, "");
        leave(a, b, NULL);
}
END_TEST

START_TEST(a_message_arrives_with_all_its_parts)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        send_part(a, "head");
        send_part(a, "");
        send_text(a, "body");
        send_text(a, "next");
        expect_part(b, "head");
        expect_part(b, "");
        expect_text(b, "body");
        expect_text(b, "next");
        leave(a, b, NULL);
}
END_TEST

START_TEST(no_part_arrives_before_the_last_one_is_sent)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        send_text(a, "first");
        expect_text(b, "first");
        send_part(a, "head");
        expect_none(b);
        ck_assert_int_eq(get_number(b, ZMQ_EVENTS) & ZMQ_POLLIN, 0);
        send_text(a, "body");
        expect_part(b, "head");
        expect_text(b, "body");
        leave(a, b, NULL);
}
END_TEST

START_TEST(messages_of_libzmq_are_sent_received_and_emptied)
{
        zmq_msg_t message;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        ck_assert_int_eq(zmq_msg_init_size(&message, 50), 0); /* longer than what lies in it */
        memset(zmq_msg_data(&message), 'x', 50);
        ck_assert_int_eq(zmq_msg_send(&message, a, ZMQ_SNDMORE), 50);
        ck_assert_uint_eq(zmq_msg_size(&message), 0);
        ck_assert_int_eq(zmq_sendmsg(a, &message, 0), 0);
        ck_assert_int_eq(zmq_msg_init_size(&message, 5), 0);
        ck_assert_int_eq(zmq_msg_recv(&message, b, 0), 50);
        ck_assert_uint_eq(zmq_msg_size(&message), 50);
        ck_assert_int_eq(((char *)zmq_msg_data(&message))[49], 'x');
        ck_assert_int_eq(zmq_msg_more(&message), 1);
        ck_assert_int_eq(zmq_recvmsg(b, &message, 0), 0);
        ck_assert_int_eq(zmq_msg_more(&message), 0);
        ck_assert_int_eq(zmq_msg_close(&message), 0);
        leave(a, b, NULL);
}
END_TEST

START_TEST(a_buffer_that_is_too_short_gets_the_beginning)
{
        char buffer[4] = "...";
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        send_text(a, "abcdef");
        send_text(a, "next");
        ck_assert_int_eq(zmq_recv(b, buffer, 2, 0), 6);
        ck_assert_str_eq(buffer, "ab.");
        expect_text(b, "next");
        leave(a, b, NULL);
}
END_TEST

START_TEST(vectors_are_sent_and_received_as_parts)
{
        struct iovec out[] = { { "one", 3 }, { "three", 5 } }, in[4];
        size_t n = 4;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        ck_assert_int_eq(zmq_sendiov(a, out, 2, ZMQ_SNDMORE), 5);
        ck_assert_int_eq(zmq_recviov(b, in, &n, 0), 2);
        ck_assert_uint_eq(n, 2);
        ck_assert_uint_eq(in[1].iov_len, 5);
        ck_assert_int_eq(memcmp(in[1].iov_base, "three", 5), 0);
        free(in[0].iov_base);
        free(in[1].iov_base);
        expect_error(zmq_sendiov(a, out, 0, 0), EINVAL);
        expect_error(zmq_recviov(b, in, NULL, 0), EINVAL);
        leave(a, b, NULL);
}
END_TEST

START_TEST(several_pushers_are_pulled_from_in_turn)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *pull = listening(ZMQ_PULL, "work");
        void *a = connecting(ZMQ_PUSH, "work"), *b = connecting(ZMQ_PUSH, "work");
        for (int i = 0; i < 2; i++) {
                send_text(a, "a");
                send_text(b, "b");
        }
        int from_a = 0;
        for (int i = 0; i < 4; i++) {
                char got;
                ck_assert_int_eq(zmq_recv(pull, &got, 1, 0), 1);
                from_a += got == 'a';
        }
        ck_assert_int_eq(from_a, 2);
        expect_error(zmq_send(pull, "x", 1, 0), ENOTSUP);
        expect_error(zmq_recv(a, NULL, 0, 0), ENOTSUP);
        ck_assert_int_eq(zmq_close(b), 0);
        leave(pull, a, NULL);
}
END_TEST

START_TEST(a_socket_with_two_channels_sends_by_turns_and_receives_from_both)
{
        declare("one", PLENTY, "pulls", "pushes");
        declare("two", PLENTY, "pulls", "pushes");
        void *push = connecting(ZMQ_PUSH, "one"), *pull = listening(ZMQ_PULL, "one");
        join(push, "two", false);
        join(pull, "two", true);
        for (int i = 0; i < 6; i++)
                send_text(push, "x");
        for (int i = 0; i < 6; i++)
                expect_text(pull, "x");
        expect_none(pull);
        ck_assert_int_eq(zmq_disconnect(push, "shm://two"), 0);
        send_text(push, "y");
        expect_text(pull, "y");
        leave(push, pull, NULL);
}
END_TEST

START_TEST(whoever_has_room_gets_a_message_in_turn)
{
        declare("one", PLENTY, "pulls", "pushes");
        declare("two", PLENTY, "pulls", "pushes");
        void *push = connecting(ZMQ_PUSH, "one"), *one = listening(ZMQ_PULL, "one");
        void *two = listening(ZMQ_PULL, "two");
        join(push, "two", false);
        for (int i = 0; i < 8; i++)
                send_text(push, "x");
        for (int i = 0; i < 4; i++)
                expect_text(one, "x");
        expect_none(one);
        for (int i = 0; i < 12; i++) /* two has room for four */
                send_text(push, "y");
        for (int i = 0; i < 8; i++)
                expect_text(one, "y");
        for (int i = 0; i < 8; i++)
                expect_text(two, i < 4 ? "x" : "y");
        leave(push, one, two);
}
END_TEST

START_TEST(a_request_gets_its_reply)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = connecting(ZMQ_REQ, "ask");
        for (int i = 0; i < 20; i++) { /* more than fit at once */
                send_text(req, "question");
                expect_text(rep, "question");
                send_text(rep, "answer");
                expect_text(req, "answer");
        }
        leave(rep, req, NULL);
}
END_TEST

START_TEST(requests_and_replies_may_have_parts)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = connecting(ZMQ_REQ, "ask");
        send_part(req, "what");
        send_text(req, "ever");
        expect_part(rep, "what");
        expect_error(zmq_send(rep, "early", 5, 0), EFSM);
        expect_text(rep, "ever");
        send_part(rep, "so");
        send_text(rep, "what");
        expect_part(req, "so");
        expect_error(zmq_send(req, "early", 5, 0), EFSM);
        expect_text(req, "what");
        send_text(req, "again");
        expect_text(rep, "again");
        leave(rep, req, NULL);
}
END_TEST

START_TEST(requests_and_replies_take_turns)
{
        char byte;
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = connecting(ZMQ_REQ, "ask");
        expect_error(zmq_recv(req, &byte, 1, 0), EFSM);
        expect_error(zmq_send(rep, "x", 1, 0), EFSM);
        send_text(req, "1");
        expect_error(zmq_send(req, "2", 1, 0), EFSM);
        expect_text(rep, "1");
        expect_error(zmq_recv(rep, &byte, 1, 0), EFSM);
        leave(rep, req, NULL);
}
END_TEST

START_TEST(replies_go_to_who_asked)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask");
        void *a = connecting(ZMQ_REQ, "ask"), *b = connecting(ZMQ_REQ, "ask");
        send_text(a, "from a");
        expect_text(rep, "from a");
        send_text(b, "from b");
        send_text(rep, "to a");
        expect_text(rep, "from b");
        send_text(rep, "to b");
        expect_text(b, "to b");
        expect_text(a, "to a");
        leave(rep, a, b);
}
END_TEST

START_TEST(a_relaxed_requester_may_ask_again_and_gets_the_newer_reply)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = blank(ZMQ_REQ);
        set_number(req, ZMQ_REQ_RELAXED, 1);
        set_number(req, ZMQ_REQ_CORRELATE, 1);
        join(req, "ask", false);
        send_text(req, "1");
        send_text(req, "2");
        expect_text(rep, "1");
        send_text(rep, "first");
        expect_text(rep, "2");
        send_text(rep, "second");
        expect_text(req, "second");
        leave(rep, req, NULL);
}
END_TEST

START_TEST(a_reply_to_an_earlier_request_is_none_to_the_next)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = blank(ZMQ_REQ);
        set_number(req, ZMQ_REQ_RELAXED, 1);
        join(req, "ask", false);
        send_text(req, "1");
        expect_text(rep, "1");
        send_text(req, "2");
        send_text(rep, "first");
        expect_text(rep, "2");
        send_text(rep, "second");
        expect_text(req, "second");
        leave(rep, req, NULL);
}
END_TEST

START_TEST(a_dealer_and_a_rep_agree_on_the_empty_part)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *dealer = connecting(ZMQ_DEALER, "ask");
        send_text(dealer, "without it is no request");
        send_part(dealer, "envelope");
        send_part(dealer, "");
        send_text(dealer, "first");
        send_part(dealer, "");
        send_text(dealer, "second");
        expect_text(rep, "first");
        send_text(rep, "1");
        expect_text(rep, "second");
        send_text(rep, "2");
        expect_part(dealer, "envelope");
        expect_part(dealer, "");
        expect_text(dealer, "1");
        expect_part(dealer, "");
        expect_text(dealer, "2");
        leave(rep, dealer, NULL);
}
END_TEST

START_TEST(dealers_talk_to_each_other_as_they_like)
{
        declare("talk", PLENTY, "serves", "calls");
        void *a = listening(ZMQ_DEALER, "talk"), *b = connecting(ZMQ_DEALER, "talk");
        send_text(b, "bare");
        expect_text(a, "bare");
        send_part(a, "");
        send_text(a, "dressed");
        expect_part(b, "");
        expect_text(b, "dressed");
        leave(a, b, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "zmq-patterns", a_pair_exchanges_messages_both_ways,
                a_message_arrives_with_all_its_parts, no_part_arrives_before_the_last_one_is_sent,
                messages_of_libzmq_are_sent_received_and_emptied,
                a_buffer_that_is_too_short_gets_the_beginning,
                vectors_are_sent_and_received_as_parts, several_pushers_are_pulled_from_in_turn,
                a_socket_with_two_channels_sends_by_turns_and_receives_from_both,
                whoever_has_room_gets_a_message_in_turn, a_request_gets_its_reply,
                requests_and_replies_may_have_parts, requests_and_replies_take_turns,
                replies_go_to_who_asked, a_relaxed_requester_may_ask_again_and_gets_the_newer_reply,
                a_reply_to_an_earlier_request_is_none_to_the_next,
                a_dealer_and_a_rep_agree_on_the_empty_part,
                dealers_talk_to_each_other_as_they_like);
}
