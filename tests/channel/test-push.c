/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any number push, one pulls. */

#include "suite.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"
#define LATEST "message_size=64 depth=4 full=overwrite spin=0 connections=1"

enum { PUSHERS = 3 };

typedef struct Group {
        Wire wire;
        rtchannel *puller, *pushers[PUSHERS];
} Group;

static Group group_new(const char *geometry)
{
        Group group = { .wire = wire_new(geometry, PUSHERS) };
        group.puller = wire_listen(&group.wire, "pulls");
        for (int i = 0; i < PUSHERS; i++)
                group.pushers[i] = wire_connect(&group.wire, "pushes", (char)('a' + i));
        ck_assert(wire_wait_peers(group.puller, PUSHERS));
        return group;
}

static void group_free(Group *group)
{
        for (int i = 0; i < PUSHERS; i++)
                rtchannel_close(group->pushers[i]);
        rtchannel_close(group->puller);
        wire_free(&group->wire);
}

START_TEST(pushers_get_their_turns)
{
        Group group = group_new(QUEUE);
        for (uint64_t n = 0; n < 4; n++)
                for (uint64_t i = 0; i < PUSHERS; i++)
                        send_number(group.pushers[i], 10 * i + n);
        uint64_t next[PUSHERS] = { 0 };
        for (int round = 0; round < 4; round++) {
                bool seen[PUSHERS] = { false };
                for (int k = 0; k < PUSHERS; k++) {
                        uint64_t number = receive_number(group.puller), i = number / 10;
                        ck_assert(!seen[i]); /* none is served twice before all are once */
                        seen[i] = true;
                        ck_assert_uint_eq(number % 10, next[i]++);
                }
        }
        expect_nothing(group.puller);
        group_free(&group);
}
END_TEST

START_TEST(a_pusher_that_never_stops_starves_no_other)
{
        Group group = group_new(QUEUE);
        uint64_t own = 0;
        for (uint64_t n = 0; n < 100; n++) {
                while (try_send(group.pushers[0], 0, RTCHANNEL_NOW) == 0)
                        ;
                send_number(group.pushers[1], 1);
                for (int i = 0; i < 2; i++)
                        own += receive_number(group.puller);
        }
        ck_assert_uint_ge(own, 99);
        group_free(&group);
}
END_TEST

