/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pieces that the face consists of, each for itself. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "frames.h"
#include "monitor.h"
#include "real.h"
#include "subscriptions.h"
#include "suite.h"
#include "table.h"
#include "transfer.h"

/* -- subscriptions, against the obvious way to do it ------------------------------------------- */

enum { MOST = 200 };

static char made[MOST][8];
static bool is_in[MOST];

static bool is_subscribed(const char *text)
{
        for (int i = 0; i < MOST; i++)
                if (is_in[i] && strncmp(text, made[i], strlen(made[i])) == 0)
                        return true;
        return false;
}

static void make_text(char *text)
{
        size_t n = (size_t)rand() % 7;
        for (size_t i = 0; i < n; i++)
                text[i] = (char)('a' + rand() % 3);
        text[n] = 0;
}

START_TEST(prefixes_match_as_they_should_however_they_came_and_went)
{
        RtzSubscriptions all = { 0 };
        char text[8];
        srand(7);
        for (int round = 0; round < 5000; round++) {
                int i = rand() % MOST;
                if (!is_in[i]) {
                        make_text(made[i]);
                        expect_ok(rtz_subscribe(&all, made[i], strlen(made[i])));
                } else {
                        expect_ok(rtz_unsubscribe(&all, made[i], strlen(made[i])));
                }
                is_in[i] = !is_in[i];
                make_text(text);
                ck_assert_msg(rtz_is_subscribed(&all, text, strlen(text)) == is_subscribed(text),
                              "round %d: %s", round, text);
        }
        expect_result(rtz_unsubscribe(&all, "none", 4), -EINVAL);
        rtz_subscriptions_free(&all);
}
END_TEST

/* -- frames ------------------------------------------------------------------------------------ */

#define GEOMETRY "message_size=64 depth=4 full=refuse spin=0 connections=1"
#define LOSSY "message_size=64 depth=4 full=overwrite spin=0 connections=1"

static RtMessage find(rtchannel *end, RtWay **way)
{
        RtMessage message;
        expect_ok(rt_peek(end, 0, way, &message, late()));
        return message;
}

static void emit(rtchannel *end, RtzFrames *frames, const char *last, bool implies)
{
        ck_assert(rtz_frames_fit(frames, strlen(last), &end->spec.shape, implies));
        expect_ok(rt_begin(end, rt_send_way(end), late()));
        rtz_frames_emit(frames, last, strlen(last), end, implies, 0);
}

static void add(RtzFrames *frames, const char *text)
{
        expect_ok(rtz_frames_add(frames, text, strlen(text)));
}

static void expect_frames(RtzFrames *frames, uint32_t n, const uint32_t *sizes, const char *bytes)
{
        ck_assert_uint_eq(frames->n, n);
        for (uint32_t i = 0; i < n; i++)
                ck_assert_uint_eq(frames->sizes[i], sizes[i]);
        ck_assert_uint_eq(frames->used, strlen(bytes));
        ck_assert_int_eq(memcmp(frames->bytes, bytes, strlen(bytes)), 0);
}

static void there_and_back(const char *geometry, const char *sends, const char *receives)
{
        Ends ends = ends_new(geometry, sends, receives);
        RtzFrames out = { 0 }, in = { 0 };
        RtWay *way;
        size_t size;
        unsigned char first[16];
        expect_ok(rtz_frames_reserve(&out, ends.listening->spec.shape.capacity));
        expect_ok(rtz_frames_reserve(&in, ends.listening->spec.shape.capacity));
        add(&out, "abc");
        add(&out, "");
        add(&out, "defghijk");
        emit(ends.listening, &out, "last", false);
        RtMessage message = find(ends.connecting, &way);
        ck_assert_uint_eq(message.frames, 4);
        ck_assert_int_eq(rtz_first_copy(&way->link->reader, &message, first, 8, &size), 1);
        ck_assert_uint_eq(size, 3);
        ck_assert_int_eq(memcmp(first, "abc", 3), 0);
        ck_assert_int_eq(rtz_frames_copy(&in, &way->link->reader, &message, false), 1);
        expect_frames(&in, 4, (uint32_t[]){ 3, 0, 8, 4 }, "abcdefghijklast");
        rtz_frames_free(&out);
        rtz_frames_free(&in);
        ends_free(&ends);
}

START_TEST(frames_come_out_as_they_went_in)
{
        there_and_back(GEOMETRY, "pushes", "pulls");
        there_and_back(LOSSY, "publishes", "subscribes");
}
END_TEST

