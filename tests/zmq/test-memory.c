/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Once sockets are open, messages take no memory from the heap; and what happens before that if
 * there is none. The functions that take it are counted here, in front of the C library's. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "house.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static _Atomic unsigned long allocations;

/* What this thread does not get: the calloc() that is the n-th from now, a realloc() of that size
 * or more; 0: all is there. */
static _Thread_local unsigned failing_calloc;
static _Thread_local size_t failing_realloc;
static _Atomic unsigned wrong_closes;

void *malloc(size_t size)
{
        allocations++;
        return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        allocations++;
        if (failing_calloc > 0 && --failing_calloc == 0) {
                errno = ENOMEM;
                return NULL;
        }
        return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
        allocations++;
        if (failing_realloc > 0 && size >= failing_realloc) {
                errno = ENOMEM;
                return NULL;
        }
        return __libc_realloc(old, size);
}

int close(int fd)
{
        int r = (int)syscall(SYS_close, fd);
        if (r < 0 && errno == EBADF)
                wrong_closes++;
        return r;
}

enum { ROUNDS = 1000 };

/* What Check does for an assertion is not to be counted. */
static int go(void *from, void *to, int parts)
{
        char text[64] = "0123456789012345678901234567890123456789";
        int r = 0;
        for (int i = 0; i < parts; i++)
                r |= zmq_send(from, text, 20, i + 1 < parts ? ZMQ_SNDMORE : 0) != 20;
        for (int i = 0; i < parts; i++)
                r |= zmq_recv(to, text, sizeof text, 0) != 20;
        return r;
}

static void expect_none_for(void *a, void *b, int parts)
{
        int r = go(a, b, parts) | go(b, a, parts);
        unsigned long before = allocations;
        for (int i = 0; i < ROUNDS; i++)
                r |= go(a, b, parts) | go(b, a, parts);
        unsigned long after = allocations;
        ck_assert_int_eq(r, 0);
        ck_assert_uint_eq(after - before, 0);
}

START_TEST(the_count_counts)
{
        unsigned long before = allocations;
        void *volatile memory = malloc(1);
        free(memory);
        ck_assert_uint_eq(allocations - before, 1);
}
END_TEST

START_TEST(a_message_takes_none)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        expect_none_for(a, b, 1);
        leave(a, b, NULL);
}
END_TEST

START_TEST(a_message_of_parts_takes_none)
{
        declare("wire", PLENTY, "pairs", "pairs");
        void *a = listening(ZMQ_PAIR, "wire"), *b = connecting(ZMQ_PAIR, "wire");
        expect_none_for(a, b, 3);
        leave(a, b, NULL);
}
END_TEST

START_TEST(a_request_and_its_reply_take_none)
{
        declare("ask", PLENTY, "serves", "calls");
        void *rep = listening(ZMQ_REP, "ask"), *req = connecting(ZMQ_REQ, "ask");
        expect_none_for(req, rep, 1);
        leave(rep, req, NULL);
}
END_TEST

START_TEST(messages_that_are_not_subscribed_to_take_none)
{
        declare("news", PLENTY, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "x");
        while (zmq_recv(sub, NULL, 0, ZMQ_DONTWAIT) < 0)
                send_text(pub, "x");
        unsigned long before = allocations;
        for (int i = 0; i < ROUNDS; i++) {
                (void)zmq_send(pub, "y", 1, 0);
                (void)zmq_recv(sub, NULL, 0, ZMQ_DONTWAIT);
        }
        ck_assert_uint_eq(allocations - before, 0);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(a_subscription_that_finds_no_memory_is_none)
{
        char prefix[40], got[64];
        int n;
        memset(prefix, 'p', sizeof prefix);
        declare("news", PLENTY, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        failing_realloc = sizeof prefix;
        int r = zmq_setsockopt(sub, ZMQ_SUBSCRIBE, prefix, sizeof prefix);
        failing_realloc = 0;
        ck_assert_int_eq(r, -1);
        ck_assert_int_eq(zmq_errno(), ENOMEM);
        set_text(sub, ZMQ_SUBSCRIBE, "x");
        do {
                ck_assert_int_eq(zmq_send(pub, prefix, sizeof prefix, 0), sizeof prefix);
                send_text(pub, "x");
        } while ((n = zmq_recv(sub, got, sizeof got, ZMQ_DONTWAIT)) < 0);
        ck_assert_int_eq(n, 1);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(an_address_that_finds_no_memory_closes_nothing_twice)
{
        char folder[] = "/tmp/rtzmq-memory-XXXXXX";
        unsigned n = 0;
        int r = -1;
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(setenv("RTZMQ_REMAP", folder, 1), 0);
        void *first = blank(ZMQ_PULL);
        ck_assert_int_eq(zmq_bind(first, "ipc://first"), 0);
        wrong_closes = 0;
        void *pull = blank(ZMQ_PULL);
        while (r < 0) {
                failing_calloc = ++n;
                r = zmq_bind(pull, "ipc://here");
                failing_calloc = 0;
                ck_assert(r == 0 || zmq_errno() == ENOMEM);
        }
        ck_assert_uint_gt(n, 3);
        ck_assert_uint_eq(wrong_closes, 0);
        leave(first, pull, NULL);
        ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-memory", the_count_counts, a_message_takes_none,
                         a_message_of_parts_takes_none, a_request_and_its_reply_take_none,
                         messages_that_are_not_subscribed_to_take_none,
                         a_subscription_that_finds_no_memory_is_none,
                         an_address_that_finds_no_memory_closes_nothing_twice);
}
