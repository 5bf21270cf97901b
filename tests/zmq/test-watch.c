/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Monitors and proxies. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "house.h"

/* -- monitors ---------------------------------------------------------------------------------- */

static void *watch(void *socket, const char *address, int events)
{
        ck_assert_int_eq(zmq_socket_monitor(socket, address, events), 0);
        void *pair = blank(ZMQ_PAIR);
        ck_assert_int_eq(zmq_connect(pair, address), 0);
        return pair;
}

static void expect_event(void *pair, int event, const char *address)
{
        unsigned char head[6];
        uint16_t number;
        ck_assert_int_eq(zmq_recv(pair, head, sizeof head, 0), 6);
        memcpy(&number, head, sizeof number);
        ck_assert_int_eq(number, event);
        expect_text(pair, address);
}

START_TEST(a_monitor_tells_of_both_sides_from_the_first_event_on)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = blank(ZMQ_PAIR), *b = blank(ZMQ_PAIR);
        void *watch_a = watch(a, "inproc://a", ZMQ_EVENT_ALL);
        void *watch_b = watch(b, "inproc://b", ZMQ_EVENT_ALL);
        join(a, "wire", true);
        join(b, "wire", false);
        expect_event(watch_a, ZMQ_EVENT_LISTENING, "shm://wire");
        expect_event(watch_a, ZMQ_EVENT_ACCEPTED, "shm://wire");
        expect_event(watch_a, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, "shm://wire");
        expect_event(watch_b, ZMQ_EVENT_CONNECT_DELAYED, "shm://wire");
        expect_event(watch_b, ZMQ_EVENT_CONNECTED, "shm://wire");
        expect_event(watch_b, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, "shm://wire");
        ck_assert_int_eq(zmq_close(b), 0);
        expect_event(watch_b, ZMQ_EVENT_MONITOR_STOPPED, "");
        expect_event(watch_a, ZMQ_EVENT_DISCONNECTED, "shm://wire");
        ck_assert_int_eq(zmq_close(a), 0);
        expect_event(watch_a, ZMQ_EVENT_CLOSED, "shm://wire");
        expect_event(watch_a, ZMQ_EVENT_MONITOR_STOPPED, "");
        leave(watch_a, watch_b, NULL);
}
END_TEST

START_TEST(a_monitor_tells_only_what_it_was_asked_for_and_can_be_stopped)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire");
        void *watch_a = watch(a, "inproc://a", ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_MONITOR_STOPPED);
        void *b = connecting(ZMQ_PAIR, "wire");
        expect_event(watch_a, ZMQ_EVENT_ACCEPTED, "shm://wire");
        ck_assert_int_eq(zmq_socket_monitor(a, NULL, 0), 0);
        expect_event(watch_a, ZMQ_EVENT_MONITOR_STOPPED, "");
        expect_error(zmq_socket_monitor(a, "tcp://127.0.0.1:9", ZMQ_EVENT_ALL), EPROTONOSUPPORT);
        leave(a, b, watch_a);
}
END_TEST

START_TEST(a_real_socket_is_watched_by_libzmq)
{
        char text[64];
        size_t size = sizeof text;
        void *a = blank(ZMQ_PAIR), *none = blank(ZMQ_PAIR);
        void *watch_a = watch(a, "inproc://a", ZMQ_EVENT_ALL);
        void *watch_none = watch(none, "inproc://none", ZMQ_EVENT_ALL);
        ck_assert_int_eq(zmq_bind(a, "tcp://127.0.0.1:*"), 0);
        ck_assert_int_eq(zmq_getsockopt(a, ZMQ_LAST_ENDPOINT, text, &size), 0);
        expect_event(watch_a, ZMQ_EVENT_LISTENING, text);
        ck_assert_int_eq(zmq_close(none), 0); /* neither bound nor connected */
        expect_event(watch_none, ZMQ_EVENT_MONITOR_STOPPED, "");
        leave(a, watch_a, watch_none);
}
END_TEST

/* -- proxies ----------------------------------------------------------------------------------- */

typedef struct Proxy {
        int front_type, back_type;
        const char *front, *back;
        bool captures;
        int result;
        pthread_t thread;
        void *control;
        _Atomic bool is_open;
} Proxy;

static void *run_proxy(void *data)
{
        Proxy *proxy = data;
        void *front = listening(proxy->front_type, proxy->front);
        void *back = connecting(proxy->back_type, proxy->back);
        void *control = blank(ZMQ_PAIR), *capture = NULL;
        ck_assert_int_eq(zmq_connect(control, "inproc://control"), 0);
        if (proxy->captures) {
                capture = blank(ZMQ_PUSH);
                ck_assert_int_eq(zmq_connect(capture, "inproc://capture"), 0);
        }
        proxy->is_open = true;
        proxy->result = zmq_proxy_steerable(front, back, capture, control);
        ck_assert_int_eq(zmq_close(front), 0);
        ck_assert_int_eq(zmq_close(back), 0);
        ck_assert_int_eq(zmq_close(control), 0);
        if (capture)
                ck_assert_int_eq(zmq_close(capture), 0);
        return NULL;
}

