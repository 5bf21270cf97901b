/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages made and read where they lie; and how long messages may be. */

#include "suite.h"

#include <errno.h>
#include <string.h>

#define QUEUE "message_size=100 depth=3 full=refuse spin=0 connections=1"
#define LATEST "message_size=100 depth=3 full=overwrite spin=0 connections=1"

static const char *const geometries[] = { QUEUE, LATEST };

static Ends new_ends(int geometry)
{
        return ends_new(geometries[geometry], "publishes", "subscribes");
}

START_TEST(what_is_filled_in_and_committed_arrives)
{
        for (int g = 0; g < 2; g++) {
                Ends ends = new_ends(g);
                for (size_t size = 0; size <= 100; size++) {
                        rtchannel_message message;
                        const void *data;
                        void *loan;
                        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW));
                        ck_assert_uint_eq((uintptr_t)loan % 8, 0);
                        memset(loan, (int)size + 1, 100);
                        expect_ok(rtchannel_commit(ends.listening, size));
                        expect_ok(rtchannel_borrow(ends.connecting, &data, &message, late()));
                        ck_assert_uint_eq((uintptr_t)data % 8, 0);
                        ck_assert_uint_eq(message.size, size);
                        for (size_t i = 0; i < size; i++)
                                ck_assert_uint_eq(((const uint8_t *)data)[i], size + 1);
                        expect_ok(rtchannel_release(ends.connecting));
                }
                expect_nothing(ends.connecting);
                ends_free(&ends);
        }
}
END_TEST

START_TEST(what_is_cancelled_was_never_there)
{
        for (int g = 0; g < 2; g++) {
                Ends ends = new_ends(g);
                for (uint64_t n = 0; n < 20; n++) {
                        void *loan;
                        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW));
                        memset(loan, 0xee, 100);
                        expect_ok(rtchannel_cancel(ends.listening));
                        expect_nothing(ends.connecting);
                        send_number(ends.listening, n);
                        expect_numbers(ends.connecting, n, 1);
                }
                ck_assert_uint_eq(statistics_of(ends.listening).sent, 20);
                ck_assert_uint_eq(statistics_of(ends.connecting).lost, 0);
                ends_free(&ends);
        }
}
END_TEST

START_TEST(an_end_lends_once_at_a_time)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        const void *data, *other;
        void *loan, *second;
        uint64_t number;
        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW));
        expect_result(rtchannel_loan(ends.listening, &second, late()), -EBUSY);
        expect_result(try_send(ends.listening, 1, late()), -EBUSY);
        send_number(ends.connecting, 1); /* the other direction is another matter */
        send_number(ends.connecting, 2);
        expect_ok(rtchannel_borrow(ends.listening, &data, NULL, late()));
        expect_result(rtchannel_borrow(ends.listening, &other, NULL, late()), -EBUSY);
        expect_result(try_receive(ends.listening, &number, late()), -EBUSY);
        expect_ok(rtchannel_release(ends.listening));
        memcpy(loan, "12345678", 8);
        expect_ok(rtchannel_commit(ends.listening, 8));
        expect_numbers(ends.listening, 2, 1);
        ends_free(&ends);
}
END_TEST

START_TEST(what_was_not_lent_cannot_be_given_back)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        expect_result(rtchannel_commit(ends.listening, 1), -EINVAL);
        expect_result(rtchannel_cancel(ends.listening), -EINVAL);
        expect_result(rtchannel_release(ends.listening), -EINVAL);
        void *loan;
        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW));
        expect_ok(rtchannel_commit(ends.listening, 1));
        expect_result(rtchannel_commit(ends.listening, 1), -EINVAL);
        const void *data;
        expect_ok(rtchannel_borrow(ends.connecting, &data, NULL, late()));
        expect_ok(rtchannel_release(ends.connecting));
        expect_result(rtchannel_release(ends.connecting), -EINVAL);
        ends_free(&ends);
}
END_TEST

