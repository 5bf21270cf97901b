/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A ring and a control page full of anything, which change between the reader's steps: what is
 * handed out lies in the ring and fits, and positions only grow.
 *
 * The input: shape, then steps of one byte each, of which some write what follows them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ring.h"

typedef struct Input {
        const uint8_t *data;
        size_t size;
} Input;

typedef struct Play {
        RtShape shape;
        RtRing *ring;
        RtControl theirs, own;
        RtReader reader;
        RtWriter writer; /* of a ring of our own, whose reader's page is `theirs` */
        RtRing *written;
        RtMessage message;
        bool has_message;
} Play;

static uint64_t next_number(Input *input, size_t bytes)
{
        uint64_t number = 0;
        if (bytes > input->size)
                bytes = input->size;
        memcpy(&number, input->data, bytes);
        input->data += bytes;
        input->size -= bytes;
        return number;
}

static RtRing *new_ring(const RtShape *shape)
{
        RtRing *ring = aligned_alloc(RT_PAGE, shape->size);
        MUST(ring, "memory");
        memset(ring, 0, shape->size);
        return ring;
}

static void begin(Play *play, Input *input)
{
        uint8_t how = (uint8_t)next_number(input, 1), start = (uint8_t)next_number(input, 1);
        MUST(rt_shape(1 + how % 70, 1 + how / 70, start & 1, &play->shape), "shape");
        play->ring = new_ring(&play->shape);
        play->written = new_ring(&play->shape);
        rt_writer_init(&play->writer, play->written, &play->shape);
        if (start & 2)
                rt_reader_init_admitted(&play->reader, play->ring, &play->shape, &play->theirs);
        else
                rt_reader_init(&play->reader, play->ring, &play->shape,
                               start & 4 ? RT_START_MAX : start / 8);
}

static void put_number(Play *play, Input *input)
{
        size_t words = play->shape.size / sizeof(uint64_t);
        size_t at = next_number(input, 2) % words;
        uint64_t number = next_number(input, 8);
        memcpy((uint64_t *)(void *)play->ring + at, &number, sizeof number);
}

/* What the reader waits for, with any header. */
static void put_message(Play *play, Input *input)
{
        RtSlot *slot = (RtSlot *)(uintptr_t)play->reader.slot;
        slot->size = (uint32_t)next_number(input, 1);
        slot->frames = (uint32_t)next_number(input, 1) / 128;
        slot->sequence = 2 * play->reader.tail + 2;
}

static void peek(Play *play)
{
        const unsigned char *first = (const unsigned char *)play->ring;
        uint64_t tail = play->reader.tail;
        (void)rt_reader_is_ready(&play->reader);
        bool joins = play->reader.admits;
        int r = rt_reader_peek(&play->reader, &play->message);
        MUST(r == 0 || r == 1 || r == -EPROTO, "%d", r);
        MUST(joins || play->reader.tail >= tail, "the reader goes back");
        MUST(play->reader.index < play->shape.slots &&
                     (const unsigned char *)play->reader.slot ==
                             play->ring->slots + play->reader.index * play->shape.stride,
             "the reader is in slot %u", play->reader.index);
        play->has_message = r == 1;
        if (r < 1)
                return;
        MUST(play->message.size <= play->shape.capacity, "%u bytes", play->message.size);
        MUST(play->message.data >= first &&
                     play->message.data + play->message.size <= first + play->shape.size,
             "outside of the ring");
}

static void copy(Play *play)
{
        if (!play->has_message)
                return;
        uint8_t *exact = malloc(play->message.size > 0 ? play->message.size : 1);
        MUST(exact, "memory");
        bool intact = rt_reader_copy(&play->reader, &play->message, exact);
        MUST(play->shape.overwrite || intact, "not intact");
        free(exact);
}

static void write_one(Play *play, Input *input)
{
        uint8_t data[70] = { 0 };
        int64_t waiting =
                rt_writer_waiting(&play->writer, next_number(input, 1) % 4, &play->theirs);
        MUST(waiting == -EPROTO || (waiting >= 0 && (uint64_t)waiting <= play->writer.head),
             "%lld wait of %llu", (long long)waiting, (unsigned long long)play->writer.head);
        (void)rt_writer_begin(&play->writer);
        rt_writer_put(&play->writer, data, play->shape.message_size);
        rt_writer_commit(&play->writer, &(RtMessageHead){ .size = play->shape.message_size });
}

static void step(Play *play, Input *input)
{
        switch (next_number(input, 1) % 10) {
        case 0:
        case 1:
                put_number(play, input);
                break;
        case 2:
                play->ring->head = next_number(input, 8);
                break;
        case 3:
                put_message(play, input);
                break;
        case 4:
                play->theirs.begin = next_number(input, 8);
                break;
        case 5:
                play->theirs.tail = next_number(input, 8);
                break;
        case 6:
                copy(play);
                break;
        case 7:
                if (play->has_message)
                        rt_reader_take(&play->reader, &play->own);
                play->has_message = false;
                break;
        case 8:
                write_one(play, input);
                break;
        default:
                peek(play);
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Input input = { data, size };
        Play play = { .has_message = false };
        begin(&play, &input);
        while (input.size > 0)
                step(&play, &input);
        peek(&play);
        free(play.ring);
        free(play.written);
        return 0;
}
