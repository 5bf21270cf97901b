/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Peers that come, go and come again; what is told of them. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"

static rtchannel_event wait_event(rtchannel *end)
{
        rtchannel_event event = { 0 };
        int64_t deadline = late();
        while (rtchannel_event_next(end, &event) == 0) {
                ck_assert_int_lt(rtchannel_now(), deadline);
                (void)usleep(500);
        }
        return event;
}

static void expect_no_event(rtchannel *end)
{
        rtchannel_event event;
        expect_result(rtchannel_event_next(end, &event), 0);
}

/* -- events ------------------------------------------------------------------------------------ */

START_TEST(comings_and_goings_are_told_in_order)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        uint64_t last = 0;
        for (int i = 0; i < 5; i++) {
                expect_no_event(puller);
                rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
                rtchannel_event up = wait_event(puller);
                ck_assert_int_eq(up.type, RTCHANNEL_CONNECTED);
                ck_assert_uint_gt(up.from, last);
                ck_assert_str_eq(rtchannel_peer(puller, up.from), "a");
                expect_no_event(puller);
                rtchannel_close(pusher);
                rtchannel_event down = wait_event(puller);
                ck_assert_int_eq(down.type, RTCHANNEL_DISCONNECTED);
                ck_assert_uint_eq(down.from, up.from);
                ck_assert_uint_eq(down.lost, 0);
                last = up.from;
        }
        ck_assert_uint_eq(statistics_of(puller).connects, 5);
        ck_assert_uint_eq(statistics_of(puller).disconnects, 5);
        ck_assert_uint_eq(statistics_of(puller).broken, 0);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(who_looks_late_is_told_of_the_last_going_and_coming)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        for (int i = 0; i < 3; i++) {
                rtchannel_close(ends.connecting);
                ck_assert(wire_wait_peers(ends.listening, 0));
                ends.connecting = wire_connect(&ends.wire, "pushes", 'a');
                ck_assert(wire_wait_peers(ends.listening, 1));
        }
        rtchannel_event down = wait_event(ends.listening), up = wait_event(ends.listening);
        ck_assert_int_eq(down.type, RTCHANNEL_DISCONNECTED);
        ck_assert_int_eq(up.type, RTCHANNEL_CONNECTED);
        ck_assert_uint_lt(down.from, up.from);
        expect_no_event(ends.listening);
        ck_assert_uint_eq(statistics_of(ends.listening).connects, 4);
        ck_assert_uint_eq(statistics_of(ends.listening).disconnects, 3);
        ends_free(&ends);
}
END_TEST

START_TEST(the_end_of_a_peer_tells_what_it_has_not_read)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        (void)wait_event(ends.connecting);
        for (uint64_t n = 0; n < 4; n++)
                send_number(ends.connecting, n);
        ck_assert_uint_eq(receive_number(ends.listening), 0);
        ends.listening = rtchannel_close(ends.listening);
        rtchannel_event event = wait_event(ends.connecting);
        ck_assert_int_eq(event.type, RTCHANNEL_DISCONNECTED);
        ck_assert_uint_eq(event.lost, 3);
        ck_assert_uint_eq(statistics_of(ends.connecting).unread, 3);
        send_number(ends.connecting, 4); /* for the next one, which gets nothing of the rest */
        ends.listening = wire_listen(&ends.wire, "pulls");
        expect_ok(rtchannel_wait_peer(ends.listening, late()));
        expect_numbers(ends.listening, 4, 1);
        ends_free(&ends);
}
END_TEST

START_TEST(a_peer_that_breaks_the_protocol_is_told_as_such)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        (void)wait_event(ends.listening);
        uint64_t number;
        send_number(ends.connecting, 1);
        atomic_store(&ends.connecting->ways[0].writer.slot->sequence, 1000);
        ck_assert_uint_eq(receive_number(ends.listening), 1);
        expect_result(try_receive(ends.listening, &number, late()), -ECONNRESET);
        ck_assert_int_eq(wait_event(ends.listening).type, RTCHANNEL_BROKEN);
        ck_assert_uint_eq(statistics_of(ends.listening).broken, 1);
        ck_assert_uint_eq(statistics_of(ends.listening).disconnects, 1);
        ends_free(&ends);
}
END_TEST