START_TEST(a_loan_waits_for_room_like_a_send)
{
        Ends ends = new_ends(0);
        void *loan;
        for (uint64_t n = 0; n < 3; n++)
                send_number(ends.listening, n);
        expect_result(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW), -EAGAIN);
        expect_result(rtchannel_loan(ends.listening, &loan, rtchannel_in(1000000)), -ETIMEDOUT);
        ck_assert_uint_eq(receive_number(ends.connecting), 0);
        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW));
        expect_ok(rtchannel_cancel(ends.listening));
        ends_free(&ends);
}
END_TEST

START_TEST(a_borrowed_message_keeps_its_place)
{
        Ends ends = new_ends(0);
        const void *data;
        for (uint64_t n = 0; n < 3; n++)
                send_number(ends.listening, n);
        expect_ok(rtchannel_borrow(ends.connecting, &data, NULL, RTCHANNEL_NOW));
        expect_result(try_send(ends.listening, 3, RTCHANNEL_NOW), -EAGAIN);
        ck_assert_uint_eq(*(const uint64_t *)data, 0);
        expect_ok(rtchannel_release(ends.connecting));
        send_number(ends.listening, 3);
        expect_numbers(ends.connecting, 1, 3);
        ends_free(&ends);
}
END_TEST

START_TEST(a_borrowed_message_that_was_overwritten_is_stale)
{
        Ends ends = new_ends(1);
        rtchannel_message message;
        const void *data;
        uint64_t number;
        for (uint64_t n = 0; n < 4; n++)
                send_number(ends.listening, n);
        expect_ok(rtchannel_borrow(ends.connecting, &data, &message, RTCHANNEL_NOW));
        ck_assert_uint_eq(*(const uint64_t *)data, 0);
        send_number(ends.listening, 4); /* five slots: nothing is overwritten yet */
        ck_assert_uint_eq(*(const uint64_t *)data, 0);
        void *loan;
        expect_ok(rtchannel_loan(ends.listening, &loan, RTCHANNEL_NOW)); /* where it lies */
        expect_result(rtchannel_release(ends.connecting), -ESTALE);
        expect_ok(rtchannel_cancel(ends.listening));
        send_number(ends.listening, 5);
        ck_assert_uint_eq(receive_number(ends.connecting), 1);
        for (uint64_t n = 6; n < 20; n++)
                send_number(ends.listening, n);
        expect_ok(rtchannel_receive(ends.connecting, &number, 8, &message, RTCHANNEL_NOW));
        ck_assert_uint_eq(number, 17);
        ck_assert_uint_eq(message.lost, 15);
        ends_free(&ends);
}
END_TEST

START_TEST(what_is_borrowed_stays_though_the_sender_goes)
{
        for (int g = 0; g < 2; g++) {
                Ends ends = new_ends(g);
                const void *data;
                uint64_t number;
                send_number(ends.listening, 7);
                send_number(ends.listening, 8);
                expect_ok(rtchannel_borrow(ends.connecting, &data, NULL, late()));
                ends.listening = rtchannel_close(ends.listening);
                wait_gone(ends.connecting);
                rt_end_look(ends.connecting);
                ck_assert_uint_eq(statistics_of(ends.connecting).peers, 1); /* until all is read */
                ck_assert_uint_eq(*(const uint64_t *)data, 7);
                expect_ok(rtchannel_release(ends.connecting));
                ck_assert_uint_eq(receive_number(ends.connecting), 8);
                expect_result(try_receive(ends.connecting, &number, late()), -ECONNRESET);
                ends_free(&ends);
        }
}
END_TEST

START_TEST(what_is_borrowed_stays_though_the_peer_breaks_the_protocol)
{
        Ends ends = ends_new(QUEUE, "pairs", "pairs");
        const void *data;
        send_number(ends.connecting, 7);
        expect_ok(rtchannel_borrow(ends.listening, &data, NULL, late()));
        atomic_store(&ends.connecting->ways[0].link->own->tail, 1000); /* of what was never sent */
        uint64_t n = 0;
        while (n < 10 && try_send(ends.listening, n, RTCHANNEL_NOW) == 0)
                n++;
        ck_assert_uint_eq(n, 3); /* as many as wait for the next peer */
        ck_assert_uint_eq(*(const uint64_t *)data, 7);
        expect_ok(rtchannel_release(ends.listening));
        ck_assert(wire_wait_peers(ends.listening, 0));
        ck_assert_uint_eq(statistics_of(ends.listening).broken, 1);
        ends_free(&ends);
}
END_TEST

