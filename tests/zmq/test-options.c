/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Options, waiting, and what is refused. */

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "house.h"

START_TEST(calls_that_may_not_wait_say_so)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        expect_none(b);
        set_number(b, ZMQ_RCVTIMEO, 0);
        expect_error(zmq_recv(b, NULL, 0, 0), EAGAIN);
        set_number(b, ZMQ_RCVTIMEO, 30);
        expect_error(zmq_recv(b, NULL, 0, 0), EAGAIN);
        leave(a, b, NULL);
}
END_TEST

START_TEST(who_binds_sends_to_nobody_before_somebody_comes)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire");
        set_number(a, ZMQ_SNDTIMEO, 10);
        expect_error(zmq_send(a, "x", 1, 0), EAGAIN);
        expect_error(zmq_send(a, "x", 1, ZMQ_SNDMORE), EAGAIN);
        ck_assert_int_eq(get_number(a, ZMQ_EVENTS), 0);
        void *b = connecting(ZMQ_PAIR, "wire");
        set_number(a, ZMQ_SNDTIMEO, -1);
        send_text(a, "waited");
        expect_text(b, "waited");
        leave(a, b, NULL);
}
END_TEST

START_TEST(who_connects_sends_ahead_unless_that_is_not_wanted)
{
        declare("wire", PLENTY, "pairs", "pairs");
        declare("other", PLENTY, "pairs", "pairs");
        void *b = connecting(ZMQ_PAIR, "wire"), *c = blank(ZMQ_PAIR);
        send_text(b, "ahead");
        set_number(c, ZMQ_IMMEDIATE, 1);
        join(c, "other", false);
        expect_error(zmq_send(c, "x", 1, ZMQ_DONTWAIT), EAGAIN);
        void *a = listening(ZMQ_PAIR, "wire");
        expect_text(a, "ahead");
        leave(a, b, c);
}
END_TEST

START_TEST(high_water_marks_of_both_sides_count)
{
        int n = 0;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = blank(ZMQ_PAIR), *b = blank(ZMQ_PAIR);
        set_number(a, ZMQ_RCVHWM, 2);
        set_number(b, ZMQ_SNDHWM, 3);
        join(b, "wire", false);
        while (zmq_send(b, "x", 1, ZMQ_DONTWAIT) == 1)
                n++;
        ck_assert_int_eq(n, 3); /* nobody is there */
        join(a, "wire", true);
        send_text(a, "there");
        expect_text(b, "there");
        for (; zmq_send(b, "x", 1, ZMQ_DONTWAIT) == 1; n++)
                ck_assert_int_lt(n, 8);
        ck_assert_int_eq(n, 5);
        set_number(b, ZMQ_SNDHWM, 0);
        send_text(b, "no limit but the depth");
        leave(a, b, NULL);
}
END_TEST

START_TEST(the_depth_is_the_limit_of_all)
{
        int n = 0;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        while (zmq_send(b, "x", 1, ZMQ_DONTWAIT) == 1)
                n++;
        ck_assert_int_eq(n, 8);
        expect_text(a, "x");
        send_text(b, "y");
        leave(a, b, NULL);
}
END_TEST

START_TEST(what_is_too_long_is_refused_and_the_next_message_is_not)
{
        char all[65] = { 0 };
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        ck_assert_int_eq(zmq_send(b, all, 64, 0), 64);
        expect_error(zmq_send(b, all, 65, 0), EMSGSIZE);
        send_part(b, "first");
        expect_error(zmq_send(b, all, 60, 0), EMSGSIZE); /* as a whole */
        send_part(b, "to");
        ck_assert_int_eq(zmq_send(b, all, 62, 0), 62);
        ck_assert_int_eq(zmq_recv(a, all, 64, 0), 64);
        expect_part(a, "to");
        ck_assert_int_eq(zmq_recv(a, all, 64, 0), 62);
        leave(a, b, NULL);
}
END_TEST

