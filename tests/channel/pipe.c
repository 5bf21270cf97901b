/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipe.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

void pipe_init(Pipe *pipe, uint32_t message_size, uint32_t depth, bool overwrite)
{
        *pipe = (Pipe){ 0 };
        ck_assert(rt_shape(message_size, depth, overwrite, &pipe->shape));
        pipe->ring = aligned_alloc(RT_PAGE, pipe->shape.size);
        ck_assert_ptr_nonnull(pipe->ring);
        memset(pipe->ring, 0, pipe->shape.size);
        rt_writer_init(&pipe->writer, pipe->ring, &pipe->shape);
        rt_reader_init(&pipe->reader, pipe->ring, &pipe->shape, 0);
}

void pipe_begin_at(Pipe *pipe, uint64_t start)
{
        uint32_t index = (uint32_t)(start % pipe->shape.slots);
        pipe->writer.head = start;
        pipe->writer.index = index;
        pipe->writer.slot =
                (RtSlot *)(void *)(pipe->ring->slots + (size_t)index * pipe->shape.stride);
        atomic_store(&pipe->ring->head, start);
        atomic_store(&pipe->control.tail, start);
        rt_reader_init(&pipe->reader, pipe->ring, &pipe->shape, start);
}

void pipe_free(Pipe *pipe)
{
        free(pipe->ring);
}

RtSlot *slot_of(Pipe *pipe, uint64_t number)
{
        return (RtSlot *)(void *)(pipe->ring->slots +
                                  (size_t)(number % pipe->shape.slots) * pipe->shape.stride);
}

void put(Pipe *pipe, uint64_t number)
{
        (void)rt_writer_begin(&pipe->writer);
        rt_writer_put(&pipe->writer, &number, sizeof number);
        const RtMessageHead head = { .size = sizeof number,
                                     .frames = (uint32_t)number + 1,
                                     .tag = number + 2,
                                     .sent = number + 3,
                                     .expires = number + 4 };
        rt_writer_commit(&pipe->writer, &head);
}

void take(Pipe *pipe, uint64_t number, uint64_t lost)
{
        RtMessage message;
        uint64_t data = 0;
        ck_assert(rt_reader_is_ready(&pipe->reader));
        ck_assert_int_eq(rt_reader_peek(&pipe->reader, &message), 1);
        ck_assert_uint_eq(message.size, sizeof data);
        ck_assert_uint_eq(message.frames, (uint32_t)number + 1);
        ck_assert_uint_eq(message.tag, number + 2);
        ck_assert_uint_eq(message.sent, number + 3);
        ck_assert_uint_eq(message.expires, number + 4);
        ck_assert(rt_reader_copy(&pipe->reader, &message, &data));
        ck_assert_uint_eq(data, number);
        ck_assert_uint_eq(pipe->reader.lost, lost);
        rt_reader_take(&pipe->reader, &pipe->control);
}

void expect_peek(Pipe *pipe, int expected)
{
        RtMessage message;
        ck_assert_int_eq(rt_reader_peek(&pipe->reader, &message), expected);
}

int64_t waiting(const Pipe *pipe, uint64_t floor)
{
        return rt_writer_waiting(&pipe->writer, floor, &pipe->control);
}
