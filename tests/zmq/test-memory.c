/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Once sockets are open, messages take no memory from the heap. The functions that do are counted
 * here, in front of the C library's. */

#include <errno.h>
#include <stdlib.h>

#include "house.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static _Atomic unsigned long allocations;

void *malloc(size_t size)
{
        allocations++;
        return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        allocations++;
        return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
        allocations++;
        return __libc_realloc(old, size);
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

int main(void)
{
        return RUN_TESTS("zmq-memory", the_count_counts, a_message_takes_none,
                         a_message_of_parts_takes_none, a_request_and_its_reply_take_none,
                         messages_that_are_not_subscribed_to_take_none);
}
