/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ring protocol in one thread: what a reader finds after each of a writer's steps. */

#include "suite.h"

#include <errno.h>
#include <string.h>

#include "pipe.h"

/* -- geometry ---------------------------------------------------------------------------------- */

START_TEST(a_shape_has_room_for_all_slots_each_on_its_own_cache_lines)
{
        for (uint32_t size = 1; size < 400; size++) {
                RtShape shape;
                ck_assert(rt_shape(size, 7, false, &shape));
                ck_assert_uint_eq(shape.message_size, size);
                ck_assert_uint_eq(shape.depth, 7);
                ck_assert_uint_eq(shape.slots, 9);
                ck_assert_uint_eq(shape.stride % RT_CACHE_LINE, 0);
                ck_assert_uint_ge(shape.capacity, size);
                ck_assert_uint_eq(sizeof(RtSlot) + shape.capacity, shape.stride);
                ck_assert_uint_eq(shape.size % RT_PAGE, 0);
                ck_assert_uint_ge(shape.size, sizeof(RtRing) + 9 * shape.stride);
        }
}
END_TEST

START_TEST(a_shape_that_no_machine_can_hold_is_none)
{
        RtShape shape = { .depth = 1 };
        ck_assert(!rt_shape(0, 4, false, &shape));
        ck_assert(!rt_shape(4, 0, false, &shape));
        ck_assert(!rt_shape((1U << 30) + 1, 1, false, &shape));
        ck_assert(!rt_shape(1, (1U << 20) + 1, false, &shape));
        ck_assert(!rt_shape(UINT32_MAX, 1, false, &shape));
        ck_assert(!rt_shape(1, UINT32_MAX, false, &shape));
        ck_assert_uint_eq(shape.depth, 1);
        ck_assert(rt_shape(1U << 30, 1, false, &shape));
        ck_assert(rt_shape(1, 1U << 20, true, &shape));
}
END_TEST

/* -- order ------------------------------------------------------------------------------------- */

START_TEST(messages_come_out_in_order_with_all_that_was_said_of_them)
{
        static const bool policies[] = { false, true };
        for (int p = 0; p < 2; p++) {
                Pipe pipe;
                pipe_init(&pipe, 8, 4, policies[p]);
                for (uint64_t n = 0; n < 1000; n++) {
                        for (uint64_t i = 0; i <= n % 4; i++)
                                put(&pipe, 10 * n + i);
                        for (uint64_t i = 0; i <= n % 4; i++)
                                take(&pipe, 10 * n + i, 0);
                        expect_peek(&pipe, 0);
                        ck_assert(!rt_reader_is_ready(&pipe.reader));
                }
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(an_empty_ring_has_nothing)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 4, false);
        ck_assert(!rt_reader_is_ready(&pipe.reader));
        expect_peek(&pipe, 0);
        pipe_free(&pipe);
}
END_TEST