START_TEST(what_is_pushed_before_there_is_a_puller_waits_for_it)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        for (uint64_t n = 0; n < 4; n++)
                send_number(pusher, n);
        expect_result(try_send(pusher, 4, RTCHANNEL_NOW), -EAGAIN);
        rtchannel *puller = wire_listen(&wire, "pulls");
        expect_ok(rtchannel_wait_peer(puller, late()));
        expect_numbers(puller, 0, 4);
        rtchannel_close(pusher);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(of_what_is_pushed_over_the_depth_the_newest_wait)
{
        Wire wire = wire_new(LATEST, 1);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        uint64_t number = 0;
        rtchannel_message message;
        for (uint64_t n = 0; n < 100; n++)
                expect_ok(try_send(pusher, n, RTCHANNEL_NOW));
        rtchannel *puller = wire_listen(&wire, "pulls");
        expect_ok(rtchannel_receive(puller, &number, sizeof number, &message, late()));
        ck_assert_uint_eq(number, 96);
        ck_assert_uint_eq(message.lost, 96);
        expect_numbers(puller, 97, 3);
        ck_assert_uint_eq(statistics_of(puller).lost, 96);
        rtchannel_close(pusher);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(what_was_pushed_before_the_end_was_closed_still_arrives)
{
        Wire wire = wire_new(QUEUE, 1);
        /* by a pusher that was connected, … */
        rtchannel *puller = wire_listen(&wire, "pulls");
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        ck_assert(wire_wait_peers(puller, 1) && wire_wait_peers(pusher, 1));
        for (uint64_t n = 0; n < 3; n++)
                send_number(pusher, n);
        rtchannel_close(pusher);
        for (uint64_t n = 0; n < 3; n++)
                ck_assert_uint_eq(receive_number(puller), n);
        rtchannel_close(puller);
        /* … and one that was about to be */
        pusher = wire_connect(&wire, "pushes", 'a');
        for (uint64_t n = 0; n < 3; n++)
                send_number(pusher, n);
        rtchannel_close(pusher);
        puller = wire_listen(&wire, "pulls");
        for (uint64_t n = 0; n < 3; n++)
                ck_assert_uint_eq(receive_number(puller), n);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

static void push_and_exit(void *argument)
{
        rtchannel *end = wire_connect(argument, "pushes", 'a');
        expect_ok(rtchannel_wait_peer(end, late()));
        for (uint64_t n = 0; n < 4; n++)
                send_number(end, n);
}

START_TEST(what_was_pushed_by_a_process_that_ended_still_arrives)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        uint64_t number;
        for (int i = 0; i < 5; i++) {
                pid_t child = in_child(push_and_exit, &wire);
                expect_child(child);
                for (uint64_t n = 0; n < 4; n++)
                        ck_assert_uint_eq(receive_number(puller), n);
                expect_result(try_receive(puller, &number, late()), -ECONNRESET);
        }
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

/* -- many, in processes ------------------------------------------------------------------------ */

enum { EACH = 3000 };

static void push_many(const Wire *wire, char peer)
{
        rtchannel *end = wire_connect(wire, "pushes", peer);
        for (uint64_t n = 0; n < EACH; n++)
                send_number(end, (uint64_t)peer << 32 | n);
        rtchannel_close(end);
}

static void push_many_as_a(void *wire)
{
        push_many(wire, 'a');
}

static void push_many_as_b(void *wire)
{
        push_many(wire, 'b');
}

static void push_many_as_c(void *wire)
{
        push_many(wire, 'c');
}

START_TEST(each_pushers_messages_arrive_whole_and_in_order)
{
        Wire wire = wire_new(QUEUE, PUSHERS);
        pid_t children[] = { in_child(push_many_as_a, &wire), in_child(push_many_as_b, &wire),
                             in_child(push_many_as_c, &wire) };
        rtchannel *puller = wire_listen(&wire, "pulls");
        uint64_t next[PUSHERS] = { 0 };
        for (int k = 0; k < PUSHERS * EACH; k++) {
                rtchannel_message message;
                uint64_t number = 0;
                expect_ok(rtchannel_receive(puller, &number, sizeof number, &message, late()));
                uint64_t i = (number >> 32) - 'a';
                ck_assert_uint_lt(i, PUSHERS);
                ck_assert_uint_eq(number & UINT32_MAX, next[i]++);
                ck_assert_int_eq(rtchannel_peer(puller, message.from)[0], (char)('a' + (int)i));
        }
        expect_nothing(puller);
        for (int i = 0; i < PUSHERS; i++)
                expect_child(children[i]);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

/* It cannot take the puller's answer, as it has no descriptor left for what comes with it. */
static void push_without_descriptors(void *argument)
{
        rtchannel *pusher = wire_connect(argument, "pushes", 'a');
        struct rlimit limit;
        int next = dup(0);
        (void)close(next);
        expect_ok(getrlimit(RLIMIT_NOFILE, &limit));
        limit.rlim_cur = (rlim_t)next;
        expect_ok(setrlimit(RLIMIT_NOFILE, &limit));
        send_number(pusher, 7);
        set_step(0, 1);
        wait_step(1, 1);
        rtchannel_close(pusher);
}

START_TEST(what_is_pushed_arrives_once_even_if_the_pusher_cannot_take_the_answer)
{
        Wire wire = wire_new(QUEUE, 1);
        pid_t child = in_child(push_without_descriptors, &wire);
        wait_step(0, 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        uint64_t number, received = 0;
        int64_t until = rtchannel_in(400000000); /* a few of its attempts */
        while (rtchannel_now() < until)
                received += try_receive(puller, &number, until) == 0;
        ck_assert_uint_eq(received, 1);
        set_step(1, 1);
        expect_child(child);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

static void wait_connects(rtchannel *end, uint64_t connects)
{
        for (int64_t deadline = late(); statistics_of(end).connects < connects;) {
                ck_assert_int_lt(rtchannel_now(), deadline);
                rt_end_refresh(end);
                (void)usleep(1000);
        }
}

/* The puller is gone before the pusher can know that it ever was there. */
START_TEST(what_a_puller_has_taken_is_not_for_the_next_however_quickly_it_left)
{
        for (uint64_t i = 0; i < 20; i++) {
                Wire wire = wire_new(QUEUE, 1);
                rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
                send_number(pusher, i);
                rtchannel *puller = wire_listen(&wire, "pulls");
                ck_assert_uint_eq(receive_number(puller), i);
                rtchannel_close(puller);
                puller = wire_listen(&wire, "pulls");
                wait_connects(pusher, 2); /* what is sent before is the first one's */
                send_number(pusher, 1000 + i);
                ck_assert_uint_eq(receive_number(puller), 1000 + i);
                rtchannel_close(puller);
                rtchannel_close(pusher);
                wire_free(&wire);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("push", pushers_get_their_turns,
                         a_pusher_that_never_stops_starves_no_other,
                         what_is_pushed_before_there_is_a_puller_waits_for_it,
                         of_what_is_pushed_over_the_depth_the_newest_wait,
                         what_was_pushed_before_the_end_was_closed_still_arrives,
                         what_was_pushed_by_a_process_that_ended_still_arrives,
                         each_pushers_messages_arrive_whole_and_in_order,
                         what_a_puller_has_taken_is_not_for_the_next_however_quickly_it_left,
                         what_is_pushed_arrives_once_even_if_the_pusher_cannot_take_the_answer);
}
