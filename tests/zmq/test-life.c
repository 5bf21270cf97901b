/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Contexts that end, sockets that close, processes that fork, proxies and monitors. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "house.h"

/* Once, the next time that this thread asks for the time, which it does on its way to sleep. */
static _Thread_local void (*at_time)(void);

int clock_gettime(clockid_t clock, struct timespec *ret)
{
        void (*act)(void) = at_time;
        at_time = NULL;
        if (act)
                act();
        return (int)syscall(SYS_clock_gettime, clock, ret);
}

/* A thread that waits on a socket until the context ends; then closes it. */
typedef struct Waiter {
        void *socket;
        int (*wait)(void *socket);
        int result, error;
        pthread_t thread;
        pid_t id;
        _Atomic bool runs;
} Waiter;

static int wait_to_receive(void *socket)
{
        set_number(socket, ZMQ_RCVTIMEO, -1);
        return zmq_recv(socket, NULL, 0, 0);
}

static int wait_to_send(void *socket)
{
        set_number(socket, ZMQ_SNDTIMEO, -1);
        return zmq_send(socket, "x", 1, 0);
}

static int wait_in_poll(void *socket)
{
        zmq_pollitem_t items[] = { { socket, 0, ZMQ_POLLIN, 0 }, { NULL, 0, 0, 0 } };
        return zmq_poll(items, 2, -1);
}

static int wait_in_poll_alone(void *socket)
{
        zmq_pollitem_t item = { socket, 0, ZMQ_POLLIN, 0 };
        return zmq_poll(&item, 1, -1);
}

static void *run(void *data)
{
        Waiter *waiter = data;
        waiter->id = gettid();
        waiter->runs = true;
        waiter->result = waiter->wait(waiter->socket);
        waiter->error = zmq_errno();
        (void)zmq_close(waiter->socket);
        return NULL;
}

static Waiter *start(void *socket, int (*wait)(void *))
{
        Waiter *waiter = calloc(1, sizeof *waiter);
        waiter->socket = socket;
        waiter->wait = wait;
        ck_assert_int_eq(pthread_create(&waiter->thread, NULL, run, waiter), 0);
        while (!waiter->runs)
                usleep(1000);
        wait_asleep(waiter->id);
        return waiter;
}

static void expect_ended(Waiter *waiter)
{
        ck_assert_int_eq(pthread_join(waiter->thread, NULL), 0);
        ck_assert_int_eq(waiter->result, -1);
        ck_assert_str_eq(zmq_strerror(waiter->error), zmq_strerror(ETERM));
        free(waiter);
}

static void end_while(int (*wait)(void *), bool has_two_channels)
{
        declare("wire", PLENTY, "pairs", "pairs");
        declare("more", PLENTY, "pairs", "pairs");
        void *socket = listening(ZMQ_PAIR, "wire");
        if (has_two_channels)
                join(socket, "more", true);
        Waiter *waiter = start(socket, wait);
        leave(NULL, NULL, NULL); /* waits until the other has closed the socket */
        expect_ended(waiter);
}

START_TEST(the_end_of_the_context_ends_a_receive)
{
        end_while(wait_to_receive, false);
}
END_TEST

START_TEST(the_end_of_the_context_ends_a_receive_from_two)
{
        end_while(wait_to_receive, true);
}
END_TEST

START_TEST(the_end_of_the_context_ends_a_send)
{
        end_while(wait_to_send, false);
}
END_TEST

START_TEST(the_end_of_the_context_ends_a_send_to_either)
{
        end_while(wait_to_send, true);
}
END_TEST

START_TEST(the_end_of_the_context_ends_a_poll)
{
        end_while(wait_in_poll, false);
}
END_TEST

START_TEST(the_end_of_the_context_ends_a_poll_of_one)
{
        end_while(wait_in_poll_alone, false);
}
END_TEST

static void shut_down(void)
{
        (void)zmq_ctx_shutdown(house());
}

START_TEST(the_end_of_the_context_on_the_way_to_sleep_is_not_missed)
{
        declare("wire", PLENTY, "pairs", "pairs");
        declare("more", PLENTY, "pairs", "pairs");
        void *socket = listening(ZMQ_PAIR, "wire");
        join(socket, "more", true);
        expect_none(socket); /* the ends have seen all there is */
        set_number(socket, ZMQ_RCVTIMEO, -1);
        at_time = shut_down;
        expect_error(zmq_recv(socket, NULL, 0, 0), ETERM);
        ck_assert_ptr_null(at_time);
        leave(socket, NULL, NULL);
}
END_TEST

START_TEST(a_poll_for_what_may_not_be_received_yet_sleeps)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *a = connecting(ZMQ_REQ, "ask");
        void *b = connecting(ZMQ_REQ, "ask");
        send_text(a, "1");
        send_text(b, "2");
        ck_assert_int_eq(zmq_recv(rep, NULL, 0, 0), 1);
        while (!(get_number(rep, ZMQ_EVENTS) & ZMQ_POLLOUT))
                usleep(1000);
        Waiter *waiter = start(rep, wait_in_poll_alone);
        leave(a, b, NULL);
        expect_ended(waiter);
}
END_TEST

