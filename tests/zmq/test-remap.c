/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* $RTZMQ_REMAP: other addresses over channels made on the spot. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "house.h"

static char folder[] = "/tmp/rtzmq-remap-XXXXXX";

static void begin(void)
{
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(setenv("RTZMQ_REMAP", folder, 1), 0);
}

/* Fails if a socket is left there. */
static void end(void)
{
        ck_assert_int_eq(rmdir(folder), 0);
}

/* How many segments of channels this process has: what is real has none. */
static unsigned count_segments(void)
{
        unsigned n = 0;
        DIR *all = opendir("/proc/self/fd");
        ck_assert_ptr_nonnull(all);
        for (const struct dirent *entry; (entry = readdir(all));) {
                char path[300], target[100] = "";
                (void)snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
                if (readlink(path, target, sizeof target - 1) > 0)
                        n += strstr(target, "memfd:rtchannel") != NULL;
        }
        (void)closedir(all);
        return n;
}

static void talk(const char *address, const char *start)
{
        char text[256];
        size_t size = sizeof text;
        void *rep = blank(ZMQ_REP), *req = blank(ZMQ_REQ);
        ck_assert_int_eq(zmq_bind(rep, address), 0);
        ck_assert_int_eq(zmq_getsockopt(rep, ZMQ_LAST_ENDPOINT, text, &size), 0);
        ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
        ck_assert_int_eq(zmq_connect(req, text), 0);
        ck_assert_uint_gt(count_segments(), 0);
        send_text(req, "?");
        expect_text(rep, "?");
        send_text(rep, "!");
        expect_text(req, "!");
        leave(rep, req, NULL);
        ck_assert_uint_eq(count_segments(), 0);
}

START_TEST(ipc_and_tcp_go_over_channels)
{
        begin();
        talk("tcp://127.0.0.1:*", "tcp://127.0.0.1:");
        talk("tcp://*:5555", "tcp://0.0.0.0:5555");
        talk("ipc://*", "ipc://");
        talk("ipc:///tmp/some/where", "ipc:///tmp/some/where");
        end();
}
END_TEST

START_TEST(who_connects_first_is_served_when_somebody_binds)
{
        begin();
        void *push = blank(ZMQ_PUSH), *pull = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_connect(push, "tcp://localhost:5555"), 0);
        send_text(push, "early");
        ck_assert_int_eq(zmq_bind(pull, "tcp://*:5555"), 0);
        expect_text(pull, "early");
        leave(push, pull, NULL);
        end();
}
END_TEST

START_TEST(an_address_is_taken_until_its_owner_has_gone)
{
        begin();
        void *a = blank(ZMQ_PULL), *b = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(a, "ipc://here"), 0);
        expect_error(zmq_bind(b, "ipc://here"), EADDRINUSE);
        ck_assert_int_eq(zmq_close(a), 0);
        ck_assert_int_eq(zmq_bind(b, "ipc://here"), 0);
        leave(b, NULL, NULL);
        end();
}
END_TEST

START_TEST(an_address_whose_owner_has_died_is_free)
{
        begin();
        pid_t child = fork();
        if (child == 0)
                _exit(zmq_bind(blank(ZMQ_PULL), "ipc://here"));
        expect_child(child);
        void *pull = blank(ZMQ_PULL), *push = blank(ZMQ_PUSH);
        ck_assert_int_eq(zmq_bind(pull, "ipc://here"), 0);
        ck_assert_int_eq(zmq_connect(push, "ipc://here"), 0);
        send_text(push, "x");
        expect_text(pull, "x");
        leave(pull, push, NULL);
        end();
}
END_TEST

START_TEST(a_child_that_closes_what_it_inherits_leaves_the_address_alone)
{
        begin();
        void *pull = blank(ZMQ_PULL), *push = blank(ZMQ_PUSH);
        ck_assert_int_eq(zmq_bind(pull, "ipc://here"), 0);
        pid_t child = fork();
        if (child == 0)
                _exit(zmq_close(pull));
        expect_child(child);
        ck_assert_int_eq(zmq_connect(push, "ipc://here"), 0);
        send_text(push, "x");
        expect_text(pull, "x");
        leave(pull, push, NULL);
        end();
}
END_TEST

START_TEST(a_context_lingers_until_somebody_has_come)
{
        begin();
        pid_t child = fork();
        if (child == 0) {
                void *push = blank(ZMQ_PUSH);
                int r = zmq_connect(push, "ipc://late");
                send_text(push, "patient");
                leave(push, NULL, NULL);
                _exit(r);
        }
        usleep(50000);
        void *pull = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(pull, "ipc://late"), 0);
        expect_text(pull, "patient");
        expect_child(child);
        leave(pull, NULL, NULL);
        end();
}
END_TEST

