/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What fork() does to ends: the child has none, the parent notices nothing. */

#include "suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "generation.h"

#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"

/* -- the word ---------------------------------------------------------------------------------- */

static uint32_t first_generation;

static void compare_generation(void *unused)
{
        (void)unused;
        ck_assert_uint_eq(*rt_generation(), *rt_generation());
        ck_assert_uint_ne(*rt_generation(), first_generation);
}

static void look_at_word(void *word)
{
        ck_assert_uint_eq(*(const uint32_t *)word, 0);
}

START_TEST(each_process_has_a_generation_of_its_own)
{
        const uint32_t *word = rt_generation();
        first_generation = *word;
        ck_assert_uint_ne(first_generation, 0);
        ck_assert_ptr_eq(rt_generation(), word);
        ck_assert_uint_eq(*word, first_generation);
        expect_child(in_child(look_at_word, (void *)(uintptr_t)word));
        expect_child(in_child(compare_generation, NULL));
        ck_assert_uint_eq(*word, first_generation);
}
END_TEST

static void *open_and_call(void *unused)
{
        (void)unused;
        for (int i = 0; i < 20; i++) {
                Ends ends = ends_new(QUEUE, "pulls", "pushes");
                send_number(ends.connecting, 1);
                expect_numbers(ends.listening, 1, 1);
                ends_free(&ends);
        }
        return NULL;
}

START_TEST(threads_can_open_and_close_ends_at_the_same_time)
{
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
                expect_ok(pthread_create(&threads[i], NULL, open_and_call, NULL));
        for (int i = 0; i < 4; i++)
                expect_ok(pthread_join(threads[i], NULL));
}
END_TEST

/* -- inherited ends ---------------------------------------------------------------------------- */

static void expect_no_child_calls(void *argument)
{
        rtchannel *end = argument;
        uint64_t number = 0, tag;
        rtchannel_message message = { 0 };
        rtchannel_event event;
        rtchannel_statistics statistics;
        const void *borrowed;
        void *loan;
        expect_result(rtchannel_send(end, "", 0, RTCHANNEL_FOREVER), -ECHILD);
        expect_result(rtchannel_loan(end, &loan, RTCHANNEL_FOREVER), -ECHILD);
        expect_result(rtchannel_commit(end, 1), -ECHILD);
        expect_result(rtchannel_cancel(end), -ECHILD);
        expect_result(rtchannel_release(end), -ECHILD);
        expect_result(rtchannel_fd(end), -ECHILD);
        expect_result(rtchannel_wait_peer(end, RTCHANNEL_FOREVER), -ECHILD);
        expect_result(rtchannel_event_next(end, &event), -ECHILD);
        expect_result(rtchannel_interrupt(end), -ECHILD);
        expect_result(rtchannel_get_statistics(end, &statistics), -ECHILD);
        rtchannel_properties properties;
        expect_ok(rtchannel_get_properties(end, &properties));
        int expected = properties.receives ? -ECHILD : -EOPNOTSUPP;
        expect_result(rtchannel_receive(end, &number, 8, NULL, RTCHANNEL_FOREVER), expected);
        expect_result(rtchannel_borrow(end, &borrowed, NULL, RTCHANNEL_FOREVER), expected);
        expect_result(rtchannel_call(end, "", 0, &number, 8, NULL, RTCHANNEL_FOREVER),
                      properties.role[0] == 'c' ? -ECHILD : -EOPNOTSUPP);
        expect_result(rtchannel_request(end, "", 0, 0, &tag, RTCHANNEL_FOREVER),
                      properties.role[0] == 'c' ? -ECHILD : -EOPNOTSUPP);
        expect_result(rtchannel_reply(end, &message, "", 0, RTCHANNEL_FOREVER), -EOPNOTSUPP);
}

static void expect_no_server_calls(void *argument)
{
        rtchannel_message message = { 0 };
        void *loan;
        uint64_t number;
        expect_result(rtchannel_reply(argument, &message, "", 0, RTCHANNEL_FOREVER), -ECHILD);
        expect_result(rtchannel_loan_reply(argument, &message, &loan, RTCHANNEL_FOREVER), -ECHILD);
        expect_result(rtchannel_receive(argument, &number, 8, NULL, RTCHANNEL_FOREVER), -ECHILD);
}

START_TEST(a_child_can_do_nothing_with_its_parents_ends)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        const void *borrowed;
        void *loan;
        send_number(ends.listening, 1);
        send_number(ends.connecting, 2);
        expect_child(in_child(expect_no_child_calls, ends.listening));
        expect_ok(rtchannel_borrow(ends.connecting, &borrowed, NULL, late()));
        expect_ok(rtchannel_loan(ends.connecting, &loan, late()));
        expect_child(in_child(expect_no_child_calls, ends.connecting));
        ends_free(&ends);
        ends = ends_new(QUEUE, "serves", "calls");
        expect_child(in_child(expect_no_server_calls, ends.listening));
        expect_child(in_child(expect_no_child_calls, ends.connecting));
        ends_free(&ends);
}
END_TEST

static void close_both(void *argument)
{
        Ends *ends = argument;
        rtchannel_close(ends->listening);
        rtchannel_close(ends->connecting);
}

static void do_nothing(void *unused)
{
        (void)unused;
}

static void leave_by_exit(void *unused)
{
        (void)unused;
        exit(0);
}

