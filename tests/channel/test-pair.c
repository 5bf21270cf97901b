/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two ends that both send and receive. */

#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"

START_TEST(messages_go_both_ways_and_do_not_meet)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        for (uint64_t round = 0; round < 50; round++) {
                for (uint64_t n = 0; n < 4; n++) {
                        send_number(ends.listening, 100 + n);
                        send_number(ends.connecting, 200 + n);
                }
                expect_result(try_send(ends.listening, 0, RTCHANNEL_NOW), -EAGAIN);
                expect_numbers(ends.listening, 200, 4);
                expect_numbers(ends.connecting, 100, 4);
        }
        ends_free(&ends);
}
END_TEST

START_TEST(either_end_may_be_opened_and_speak_first)
{
        for (int first = 0; first < 2; first++) {
                Wire wire = wire_new(QUEUE, 1);
                rtchannel *ends[2];
                ends[0] = first == 0 ? wire_listen(&wire, "pairs")
                                     : wire_connect(&wire, "pairs", 'a');
                for (uint64_t n = 0; n < 4; n++)
                        send_number(ends[0], n);
                ends[1] = first == 1 ? wire_listen(&wire, "pairs")
                                     : wire_connect(&wire, "pairs", 'a');
                for (uint64_t n = 0; n < 4; n++)
                        send_number(ends[1], 10 + n);
                expect_ok(rtchannel_wait_peer(ends[0], late()));
                expect_ok(rtchannel_wait_peer(ends[1], late()));
                expect_numbers(ends[0], 10, 4);
                expect_numbers(ends[1], 0, 4);
                rtchannel_close(ends[0]);
                rtchannel_close(ends[1]);
                wire_free(&wire);
        }
}
END_TEST

static void echo(void *argument)
{
        rtchannel *end = wire_connect(argument, "pairs", 'a');
        for (uint64_t n = 0; n < 1000; n++)
                send_number(end, receive_number(end) + 1);
        rtchannel_close(end);
}

START_TEST(processes_can_play_ping_pong)
{
        Wire wire = wire_new(QUEUE, 1);
        pid_t child = in_child(echo, &wire);
        rtchannel *end = wire_listen(&wire, "pairs");
        for (uint64_t n = 0; n < 1000; n++) {
                send_number(end, n);
                ck_assert_uint_eq(receive_number(end), n + 1);
        }
        expect_child(child);
        rtchannel_close(end);
        wire_free(&wire);
}
END_TEST

/* -- a pair that both accepts and connects ------------------------------------------------------
 */

/* Accepts by the socket "a" and connects to "b", as the second of three containers that pair. */
static rtchannel *open_both_ways(const Wire *wire)
{
        char line[256], path[128];
        int n = snprintf(line, sizeof line, "test role=pairs %s accepts=peer connects=yes\n",
                         wire->geometry);
        (void)snprintf(path, sizeof path, "%s/b", wire->folder);
        int listener = dup(wire->listeners[0]);
        RtOpening opening = { .connect_path = path, .listeners = &listener };
        rtchannel *end;
        expect_ok(rt_spec_parse(line, (size_t)n, "test", &opening.spec));
        expect_ok(rt_end_open(&opening, &end));
        return end;
}

/* The wire of whoever listens at "b". */
static Wire second_of(const Wire *wire)
{
        Wire second = *wire;
        second.n = 1;
        second.listeners[0] = wire->listeners[1];
        return second;
}

static void exchange(rtchannel *one, rtchannel *other)
{
        for (uint64_t round = 0; round < 20; round++) {
                for (uint64_t n = 0; n < 4; n++) {
                        send_number(one, n);
                        send_number(other, 10 + n);
                }
                for (uint64_t n = 0; n < 4; n++) {
                        ck_assert_uint_eq(receive_number(one), 10 + n);
                        ck_assert_uint_eq(receive_number(other), n);
                }
        }
}

START_TEST(an_end_that_accepts_and_connects_talks_to_whoever_is_there)
{
        Wire wire = wire_new(QUEUE, 2), second = second_of(&wire);
        rtchannel *both = open_both_ways(&wire);
        for (int i = 0; i < 6; i++) {
                rtchannel *peer = i % 2 == 0 ? wire_connect(&wire, "pairs", 'a')
                                             : wire_listen(&second, "pairs");
                uint64_t number;
                ck_assert(wire_wait_peers(both, 1) && wire_wait_peers(peer, 1));
                exchange(both, peer);
                rtchannel_close(peer);
                expect_result(try_receive(both, &number, late()), -ECONNRESET);
        }
        rtchannel_close(both);
        wire_free(&wire);
}
END_TEST