START_TEST(a_context_lingers_no_longer_than_it_may)
{
        begin();
        void *push = blank(ZMQ_PUSH);
        set_number(push, ZMQ_LINGER, 20);
        ck_assert_int_eq(zmq_connect(push, "ipc://never"), 0);
        send_text(push, "in vain");
        leave(push, NULL, NULL);
        end();
}
END_TEST

static void send_and_close(const char *address, int linger, const char *text)
{
        void *push = blank(ZMQ_PUSH);
        set_number(push, ZMQ_LINGER, linger);
        ck_assert_int_eq(zmq_connect(push, address), 0);
        send_text(push, text);
        ck_assert_int_eq(zmq_close(push), 0);
}

/* Without a call to the library. */
static void wait_for_segments(unsigned n)
{
        int64_t deadline = late();
        while (count_segments() != n) {
                ck_assert_int_lt(rtchannel_now(), deadline);
                usleep(2000);
        }
}

START_TEST(what_lingers_in_vain_is_given_up_without_another_call)
{
        begin();
        for (int i = 0; i < 20; i++)
                send_and_close("ipc://never", 20, "in vain");
        wait_for_segments(0);
        void *pull = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(pull, "ipc://never"), 0);
        send_and_close("ipc://never", -1, "new");
        expect_text(pull, "new");
        leave(pull, NULL, NULL);
        end();
}
END_TEST

START_TEST(what_lingered_makes_room_once_it_is_handed_over)
{
        begin();
        for (int i = 0; i < 40; i++) /* more than a listener takes at a time */
                send_and_close("ipc://late", -1, "patient");
        void *pull = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(pull, "ipc://late"), 0);
        for (int i = 0; i < 40; i++)
                expect_text(pull, "patient");
        ck_assert_int_eq(zmq_close(pull), 0);
        wait_for_segments(0);
        leave(NULL, NULL, NULL);
        end();
}
END_TEST

START_TEST(what_was_sent_ahead_survives_a_disconnect)
{
        begin();
        void *push = blank(ZMQ_PUSH), *pull = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_connect(push, "ipc://late"), 0);
        send_text(push, "patient");
        ck_assert_int_eq(zmq_disconnect(push, "ipc://late"), 0);
        ck_assert_int_eq(zmq_bind(pull, "ipc://late"), 0);
        expect_text(pull, "patient");
        leave(push, pull, NULL);
        end();
}
END_TEST

START_TEST(publishers_drop_for_who_does_not_read)
{
        char got;
        int n = 0, two = 2;
        begin();
        void *pub = blank(ZMQ_PUB), *sub = blank(ZMQ_SUB);
        ck_assert_int_eq(zmq_setsockopt(pub, ZMQ_SNDHWM, &two, sizeof two), 0);
        ck_assert_int_eq(zmq_setsockopt(sub, ZMQ_RCVHWM, &two, sizeof two), 0);
        ck_assert_int_eq(zmq_bind(pub, "ipc://news"), 0);
        ck_assert_int_eq(zmq_connect(sub, "ipc://news"), 0);
        set_text(sub, ZMQ_SUBSCRIBE, "");
        while (zmq_recv(sub, &got, 1, ZMQ_DONTWAIT) < 0)
                send_text(pub, "s");
        while (zmq_recv(sub, &got, 1, ZMQ_DONTWAIT) >= 0)
                ;
        for (char c = 'a'; c < 'z'; c++)
                ck_assert_int_eq(zmq_send(pub, &c, 1, 0), 1);
        for (; zmq_recv(sub, &got, 1, ZMQ_DONTWAIT) == 1; n++)
                ck_assert_int_eq(got, 'a' + n);
        ck_assert_int_eq(n, 4);
        leave(pub, sub, NULL);
        end();
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "zmq-remap", ipc_and_tcp_go_over_channels,
                who_connects_first_is_served_when_somebody_binds,
                an_address_is_taken_until_its_owner_has_gone,
                an_address_whose_owner_has_died_is_free,
                a_child_that_closes_what_it_inherits_leaves_the_address_alone,
                a_context_lingers_until_somebody_has_come, a_context_lingers_no_longer_than_it_may,
                what_lingers_in_vain_is_given_up_without_another_call,
                what_lingered_makes_room_once_it_is_handed_over,
                what_was_sent_ahead_survives_a_disconnect, publishers_drop_for_who_does_not_read);
}