static void expect_alive(Ends *ends, rtchannel_event *ret_event)
{
        send_number(ends->connecting, 3);
        send_number(ends->listening, 4);
        expect_numbers(ends->listening, 3, 1);
        expect_numbers(ends->connecting, 4, 1);
        expect_result(rtchannel_event_next(ends->listening, ret_event), 0);
        expect_result(rtchannel_event_next(ends->connecting, ret_event), 0);
        ck_assert_uint_eq(statistics_of(ends->listening).disconnects, 0);
        ck_assert_uint_eq(statistics_of(ends->connecting).disconnects, 0);
}

START_TEST(whatever_a_child_does_with_its_parents_ends_disturbs_nobody)
{
        static void (*const acts[])(void *) = { close_both, do_nothing, leave_by_exit };
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        rtchannel_event event;
        expect_result(rtchannel_event_next(ends.listening, &event), 1);
        expect_result(rtchannel_event_next(ends.connecting, &event), 1);
        for (int i = 0; i < 3; i++) {
                expect_child(in_child(acts[i], &ends));
                expect_alive(&ends, &event);
        }
        ends_free(&ends);
}
END_TEST

static void interrupt_both(void *argument)
{
        const Ends *ends = argument;
        (void)rtchannel_interrupt(ends->listening);
        (void)rtchannel_interrupt(ends->connecting);
}

START_TEST(a_child_cannot_wake_its_parent)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        (void)rtchannel_fd(ends.listening);
        expect_nothing(ends.listening);
        expect_child(in_child(interrupt_both, &ends));
        expect_nothing(ends.listening);
        expect_nothing(ends.connecting);
        ends_free(&ends);
}
END_TEST

/* -- ends of the child's own ------------------------------------------------------------------- */

static void open_own(void *argument)
{
        Ends *ends = argument;
        Ends own = ends_new(QUEUE, "pairs", "pairs");
        for (uint64_t n = 0; n < 100; n++) {
                send_number(own.listening, n);
                expect_numbers(own.connecting, n, 1);
        }
        /* The memory of the closed ends may be that of the own ones by now. */
        close_both(ends);
        for (uint64_t n = 0; n < 100; n++) {
                send_number(own.connecting, n);
                expect_numbers(own.listening, n, 1);
        }
        ends_free(&own);
        own = ends_new(QUEUE, "pulls", "pushes");
        send_number(own.connecting, 1);
        expect_numbers(own.listening, 1, 1);
        ends_free(&own);
}

START_TEST(a_child_can_open_ends_of_its_own)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        rtchannel_event event;
        expect_result(rtchannel_event_next(ends.listening, &event), 1);
        expect_result(rtchannel_event_next(ends.connecting, &event), 1);
        for (int i = 0; i < 3; i++) {
                expect_child(in_child(open_own, &ends));
                expect_alive(&ends, &event);
        }
        ends_free(&ends);
}
END_TEST

static void fork_again(void *argument)
{
        rtchannel *end = wire_connect(argument, "pushes", 'a');
        send_number(end, 1);
        expect_child(in_child(expect_no_child_calls, end));
        send_number(end, 2);
        rtchannel_close(end);
}

START_TEST(so_can_a_child_and_its_child_not_use_them)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *end = wire_listen(&wire, "pulls");
        pid_t child = in_child(fork_again, &wire);
        ck_assert_uint_eq(receive_number(end), 1);
        ck_assert_uint_eq(receive_number(end), 2);
        expect_child(child);
        rtchannel_close(end);
        wire_free(&wire);
}
END_TEST

/* GCC's AddressSanitizer has locks of its own, which other threads may hold when a child is made.
 */
#ifndef __SANITIZE_ADDRESS__

/* The attendant may be anywhere in its work when the process forks. */
static void *connect_again_and_again(void *argument)
{
        _Atomic bool *shall_stop = argument;
        while (!*shall_stop) {
                Ends ends = ends_new(QUEUE, "pulls", "pushes");
                ends_free(&ends);
        }
        return NULL;
}

static void open_and_close_own(void *unused)
{
        (void)unused;
        Ends own = ends_new(QUEUE, "pairs", "pairs");
        ends_free(&own);
}

START_TEST(a_child_can_open_ends_whatever_its_parents_threads_were_doing)
{
        _Atomic bool shall_stop = false;
        pthread_t thread;
        expect_ok(pthread_create(&thread, NULL, connect_again_and_again, &shall_stop));
        for (int i = 0; i < 50; i++)
                expect_child(in_child(open_and_close_own, NULL));
        shall_stop = true;
        expect_ok(pthread_join(thread, NULL));
}
END_TEST

#define WHILE_OTHERS_WORK a_child_can_open_ends_whatever_its_parents_threads_were_doing,
#else
#define WHILE_OTHERS_WORK
#endif

int main(void)
{
        return RUN_TESTS("generation", each_process_has_a_generation_of_its_own,
                         threads_can_open_and_close_ends_at_the_same_time,
                         WHILE_OTHERS_WORK a_child_can_do_nothing_with_its_parents_ends,
                         whatever_a_child_does_with_its_parents_ends_disturbs_nobody,
                         a_child_cannot_wake_its_parent, a_child_can_open_ends_of_its_own,
                         so_can_a_child_and_its_child_not_use_them);
}