/* The environment is the process's: nobody else goes to and fro while the proxy opens its ends. */
static void start_proxy(Proxy *proxy)
{
        proxy->control = blank(ZMQ_PAIR);
        ck_assert_int_eq(zmq_bind(proxy->control, "inproc://control"), 0);
        ck_assert_int_eq(pthread_create(&proxy->thread, NULL, run_proxy, proxy), 0);
        while (!proxy->is_open)
                usleep(1000);
}

static void end_proxy(Proxy *proxy)
{
        send_text(proxy->control, "TERMINATE");
        ck_assert_int_eq(pthread_join(proxy->thread, NULL), 0);
        ck_assert_int_eq(proxy->result, 0);
        ck_assert_int_eq(zmq_close(proxy->control), 0);
}

START_TEST(a_proxy_forwards_requests_and_replies_from_channel_to_channel)
{
        Proxy proxy = { ZMQ_ROUTER, ZMQ_DEALER, "front", "back", true, 0, 0, NULL, false };
        declare("front", PLENTY, "serves", "calls");
        declare("back", PLENTY, "serves", "calls");
        void *capture = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(capture, "inproc://capture"), 0);
        start_proxy(&proxy);
        void *req = connecting(ZMQ_REQ, "front"), *rep = listening(ZMQ_REP, "back");
        for (int i = 0; i < 30; i++) { /* more than fit at once */
                send_part(req, "what");
                send_text(req, "now");
                expect_part(rep, "what");
                expect_text(rep, "now");
                send_text(rep, "this");
                expect_text(req, "this");
        }
        ck_assert_int_eq(zmq_recv(capture, NULL, 0, 0), 5); /* the name of the sender */
        expect_part(capture, "");
        expect_part(capture, "what");
        end_proxy(&proxy);
        leave(req, rep, capture);
}
END_TEST

START_TEST(a_proxy_pauses_resumes_and_counts)
{
        uint64_t numbers[8];
        Proxy proxy = { ZMQ_PULL, ZMQ_PUSH, "front", "back", false, 0, 0, NULL, false };
        declare("front", PLENTY, "pulls", "pushes");
        declare("back", PLENTY, "pulls", "pushes");
        start_proxy(&proxy);
        void *push = connecting(ZMQ_PUSH, "front"), *pull = listening(ZMQ_PULL, "back");
        send_text(push, "1");
        expect_text(pull, "1");
        send_text(proxy.control, "PAUSE");
        send_text(proxy.control, "STATISTICS"); /* whose answer says that it has paused */
        for (int i = 0; i < 8; i++)
                ck_assert_int_eq(zmq_recv(proxy.control, &numbers[i], 8, 0), 8);
        ck_assert_uint_eq(numbers[0], 1); /* messages and bytes that the front received */
        ck_assert_uint_eq(numbers[1], 1);
        ck_assert_uint_eq(numbers[6], 1); /* and the back sent */
        send_text(push, "22");
        usleep(20000);
        expect_none(pull);
        send_text(proxy.control, "RESUME");
        expect_text(pull, "22");
        end_proxy(&proxy);
        leave(push, pull, NULL);
}
END_TEST

START_TEST(a_proxy_keeps_what_has_no_room_and_loses_nothing)
{
        char text[8];
        Proxy proxy = { ZMQ_PULL, ZMQ_PUSH, "front", "back", false, 0, 0, NULL, false };
        declare("front", PLENTY, "pulls", "pushes");
        declare("back", PLENTY, "pulls", "pushes");
        start_proxy(&proxy);
        void *push = connecting(ZMQ_PUSH, "front"), *pull = listening(ZMQ_PULL, "back");
        for (int i = 0; i < 14; i++) { /* fewer than both hold */
                (void)snprintf(text, sizeof text, "%d", i);
                send_text(push, text);
        }
        for (int i = 0; i < 14; i++) {
                (void)snprintf(text, sizeof text, "%d", i);
                expect_text(pull, text);
        }
        end_proxy(&proxy);
        leave(push, pull, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-watch", a_monitor_tells_of_both_sides_from_the_first_event_on,
                         a_monitor_tells_only_what_it_was_asked_for_and_can_be_stopped,
                         a_real_socket_is_watched_by_libzmq,
                         a_proxy_forwards_requests_and_replies_from_channel_to_channel,
                         a_proxy_pauses_resumes_and_counts,
                         a_proxy_keeps_what_has_no_room_and_loses_nothing);
}