START_TEST(what_plain_programs_send_and_get_has_no_table)
{
        Ends ends = ends_new(GEOMETRY, "pairs", "pairs");
        RtzFrames frames = { 0 };
        RtWay *way;
        expect_ok(rtz_frames_reserve(&frames, ends.listening->spec.shape.capacity));
        add(&frames, "");
        emit(ends.listening, &frames, "asked", true);
        RtMessage message = find(ends.connecting, &way);
        ck_assert_uint_eq(message.frames, 0);
        ck_assert_uint_eq(message.size, 5);
        ck_assert_int_eq(rtz_frames_copy(&frames, &way->link->reader, &message, true), 1);
        expect_frames(&frames, 2, (uint32_t[]){ 0, 5 }, "asked");
        ck_assert_int_eq(rtz_frames_copy(&frames, &way->link->reader, &message, false), 1);
        expect_frames(&frames, 1, (uint32_t[]){ 5 }, "asked");
        rtz_frames_free(&frames);
        ends_free(&ends);
}
END_TEST

START_TEST(a_table_that_lies_is_found_out)
{
        Ends ends = ends_new(GEOMETRY, "pushes", "pulls");
        RtzFrames frames = { 0 };
        RtWay *way;
        const uint32_t lies[] = { 1, 2, 5000, UINT32_MAX };
        expect_ok(rtz_frames_reserve(&frames, ends.listening->spec.shape.capacity));
        for (unsigned i = 0; i < 4; i++) {
                const RtMessageHead head = { .frames = lies[i] };
                /* Three bytes, then a size of 0xffffffff. */
                expect_ok(rt_send(ends.listening, rt_send_way(ends.listening),
                                  "abc\xff\xff\xff\xff", 7, &head, late()));
                RtMessage message = find(ends.connecting, &way);
                size_t size;
                unsigned char first[16];
                int expected = lies[i] == 1 ? 1 : -EPROTO;
                ck_assert_int_eq(rtz_frames_copy(&frames, &way->link->reader, &message, false),
                                 expected);
                ck_assert_int_eq(rtz_first_copy(&way->link->reader, &message, first, 8, &size),
                                 expected);
                rt_take(ends.connecting, way);
        }
        rtz_frames_free(&frames);
        ends_free(&ends);
}
END_TEST

START_TEST(a_message_of_more_bytes_than_allowed_breaks_the_protocol)
{
        Ends ends = ends_new(GEOMETRY, "pushes", "pulls");
        char buffer[64];
        expect_ok(rt_begin(ends.listening, rt_send_way(ends.listening), late()));
        ends.listening->lent_head.size = 65; /* it has room for that, but may not have it */
        rt_finish(ends.listening);
        ck_assert_int_lt(rtchannel_receive(ends.connecting, buffer, sizeof buffer, NULL,
                                           rtchannel_in(20000000)),
                         0);
        ck_assert_uint_eq(statistics_of(ends.connecting).broken, 1);
        ends_free(&ends);
}
END_TEST

START_TEST(frames_are_counted_against_the_room_for_their_table)
{
        Ends ends = ends_new(GEOMETRY, "pushes", "pulls");
        const RtShape *shape = &ends.listening->spec.shape;
        RtzFrames frames = { 0 };
        unsigned n = 0;
        expect_ok(rtz_frames_reserve(&frames, shape->capacity));
        for (; rtz_frames_fit(&frames, 64, shape, false); n++)
                add(&frames, "");
        ck_assert_uint_ge(n, 6); /* beside a message as long as it may be */
        ck_assert(rtz_frames_fit(&frames, 0, shape, false));
        ck_assert(!rtz_frames_fit(&frames, 65, shape, false));
        rtz_frames_free(&frames);
        ends_free(&ends);
}
END_TEST

/* -- the table --------------------------------------------------------------------------------- */

START_TEST(the_table_finds_what_is_in_it_and_nothing_else)
{
        enum { MANY = 20000 };
        static char handles[MANY];
        for (int i = 0; i < MANY; i++)
                expect_ok(rtz_table_add(&handles[i], (struct RtzSocket *)(void *)&handles[i]));
        for (int i = 0; i < MANY; i += 2)
                rtz_table_remove(&handles[i]);
        for (int i = 0; i < MANY; i++)
                ck_assert_ptr_eq(rtz_table_find(&handles[i]), i % 2 ? &handles[i] : NULL);
        for (int i = 0; i < MANY; i += 2)
                expect_ok(rtz_table_add(&handles[i], (struct RtzSocket *)(void *)&handles[i]));
        for (int i = 0; i < MANY; i++) {
                ck_assert_ptr_eq(rtz_table_find(&handles[i]), &handles[i]);
                rtz_table_remove(&handles[i]);
        }
        ck_assert_ptr_null(rtz_table_find(NULL));
}
END_TEST