/* -- who is there ------------------------------------------------------------------------------ */

START_TEST(the_listening_end_knows_its_peers_by_name)
{
        Wire wire = wire_new(QUEUE, 3);
        rtchannel *puller = wire_listen(&wire, "pulls"), *pushers[3];
        for (int i = 0; i < 3; i++) {
                pushers[i] = wire_connect(&wire, "pushes", (char)('a' + i));
                rtchannel_event event = wait_event(puller);
                char name[2] = { (char)('a' + i), 0 };
                ck_assert_str_eq(rtchannel_peer(puller, event.from), name);
        }
        for (int i = 0; i < 3; i++) {
                rtchannel_message message;
                uint64_t number = 0;
                send_number(pushers[i], (uint64_t)i);
                expect_ok(rtchannel_receive(puller, &number, 8, &message, late()));
                ck_assert_int_eq(rtchannel_peer(puller, message.from)[0], (char)('a' + i));
        }
        ck_assert_ptr_null(rtchannel_peer(puller, 0xffff));
        ck_assert_ptr_null(rtchannel_peer(puller, UINT64_MAX));
        rtchannel_event event = wait_event(pushers[0]);
        ck_assert_ptr_null(rtchannel_peer(pushers[0], event.from));
        for (int i = 0; i < 3; i++)
                rtchannel_close(pushers[i]);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(more_connections_than_there_may_be_wait_until_one_goes)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse spin=0 connections=2", 1);
        rtchannel *puller = wire_listen(&wire, "pulls"), *pushers[4];
        for (int i = 0; i < 4; i++) {
                pushers[i] = wire_connect(&wire, "pushes", 'a');
                send_number(pushers[i], (uint64_t)i);
        }
        ck_assert(wire_wait_peers(puller, 2));
        ck_assert_uint_eq(receive_number(puller) + receive_number(puller), 0 + 1);
        expect_nothing(puller);
        expect_result(rtchannel_wait_peer(pushers[2], rtchannel_in(20000000)), -ETIMEDOUT);
        ck_assert_uint_eq(statistics_of(puller).peers, 2);
        rtchannel_close(pushers[1]);
        ck_assert_uint_eq(receive_number(puller), 2);
        expect_result(rtchannel_wait_peer(pushers[3], rtchannel_in(20000000)), -ETIMEDOUT);
        rtchannel_close(pushers[0]);
        ck_assert_uint_eq(receive_number(puller), 3);
        ck_assert_uint_eq(statistics_of(puller).connects, 4);
        rtchannel_close(pushers[2]);
        rtchannel_close(pushers[3]);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

/* -- restarts ---------------------------------------------------------------------------------- */

static void push_one_and_stay(void *argument)
{
        rtchannel *end = wire_connect(argument, "pushes", 'a');
        send_number(end, 7);
        set_step(0, 1);
        wait_step(1, 1);
}

START_TEST(an_end_outlives_any_number_of_peers_that_are_killed)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        uint64_t number;
        unsigned fds = 0;
        for (int i = 0; i < 12; i++) {
                set_step(0, 0);
                pid_t child = in_child(push_one_and_stay, &wire);
                if (i % 3 == 0) { /* we wait already, … */
                        ck_assert_uint_eq(receive_number(puller), 7);
                        wait_step(0, 1);
                } else if (i % 3 == 1) { /* … look when all is over, … */
                        wait_step(0, 1);
                        ck_assert_uint_eq(receive_number(puller), 7);
                } else {
                        wait_step(0, 1);
                }
                if (i % 3 == 2) /* … or only when it is dead */
                        ck_assert(wire_wait_peers(puller, 1));
                kill_child(child);
                if (i % 3 == 2)
                        ck_assert_uint_eq(receive_number(puller), 7);
                expect_result(try_receive(puller, &number, late()), -ECONNRESET);
                if (i == 2)
                        fds = count_fds();
        }
        ck_assert_uint_le(count_fds(), fds + 4); /* what the last ones held may not be freed yet */
        ck_assert_uint_eq(statistics_of(puller).connects, 12);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

static void listen_and_stay(void *argument)
{
        rtchannel *end = wire_listen(argument, "pulls");
        (void)receive_number(end);
        set_step(0, 1);
        wait_step(1, 1);
}

START_TEST(a_pusher_outlives_any_number_of_pullers)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        for (int i = 0; i < 6; i++) {
                set_step(0, 0);
                pid_t child = in_child(listen_and_stay, &wire);
                if (i % 2 == 0)
                        expect_ok(rtchannel_wait_peer(pusher, late()));
                send_number(pusher, 1);
                wait_step(0, 1);
                kill_child(child);
                ck_assert(wire_wait_peers(pusher, 0));
        }
        ck_assert_uint_eq(statistics_of(pusher).unread, 0);
        rtchannel_close(pusher);
        wire_free(&wire);
}
END_TEST