START_TEST(the_last_endpoint_is_told_and_can_be_left)
{
        char text[64];
        size_t size = sizeof text;
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire");
        ck_assert_int_eq(zmq_getsockopt(a, ZMQ_LAST_ENDPOINT, text, &size), 0);
        ck_assert_str_eq(text, "shm://wire");
        ck_assert_uint_eq(size, sizeof "shm://wire");
        expect_error(zmq_unbind(a, "shm://other"), ENOENT);
        expect_error(zmq_disconnect(a, "shm://wire"), ENOENT);
        ck_assert_int_eq(zmq_unbind(a, "shm://wire"), 0);
        expect_error(zmq_send(a, "x", 1, ZMQ_DONTWAIT), EAGAIN);
        expect_none(a);
        join(a, "wire", true);
        void *b = connecting(ZMQ_PAIR, "wire");
        send_text(b, "again");
        expect_text(a, "again");
        ck_assert_int_eq(zmq_disconnect(b, "shm://wire"), 0);
        leave(a, b, NULL);
}
END_TEST

START_TEST(events_tell_what_can_be_done)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = connecting(ZMQ_REQ, "ask");
        ck_assert_int_eq(get_number(req, ZMQ_EVENTS), ZMQ_POLLOUT);
        ck_assert_int_eq(get_number(rep, ZMQ_EVENTS), 0);
        send_text(req, "?");
        ck_assert_int_eq(get_number(req, ZMQ_EVENTS), 0);
        zmq_pollitem_t item = { rep, 0, ZMQ_POLLIN | ZMQ_POLLOUT, 0 };
        ck_assert_int_eq(zmq_poll(&item, 1, 20000), 1);
        ck_assert_int_eq(item.revents, ZMQ_POLLIN);
        expect_text(rep, "?");
        ck_assert_int_eq(get_number(rep, ZMQ_EVENTS), ZMQ_POLLOUT);
        leave(rep, req, NULL);
}
END_TEST

static bool is_readable(int fd, int timeout)
{
        struct pollfd item = { .fd = fd, .events = POLLIN };
        return poll(&item, 1, timeout) == 1;
}

START_TEST(the_descriptor_tells_of_news_and_is_quiet_until_there_are_others)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = blank(ZMQ_PAIR);
        int fd = get_number(a, ZMQ_FD); /* before anybody knows what it is going to be */
        join(a, "wire", true);
        ck_assert_int_eq(get_number(a, ZMQ_FD), fd);
        void *b = connecting(ZMQ_PAIR, "wire");
        while (!(get_number(a, ZMQ_EVENTS) & ZMQ_POLLOUT))
                ck_assert(is_readable(fd, 20000)); /* that somebody comes is one */
        ck_assert_int_eq(get_number(a, ZMQ_EVENTS), ZMQ_POLLOUT);
        ck_assert(!is_readable(fd, 0));
        send_text(b, "1");
        ck_assert(is_readable(fd, 20000));
        ck_assert_int_eq(get_number(a, ZMQ_EVENTS), ZMQ_POLLIN | ZMQ_POLLOUT);
        ck_assert(!is_readable(fd, 0)); /* which has been told */
        send_text(b, "2");
        ck_assert(is_readable(fd, 20000));
        expect_text(a, "1");
        expect_text(a, "2");
        expect_none(a);
        ck_assert(!is_readable(fd, 0));
        send_text(b, "3");
        ck_assert(is_readable(fd, 20000));
        leave(a, b, NULL);
}
END_TEST

