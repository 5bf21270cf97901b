/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests and their replies. */

#include "suite.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define CALLS "message_size=64 depth=4 full=refuse spin=0 connections=1"

static Ends pair_of_ends(void)
{
        return ends_new(CALLS, "serves", "calls");
}

static uint64_t request_number(rtchannel *caller, uint64_t number, int64_t expires)
{
        uint64_t tag = 0;
        expect_ok(rtchannel_request(caller, &number, sizeof number, expires, &tag, late()));
        return tag;
}

static rtchannel_message take_request(rtchannel *server, uint64_t expected)
{
        rtchannel_message request;
        uint64_t number = 0;
        expect_ok(rtchannel_receive(server, &number, sizeof number, &request, late()));
        ck_assert_uint_eq(number, expected);
        return request;
}

static int reply_number(rtchannel *server, const rtchannel_message *request, uint64_t number)
{
        return rtchannel_reply(server, request, &number, sizeof number, RTCHANNEL_NOW);
}

static void serve_in_child(void *argument)
{
        rtchannel *server = wire_listen(argument, "serves");
        for (int i = 0; i < 100; i++)
                serve_one(server, 1000);
        set_step(0, 1);
        wait_step(1, 1);
        rtchannel_close(server);
}

START_TEST(a_call_gets_its_reply)
{
        Wire wire = wire_new(CALLS, 1);
        pid_t child = in_child(serve_in_child, &wire);
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        for (uint64_t n = 0; n < 100; n++)
                ck_assert_uint_eq(call_number(caller, n), n + 1000);
        set_step(1, 1);
        expect_child(child);
        ck_assert_uint_eq(statistics_of(caller).sent, 100);
        ck_assert_uint_eq(statistics_of(caller).received, 100);
        rtchannel_close(caller);
        wire_free(&wire);
}
END_TEST