START_TEST(after_the_shutdown_of_a_context_every_call_fails)
{
        int value = 0;
        size_t size = sizeof value;
        zmq_pollitem_t item = { NULL, 0, ZMQ_POLLIN, 0 };
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *other = blank(ZMQ_PAIR);
        ck_assert_int_eq(zmq_ctx_shutdown(house()), 0);
        item.socket = a;
        expect_error(zmq_send(a, "x", 1, 0), ETERM);
        expect_error(zmq_recv(a, NULL, 0, 0), ETERM);
        expect_error(zmq_poll(&item, 1, -1), ETERM);
        expect_error(zmq_getsockopt(a, ZMQ_EVENTS, &value, &size), ETERM);
        expect_error(zmq_setsockopt(a, ZMQ_LINGER, &value, sizeof value), ETERM);
        expect_error(zmq_unbind(a, "shm://wire"), ETERM);
        expect_error(try_join(other, "wire", true), ETERM);
        ck_assert_ptr_null(zmq_socket(house(), ZMQ_PAIR));
        leave(a, other, NULL);
}
END_TEST

START_TEST(contexts_end_each_for_itself)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        void *other = zmq_ctx_new();
        ck_assert_int_eq(zmq_close(zmq_socket(other, ZMQ_PAIR)), 0);
        ck_assert_int_eq(zmq_ctx_destroy(other), 0);
        send_text(a, "still here");
        expect_text(b, "still here");
        leave(a, b, NULL);
}
END_TEST

START_TEST(what_was_sent_can_be_read_after_the_sender_has_closed)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *pull = listening(ZMQ_PULL, "work"), *push = connecting(ZMQ_PUSH, "work");
        send_text(push, "1");
        send_text(push, "2");
        ck_assert_int_eq(zmq_close(push), 0);
        expect_text(pull, "1");
        expect_text(pull, "2");
        leave(pull, NULL, NULL);
}
END_TEST

START_TEST(what_was_sent_ahead_is_received_though_its_sender_has_gone)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *push = connecting(ZMQ_PUSH, "work");
        send_text(push, "ahead");
        leave(push, NULL, NULL); /* the socket's queue keeps it, so nobody has to wait */
        void *pull = listening(ZMQ_PULL, "work");
        expect_text(pull, "ahead");
        leave(pull, NULL, NULL);
}
END_TEST

START_TEST(a_peer_that_comes_again_is_served_again)
{
        declare("ask", PLENTY, "serves", "calls");
        void *req = blank(ZMQ_REQ);
        set_number(req, ZMQ_REQ_RELAXED, 1);
        join(req, "ask", false);
        for (int i = 0; i < 5; i++) {
                void *rep = listening(ZMQ_REP, "ask");
                set_number(rep, ZMQ_RCVTIMEO, 50);
                do
                        send_text(req, "?"); /* maybe to the one before */
                while (zmq_recv(rep, NULL, 0, 0) < 0);
                send_text(rep, "!");
                expect_text(req, "!");
                ck_assert_int_eq(zmq_close(rep), 0);
        }
        leave(req, NULL, NULL);
}
END_TEST

START_TEST(a_child_cannot_use_what_its_parent_opened_and_does_not_harm_it)
{
        int status;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        send_text(a, "before");
        pid_t child = fork();
        if (child == 0) {
                bool refused = zmq_send(a, "x", 1, 0) == -1 && zmq_errno() == ECHILD &&
                               zmq_recv(b, NULL, 0, 0) == -1 && zmq_errno() == ECHILD;
                bool closed = zmq_close(a) == 0 && zmq_close(b) == 0;
                _exit(refused && closed ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
        expect_text(b, "before");
        send_text(b, "after");
        expect_text(a, "after");
        leave(a, b, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "zmq-life", the_end_of_the_context_ends_a_receive,
                the_end_of_the_context_ends_a_receive_from_two, the_end_of_the_context_ends_a_send,
                the_end_of_the_context_ends_a_send_to_either, the_end_of_the_context_ends_a_poll,
                the_end_of_the_context_ends_a_poll_of_one,
                the_end_of_the_context_on_the_way_to_sleep_is_not_missed,
                a_poll_for_what_may_not_be_received_yet_sleeps,
                after_the_shutdown_of_a_context_every_call_fails, contexts_end_each_for_itself,
                what_was_sent_can_be_read_after_the_sender_has_closed,
                what_was_sent_ahead_is_received_though_its_sender_has_gone,
                a_peer_that_comes_again_is_served_again,
                a_child_cannot_use_what_its_parent_opened_and_does_not_harm_it);
}