START_TEST(the_descriptor_tells_of_room)
{
        declare("wire", "message_size=64 depth=1 full=refuse spin=0 connections=1", "pairs",
                "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        int fd = get_number(b, ZMQ_FD);
        send_text(b, "1");
        send_text(a, "here");
        expect_text(b, "here");
        ck_assert_int_eq(get_number(b, ZMQ_EVENTS), 0);
        ck_assert(!is_readable(fd, 0));
        expect_text(a, "1");
        ck_assert(is_readable(fd, 20000));
        ck_assert_int_eq(get_number(b, ZMQ_EVENTS), ZMQ_POLLOUT);
        leave(a, b, NULL);
}
END_TEST

START_TEST(one_poll_waits_for_channels_real_sockets_and_descriptors)
{
        int pipes[2];
        declare("wire", PLENTY, "pairs", "pairs");
        ck_assert_int_eq(pipe(pipes), 0);
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        void *c = blank(ZMQ_PAIR), *d = blank(ZMQ_PAIR);
        ck_assert_int_eq(zmq_bind(c, "inproc://c"), 0);
        ck_assert_int_eq(zmq_connect(d, "inproc://c"), 0);
        zmq_pollitem_t items[] = { { a, 0, ZMQ_POLLIN, 0 },
                                   { c, 0, ZMQ_POLLIN, 0 },
                                   { NULL, pipes[0], ZMQ_POLLIN, 0 } };
        ck_assert_int_eq(zmq_poll(items, 3, 0), 0);
        ck_assert_int_eq(zmq_poll(items, 3, 10), 0);
        send_text(b, "x");
        ck_assert_int_eq(zmq_poll(items, 3, -1), 1);
        ck_assert_int_eq(items[0].revents, ZMQ_POLLIN);
        expect_text(a, "x");
        send_text(d, "x");
        ck_assert_int_eq(zmq_poll(items, 3, -1), 1);
        ck_assert_int_eq(items[1].revents, ZMQ_POLLIN);
        expect_text(c, "x");
        ck_assert_int_eq(write(pipes[1], "x", 1), 1);
        ck_assert_int_eq(zmq_poll(items, 3, -1), 1);
        ck_assert_int_eq(items[2].revents, ZMQ_POLLIN);
        ck_assert_int_eq(zmq_close(c), 0);
        ck_assert_int_eq(zmq_close(d), 0);
        leave(a, b, NULL);
}
END_TEST

START_TEST(a_poll_sees_every_channel_of_a_socket)
{
        declare("one", PLENTY, "pulls", "pushes");
        declare("two", PLENTY, "pulls", "pushes");
        void *pull = listening(ZMQ_PULL, "one"), *push = connecting(ZMQ_PUSH, "two");
        join(pull, "two", true);
        zmq_pollitem_t items[] = { { pull, 0, ZMQ_POLLIN, 0 }, { push, 0, ZMQ_POLLOUT, 0 } };
        ck_assert_int_eq(zmq_poll(items, 2, -1), 1);
        ck_assert_int_eq(items[1].revents, ZMQ_POLLOUT);
        ck_assert_int_eq(zmq_poll(items, 1, 10), 0);
        send_text(push, "x");
        ck_assert_int_eq(zmq_poll(items, 1, -1), 1);
        expect_text(pull, "x");
        while (zmq_send(push, "x", 1, ZMQ_DONTWAIT) == 1)
                ;
        ck_assert_int_eq(zmq_poll(&items[1], 1, 10), 0);
        expect_text(pull, "x");
        ck_assert_int_eq(zmq_poll(&items[1], 1, -1), 1);
        leave(pull, push, NULL);
}
END_TEST

/* -- refused ----------------------------------------------------------------------------------- */

START_TEST(schemes_do_not_mix)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *shm = listening(ZMQ_PULL, "work"), *real = blank(ZMQ_PULL);
        expect_error(zmq_bind(shm, "inproc://x"), EINVAL);
        expect_error(zmq_connect(shm, "tcp://127.0.0.1:1"), EINVAL);
        ck_assert_int_eq(zmq_bind(real, "inproc://x"), 0);
        expect_error(try_join(real, "work", true), EINVAL);
        leave(shm, real, NULL);
}
END_TEST

START_TEST(what_is_not_declared_is_not_there)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *socket = blank(ZMQ_PULL);
        expect_error(try_join(socket, "play", true), ENOENT);
        expect_error(try_join(socket, "", true), ENOENT);
        expect_error(try_join(socket, "../work", true), ENOENT);
        join(socket, "work", true);
        leave(socket, NULL, NULL);
}
END_TEST

