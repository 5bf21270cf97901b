/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ROUTER: who is who. */

#include <errno.h>

#include "house.h"

static int receive_id(void *router, char ret[static 256])
{
        int n = zmq_recv(router, ret, 256, 0);
        ck_assert_int_gt(n, 0);
        ck_assert_int_eq(get_number(router, ZMQ_RCVMORE), 1);
        return n;
}

/* Until the router has noticed that peer: sends to it work, or it has gone. */
static void wait_known(void *router, const char *id, int is_known)
{
        set_number(router, ZMQ_ROUTER_MANDATORY, 1);
        for (int known = !is_known; known != is_known;) {
                int r = zmq_send(router, id, strlen(id), ZMQ_SNDMORE | ZMQ_DONTWAIT);
                known = r >= 0 || zmq_errno() != EHOSTUNREACH;
                if (r >= 0)
                        send_text(router, "found");
        }
        set_number(router, ZMQ_ROUTER_MANDATORY, 0);
}

START_TEST(a_router_sees_names_and_answers_to_them)
{
        char id[256];
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *req = connecting(ZMQ_REQ, "ask");
        void *named = blank(ZMQ_DEALER);
        set_text(named, ZMQ_ROUTING_ID, "Ann");
        join(named, "ask", false);
        send_text(req, "hello");
        int n = receive_id(router, id);
        ck_assert_int_eq(n, 5); /* made for it */
        ck_assert_int_eq(id[0], 0);
        expect_part(router, "");
        expect_text(router, "hello");
        send_text(named, "bare");
        expect_part(router, "Ann");
        expect_text(router, "bare");
        send_part(router, "Ann");
        send_text(router, "yes, Ann?");
        ck_assert_int_eq(zmq_send(router, id, (size_t)n, ZMQ_SNDMORE), n);
        send_part(router, "");
        send_text(router, "you");
        expect_text(req, "you");
        expect_text(named, "yes, Ann?");
        leave(router, req, named);
}
END_TEST

START_TEST(a_router_asks_reps_by_name)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = blank(ZMQ_REP), *router = connecting(ZMQ_ROUTER, "ask");
        set_text(rep, ZMQ_ROUTING_ID, "Rob");
        join(rep, "ask", true);
        set_number(router, ZMQ_ROUTER_MANDATORY, 1);
        while (zmq_send(router, "Rob", 3, ZMQ_SNDMORE) < 0)
                ck_assert_int_eq(zmq_errno(), EHOSTUNREACH);
        send_part(router, "");
        send_text(router, "well?");
        expect_text(rep, "well?");
        send_text(rep, "well");
        expect_part(router, "Rob");
        expect_part(router, "");
        expect_text(router, "well");
        leave(router, rep, NULL);
}
END_TEST

START_TEST(messages_to_strangers_are_dropped_or_refused_if_that_is_wanted)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask");
        send_part(router, "nobody");
        send_text(router, "lost");
        ck_assert_int_eq(get_number(router, ZMQ_EVENTS), ZMQ_POLLOUT);
        set_number(router, ZMQ_ROUTER_MANDATORY, 1);
        expect_error(zmq_send(router, "nobody", 6, ZMQ_SNDMORE), EHOSTUNREACH);
        ck_assert_int_eq(get_number(router, ZMQ_EVENTS), 0);
        leave(router, NULL, NULL);
}
END_TEST