/* -- sizes ------------------------------------------------------------------------------------- */

START_TEST(a_message_that_is_too_long_is_not_sent)
{
        uint8_t data[101] = { 0 };
        for (int g = 0; g < 2; g++) {
                Ends ends = new_ends(g);
                void *loan;
                expect_result(rtchannel_send(ends.listening, data, 101, late()), -EMSGSIZE);
                expect_result(rtchannel_send(ends.listening, data, SIZE_MAX, late()), -EMSGSIZE);
                expect_result(rtchannel_send(ends.listening, data, UINT32_MAX + 1UL, late()),
                              -EMSGSIZE);
                expect_ok(rtchannel_loan(ends.listening, &loan, late()));
                expect_result(rtchannel_commit(ends.listening, 101), -EMSGSIZE);
                expect_result(rtchannel_commit(ends.listening, SIZE_MAX), -EMSGSIZE);
                expect_nothing(ends.connecting);
                expect_ok(rtchannel_commit(ends.listening, 100)); /* the loan is still there */
                expect_ok(rtchannel_receive(ends.connecting, data, 101, NULL, late()));
                ends_free(&ends);
        }
        Ends ends = ends_new(QUEUE, "serves", "calls");
        rtchannel_message request;
        uint64_t tag;
        expect_result(
                rtchannel_request(ends.connecting, data, 101, RTCHANNEL_FOREVER, &tag, late()),
                -EMSGSIZE);
        expect_result(rtchannel_call(ends.connecting, data, 101, data, 101, NULL, late()),
                      -EMSGSIZE);
        expect_ok(rtchannel_send(ends.connecting, data, 100, late()));
        expect_ok(rtchannel_receive(ends.listening, data, 100, &request, late()));
        expect_result(rtchannel_reply(ends.listening, &request, data, 101, late()), -EMSGSIZE);
        expect_ok(rtchannel_reply(ends.listening, &request, data, 100, late()));
        ends_free(&ends);
}
END_TEST

START_TEST(a_message_longer_than_the_buffer_stays)
{
        uint8_t data[100], buffer[100];
        memset(data, 5, sizeof data);
        for (int g = 0; g < 2; g++) {
                Ends ends = new_ends(g);
                rtchannel_message message = { 0 };
                expect_ok(rtchannel_send(ends.listening, data, 100, late()));
                memset(buffer, 0xee, sizeof buffer);
                for (size_t size = 0; size < 100; size += 33) {
                        expect_result(
                                rtchannel_receive(ends.connecting, buffer, size, &message, late()),
                                -EMSGSIZE);
                        ck_assert_uint_eq(message.size, 100);
                        ck_assert_uint_eq(buffer[0], 0xee);
                }
                expect_result(rtchannel_receive(ends.connecting, NULL, 0, NULL, late()), -EMSGSIZE);
                expect_ok(rtchannel_receive(ends.connecting, buffer, 100, &message, late()));
                ck_assert_mem_eq(buffer, data, 100);
                ck_assert_uint_eq(statistics_of(ends.connecting).received, 1);
                expect_ok(rtchannel_send(ends.listening, NULL, 0, late()));
                expect_ok(rtchannel_receive(ends.connecting, NULL, 0, &message, late()));
                ck_assert_uint_eq(message.size, 0);
                ends_free(&ends);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "loan", what_is_filled_in_and_committed_arrives, what_is_cancelled_was_never_there,
                an_end_lends_once_at_a_time, what_was_not_lent_cannot_be_given_back,
                a_loan_waits_for_room_like_a_send, a_borrowed_message_keeps_its_place,
                a_borrowed_message_that_was_overwritten_is_stale,
                what_is_borrowed_stays_though_the_sender_goes,
                what_is_borrowed_stays_though_the_peer_breaks_the_protocol,
                a_message_that_is_too_long_is_not_sent, a_message_longer_than_the_buffer_stays);
}
