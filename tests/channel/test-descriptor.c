/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The descriptor that poll(2) and its kin wait for. */

#include "suite.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"
#define LATEST "message_size=64 depth=4 full=overwrite spin=0 connections=1"

enum { LONG = 60000 }; /* ms */

static bool is_readable_within(rtchannel *end, int timeout)
{
        struct pollfd fd = { .fd = rtchannel_fd(end), .events = POLLIN };
        ck_assert_int_ge(fd.fd, 0);
        int r = poll(&fd, 1, timeout);
        ck_assert_int_ge(r, 0);
        if (r == 1)
                ck_assert_int_eq(fd.revents, POLLIN);
        return r == 1;
}

static bool is_readable(rtchannel *end)
{
        return is_readable_within(end, 0);
}

/* Looks at everything, after which the descriptor has nothing to say. */
static void settle(rtchannel *end)
{
        rtchannel_event event;
        uint64_t number;
        int r;
        do {
                r = try_receive(end, &number, RTCHANNEL_NOW);
        } while (r == 0 || r == -ECONNRESET);
        while (rtchannel_event_next(end, &event) == 1)
                ;
        (void)try_receive(end, &number, RTCHANNEL_NOW);
}

static Ends quiet_ends(const char *geometry, const char *listening, const char *connecting)
{
        Ends ends = ends_new(geometry, listening, connecting);
        (void)rtchannel_fd(ends.listening);
        (void)rtchannel_fd(ends.connecting);
        settle(ends.listening);
        settle(ends.connecting);
        return ends;
}

/* -- messages ---------------------------------------------------------------------------------- */

START_TEST(it_is_readable_while_there_is_a_message_and_not_after_a_look_that_found_none)
{
        static const char *const geometries[] = { QUEUE, LATEST };
        for (int g = 0; g < 2; g++) {
                Ends ends = quiet_ends(geometries[g], "publishes", "subscribes");
                for (uint64_t n = 0; n < 50; n++) {
                        ck_assert(!is_readable(ends.connecting));
                        send_number(ends.listening, n);
                        ck_assert(is_readable(ends.connecting));
                        ck_assert(is_readable(ends.connecting));
                        expect_numbers(ends.connecting, n, 1);
                }
                ends_free(&ends);
        }
}
END_TEST

START_TEST(it_stays_readable_for_who_takes_one_message_each_time)
{
        Ends ends = quiet_ends(QUEUE, "pulls", "pushes");
        for (uint64_t n = 0; n < 4; n++)
                send_number(ends.connecting, n);
        for (uint64_t n = 0; n < 4; n++) {
                ck_assert(is_readable(ends.listening));
                ck_assert_uint_eq(receive_number(ends.listening), n);
        }
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends_free(&ends);
}
END_TEST

START_TEST(a_look_with_a_deadline_that_has_passed_quiets_it_too)
{
        Ends ends = quiet_ends(QUEUE, "pulls", "pushes");
        uint64_t number;
        for (int i = 0; i < 3; i++) {
                send_number(ends.connecting, 1);
                ck_assert(is_readable(ends.listening));
                expect_ok(try_receive(ends.listening, &number, rtchannel_now()));
                expect_result(try_receive(ends.listening, &number, rtchannel_now()), -ETIMEDOUT);
                ck_assert(!is_readable(ends.listening));
        }
        expect_result(try_receive(ends.listening, &number, rtchannel_in(3000000)), -ETIMEDOUT);
        send_number(ends.connecting, 1);
        ck_assert(is_readable(ends.listening));
        ends_free(&ends);
}
END_TEST

START_TEST(it_is_readable_at_first_if_something_came_before_it_was_asked_for)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        send_number(ends.connecting, 1);
        expect_numbers(ends.listening, 1, 1);
        send_number(ends.connecting, 2);
        ck_assert(is_readable(ends.listening));
        expect_numbers(ends.listening, 2, 1);
        ends_free(&ends);
}
END_TEST

START_TEST(it_works_in_select_and_epoll_level_and_edge_triggered)
{
        Ends ends = quiet_ends(QUEUE, "pulls", "pushes");
        int fd = rtchannel_fd(ends.listening), level = epoll_create1(0), edge = epoll_create1(0);
        struct epoll_event event = { .events = EPOLLIN };
        expect_ok(epoll_ctl(level, EPOLL_CTL_ADD, fd, &event));
        event.events = EPOLLIN | EPOLLET;
        expect_ok(epoll_ctl(edge, EPOLL_CTL_ADD, fd, &event));
        ck_assert_int_eq(epoll_wait(edge, &event, 1, 0), 0);
        for (uint64_t n = 0; n < 20; n++) {
                struct timeval none = { 0 };
                fd_set set;
                FD_ZERO(&set);
                FD_SET(fd, &set);
                ck_assert_int_eq(select(fd + 1, &set, NULL, NULL, &none), 0);
                ck_assert_int_eq(epoll_wait(level, &event, 1, 0), 0);
                send_number(ends.connecting, n);
                FD_SET(fd, &set);
                ck_assert_int_eq(select(fd + 1, &set, NULL, NULL, &none), 1);
                ck_assert_int_eq(epoll_wait(level, &event, 1, 0), 1);
                ck_assert_int_eq(epoll_wait(level, &event, 1, 0), 1);
                ck_assert_int_eq(epoll_wait(edge, &event, 1, 0), 1);
                expect_numbers(ends.listening, n, 1);
        }
        (void)close(level);
        (void)close(edge);
        ends_free(&ends);
}
END_TEST