/* -- contexts ---------------------------------------------------------------------------------- */

static RtzSocket *add_socket(void *context, void *handle)
{
        RtzSocket *socket;
        expect_ok(rtz_context_add(context, handle, ZMQ_PAIR, &socket));
        return socket;
}

static void free_socket(RtzSocket *socket)
{
        rtz_context_remove(socket);
        rtz_socket_free(socket);
}

START_TEST(a_context_that_ends_before_its_first_socket_has_ended_for_it)
{
        char context, handle;
        rtz_context_end(&context);
        RtzSocket *socket = add_socket(&context, &handle);
        ck_assert(socket->ended);
        free_socket(socket);
        rtz_context_forget(rtz_context_leave(&context));
}
END_TEST

START_TEST(a_context_at_the_address_of_one_that_is_leaving_is_another)
{
        char context, handles[2];
        RtzSocket *old = add_socket(&context, &handles[0]);
        RtzContext *leaving = rtz_context_leave(&context);
        ck_assert(old->ended);
        RtzSocket *new = add_socket(&context, &handles[1]);
        ck_assert_ptr_ne(new->context, leaving);
        ck_assert(!new->ended);
        free_socket(old);
        rtz_context_flush(leaving);
        rtz_context_forget(leaving);
        rtz_context_end(&context);
        ck_assert(new->ended);
        free_socket(new);
        rtz_context_forget(rtz_context_leave(&context));
}
END_TEST

START_TEST(a_context_that_has_not_left_after_all_is_the_same)
{
        char context, handle;
        RtzContext *leaving = rtz_context_leave(&context);
        rtz_context_end(&context);
        rtz_context_stay(leaving);
        RtzSocket *socket = add_socket(&context, &handle);
        ck_assert_ptr_eq(socket->context, leaving);
        ck_assert(socket->ended);
        free_socket(socket);
        rtz_context_forget(rtz_context_leave(&context));
}
END_TEST

static pid_t child = -1;

/* Events are told with the lock held, so it is held when this forks. */
static int fork_within(void *handle, const void *data, size_t size, int flags)
{
        (void)handle, (void)data, (void)size, (void)flags;
        if (child >= 0)
                return 0;
        child = fork();
        if (child == 0) {
                RtzEndpoint endpoint = { 0 };
                rtz_monitor_part(&endpoint);
                _exit(0);
        }
        return 0;
}

START_TEST(a_child_forked_while_events_are_told_can_close)
{
        char handle;
        void *context = zmq_ctx_new();
        RtzSocket *socket = add_socket(context, &handle);
        RtzEndpoint endpoint = { .socket = socket };
        int (*really)(void *, const void *, size_t, int) = rtz_real.send;
        socket->kind = RTZ_SHM;
        expect_ok(rtz_monitor_set(socket, "inproc://events", ZMQ_EVENT_ALL));
        rtz_real.send = fork_within;
        rtz_monitor_event(&endpoint, ZMQ_EVENT_CLOSED, -1);
        expect_child(child);
        rtz_real.send = really;
        rtz_monitor_close(socket);
        free_socket(socket);
        expect_ok(zmq_ctx_term(context));
        rtz_context_forget(rtz_context_leave(context));
}
END_TEST

int main(void)
{
        return RUN_TESTS("zmq-parts", prefixes_match_as_they_should_however_they_came_and_went,
                         frames_come_out_as_they_went_in,
                         what_plain_programs_send_and_get_has_no_table,
                         a_table_that_lies_is_found_out,
                         a_message_of_more_bytes_than_allowed_breaks_the_protocol,
                         frames_are_counted_against_the_room_for_their_table,
                         the_table_finds_what_is_in_it_and_nothing_else,
                         a_context_that_ends_before_its_first_socket_has_ended_for_it,
                         a_context_at_the_address_of_one_that_is_leaving_is_another,
                         a_context_that_has_not_left_after_all_is_the_same,
                         a_child_forked_while_events_are_told_can_close);
}