START_TEST(a_message_that_is_being_written_is_not_there_yet)
{
        for (int overwrite = 0; overwrite < 2; overwrite++) {
                Pipe pipe;
                pipe_init(&pipe, 8, 4, overwrite);
                (void)rt_writer_begin(&pipe.writer);
                rt_writer_put(&pipe.writer, "12345678", 8);
                ck_assert(!rt_reader_is_ready(&pipe.reader));
                expect_peek(&pipe, 0);
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(every_size_arrives_byte_by_byte_whatever_the_buffers_alignment)
{
        unsigned char in[312], out[320];
        for (int overwrite = 0; overwrite < 2; overwrite++)
                for (uint32_t size = 1; size <= 300; size++) {
                        Pipe pipe;
                        RtMessage message;
                        size_t from = size % 8, to = size / 3 % 8;
                        pipe_init(&pipe, size, 1, overwrite);
                        for (size_t i = 0; i < sizeof in; i++)
                                in[i] = (unsigned char)(i * 7 + size);
                        memset(out, 0xee, sizeof out);
                        (void)rt_writer_begin(&pipe.writer);
                        rt_writer_put(&pipe.writer, in + from, size);
                        const RtMessageHead head = { .size = size };
                        rt_writer_commit(&pipe.writer, &head);
                        ck_assert_int_eq(rt_reader_peek(&pipe.reader, &message), 1);
                        ck_assert_uint_eq(message.size, size);
                        ck_assert(rt_reader_copy(&pipe.reader, &message, out + to));
                        ck_assert_mem_eq(out + to, in + from, size);
                        for (size_t i = 0; i < to; i++)
                                ck_assert_uint_eq(out[i], 0xee);
                        ck_assert_uint_eq(out[to + size], 0xee);
                        pipe_free(&pipe);
                }
}
END_TEST

START_TEST(a_message_may_be_empty)
{
        for (int overwrite = 0; overwrite < 2; overwrite++) {
                Pipe pipe;
                RtMessage message;
                const RtMessageHead head = { .tag = 7 };
                pipe_init(&pipe, 8, 2, overwrite);
                (void)rt_writer_begin(&pipe.writer);
                rt_writer_put(&pipe.writer, NULL, 0);
                rt_writer_commit(&pipe.writer, &head);
                ck_assert_int_eq(rt_reader_peek(&pipe.reader, &message), 1);
                ck_assert_uint_eq(message.size, 0);
                ck_assert_uint_eq(message.tag, 7);
                ck_assert(rt_reader_copy(&pipe.reader, &message, NULL));
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(positions_near_two_to_the_32_and_far_beyond_are_like_any_other)
{
        static const uint64_t starts[] = { UINT32_MAX - 5ULL, (1ULL << 31) - 5, (1ULL << 33) - 3,
                                           (1ULL << 53) - 2, INT64_MAX / 4 - 7 };
        for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
                for (uint32_t depth = 1; depth < 9; depth++) {
                        Pipe pipe;
                        pipe_init(&pipe, 8, depth, depth % 2);
                        pipe_begin_at(&pipe, starts[s]);
                        for (uint64_t n = 0; n < 40; n++) {
                                expect_peek(&pipe, 0);
                                put(&pipe, n);
                                ck_assert_int_eq(waiting(&pipe, starts[s]), 1);
                                take(&pipe, n, 0);
                        }
                        pipe_free(&pipe);
                }
}
END_TEST

/* -- a full ring ------------------------------------------------------------------------------- */

START_TEST(the_writer_counts_what_waits)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 3, false);
        for (unsigned round = 0; round < 20; round++) {
                for (int n = 0; n < 3; n++) {
                        ck_assert_int_eq(waiting(&pipe, 0), n);
                        put(&pipe, (uint64_t)n);
                }
                for (int n = 0; n < 3; n++) {
                        ck_assert_int_eq(waiting(&pipe, 0), 3 - n);
                        take(&pipe, (uint64_t)n, 0);
                }
        }
        pipe_free(&pipe);
}
END_TEST

START_TEST(without_a_reader_all_from_the_floor_on_waits)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 8, false);
        for (uint64_t n = 0; n < 5; n++)
                put(&pipe, n);
        ck_assert_int_eq(rt_writer_waiting(&pipe.writer, 0, NULL), 5);
        ck_assert_int_eq(rt_writer_waiting(&pipe.writer, 3, NULL), 2);
        ck_assert_int_eq(rt_writer_waiting(&pipe.writer, 5, NULL), 0);
        pipe_free(&pipe);
}
END_TEST

START_TEST(a_tail_below_the_floor_counts_as_the_floor)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 8, false);
        for (uint64_t n = 0; n < 5; n++)
                put(&pipe, n);
        atomic_store(&pipe.control.tail, 1);
        ck_assert_int_eq(waiting(&pipe, 3), 2);
        pipe_free(&pipe);
}
END_TEST

START_TEST(a_tail_beyond_the_head_is_nonsense)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 8, false);
        put(&pipe, 0);
        static const uint64_t tails[] = { 2, 3, 1ULL << 32, INT64_MAX, UINT64_MAX };
        for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
                atomic_store(&pipe.control.tail, tails[i]);
                ck_assert_int_eq(waiting(&pipe, 0), -EPROTO);
        }
        pipe_free(&pipe);
}
END_TEST

/* -- overwriting ------------------------------------------------------------------------------- */