START_TEST(many_restarts_that_nobody_looks_at_cost_nothing)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        expect_ok(rtchannel_fd(pusher) >= 0 ? 0 : -1);
        for (int i = 0; i < 20; i++) {
                rtchannel *puller = wire_listen(&wire, "pulls");
                (void)rtchannel_wait_peer(puller, rtchannel_in(3000000));
                rtchannel_close(puller);
        }
        rtchannel *puller = wire_listen(&wire, "pulls");
        send_number(pusher, 1);
        ck_assert(wire_wait_peers(pusher, 1));
        ck_assert_uint_eq(receive_number(puller), 1);
        rtchannel_close(puller);
        rtchannel_close(pusher);
        wire_free(&wire);
}
END_TEST

START_TEST(an_attendant_whose_user_notices_nothing_sleeps)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        rtchannel *puller = wire_listen(&wire, "pulls");
        RtLink *link;
        while (!(link = atomic_load(&pusher->ways[0].next)))
                (void)usleep(500);
        rtchannel_close(puller);
        while (!atomic_load(&link->gone))
                (void)usleep(500);
        pid_t attendant = thread_called("rtchannel");
        for (int i = 0; i < 20; i++) {
                wait_asleep(attendant);
                (void)usleep(2000);
        }
        rtchannel_close(pusher);
        wire_free(&wire);
}
END_TEST

/* -- what is counted --------------------------------------------------------------------------- */

START_TEST(statistics_begin_at_zero_and_count_exactly)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        rtchannel_statistics zero = { .connects = 1, .peers = 1 }, now;
        now = statistics_of(ends.listening);
        zero.locked = now.locked;
        ck_assert_mem_eq(&now, &zero, sizeof now);
        for (uint64_t n = 0; n < 3; n++)
                send_number(ends.connecting, n);
        ck_assert_uint_eq(statistics_of(ends.connecting).high_water, 3);
        ck_assert_uint_eq(receive_number(ends.listening), 0);
        send_number(ends.connecting, 3);
        ck_assert_uint_eq(statistics_of(ends.connecting).high_water, 3);
        for (int i = 0; i < 5; i++)
                (void)try_send(ends.connecting, 4, RTCHANNEL_NOW);
        ck_assert_uint_eq(statistics_of(ends.connecting).high_water, 4);
        ck_assert_uint_eq(statistics_of(ends.connecting).sent, 5);
        ck_assert_uint_eq(statistics_of(ends.connecting).refused, 4);
        expect_numbers(ends.listening, 1, 4);
        now = statistics_of(ends.listening);
        ck_assert_uint_eq(now.received, 5);
        uint64_t counted = 0;
        for (int i = 0; i < RTCHANNEL_BUCKETS; i++)
                counted += now.latencies[i];
        ck_assert_uint_eq(counted, 5);
        ck_assert_uint_ge(now.latency_max, 1);
        ck_assert_uint_ge(now.latency_sum, now.latency_max);
        ck_assert_uint_le(now.latency_sum, 5 * now.latency_max);
        ends_free(&ends);
}
END_TEST