START_TEST(replies_bear_the_tags_of_their_requests)
{
        Ends ends = pair_of_ends();
        uint64_t tags[3];
        rtchannel_message requests[3];
        for (uint64_t i = 0; i < 3; i++)
                tags[i] = request_number(ends.connecting, i, RTCHANNEL_FOREVER);
        ck_assert(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
        for (uint64_t i = 0; i < 3; i++) {
                requests[i] = take_request(ends.listening, i);
                ck_assert_uint_eq(requests[i].tag, tags[i]);
        }
        for (int i = 2; i >= 0; i--)
                expect_ok(reply_number(ends.listening, &requests[i], (uint64_t)i + 100));
        for (int i = 2; i >= 0; i--) {
                rtchannel_message reply;
                uint64_t number = 0;
                expect_ok(
                        rtchannel_receive(ends.connecting, &number, sizeof number, &reply, late()));
                ck_assert_uint_eq(number, (uint64_t)i + 100);
                ck_assert_uint_eq(reply.tag, tags[i]);
        }
        ends_free(&ends);
}
END_TEST

static void call_in_child(void *argument)
{
        rtchannel *caller = wire_connect(argument, "calls", 'b');
        for (uint64_t n = 0; n < 300; n++)
                ck_assert_uint_eq(call_number(caller, 1000000 + n), 1000000 + n + 5);
        rtchannel_close(caller);
}

typedef struct Service {
        rtchannel *server;
        unsigned n; /* requests to serve */
        pthread_t thread;
} Service;

static void *serve(void *argument)
{
        const Service *service = argument;
        for (unsigned i = 0; i < service->n; i++)
                serve_one(service->server, 5);
        return NULL;
}

static Service *start_service(rtchannel *server, unsigned n)
{
        static Service service;
        service = (Service){ .server = server, .n = n };
        expect_ok(pthread_create(&service.thread, NULL, serve, &service));
        return &service;
}

static void end_service(Service *service)
{
        expect_ok(pthread_join(service->thread, NULL));
}

START_TEST(callers_at_the_same_time_get_their_own_replies)
{
        Wire wire = wire_new(CALLS, 2);
        pid_t child = in_child(call_in_child, &wire);
        rtchannel *server = wire_listen(&wire, "serves");
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        Service *service = start_service(server, 600);
        for (uint64_t n = 0; n < 300; n++)
                ck_assert_uint_eq(call_number(caller, n), n + 5);
        end_service(service);
        expect_child(child);
        rtchannel_close(caller);
        rtchannel_close(server);
        wire_free(&wire);
}
END_TEST

/* -- too late ---------------------------------------------------------------------------------- */

static int try_call(rtchannel *caller, int64_t deadline)
{
        uint64_t number = 1, reply;
        return rtchannel_call(caller, &number, sizeof number, &reply, sizeof reply, NULL, deadline);
}

START_TEST(a_call_without_a_reply_ends_at_its_deadline)
{
        Ends ends = pair_of_ends();
        expect_result(try_call(ends.connecting, rtchannel_in(1000000)), -ETIMEDOUT);
        expect_result(try_call(ends.connecting, rtchannel_now() - 1), -ETIMEDOUT);
        expect_result(try_call(ends.connecting, RTCHANNEL_NOW), -EAGAIN);
        ends_free(&ends);
}
END_TEST

START_TEST(a_server_drops_and_counts_requests_that_nobody_waits_for)
{
        Ends ends = pair_of_ends();
        expect_result(try_call(ends.connecting, rtchannel_in(1000000)), -ETIMEDOUT);
        expect_result(try_call(ends.connecting, RTCHANNEL_NOW), -EAGAIN);
        (void)request_number(ends.connecting, 6, rtchannel_now());
        (void)request_number(ends.connecting, 7, late());
        (void)take_request(ends.listening, 7);
        expect_nothing(ends.listening);
        ck_assert_uint_eq(statistics_of(ends.listening).expired, 3);
        ck_assert_uint_eq(statistics_of(ends.listening).received, 1);
        ends_free(&ends);
}
END_TEST

START_TEST(a_reply_to_who_has_given_up_is_dropped_and_counted)
{
        Ends ends = pair_of_ends();
        for (uint64_t n = 0; n < 3; n++)
                (void)request_number(ends.connecting, n, RTCHANNEL_FOREVER);
        Service *service = start_service(ends.listening, 4);
        ck_assert_uint_eq(call_number(ends.connecting, 100), 105);
        end_service(service);
        ck_assert_uint_eq(statistics_of(ends.connecting).stale, 3);
        ck_assert_uint_eq(statistics_of(ends.connecting).received, 1);
        expect_nothing(ends.connecting);
        ends_free(&ends);
}
END_TEST

START_TEST(a_request_waits_for_the_server)
{
        Wire wire = wire_new(CALLS, 1);
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        for (uint64_t n = 0; n < 4; n++)
                (void)request_number(caller, n, RTCHANNEL_FOREVER);
        uint64_t tag = 99;
        expect_result(rtchannel_request(caller, "", 0, RTCHANNEL_FOREVER, &tag, RTCHANNEL_NOW),
                      -EAGAIN);
        ck_assert_uint_eq(tag, 99);
        rtchannel *server = wire_listen(&wire, "serves");
        for (uint64_t n = 0; n < 4; n++)
                (void)take_request(server, n);
        rtchannel_close(caller);
        rtchannel_close(server);
        wire_free(&wire);
}
END_TEST

/* -- servers and callers that go --------------------------------------------------------------- */

static void take_one_in_child(void *argument)
{
        rtchannel *server = wire_listen(argument, "serves");
        (void)take_request(server, 1);
        set_step(0, 1);
        wait_step(1, 1);
}

static void *kill_server(void *argument)
{
        wait_step(0, 1);
        kill_child(*(pid_t *)argument);
        return NULL;
}

START_TEST(a_call_ends_when_the_server_dies_with_it)
{
        Wire wire = wire_new(CALLS, 1);
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        for (int i = 0; i < 20; i++) { /* some as soon as it has met us */
                pthread_t killer;
                set_step(0, 0);
                pid_t child = in_child(take_one_in_child, &wire);
                expect_ok(pthread_create(&killer, NULL, kill_server, &child));
                expect_result(try_call(caller, RTCHANNEL_FOREVER), -ECONNRESET);
                expect_ok(pthread_join(killer, NULL));
        }
        rtchannel_close(caller);
        wire_free(&wire);
}
END_TEST

static void serve_four_in_child(void *argument)
{
        rtchannel *server = wire_listen(argument, "serves");
        for (int i = 0; i < 4; i++)
                serve_one(server, 1);
}

START_TEST(the_next_call_after_a_servers_restart_works)
{
        Wire wire = wire_new(CALLS, 1);
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        for (int i = 0; i < 5; i++) {
                pid_t child = in_child(serve_four_in_child, &wire);
                for (uint64_t n = 0; n < 4; n++)
                        ck_assert_uint_eq(call_number(caller, n), n + 1);
                expect_child(child);
                /* It does not matter whether the caller has noticed already. */
                wait_gone(caller);
                if (i % 2 == 0)
                        ck_assert(wire_wait_peers(caller, 0));
        }
        rtchannel_close(caller);
        wire_free(&wire);
}
END_TEST

START_TEST(a_reply_to_a_caller_that_is_gone_says_so_and_reaches_nobody_else)
{
        Wire wire = wire_new(CALLS, 1);
        rtchannel *server = wire_listen(&wire, "serves");
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        void *loan;
        (void)request_number(caller, 1, RTCHANNEL_FOREVER);
        (void)request_number(caller, 2, RTCHANNEL_FOREVER);
        rtchannel_message first = take_request(server, 1), second = take_request(server, 2);
        expect_ok(rtchannel_loan_reply(server, &second, &loan, late()));
        rtchannel_close(caller);
        caller = wire_connect(&wire, "calls", 'a');
        ck_assert(wire_wait_peers(caller, 1));
        (void)request_number(caller, 3, RTCHANNEL_FOREVER);
        expect_result(rtchannel_receive(server, NULL, 0, NULL, late()), -ECONNRESET);
        rtchannel_message third = take_request(server, 3);
        memcpy(loan, "22222222", 8);
        expect_result(rtchannel_commit(server, 8), -ECONNRESET);
        expect_result(reply_number(server, &first, 10), -ECONNRESET);
        expect_result(rtchannel_loan_reply(server, &first, &loan, late()), -ECONNRESET);
        expect_nothing(caller);
        expect_ok(reply_number(server, &third, 30));
        expect_numbers(caller, 30, 1);
        ck_assert_uint_eq(statistics_of(server).sent, 1);
        rtchannel_close(caller);
        rtchannel_close(server);
        wire_free(&wire);
}
END_TEST

typedef struct Leaver {
        rtchannel *caller;
        pid_t server_thread;
} Leaver;

static void *leave(void *argument)
{
        Leaver *leaver = argument;
        wait_asleep(leaver->server_thread);
        rtchannel_close(leaver->caller);
        return NULL;
}

START_TEST(a_reply_that_waits_for_room_ends_when_the_caller_goes)
{
        Ends ends = pair_of_ends();
        rtchannel_message request = { 0 };
        pthread_t thread;
        for (uint64_t n = 0; n < 4; n++) {
                (void)request_number(ends.connecting, n, RTCHANNEL_FOREVER);
                request = take_request(ends.listening, n);
                expect_ok(reply_number(ends.listening, &request, n));
        }
        expect_result(reply_number(ends.listening, &request, 4), -EAGAIN);
        Leaver leaver = { ends.connecting, gettid() };
        expect_ok(pthread_create(&thread, NULL, leave, &leaver));
        expect_result(rtchannel_reply(ends.listening, &request, "", 0, late()), -ECONNRESET);
        expect_ok(pthread_join(thread, NULL));
        ends.connecting = NULL;
        ends_free(&ends);
}
END_TEST

/* -- without copies ---------------------------------------------------------------------------- */

START_TEST(requests_and_replies_can_be_made_and_read_in_place)
{
        Ends ends = pair_of_ends();
        rtchannel_message request, reply;
        const void *data;
        void *loan;
        expect_ok(rtchannel_loan(ends.connecting, &loan, late()));
        memcpy(loan, "question", 8);
        expect_ok(rtchannel_commit(ends.connecting, 8));
        expect_ok(rtchannel_borrow(ends.listening, &data, &request, late()));
        ck_assert_mem_eq(data, "question", 8);
        expect_ok(rtchannel_loan_reply(ends.listening, &request, &loan, late()));
        memcpy(loan, "answer", 6);
        expect_ok(rtchannel_commit(ends.listening, 6));
        expect_ok(rtchannel_release(ends.listening));
        expect_ok(rtchannel_borrow(ends.connecting, &data, &reply, late()));
        ck_assert_uint_eq(reply.size, 6);
        ck_assert_mem_eq(data, "answer", 6);
        ck_assert_uint_eq(reply.tag, request.tag);
        expect_ok(rtchannel_release(ends.connecting));
        ends_free(&ends);
}
END_TEST

START_TEST(a_call_while_something_is_borrowed_sends_nothing)
{
        Ends ends = pair_of_ends();
        const void *data;
        (void)request_number(ends.connecting, 1, RTCHANNEL_FOREVER);
        serve_one(ends.listening, 0);
        expect_ok(rtchannel_borrow(ends.connecting, &data, NULL, late()));
        expect_result(try_call(ends.connecting, late()), -EBUSY);
        expect_nothing(ends.listening);
        expect_ok(rtchannel_release(ends.connecting));
        ends_free(&ends);
}
END_TEST

START_TEST(a_reply_longer_than_the_buffer_says_so_and_is_dropped_by_the_next_call)
{
        Ends ends = pair_of_ends();
        uint64_t number = 1;
        uint8_t small[4];
        rtchannel_message reply;
        Service *service = start_service(ends.listening, 2);
        expect_result(rtchannel_call(ends.connecting, &number, sizeof number, small, sizeof small,
                                     &reply, late()),
                      -EMSGSIZE);
        ck_assert_uint_eq(reply.size, sizeof number);
        ck_assert_uint_eq(call_number(ends.connecting, 2), 7);
        end_service(service);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        return RUN_TESTS("request", a_call_gets_its_reply, replies_bear_the_tags_of_their_requests,
                         callers_at_the_same_time_get_their_own_replies,
                         a_call_without_a_reply_ends_at_its_deadline,
                         a_server_drops_and_counts_requests_that_nobody_waits_for,
                         a_reply_to_who_has_given_up_is_dropped_and_counted,
                         a_request_waits_for_the_server, a_call_ends_when_the_server_dies_with_it,
                         the_next_call_after_a_servers_restart_works,
                         a_reply_to_a_caller_that_is_gone_says_so_and_reaches_nobody_else,
                         a_reply_that_waits_for_room_ends_when_the_caller_goes,
                         requests_and_replies_can_be_made_and_read_in_place,
                         a_call_while_something_is_borrowed_sends_nothing,
                         a_reply_longer_than_the_buffer_says_so_and_is_dropped_by_the_next_call);
}
