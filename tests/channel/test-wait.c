/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Deadlines, signals, interruptions: whatever can end a wait. */

#include "suite.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define QUEUE "message_size=64 depth=2 full=refuse spin=0 connections=1"
#define SPINS "message_size=64 depth=2 full=refuse spin=2000000 connections=1"

/* Something that another thread does once the test's own thread sleeps. */
typedef struct Helper {
        pthread_t thread;
        pid_t sleeper;
        void (*act)(void *);
        void *argument;
} Helper;

static void *help(void *argument)
{
        Helper *helper = argument;
        wait_asleep(helper->sleeper);
        helper->act(helper->argument);
        return NULL;
}

static void start_helper(Helper *helper, void (*act)(void *), void *argument)
{
        *helper = (Helper){ .sleeper = gettid(), .act = act, .argument = argument };
        expect_ok(pthread_create(&helper->thread, NULL, help, helper));
}

static void end_helper(Helper *helper)
{
        expect_ok(pthread_join(helper->thread, NULL));
}

static void send_seven(void *end)
{
        send_number(end, 7);
}

static void receive_one(void *end)
{
        (void)receive_number(end);
}

static void interrupt(void *end)
{
        expect_ok(rtchannel_interrupt(end));
}

static void close_end(void *end)
{
        rtchannel_close(end);
}

static void fill(rtchannel *end)
{
        send_number(end, 0);
        send_number(end, 1);
        expect_result(try_send(end, 2, RTCHANNEL_NOW), -EAGAIN);
}

/* -- deadlines --------------------------------------------------------------------------------- */

START_TEST(a_deadline_now_asks_for_a_look_and_one_that_has_passed_as_well)
{
        static const char *const geometries[] = { QUEUE, SPINS };
        for (int g = 0; g < 2; g++) {
                Ends ends = ends_new(geometries[g], "pulls", "pushes");
                uint64_t number;
                expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -EAGAIN);
                expect_result(try_receive(ends.listening, &number, 1), -ETIMEDOUT);
                expect_result(try_receive(ends.listening, &number, -1), -ETIMEDOUT);
                expect_result(try_receive(ends.listening, &number, INT64_MIN), -ETIMEDOUT);
                expect_result(try_receive(ends.listening, &number, rtchannel_now()), -ETIMEDOUT);
                send_number(ends.connecting, 1);
                expect_ok(try_receive(ends.listening, &number, RTCHANNEL_NOW));
                send_number(ends.connecting, 1);
                expect_ok(try_receive(ends.listening, &number, 1));
                fill(ends.connecting);
                expect_result(try_send(ends.connecting, 2, 1), -ETIMEDOUT);
                expect_result(try_send(ends.connecting, 2, rtchannel_now() - 1), -ETIMEDOUT);
                ends_free(&ends);
        }
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline_and_not_before)
{
        static const char *const geometries[] = { QUEUE, SPINS };
        for (int g = 0; g < 2; g++) {
                Ends ends = ends_new(geometries[g], "pulls", "pushes");
                uint64_t number;
                static const int64_t waits[] = { 100000, 5000000, 250000000 };
                for (int i = 0; i < 3; i++) {
                        int64_t deadline = rtchannel_in(waits[i]);
                        expect_result(try_receive(ends.listening, &number, deadline), -ETIMEDOUT);
                        ck_assert_int_ge(rtchannel_now(), deadline);
                }
                fill(ends.connecting);
                int64_t deadline = rtchannel_in(150000000);
                expect_result(try_send(ends.connecting, 2, deadline), -ETIMEDOUT);
                ck_assert_int_ge(rtchannel_now(), deadline);
                ends_free(&ends);
        }
}
END_TEST

START_TEST(a_wait_long_after_the_last_message_ends_at_its_deadline)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        uint64_t number;
        send_number(ends.connecting, 1);
        ck_assert_uint_eq(receive_number(ends.listening), 1);
        (void)usleep(200000); /* what the end remembers of the clock is old then */
        int64_t deadline = rtchannel_in(5000000);
        expect_result(try_receive(ends.listening, &number, deadline), -ETIMEDOUT);
        ck_assert_int_ge(rtchannel_now(), deadline);
        ends_free(&ends);
}
END_TEST

static atomic_bool has_ended;