START_TEST(what_waits_reaches_the_peer_by_whichever_way_it_comes)
{
        for (int way = 0; way < 2; way++) {
                Wire wire = wire_new(QUEUE, 2), second = second_of(&wire);
                rtchannel *both = open_both_ways(&wire);
                for (uint64_t n = 0; n < 4; n++)
                        send_number(both, n);
                rtchannel *peer = way == 0 ? wire_connect(&wire, "pairs", 'a')
                                           : wire_listen(&second, "pairs");
                for (uint64_t n = 0; n < 4; n++)
                        ck_assert_uint_eq(receive_number(peer), n);
                send_number(both, 4);
                ck_assert_uint_eq(receive_number(peer), 4);
                rtchannel_close(peer);
                rtchannel_close(both);
                wire_free(&wire);
        }
}
END_TEST

START_TEST(a_peer_that_came_and_went_unheard_takes_nothing_of_what_waits)
{
        Wire wire = wire_new(QUEUE, 1);
        for (int i = 0; i < 3; i++) {
                rtchannel *hasty = wire_connect(&wire, "pairs", 'a');
                send_number(hasty, (uint64_t)i);
                rtchannel_close(hasty);
        }
        rtchannel *end = wire_listen(&wire, "pairs");
        for (uint64_t n = 0; n < 4; n++)
                send_number(end, n);
        for (uint64_t n = 0; n < 3; n++) {
                uint64_t number;
                ck_assert_uint_eq(receive_number(end), n);
                expect_result(try_receive(end, &number, late()), -ECONNRESET);
        }
        rtchannel *peer = wire_connect(&wire, "pairs", 'a');
        expect_ok(rtchannel_wait_peer(peer, late()));
        expect_numbers(peer, 0, 4);
        ck_assert_uint_eq(statistics_of(end).unread, 0);
        rtchannel_close(peer);
        rtchannel_close(end);
        wire_free(&wire);
}
END_TEST

/* Its connection stays as long as its message is borrowed, but nobody reads there any more. */
START_TEST(a_peer_that_breaks_the_protocol_while_its_message_is_borrowed_spoils_nothing)
{
        Wire wire = wire_new(QUEUE, 2);
        rtchannel *end = wire_listen(&wire, "pairs"), *hostile = wire_connect(&wire, "pairs", 'a');
        const void *data;
        send_number(hostile, 1);
        expect_ok(rtchannel_borrow(end, &data, NULL, late()));
        ck_assert(wire_wait_peers(hostile, 1));
        atomic_store(&hostile->ways[0].link->own->tail, 1U << 30);
        uint64_t n = 0;
        while (n < 100 && try_send(end, n, RTCHANNEL_NOW) == 0)
                n++;
        ck_assert_uint_le(n, 5); /* the one that finds it out, and the depth */
        expect_ok(rtchannel_release(end));
        rtchannel_close(hostile);
        rtchannel *honest = wire_connect(&wire, "pairs", 'b');
        ck_assert(wire_wait_peers(end, 1) && wire_wait_peers(honest, 1));
        expect_result(try_receive(end, &n, RTCHANNEL_NOW), -ECONNRESET);
        send_number(honest, 7);
        ck_assert_uint_eq(receive_number(end), 7);
        rtchannel_statistics statistics = statistics_of(honest);
        ck_assert_uint_eq(statistics.broken, 0);
        rtchannel_close(honest);
        rtchannel_close(end);
        wire_free(&wire);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "pair", messages_go_both_ways_and_do_not_meet,
                either_end_may_be_opened_and_speak_first, processes_can_play_ping_pong,
                an_end_that_accepts_and_connects_talks_to_whoever_is_there,
                what_waits_reaches_the_peer_by_whichever_way_it_comes,
                a_peer_that_came_and_went_unheard_takes_nothing_of_what_waits,
                a_peer_that_breaks_the_protocol_while_its_message_is_borrowed_spoils_nothing);
}
