/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has nothing to do with channels goes to libzmq as it is. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "house.h"

static void talk(const char *address)
{
        char text[256];
        size_t size = sizeof text;
        void *rep = blank(ZMQ_REP), *req = blank(ZMQ_REQ);
        ck_assert_int_eq(zmq_bind(rep, address), 0);
        ck_assert_int_eq(zmq_getsockopt(rep, ZMQ_LAST_ENDPOINT, text, &size), 0);
        ck_assert_int_eq(zmq_connect(req, text), 0);
        send_part(req, "a");
        send_text(req, "b");
        expect_part(rep, "a");
        expect_text(rep, "b");
        send_text(rep, "c");
        expect_text(req, "c");
        ck_assert_int_eq(get_number(req, ZMQ_EVENTS), ZMQ_POLLOUT);
        leave(rep, req, NULL);
}

START_TEST(tcp_ipc_and_inproc_work)
{
        talk("tcp://127.0.0.1:*");
        talk("ipc://*");
        talk("inproc://x");
}
END_TEST

START_TEST(types_that_have_no_channels_work)
{
        void *xpub = blank(ZMQ_XPUB), *sub = blank(ZMQ_SUB);
        ck_assert_int_eq(zmq_bind(xpub, "inproc://x"), 0);
        set_text(sub, ZMQ_SUBSCRIBE, "t");
        ck_assert_int_eq(zmq_connect(sub, "inproc://x"), 0);
        expect_text(xpub, "\1t");
        send_text(xpub, "topic");
        expect_text(sub, "topic");
        leave(xpub, sub, NULL);
}
END_TEST

START_TEST(errors_are_those_of_libzmq)
{
        char text[64];
        size_t size = sizeof text;
        void *socket = blank(ZMQ_PAIR);
        expect_error(zmq_bind(socket, "nonsense"), EINVAL);
        expect_error(zmq_bind(socket, "foo://bar"), EPROTONOSUPPORT);
        expect_error(zmq_unbind(socket, "tcp://127.0.0.1:1"), ENOENT);
        expect_error(zmq_setsockopt(socket, 10000, text, 4), EINVAL);
        expect_error(zmq_getsockopt(socket, 10000, text, &size), EINVAL);
        expect_error(zmq_send(NULL, "", 0, 0), ENOTSOCK);
        expect_error(zmq_recv(NULL, NULL, 0, 0), ENOTSOCK);
        expect_error(zmq_close(NULL), ENOTSOCK);
        expect_error(zmq_poll(NULL, 1, 0), EFAULT);
        ck_assert_ptr_null(zmq_socket(house(), 1000));
        ck_assert_ptr_null(zmq_socket(NULL, ZMQ_PAIR));
        ck_assert_int_eq(zmq_poll(NULL, 0, 1), 0);
        leave(socket, NULL, NULL);
}
END_TEST

START_TEST(a_descriptor_asked_for_early_works_for_a_real_socket)
{
        void *a = blank(ZMQ_PAIR), *b = blank(ZMQ_PAIR);
        struct pollfd item = { .fd = get_number(a, ZMQ_FD), .events = POLLIN };
        ck_assert_int_eq(zmq_bind(a, "inproc://x"), 0);
        ck_assert_int_eq(zmq_connect(b, "inproc://x"), 0);
        send_text(b, "x");
        while (!(get_number(a, ZMQ_EVENTS) & ZMQ_POLLIN))
                ck_assert_int_eq(poll(&item, 1, 20000), 1);
        ck_assert_int_eq(get_number(a, ZMQ_FD), item.fd);
        expect_text(a, "x");
        leave(a, b, NULL);
}
END_TEST

/* Opens and closes sockets, uses those that it has, and is not alone in that. */
static void *come_and_go(void *data)
{
        enum { AT_ONCE = 10, ROUNDS = 30 };
        void *sockets[AT_ONCE], *context = data;
        for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < AT_ONCE; i++) {
                        /* Those that were closed take a while to go. */
                        while (!(sockets[i] = zmq_socket(context, ZMQ_PUB))) {
                                ck_assert_int_eq(errno, EMFILE);
                                (void)usleep(1000);
                        }
                        ck_assert_int_eq(zmq_send(sockets[i], "x", 1, 0), 1);
                }
                for (int i = 0; i < AT_ONCE; i++)
                        ck_assert_int_eq(zmq_close(sockets[i]), 0);
        }
        return NULL;
}

START_TEST(threads_find_their_sockets_while_others_come_and_go)
{
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, house()), 0);
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        leave(NULL, NULL, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-pass", tcp_ipc_and_inproc_work, types_that_have_no_channels_work,
                         errors_are_those_of_libzmq,
                         a_descriptor_asked_for_early_works_for_a_real_socket,
                         threads_find_their_sockets_while_others_come_and_go);
}