/* As a peer can, without any message. */
static void wake_for_nothing(void *end)
{
        rtchannel *peer = end;
        _Atomic uint32_t *word = &peer->ways[0].link->peer_words->data;
        while (!has_ended) {
                atomic_fetch_add(word, 1);
                rt_futex_wake(word);
        }
}

START_TEST(a_peer_that_wakes_for_nothing_does_not_put_the_deadline_off)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        uint64_t number;
        Helper helper;
        start_helper(&helper, wake_for_nothing, ends.connecting);
        expect_result(try_receive(ends.listening, &number, rtchannel_in(50000000)), -ETIMEDOUT);
        has_ended = true;
        end_helper(&helper);
        ends_free(&ends);
}
END_TEST

START_TEST(deadlines_of_the_far_future_are_for_ever)
{
        ck_assert_int_eq(rtchannel_in(INT64_MAX), RTCHANNEL_FOREVER);
        ck_assert_int_gt(rtchannel_in(1000000000), rtchannel_now());
        ck_assert_int_lt(rtchannel_in(-1), rtchannel_now());
}
END_TEST

START_TEST(a_message_ends_the_wait_for_one)
{
        static const char *const geometries[] = { QUEUE, SPINS };
        for (int g = 0; g < 2; g++) {
                Ends ends = ends_new(geometries[g], "pulls", "pushes");
                uint64_t number = 0;
                Helper helper;
                for (int i = 0; i < 20; i++) {
                        start_helper(&helper, send_seven, ends.connecting);
                        expect_ok(try_receive(ends.listening, &number, RTCHANNEL_FOREVER));
                        ck_assert_uint_eq(number, 7);
                        end_helper(&helper);
                }
                ends_free(&ends);
        }
}
END_TEST

START_TEST(room_ends_the_wait_for_it)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        Helper helper;
        fill(ends.connecting);
        for (uint64_t n = 2; n < 20; n++) {
                start_helper(&helper, receive_one, ends.listening);
                expect_ok(try_send(ends.connecting, n, RTCHANNEL_FOREVER));
                end_helper(&helper);
        }
        expect_numbers(ends.listening, 18, 2);
        ends_free(&ends);
}
END_TEST

START_TEST(a_wait_for_one_of_many_peers_ends_with_any_message)
{
        Wire wire = wire_new(QUEUE, 3);
        rtchannel *puller = wire_listen(&wire, "pulls"), *pushers[3];
        for (int i = 0; i < 3; i++)
                pushers[i] = wire_connect(&wire, "pushes", (char)('a' + i));
        ck_assert(wire_wait_peers(puller, 3));
        for (int i = 0; i < 12; i++) {
                Helper helper;
                uint64_t number = 0;
                start_helper(&helper, send_seven, pushers[i % 3]);
                expect_ok(try_receive(puller, &number, RTCHANNEL_FOREVER));
                end_helper(&helper);
        }
        for (int i = 0; i < 3; i++)
                rtchannel_close(pushers[i]);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(the_end_of_the_peer_ends_the_waits_for_messages_and_for_room)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        uint64_t number;
        Helper helper;
        start_helper(&helper, close_end, ends.connecting);
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_FOREVER), -ECONNRESET);
        end_helper(&helper);
        ends.connecting = wire_connect(&ends.wire, "pairs", 'a');
        ck_assert(wire_wait_peers(ends.listening, 1));
        fill(ends.listening);
        start_helper(&helper, close_end, ends.connecting);
        expect_ok(try_send(ends.listening, 2, RTCHANNEL_FOREVER)); /* for the next peer */
        end_helper(&helper);
        ck_assert(wire_wait_peers(ends.listening, 0));
        ck_assert_uint_eq(statistics_of(ends.listening).unread, 2);
        ends.connecting = wire_connect(&ends.wire, "pairs", 'a');
        expect_numbers(ends.connecting, 2, 1);
        ends_free(&ends);
}
END_TEST

/* -- waiting for a peer ------------------------------------------------------------------------ */

static void connect_a(void *ends)
{
        ((Ends *)ends)->connecting = wire_connect(&((Ends *)ends)->wire, "pushes", 'a');
}