START_TEST(a_mandatory_router_says_that_a_peer_is_full_and_another_drops)
{
        declare("ask", "message_size=64 depth=2 full=refuse spin=0 connections=4", "serves",
                "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *dealer = blank(ZMQ_DEALER);
        set_text(dealer, ZMQ_ROUTING_ID, "D");
        join(dealer, "ask", false);
        wait_known(router, "D", 1);
        send_part(router, "D");
        send_text(router, "second");
        send_part(router, "D");
        send_text(router, "dropped");
        set_number(router, ZMQ_ROUTER_MANDATORY, 1);
        expect_error(zmq_send(router, "D", 1, ZMQ_SNDMORE | ZMQ_DONTWAIT), EAGAIN);
        expect_text(dealer, "found");
        send_part(router, "D");
        send_text(router, "third");
        expect_text(dealer, "second");
        expect_text(dealer, "third");
        leave(router, dealer, NULL);
}
END_TEST

static void *open_named(const char *id)
{
        void *dealer = blank(ZMQ_DEALER);
        set_text(dealer, ZMQ_ROUTING_ID, id);
        join(dealer, "ask", false);
        return dealer;
}

START_TEST(the_first_of_two_with_one_name_keeps_it)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *first = open_named("X");
        wait_known(router, "X", 1);
        expect_text(first, "found");
        void *second = open_named("X");
        send_text(second, "not heard");
        send_text(first, "heard");
        expect_part(router, "X");
        expect_text(router, "heard");
        send_part(router, "X");
        send_text(router, "first?");
        expect_text(first, "first?");
        expect_none(second);
        set_number(second, ZMQ_LINGER, 0); /* nobody will ever hear it */
        leave(router, first, second);
}
END_TEST

START_TEST(the_second_takes_the_name_over_if_that_is_wanted)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *first = open_named("X");
        set_number(router, ZMQ_ROUTER_HANDOVER, 1);
        send_text(first, "1");
        expect_part(router, "X");
        expect_text(router, "1");
        void *second = open_named("X");
        send_text(second, "2");
        expect_part(router, "X");
        expect_text(router, "2");
        send_part(router, "X");
        send_text(router, "second?");
        expect_text(second, "second?");
        expect_none(first);
        leave(router, first, second);
}
END_TEST

START_TEST(a_name_is_free_again_when_its_bearer_has_gone)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *first = open_named("X");
        wait_known(router, "X", 1);
        ck_assert_int_eq(zmq_close(first), 0);
        wait_known(router, "X", 0);
        void *second = open_named("X");
        wait_known(router, "X", 1);
        expect_text(second, "found");
        leave(router, second, NULL);
}
END_TEST

START_TEST(who_connects_may_name_the_other_side)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = blank(ZMQ_ROUTER);
        set_text(router, ZMQ_CONNECT_ROUTING_ID, "server");
        join(router, "ask", false);
        send_part(router, "server"); /* who has not come yet */
        send_part(router, "");
        send_text(router, "early");
        void *rep = listening(ZMQ_REP, "ask");
        expect_text(rep, "early");
        send_text(rep, "fine");
        expect_part(router, "server");
        expect_part(router, "");
        expect_text(router, "fine");
        leave(router, rep, NULL);
}
END_TEST

START_TEST(a_probe_introduces_its_sender)
{
        declare("ask", PLENTY, "serves", "calls");
        void *router = listening(ZMQ_ROUTER, "ask"), *dealer = blank(ZMQ_DEALER);
        set_number(dealer, ZMQ_PROBE_ROUTER, 1);
        set_text(dealer, ZMQ_ROUTING_ID, "Ida");
        join(dealer, "ask", false);
        expect_part(router, "Ida");
        expect_text(router, "");
        send_part(router, "Ida");
        send_text(router, "welcome");
        expect_text(dealer, "welcome");
        leave(router, dealer, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-router", a_router_sees_names_and_answers_to_them,
                         a_router_asks_reps_by_name,
                         messages_to_strangers_are_dropped_or_refused_if_that_is_wanted,
                         a_mandatory_router_says_that_a_peer_is_full_and_another_drops,
                         the_first_of_two_with_one_name_keeps_it,
                         the_second_takes_the_name_over_if_that_is_wanted,
                         a_name_is_free_again_when_its_bearer_has_gone,
                         who_connects_may_name_the_other_side, a_probe_introduces_its_sender);
}