START_TEST(an_interruption_makes_it_readable)
{
        Ends ends = quiet_ends(QUEUE, "pulls", "pushes");
        uint64_t number;
        expect_ok(rtchannel_interrupt(ends.listening));
        ck_assert(is_readable(ends.listening));
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -ECANCELED);
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends_free(&ends);
}
END_TEST

/* -- room -------------------------------------------------------------------------------------- */

static void fill(rtchannel *end)
{
        for (uint64_t n = 0; n < 4; n++)
                expect_ok(try_send(end, n, RTCHANNEL_NOW));
        expect_result(try_send(end, 4, RTCHANNEL_NOW), -EAGAIN);
}

START_TEST(it_is_readable_when_there_is_room_after_a_send_was_refused)
{
        static const char *const roles[][2] = { { "pulls", "pushes" }, { "pairs", "pairs" } };
        for (int i = 0; i < 2; i++) {
                Ends ends = quiet_ends(QUEUE, roles[i][0], roles[i][1]);
                fill(ends.connecting);
                ck_assert(!is_readable(ends.connecting));
                for (uint64_t n = 0; n < 20; n++) {
                        ck_assert_uint_eq(receive_number(ends.listening), n);
                        ck_assert(is_readable(ends.connecting));
                        expect_ok(try_send(ends.connecting, n + 4, RTCHANNEL_NOW));
                        expect_result(try_send(ends.connecting, 0, RTCHANNEL_NOW), -EAGAIN);
                        ck_assert(!is_readable(ends.connecting));
                }
                ends_free(&ends);
        }
}
END_TEST

START_TEST(room_is_not_forgotten_over_a_look_for_messages)
{
        Ends ends = quiet_ends(QUEUE, "pairs", "pairs");
        fill(ends.connecting);
        expect_nothing(ends.connecting);
        ck_assert(!is_readable(ends.connecting));
        ck_assert_uint_eq(receive_number(ends.listening), 0);
        expect_nothing(ends.connecting);
        ck_assert(is_readable(ends.connecting));
        expect_ok(try_send(ends.connecting, 4, RTCHANNEL_NOW));
        expect_nothing(ends.connecting);
        ck_assert(!is_readable(ends.connecting));
        ends_free(&ends);
}
END_TEST

START_TEST(a_publishers_is_readable_when_its_slowest_subscriber_made_room)
{
        Ends ends = quiet_ends(QUEUE, "publishes", "subscribes");
        fill(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ck_assert_uint_eq(receive_number(ends.connecting), 0);
        ck_assert(is_readable(ends.listening));
        expect_ok(try_send(ends.listening, 4, RTCHANNEL_NOW));
        ends_free(&ends);
}
END_TEST

START_TEST(without_a_refused_send_room_is_no_news)
{
        Ends ends = quiet_ends(QUEUE, "pairs", "pairs");
        send_number(ends.connecting, 0);
        expect_numbers(ends.listening, 0, 1);
        ck_assert(!is_readable(ends.connecting));
        ends_free(&ends);
}
END_TEST

/* -- events ------------------------------------------------------------------------------------ */

static rtchannel_event_type next_event(rtchannel *end)
{
        rtchannel_event event = { 0 };
        int r = rtchannel_event_next(end, &event);
        ck_assert(r == 0 || r == 1);
        return event.type;
}

START_TEST(it_is_readable_while_there_is_an_event)
{
        Ends ends = quiet_ends(QUEUE, "publishes", "subscribes");
        ends.connecting = rtchannel_close(ends.connecting);
        ck_assert(is_readable_within(ends.listening, LONG));
        while (next_event(ends.listening) != RTCHANNEL_DISCONNECTED)
                ck_assert(is_readable_within(ends.listening, LONG));
        ends_free(&ends);

        ends = quiet_ends(QUEUE, "pulls", "pushes");
        ends.connecting = rtchannel_close(ends.connecting);
        ck_assert(wire_wait_peers(ends.listening, 0));
        uint64_t number;
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -ECONNRESET);
        expect_nothing(ends.listening); /* which does not take the event */
        ck_assert(is_readable(ends.listening));
        ck_assert_int_eq(next_event(ends.listening), RTCHANNEL_DISCONNECTED);
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends.connecting = wire_connect(&ends.wire, "pushes", 'a');
        ck_assert(is_readable_within(ends.listening, LONG));
        ck_assert(wire_wait_peers(ends.listening, 1));
        expect_nothing(ends.listening);
        ck_assert(is_readable(ends.listening));
        ck_assert_int_eq(next_event(ends.listening), RTCHANNEL_CONNECTED);
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends_free(&ends);
}
END_TEST