START_TEST(one_can_wait_for_a_peer)
{
        Ends ends = { .wire = wire_new(QUEUE, 1) };
        Helper helper;
        ends.listening = wire_listen(&ends.wire, "pulls");
        expect_result(rtchannel_wait_peer(ends.listening, RTCHANNEL_NOW), -EAGAIN);
        expect_result(rtchannel_wait_peer(ends.listening, rtchannel_in(2000000)), -ETIMEDOUT);
        start_helper(&helper, connect_a, &ends);
        expect_ok(rtchannel_wait_peer(ends.listening, RTCHANNEL_FOREVER));
        end_helper(&helper);
        expect_ok(rtchannel_wait_peer(ends.listening, RTCHANNEL_NOW));
        expect_ok(rtchannel_wait_peer(ends.connecting, late()));
        start_helper(&helper, interrupt, ends.listening);
        uint64_t number;
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_FOREVER), -ECANCELED);
        end_helper(&helper);
        ends_free(&ends);
}
END_TEST

/* -- interruptions ----------------------------------------------------------------------------- */

START_TEST(an_interruption_ends_the_wait_whatever_it_is_for)
{
        Wire wire = wire_new(QUEUE, 2);
        rtchannel *puller = wire_listen(&wire, "pulls");
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        uint64_t number;
        Helper helper;
        ck_assert(wire_wait_peers(puller, 1) && wire_wait_peers(pusher, 1));
        for (int i = 0; i < 20; i++) { /* on the word of one peer */
                start_helper(&helper, interrupt, puller);
                expect_result(try_receive(puller, &number, RTCHANNEL_FOREVER), -ECANCELED);
                end_helper(&helper);
        }
        fill(pusher);
        start_helper(&helper, interrupt, pusher);
        expect_result(try_send(pusher, 2, RTCHANNEL_FOREVER), -ECANCELED);
        end_helper(&helper);
        ck_assert_uint_eq(statistics_of(pusher).refused, 1); /* that of fill() */
        expect_numbers(puller, 0, 2);
        rtchannel *second = wire_connect(&wire, "pushes", 'b');
        ck_assert(wire_wait_peers(puller, 2));
        for (int i = 0; i < 20; i++) { /* on the words of several */
                start_helper(&helper, interrupt, puller);
                expect_result(try_receive(puller, &number, RTCHANNEL_FOREVER), -ECANCELED);
                end_helper(&helper);
        }
        rtchannel_close(second);
        rtchannel_close(pusher);
        ck_assert(wire_wait_peers(puller, 0));
        start_helper(&helper, interrupt, puller);
        expect_result(rtchannel_wait_peer(puller, RTCHANNEL_FOREVER), -ECANCELED);
        end_helper(&helper);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(an_interruption_that_comes_first_ends_the_next_wait_only)
{
        Ends ends = ends_new(QUEUE, "pulls", "pushes");
        uint64_t number;
        expect_ok(rtchannel_interrupt(ends.listening));
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_FOREVER), -ECANCELED);
        expect_nothing(ends.listening);
        expect_ok(rtchannel_interrupt(ends.listening));
        expect_ok(rtchannel_interrupt(ends.listening));
        send_number(ends.connecting, 1);
        ck_assert_uint_eq(receive_number(ends.listening), 1); /* did not wait */
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -ECANCELED);
        expect_nothing(ends.listening);
        ends_free(&ends);
}
END_TEST

/* -- signals ----------------------------------------------------------------------------------- */

static rtchannel *to_interrupt;

static void on_signal(int number)
{
        (void)number;
        if (to_interrupt)
                (void)rtchannel_interrupt(to_interrupt);
}

static void handle_signals(void)
{
        struct sigaction action = { .sa_handler = on_signal };
        expect_ok(sigaction(SIGUSR1, &action, NULL));
}

static _Atomic bool is_over;

static void raise_signal(void *thread)
{
        expect_ok(pthread_kill(*(pthread_t *)thread, SIGUSR1));
}

/* One signal alone could come while the waiting thread looks around. */
static void raise_signals(void *thread)
{
        while (!is_over) {
                raise_signal(thread);
                (void)usleep(2000);
        }
}