START_TEST(messages_say_when_they_were_sent)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        rtchannel_message message;
        uint64_t number;
        int64_t before = rtchannel_now();
        send_number(ends.connecting, 1);
        int64_t after = rtchannel_now();
        expect_ok(rtchannel_receive(ends.listening, &number, 8, &message, late()));
        ck_assert_int_ge(message.sent, before);
        ck_assert_int_le(message.sent, after);
        ck_assert_uint_eq(message.tag, 0);
        ck_assert_uint_eq(message.lost, 0);
        ends_free(&ends);
}
END_TEST

START_TEST(an_end_says_what_it_is_like)
{
        Wire wire = wire_new("message_size=100 depth=7 full=overwrite spin=5000 connections=2", 3);
        rtchannel *publisher = wire_listen(&wire, "publishes");
        rtchannel *subscriber = wire_connect(&wire, "subscribes", 'b');
        rtchannel_properties properties;
        expect_ok(rtchannel_get_properties(publisher, &properties));
        ck_assert_uint_eq(properties.message_size, 100);
        ck_assert_uint_eq(properties.depth, 7);
        ck_assert_int_eq(properties.overwrite, 1);
        ck_assert_int_eq(properties.spin, 5000);
        ck_assert_uint_eq(properties.peers, 6);
        ck_assert_int_eq(properties.sends, 1);
        ck_assert_int_eq(properties.receives, 0);
        ck_assert_str_eq(properties.role, "publishes");
        expect_ok(rtchannel_get_properties(subscriber, &properties));
        ck_assert_uint_eq(properties.peers, 1);
        ck_assert_int_eq(properties.sends, 0);
        ck_assert_int_eq(properties.receives, 1);
        ck_assert_str_eq(properties.role, "subscribes");
        rtchannel_close(subscriber);
        rtchannel_close(publisher);
        ck_assert_ptr_null(rtchannel_close(NULL));
        wire_free(&wire);
}
END_TEST

START_TEST(closing_gives_everything_back)
{
        Ends first = ends_new(QUEUE, "pairs", "pairs");
        ends_free(&first);
        unsigned fds = count_fds();
        for (int i = 0; i < 20; i++) {
                Ends ends = ends_new(QUEUE, i % 2 ? "pairs" : "pulls", i % 2 ? "pairs" : "pushes");
                (void)rtchannel_fd(ends.listening);
                send_number(ends.connecting, 1);
                if (i % 3 == 0)
                        expect_numbers(ends.listening, 1, 1);
                ends_free(&ends);
                ck_assert_uint_le(count_fds(), fds);
        }
        ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

static void open_without_descriptors(void *argument)
{
        struct rlimit limit;
        rtchannel *server;
        int next = dup(0);
        (void)close(next);
        expect_ok(getrlimit(RLIMIT_NOFILE, &limit));
        for (int more = 0; more < 30; more++) {
                limit.rlim_cur = (rlim_t)(next + more);
                expect_ok(setrlimit(RLIMIT_NOFILE, &limit));
                int r = wire_try_listen(argument, "serves", &server);
                for (int fd = 0; fd < 3; fd++)
                        ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
                if (r == 0)
                        rtchannel_close(server);
        }
}

START_TEST(an_end_that_cannot_be_opened_closes_nothing_that_is_not_its_own)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse spin=0 connections=4", 2);
        expect_child(in_child(open_without_descriptors, &wire));
        wire_free(&wire);
}
END_TEST

int main(void)
{
        return RUN_TESTS("connection", comings_and_goings_are_told_in_order,
                         who_looks_late_is_told_of_the_last_going_and_coming,
                         the_end_of_a_peer_tells_what_it_has_not_read,
                         a_peer_that_breaks_the_protocol_is_told_as_such,
                         the_listening_end_knows_its_peers_by_name,
                         more_connections_than_there_may_be_wait_until_one_goes,
                         an_end_outlives_any_number_of_peers_that_are_killed,
                         a_pusher_outlives_any_number_of_pullers,
                         many_restarts_that_nobody_looks_at_cost_nothing,
                         an_attendant_whose_user_notices_nothing_sleeps,
                         statistics_begin_at_zero_and_count_exactly,
                         messages_say_when_they_were_sent, an_end_says_what_it_is_like,
                         closing_gives_everything_back,
                         an_end_that_cannot_be_opened_closes_nothing_that_is_not_its_own);
}