START_TEST(who_never_takes_events_is_not_kept_awake_by_them)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        ck_assert(is_readable(ends.listening));
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends.connecting = rtchannel_close(ends.connecting);
        ck_assert(is_readable_within(ends.listening, LONG));
        ck_assert(wire_wait_peers(ends.listening, 0));
        uint64_t number;
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -ECONNRESET);
        expect_nothing(ends.listening);
        ck_assert(!is_readable(ends.listening));
        ends_free(&ends);
}
END_TEST

START_TEST(who_waits_for_events_only_sees_the_first_one)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes"); /* both have noticed */
        ck_assert(is_readable(ends.listening));
        ck_assert_int_eq(next_event(ends.listening), RTCHANNEL_CONNECTED);
        ck_assert_int_eq(next_event(ends.listening), 0);
        ends_free(&ends);
}
END_TEST

/* -- nothing gets lost ------------------------------------------------------------------------- */

enum { MANY = 50000 };

static uint64_t next_random(uint64_t *seed)
{
        *seed = *seed * 6364136223846793005U + 1442695040888963407U;
        return *seed >> 33;
}

static void delay(uint64_t *seed)
{
        for (volatile uint64_t n = next_random(seed) % 400; n > 0; n--)
                ;
}

static void push_many(rtchannel *end)
{
        uint64_t seed = 1;
        for (uint64_t n = 0; n < MANY;) {
                int r = try_send(end, n, RTCHANNEL_NOW);
                ck_assert(r == 0 || r == -EAGAIN);
                if (r == 0)
                        n++;
                else
                        ck_assert(is_readable_within(end, LONG));
                if (next_random(&seed) % 4 == 0)
                        delay(&seed);
        }
}

/* Sometimes one message each time, sometimes all that are there. */
static void pull_many(rtchannel *end)
{
        uint64_t seed = 2, number = 0;
        for (uint64_t n = 0; n < MANY;) {
                ck_assert(is_readable_within(end, LONG));
                bool all = next_random(&seed) % 2;
                do {
                        int r = try_receive(end, &number, RTCHANNEL_NOW);
                        if (r == -EAGAIN)
                                break;
                        expect_ok(r);
                        ck_assert_uint_eq(number, n);
                        n++;
                        if (next_random(&seed) % 4 == 0)
                                delay(&seed);
                } while (all && n < MANY);
        }
}

static void *push_in_thread(void *end)
{
        push_many(end);
        return NULL;
}

START_TEST(no_wake_is_lost_between_threads)
{
        Ends ends = quiet_ends(QUEUE, "pulls", "pushes");
        pthread_t thread;
        expect_ok(pthread_create(&thread, NULL, push_in_thread, ends.connecting));
        pull_many(ends.listening);
        expect_ok(pthread_join(thread, NULL));
        ends_free(&ends);
}
END_TEST

static void push_in_child(void *wire)
{
        rtchannel *end = wire_connect(wire, "pushes", 'a');
        push_many(end);
        rtchannel_close(end);
}

START_TEST(no_wake_is_lost_between_processes)
{
        Wire wire = wire_new(QUEUE, 1);
        pid_t child = in_child(push_in_child, &wire);
        rtchannel *end = wire_listen(&wire, "pulls");
        pull_many(end);
        expect_child(child);
        rtchannel_close(end);
        wire_free(&wire);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "descriptor",
                it_is_readable_while_there_is_a_message_and_not_after_a_look_that_found_none,
                it_stays_readable_for_who_takes_one_message_each_time,
                a_look_with_a_deadline_that_has_passed_quiets_it_too,
                it_is_readable_at_first_if_something_came_before_it_was_asked_for,
                it_works_in_select_and_epoll_level_and_edge_triggered,
                an_interruption_makes_it_readable,
                it_is_readable_when_there_is_room_after_a_send_was_refused,
                room_is_not_forgotten_over_a_look_for_messages,
                a_publishers_is_readable_when_its_slowest_subscriber_made_room,
                without_a_refused_send_room_is_no_news, it_is_readable_while_there_is_an_event,
                who_never_takes_events_is_not_kept_awake_by_them,
                who_waits_for_events_only_sees_the_first_one, no_wake_is_lost_between_threads,
                no_wake_is_lost_between_processes);
}