START_TEST(a_signal_ends_the_wait)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        pthread_t self = pthread_self();
        uint64_t number;
        Helper helper;
        handle_signals();
        start_helper(&helper, raise_signals, &self);
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_FOREVER), -EINTR);
        is_over = true;
        end_helper(&helper);
        fill(ends.listening);
        is_over = false;
        start_helper(&helper, raise_signals, &self);
        expect_result(try_send(ends.listening, 2, RTCHANNEL_FOREVER), -EINTR);
        is_over = true;
        end_helper(&helper);
        expect_numbers(ends.connecting, 0, 2);
        ends_free(&ends);
}
END_TEST

START_TEST(a_handler_can_end_the_wait_that_its_signal_meets)
{
        Wire wire = wire_new(QUEUE, 2);
        rtchannel *puller = wire_listen(&wire, "pulls");
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        pthread_t self = pthread_self();
        uint64_t number;
        Helper helper;
        ck_assert(wire_wait_peers(puller, 1));
        handle_signals();
        to_interrupt = puller;
        for (int i = 0; i < 20; i++) {
                start_helper(&helper, raise_signal, &self);
                expect_result(try_receive(puller, &number, RTCHANNEL_FOREVER), -ECANCELED);
                end_helper(&helper);
                expect_nothing(puller);
        }
        rtchannel_close(pusher);
        ck_assert(wire_wait_peers(puller, 0));
        start_helper(&helper, raise_signal, &self);
        expect_result(rtchannel_wait_peer(puller, RTCHANNEL_FOREVER), -ECANCELED);
        end_helper(&helper);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

/* -- kernels that cannot wait for several words ------------------------------------------------ */

/* futex_waitv(2) fails from now on, as before Linux 5.16 or below a filter of system calls. */
static void forbid_futex_waitv(int error)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 449, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { .len = 4, .filter = code };
        expect_ok(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        expect_ok(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
        ck_assert_int_eq(syscall(449, NULL, 0, 0, NULL, 0), -1);
        ck_assert_int_eq(errno, error);
}

static void wait_without_futex_waitv(int error)
{
        forbid_futex_waitv(error);
        Wire wire = wire_new(QUEUE, 2);
        rtchannel *puller = wire_listen(&wire, "pulls"), *pushers[2];
        for (int i = 0; i < 2; i++)
                pushers[i] = wire_connect(&wire, "pushes", (char)('a' + i));
        ck_assert(wire_wait_peers(puller, 2));
        uint64_t number;
        Helper helper;
        expect_result(try_receive(puller, &number, rtchannel_in(2000000)), -ETIMEDOUT);
        for (int i = 0; i < 12; i++) {
                start_helper(&helper, send_seven, pushers[i % 2]);
                expect_ok(try_receive(puller, &number, RTCHANNEL_FOREVER));
                end_helper(&helper);
                start_helper(&helper, interrupt, puller);
                expect_result(try_receive(puller, &number, RTCHANNEL_FOREVER), -ECANCELED);
                end_helper(&helper);
        }
        for (int i = 0; i < 2; i++)
                rtchannel_close(pushers[i]);
        rtchannel_close(puller);
        wire_free(&wire);
}

START_TEST(where_the_kernel_cannot_wait_for_several_words_bells_do)
{
        wait_without_futex_waitv(ENOSYS);
}
END_TEST

START_TEST(where_a_filter_refuses_to_wait_for_several_words_bells_do)
{
        wait_without_futex_waitv(EPERM);
}
END_TEST

int main(void)
{
        return RUN_TESTS("wait", a_deadline_now_asks_for_a_look_and_one_that_has_passed_as_well,
                         a_wait_ends_at_its_deadline_and_not_before,
                         a_wait_long_after_the_last_message_ends_at_its_deadline,
                         a_peer_that_wakes_for_nothing_does_not_put_the_deadline_off,
                         deadlines_of_the_far_future_are_for_ever, a_message_ends_the_wait_for_one,
                         room_ends_the_wait_for_it,
                         a_wait_for_one_of_many_peers_ends_with_any_message,
                         the_end_of_the_peer_ends_the_waits_for_messages_and_for_room,
                         one_can_wait_for_a_peer, an_interruption_ends_the_wait_whatever_it_is_for,
                         an_interruption_that_comes_first_ends_the_next_wait_only,
                         a_signal_ends_the_wait, a_handler_can_end_the_wait_that_its_signal_meets,
                         where_the_kernel_cannot_wait_for_several_words_bells_do,
                         where_a_filter_refuses_to_wait_for_several_words_bells_do);
}
