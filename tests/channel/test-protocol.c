/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a reader takes from a ring that its peer wrote, and what it does not. */

#include "suite.h"

#include <errno.h>

#include "pipe.h"

/* -- beginning later --------------------------------------------------------------------------- */

START_TEST(a_reader_can_wait_to_be_told_where_it_begins)
{
        for (uint64_t start = 0; start < 20; start++) {
                Pipe pipe;
                RtControl sender = { 0 };
                pipe_init(&pipe, 8, 4, start % 2);
                pipe_begin_at(&pipe, start);
                rt_reader_init_admitted(&pipe.reader, pipe.ring, &pipe.shape, &sender);
                put(&pipe, 0);
                ck_assert(!rt_reader_is_ready(&pipe.reader));
                expect_peek(&pipe, 0);
                sender.begin = start + 1 + 1;
                if (start % 3 == 0) /* looking is not needed to notice */
                        ck_assert(!rt_reader_is_ready(&pipe.reader));
                expect_peek(&pipe, 0);
                ck_assert(!rt_reader_is_ready(&pipe.reader));
                put(&pipe, 1);
                take(&pipe, 1, 0);
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(a_beginning_that_is_no_sequence_breaks_the_protocol)
{
        static const uint64_t begins[] = { RT_WITHDRAWN, RT_START_MAX + 1, INT64_MAX,
                                           INT64_MAX + 1ULL };
        for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
                Pipe pipe;
                RtControl sender = { .begin = begins[i] };
                pipe_init(&pipe, 8, 4, true);
                rt_reader_init_admitted(&pipe.reader, pipe.ring, &pipe.shape, &sender);
                ck_assert(rt_reader_is_ready(&pipe.reader)); /* to find that out */
                expect_peek(&pipe, -EPROTO);
                pipe_free(&pipe);
        }
}
END_TEST

/* -- a peer that breaks the protocol ----------------------------------------------------------- */

START_TEST(a_size_beyond_the_message_size_breaks_the_protocol)
{
        static const uint32_t frames[] = { 0, 1 };
        for (size_t i = 0; i < 2; i++) {
                Pipe pipe;
                pipe_init(&pipe, 100, 4, false);
                put(&pipe, 0);
                uint32_t most = frames[i] ? pipe.shape.capacity : 100;
                atomic_store(&slot_of(&pipe, 0)->frames, frames[i]);
                atomic_store(&slot_of(&pipe, 0)->size, most);
                expect_peek(&pipe, 1);
                atomic_store(&slot_of(&pipe, 0)->size, most + 1);
                expect_peek(&pipe, -EPROTO);
                atomic_store(&slot_of(&pipe, 0)->size, UINT32_MAX);
                expect_peek(&pipe, -EPROTO);
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(where_sending_is_refused_no_message_can_be_overwritten)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 4, false);
        put(&pipe, 0);
        atomic_store(&slot_of(&pipe, 0)->sequence, 2 * 6 + 2);
        expect_peek(&pipe, -EPROTO);
        atomic_store(&slot_of(&pipe, 0)->sequence, 3);
        expect_peek(&pipe, -EPROTO);
        atomic_store(&slot_of(&pipe, 0)->sequence, UINT64_MAX);
        expect_peek(&pipe, -EPROTO);
        pipe_free(&pipe);
}
END_TEST

START_TEST(a_sequence_that_the_head_contradicts_breaks_the_protocol)
{
        static const uint64_t sequences[] = {
                3, 4, 2 * 6 + 1, 2 * 6 + 2, UINT64_MAX - 1, UINT64_MAX
        };
        static const uint64_t heads[] = { 0, 1, 2, 4 };
        for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
                for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
                        Pipe pipe;
                        pipe_init(&pipe, 8, 4, true);
                        put(&pipe, 0);
                        atomic_store(&slot_of(&pipe, 0)->sequence, sequences[i]);
                        atomic_store(&pipe.ring->head, heads[k]);
                        expect_peek(&pipe, -EPROTO);
                        pipe_free(&pipe);
                }
}
END_TEST

START_TEST(a_head_that_is_no_count_breaks_the_protocol)
{
        static const uint64_t heads[] = { INT64_MAX + 1ULL, UINT64_MAX };
        for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
                Pipe pipe;
                pipe_init(&pipe, 8, 4, true);
                for (uint64_t n = 0; n < 7; n++)
                        put(&pipe, n);
                atomic_store(&pipe.ring->head, heads[k]);
                expect_peek(&pipe, -EPROTO);
                pipe_free(&pipe);
        }
}
END_TEST

START_TEST(a_head_that_no_slot_bears_out_breaks_the_protocol)
{
        Pipe pipe;
        pipe_init(&pipe, 8, 4, true);
        for (uint64_t n = 0; n < 7; n++)
                put(&pipe, n);
        for (uint64_t n = 0; n < pipe.shape.slots; n++)
                atomic_store(&slot_of(&pipe, n)->sequence, UINT64_MAX);
        atomic_store(&pipe.ring->head, 1000);
        expect_peek(&pipe, -EPROTO);
        pipe_free(&pipe);
}
END_TEST

int main(void)
{
        return RUN_TESTS("protocol", a_reader_can_wait_to_be_told_where_it_begins,
                         a_beginning_that_is_no_sequence_breaks_the_protocol,
                         a_size_beyond_the_message_size_breaks_the_protocol,
                         where_sending_is_refused_no_message_can_be_overwritten,
                         a_sequence_that_the_head_contradicts_breaks_the_protocol,
                         a_head_that_is_no_count_breaks_the_protocol,
                         a_head_that_no_slot_bears_out_breaks_the_protocol);
}