START_TEST(a_slow_reader_gets_the_newest_and_the_exact_number_of_lost_ones)
{
        for (uint32_t depth = 1; depth < 7; depth++)
                for (uint64_t sent = 1; sent < 30; sent++) {
                        Pipe pipe;
                        pipe_init(&pipe, 8, depth, true);
                        for (uint64_t n = 0; n < sent; n++)
                                put(&pipe, n);
                        /* A slot's old message is there until it is written again. */
                        uint64_t oldest = sent > pipe.shape.slots ? sent - depth : 0;
                        for (uint64_t n = oldest; n < sent; n++)
                                take(&pipe, n, n == oldest ? oldest : 0);
                        expect_peek(&pipe, 0);
                        pipe_free(&pipe);
                }
}
END_TEST

START_TEST(lost_and_received_add_up_to_what_was_sent)
{
        Pipe pipe;
        uint64_t sent = 0, lost = 0, received = 0, seed = 1;
        pipe_init(&pipe, 8, 5, true);
        for (unsigned round = 0; round < 5000; round++) {
                seed = seed * 6364136223846793005U + 1442695040888963407U;
                for (uint64_t n = seed >> 60; n > 0; n--)
                        put(&pipe, sent++);
                for (uint64_t n = seed >> 56 & 7; n > 0; n--) {
                        RtMessage message;
                        uint64_t number = 0;
                        if (rt_reader_peek(&pipe.reader, &message) == 0)
                                break;
                        ck_assert(rt_reader_copy(&pipe.reader, &message, &number));
                        lost += pipe.reader.lost;
                        ck_assert_uint_eq(number, received + lost);
                        received++;
                        rt_reader_take(&pipe.reader, &pipe.control);
                }
        }
        ck_assert_uint_gt(lost, 100);
        ck_assert_int_eq((int64_t)(sent - received - lost),
                         waiting(&pipe, 0) - (int64_t)pipe.reader.lost);
        pipe_free(&pipe);
}
END_TEST

START_TEST(a_copy_notices_that_its_message_was_overwritten)
{
        Pipe pipe;
        RtMessage message;
        uint64_t data;
        pipe_init(&pipe, 8, 2, true);
        for (uint64_t n = 0; n < 4; n++)
                put(&pipe, n);
        ck_assert_int_eq(rt_reader_peek(&pipe.reader, &message), 1);
        ck_assert(rt_reader_is_intact(&pipe.reader));
        ck_assert(rt_reader_copy(&pipe.reader, &message, &data));
        (void)rt_writer_begin(&pipe.writer); /* of message 4, where message 0 is */
        ck_assert(!rt_reader_is_intact(&pipe.reader));
        ck_assert(!rt_reader_copy(&pipe.reader, &message, &data));
        put(&pipe, 4);
        ck_assert(!rt_reader_copy(&pipe.reader, &message, &data));
        take(&pipe, 3, 3);
        take(&pipe, 4, 0);
        pipe_free(&pipe);
}
END_TEST

START_TEST(the_newest_depth_messages_stay_while_the_next_is_written)
{
        for (uint32_t depth = 1; depth < 6; depth++) {
                Pipe pipe;
                pipe_init(&pipe, 8, depth, true);
                for (uint64_t n = 0; n < 20; n++)
                        put(&pipe, n);
                expect_peek(&pipe, 1); /* has caught up */
                (void)rt_writer_begin(&pipe.writer);
                for (uint64_t n = 20 - depth; n < 20; n++)
                        take(&pipe, n, n == 20 - depth ? n : 0);
                pipe_free(&pipe);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "ring", a_shape_has_room_for_all_slots_each_on_its_own_cache_lines,
                a_shape_that_no_machine_can_hold_is_none,
                messages_come_out_in_order_with_all_that_was_said_of_them,
                an_empty_ring_has_nothing, a_message_that_is_being_written_is_not_there_yet,
                every_size_arrives_byte_by_byte_whatever_the_buffers_alignment,
                a_message_may_be_empty,
                positions_near_two_to_the_32_and_far_beyond_are_like_any_other,
                the_writer_counts_what_waits, without_a_reader_all_from_the_floor_on_waits,
                a_tail_below_the_floor_counts_as_the_floor, a_tail_beyond_the_head_is_nonsense,
                a_slow_reader_gets_the_newest_and_the_exact_number_of_lost_ones,
                lost_and_received_add_up_to_what_was_sent,
                a_copy_notices_that_its_message_was_overwritten,
                the_newest_depth_messages_stay_while_the_next_is_written);
}
