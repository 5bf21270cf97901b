/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends in their old age: rings that have gone round very often, counters that pass their limits. */

#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define REFUSE "message_size=64 depth=3 full=refuse spin=0 connections=1"
#define OVERWRITE "message_size=64 depth=3 full=overwrite spin=0 connections=1"

static const int64_t second = 1000000000;

/* As if `number` messages had been sent and received. */
static void make_old(Ends *ends, uint64_t number)
{
        RtWay *out = &ends->connecting->ways[0], *in = &ends->listening->ways[0];
        RtWriter *writer = &out->writer;
        writer->head = number;
        writer->index = (uint32_t)(number % writer->shape->slots);
        writer->slot = (RtSlot *)(void *)(writer->ring->slots +
                                          (size_t)writer->index * writer->shape->stride);
        writer->ring->head = number;
        out->floor = out->link->start = out->link->known_tail = number;
        rt_reader_init(&in->link->reader, in->link->reader.ring, in->link->reader.shape, number);
        in->link->own->tail = number;
}

static const uint64_t ages[] = {
        INT32_MAX - UINT64_C(7), UINT32_MAX - UINT64_C(7), (UINT64_C(1) << 48) - 7,
        RT_START_MAX - 7,        RT_START_MAX * 2 - 7,     INT64_MAX - UINT64_C(40),
};

static void expect_next(rtchannel *end, uint64_t number, uint64_t lost)
{
        uint64_t got;
        rtchannel_message message;
        ck_assert_int_eq(rtchannel_receive(end, &got, sizeof got, &message, RTCHANNEL_NOW), 0);
        ck_assert_uint_eq(got, number);
        ck_assert_uint_eq(message.lost, lost);
}

static int send_number(rtchannel *end, uint64_t number)
{
        return rtchannel_send(end, &number, sizeof number, RTCHANNEL_NOW);
}

START_TEST(rings_that_refuse_go_on_past_all_limits)
{
        Ends ends = ends_new(REFUSE, "pulls", "pushes");
        make_old(&ends, ages[_i]);
        for (uint64_t i = 0; i < 30; i += 3) {
                for (uint64_t k = 0; k < 3; k++)
                        ck_assert_int_eq(send_number(ends.connecting, i + k), 0);
                ck_assert_int_lt(send_number(ends.connecting, 100), 0);
                for (uint64_t k = 0; k < 3; k++)
                        expect_next(ends.listening, i + k, 0);
        }
        ends_free(&ends);
}
END_TEST

START_TEST(rings_that_overwrite_count_what_is_lost_past_all_limits)
{
        Ends ends = ends_new(OVERWRITE, "pulls", "pushes");
        make_old(&ends, ages[_i]);
        for (uint64_t i = 0; i < 30; i += 10) {
                for (uint64_t k = 0; k < 10; k++)
                        ck_assert_int_eq(send_number(ends.connecting, i + k), 0);
                expect_next(ends.listening, i + 7, 7);
                expect_next(ends.listening, i + 8, 0);
                expect_next(ends.listening, i + 9, 0);
        }
        ends_free(&ends);
}
END_TEST

START_TEST(the_next_peer_begins_where_the_last_one_ended_past_32_bits)
{
        Ends ends = ends_new(REFUSE, "pulls", "pushes");
        make_old(&ends, UINT32_MAX);
        for (uint64_t i = 0; i < 3; i++)
                ck_assert_int_eq(send_number(ends.connecting, i), 0);
        expect_next(ends.listening, 0, 0);
        rtchannel_close(ends.listening);
        ck_assert(wire_wait_peers(ends.connecting, 0));
        for (uint64_t i = 3; i < 6; i++)
                ck_assert_int_eq(send_number(ends.connecting, i), 0);
        ck_assert_int_lt(send_number(ends.connecting, 100), 0);
        ends.listening = wire_listen(&ends.wire, "pulls");
        ck_assert(wire_wait_peers(ends.listening, 1));
        for (uint64_t i = 3; i < 6; i++)
                expect_next(ends.listening, i, 0);
        ends_free(&ends);
}
END_TEST

/* -- counters of 32 bits ----------------------------------------------------------------------- */

enum { BACK_AND_FORTH = 40 };

static void *echo(void *end)
{
        uint64_t number;
        for (int i = 0; i < BACK_AND_FORTH; i++) {
                if (rtchannel_receive(end, &number, sizeof number, NULL, rtchannel_in(second)) < 0)
                        return end;
                (void)usleep(500); /* so that the other end has to wait, most times at least */
                if (rtchannel_send(end, &number, sizeof number, rtchannel_in(second)) < 0)
                        return end;
        }
        return NULL;
}

static void age_counters(rtchannel *end, rtchannel *peer)
{
        static const uint32_t age = UINT32_MAX - 3;
        RtLink *link = end->ways[0].link, *other = peer->ways[0].link;
        link->own->data_want = link->own->room_want = link->own->data_bell = link->own->room_bell =
                age;
        link->own_words->data = link->own_words->room = age;
        other->served_data = other->served_room = other->served_data_bell =
                other->served_room_bell = age;
}

START_TEST(sleepers_are_woken_when_the_counters_of_wishes_go_round)
{
        Ends ends = ends_new(REFUSE, "pairs", "pairs");
        pthread_t thread;
        void *wrong;
        age_counters(ends.listening, ends.connecting);
        age_counters(ends.connecting, ends.listening);
        ck_assert_int_eq(pthread_create(&thread, NULL, echo, ends.listening), 0);
        for (uint64_t i = 0; i < BACK_AND_FORTH; i++) {
                uint64_t number = i;
                ck_assert_int_eq(send_number(ends.connecting, i), 0);
                ck_assert_int_eq(rtchannel_receive(ends.connecting, &number, sizeof number, NULL,
                                                   rtchannel_in(5 * second)),
                                 0);
                ck_assert_uint_eq(number, i);
        }
        ck_assert_int_eq(pthread_join(thread, &wrong), 0);
        ck_assert_ptr_null(wrong);
        /* Both have gone round: what was asked for, and what was answered. */
        ck_assert_uint_lt(ends.connecting->ways[0].link->own->data_want, UINT32_MAX / 2);
        ck_assert_uint_lt(ends.connecting->ways[0].link->own_words->data, UINT32_MAX / 2);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        const int n = sizeof ages / sizeof *ages;
        TCase *tcase = tcase_create("wrap");
        tcase_set_timeout(tcase, 60);
        tcase_add_loop_test(tcase, rings_that_refuse_go_on_past_all_limits, 0, n);
        tcase_add_loop_test(tcase, rings_that_overwrite_count_what_is_lost_past_all_limits, 0, n);
        tcase_add_test(tcase, the_next_peer_begins_where_the_last_one_ended_past_32_bits);
        tcase_add_test(tcase, sleepers_are_woken_when_the_counters_of_wishes_go_round);
        Suite *suite = suite_create("wrap");
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