START_TEST(a_socket_after_a_refusal_may_still_become_a_real_one)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *pull = blank(ZMQ_PULL), *push = blank(ZMQ_PUSH);
        expect_error(try_join(pull, "play", true), ENOENT);
        ck_assert_int_eq(zmq_bind(pull, "inproc://x"), 0);
        ck_assert_int_eq(zmq_connect(push, "inproc://x"), 0);
        send_text(push, "real");
        expect_text(pull, "real");
        leave(pull, push, NULL);
}
END_TEST

static void expect_refusal(int type, const char *name, int error)
{
        void *socket = blank(type);
        expect_error(try_join(socket, name, true), error);
        ck_assert_int_eq(zmq_close(socket), 0);
}

START_TEST(types_that_do_not_fit_the_channel_are_refused)
{
        declare("work", PLENTY, "pulls", "pushes");
        declare("ask", PLENTY, "serves", "calls");
        declare("wire", PLENTY, "pairs", "pairs");
        declare("news", PLENTY, "publishes", "subscribes");
        expect_refusal(ZMQ_PUSH, "work", EINVAL);
        expect_refusal(ZMQ_REQ, "ask", EINVAL);
        expect_refusal(ZMQ_PUB, "ask", EINVAL);
        expect_refusal(ZMQ_REP, "wire", EINVAL);
        expect_refusal(ZMQ_SUB, "news", EINVAL);
        expect_refusal(ZMQ_XPUB, "news", EOPNOTSUPP);
        expect_refusal(ZMQ_XSUB, "news", EOPNOTSUPP);
        expect_refusal(ZMQ_STREAM, "ask", EPROTONOSUPPORT);
        leave(NULL, NULL, NULL);
}
END_TEST

START_TEST(security_of_libzmq_is_refused)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *plain = blank(ZMQ_PAIR), *zap = blank(ZMQ_PAIR), *raw = blank(ZMQ_ROUTER);
        set_text(plain, ZMQ_PLAIN_USERNAME, "me");
        set_text(plain, ZMQ_PLAIN_PASSWORD, "secret");
        expect_error(try_join(plain, "wire", true), EPROTONOSUPPORT);
        set_text(zap, ZMQ_ZAP_DOMAIN, "here");
        expect_error(try_join(zap, "wire", true), EPROTONOSUPPORT);
        set_number(raw, ZMQ_ROUTER_RAW, 1);
        expect_error(try_join(raw, "wire", true), EOPNOTSUPP);
        leave(plain, zap, raw);
}
END_TEST

START_TEST(one_end_is_opened_once)
{
        declare("work", PLENTY, "pulls", "pushes");
        void *a = listening(ZMQ_PULL, "work");
        expect_refusal(ZMQ_PULL, "work", EADDRINUSE);
        leave(a, NULL, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-options", calls_that_may_not_wait_say_so,
                         who_binds_sends_to_nobody_before_somebody_comes,
                         who_connects_sends_ahead_unless_that_is_not_wanted,
                         high_water_marks_of_both_sides_count, the_depth_is_the_limit_of_all,
                         what_is_too_long_is_refused_and_the_next_message_is_not,
                         the_last_endpoint_is_told_and_can_be_left, events_tell_what_can_be_done,
                         the_descriptor_tells_of_news_and_is_quiet_until_there_are_others,
                         the_descriptor_tells_of_room,
                         one_poll_waits_for_channels_real_sockets_and_descriptors,
                         a_poll_sees_every_channel_of_a_socket, schemes_do_not_mix,
                         what_is_not_declared_is_not_there,
                         a_socket_after_a_refusal_may_still_become_a_real_one,
                         types_that_do_not_fit_the_channel_are_refused,
                         security_of_libzmq_is_refused, one_end_is_opened_once);
}
