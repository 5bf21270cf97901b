/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ring.h"

#include <errno.h>
#include <string.h>

enum {
        RELAXED = memory_order_relaxed,
        ACQUIRE = memory_order_acquire,
        RELEASE = memory_order_release
};

bool rt_shape(uint32_t message_size, uint32_t depth, bool overwrite, RtShape *ret)
{
        uint64_t stride =
                ((uint64_t)message_size + 2 * RT_CACHE_LINE - 1) / RT_CACHE_LINE * RT_CACHE_LINE;
        uint64_t slots = (uint64_t)depth + RT_SPARE_SLOTS;
        uint64_t size;
        if (message_size == 0 || depth == 0 || depth > 1U << 20 || message_size > 1U << 30 ||
            __builtin_mul_overflow(stride, slots, &size) || size > (uint64_t)PTRDIFF_MAX / 2)
                return false;
        size = (size + sizeof(RtRing) + RT_PAGE - 1) / RT_PAGE * RT_PAGE;
        *ret = (RtShape){
                .message_size = message_size,
                .depth = depth,
                .overwrite = overwrite,
                .slots = (uint32_t)slots,
                .capacity = (uint32_t)(stride - sizeof(RtSlot)),
                .stride = stride,
                .size = size,
        };
        return true;
}

/* -- copies that may meet a writer ----------------------------------------------------------------
 *
 * A ring that overwrites can be written where it is read. Whoever reads notices afterwards; so that
 * this is no data race, the words are atomic. The shared side is aligned and padded to words. */

static void put_words(unsigned char *shared, const unsigned char *data, size_t size)
{
        _Atomic uint64_t *to = (_Atomic uint64_t *)(void *)shared;
        uint64_t word;
        for (; size >= sizeof word; size -= sizeof word, data += sizeof word) {
                memcpy(&word, data, sizeof word);
                atomic_store_explicit(to++, word, RELAXED);
        }
        if (size > 0) {
                word = 0;
                memcpy(&word, data, size);
                atomic_store_explicit(to, word, RELAXED);
        }
}

static void get_words(unsigned char *data, const unsigned char *shared, size_t size)
{
        const _Atomic uint64_t *from = (const _Atomic uint64_t *)(const void *)shared;
        uint64_t word;
        for (; size >= sizeof word; size -= sizeof word, data += sizeof word) {
                word = atomic_load_explicit(from++, RELAXED);
                memcpy(data, &word, sizeof word);
        }
        if (size > 0) {
                word = atomic_load_explicit(from, RELAXED);
                memcpy(data, &word, size);
        }
}

/* -- writer ------------------------------------------------------------------------------------ */

static size_t offset_of(const RtShape *shape, uint32_t index)
{
        return (size_t)index * shape->stride;
}

void rt_writer_init(RtWriter *writer, RtRing *ring, const RtShape *shape)
{
        *writer = (RtWriter){ .ring = ring, .shape = shape, .slot = (RtSlot *)(void *)ring->slots };
}

int64_t rt_writer_waiting(const RtWriter *writer, uint64_t floor, const RtControl *reader)
{
        uint64_t tail = floor;
        if (reader) {
                uint64_t theirs = atomic_load_explicit(&reader->tail, ACQUIRE);
                if (theirs > writer->head)
                        return -EPROTO;
                if (theirs > floor)
                        tail = theirs;
        }
        uint64_t waiting = writer->head - tail;
        return waiting > INT64_MAX ? -EPROTO : (int64_t)waiting;
}

uint64_t rt_writer_admit(const RtWriter *writer, RtControl *own)
{
        atomic_store_explicit(&own->begin, writer->head + 1, RELEASE);
        return writer->head;
}

unsigned char *rt_writer_begin(RtWriter *writer)
{
        if (writer->shape->overwrite) {
                /* Released, so that who sees it sees the head as well, see catch_up(). */
                atomic_store_explicit(&writer->slot->sequence, 2 * writer->head + 1, RELEASE);
                /* Before any data: pairs with the fence in rt_reader_is_intact(). */
                atomic_thread_fence(RELEASE);
        }
        return writer->slot->data;
}

void rt_writer_put(RtWriter *writer, const void *data, size_t size)
{
        if (writer->shape->overwrite)
                put_words(writer->slot->data, data, size);
        else if (size > 0)
                memcpy(writer->slot->data, data, size);
}

void rt_writer_commit(RtWriter *writer, const RtMessageHead *head)
{
        RtSlot *slot = writer->slot;
        atomic_store_explicit(&slot->sent, head->sent, RELAXED);
        atomic_store_explicit(&slot->tag, head->tag, RELAXED);
        atomic_store_explicit(&slot->expires, head->expires, RELAXED);
        atomic_store_explicit(&slot->size, head->size, RELAXED);
        atomic_store_explicit(&slot->frames, head->frames, RELAXED);
        atomic_store_explicit(&slot->sequence, 2 * writer->head + 2, RELEASE);
        writer->head++;
        atomic_store_explicit(&writer->ring->head, writer->head, RELEASE);
        if (++writer->index == writer->shape->slots)
                writer->index = 0;
        writer->slot =
                (RtSlot *)(void *)(writer->ring->slots + offset_of(writer->shape, writer->index));
}

/* -- reader ------------------------------------------------------------------------------------ */

static void go_to(RtReader *reader, uint64_t tail)
{
        reader->tail = tail;
        reader->index = (uint32_t)(tail % reader->shape->slots);
        reader->slot = (const RtSlot *)(const void *)(reader->ring->slots +
                                                      offset_of(reader->shape, reader->index));
}

void rt_reader_init(RtReader *reader, const RtRing *ring, const RtShape *shape, uint64_t start)
{
        *reader = (RtReader){ .ring = ring, .shape = shape };
        go_to(reader, start);
}

void rt_reader_init_admitted(RtReader *reader, const RtRing *ring, const RtShape *shape,
                             const RtControl *admits)
{
        rt_reader_init(reader, ring, shape, 0);
        reader->admits = admits;
}

int rt_reader_join(RtReader *reader)
{
        uint64_t begin = atomic_load_explicit(&reader->admits->begin, ACQUIRE);
        if (begin == 0)
                return 0;
        if (begin > RT_START_MAX)
                return -EPROTO;
        reader->admits = NULL;
        go_to(reader, begin - 1);
        return 1;
}

/* The writer is a round or more ahead: goes to the oldest message that is safe from it. Whoever
 * writes the slot of a later message has committed a round since; one that has not, lies. */
static int catch_up(RtReader *reader)
{
        atomic_thread_fence(ACQUIRE); /* the head is at least that of who wrote the sequence */
        uint64_t head = atomic_load_explicit(&reader->ring->head, ACQUIRE);
        if (!reader->shape->overwrite || head < reader->tail || head > INT64_MAX ||
            head - reader->tail < reader->shape->slots)
                return -EPROTO;
        uint64_t oldest = head - reader->shape->depth;
        reader->lost += oldest - reader->tail;
        go_to(reader, oldest);
        return 0;
}

/* Only the ZeroMQ face frames messages, for which a slot has room. */
static bool is_too_long(const RtShape *shape, const RtMessage *message)
{
        return message->size > (message->frames != 0 ? shape->capacity : shape->message_size);
}

int rt_reader_peek(RtReader *reader, RtMessage *ret)
{
        /* Whoever is overtaken again right after catching up competes with a writer that fills the
         * whole ring meanwhile: rather say that there is nothing yet than race it for ever. */
        int r = reader->admits ? rt_reader_join(reader) : 1;
        if (r <= 0)
                return r;
        for (int tries = 0; tries < 4; tries++) {
                const RtSlot *slot = reader->slot;
                uint64_t sequence = atomic_load_explicit(&slot->sequence, ACQUIRE);
                if (sequence < 2 * reader->tail + 2)
                        return 0;
                /* Beside the first line, not after it; not earlier, when it is still written. */
                __builtin_prefetch((const unsigned char *)slot + RT_CACHE_LINE);
                if (sequence == 2 * reader->tail + 2) {
                        RtMessage message = {
                                .data = slot->data,
                                .size = atomic_load_explicit(&slot->size, RELAXED),
                                .frames = atomic_load_explicit(&slot->frames, RELAXED),
                                .tag = atomic_load_explicit(&slot->tag, RELAXED),
                                .sent = atomic_load_explicit(&slot->sent, RELAXED),
                                .expires = atomic_load_explicit(&slot->expires, RELAXED),
                        };
                        if (!rt_reader_is_intact(reader))
                                continue;
                        if (is_too_long(reader->shape, &message))
                                return -EPROTO;
                        *ret = message;
                        return 1;
                }
                r = catch_up(reader);
                if (r < 0)
                        return r;
        }
        return 0;
}

bool rt_reader_is_intact(const RtReader *reader)
{
        if (!reader->shape->overwrite)
                return true;
        /* After all data: pairs with the fence in rt_writer_begin(). */
        atomic_thread_fence(ACQUIRE);
        return atomic_load_explicit(&reader->slot->sequence, RELAXED) == 2 * reader->tail + 2;
}

bool rt_reader_copy(const RtReader *reader, const RtMessage *message, void *buffer)
{
        if (reader->shape->overwrite)
                get_words(buffer, message->data, message->size);
        else if (message->size > 0)
                memcpy(buffer, message->data, message->size);
        return rt_reader_is_intact(reader);
}

void rt_reader_take(RtReader *reader, RtControl *own)
{
        reader->tail++;
        if (++reader->index == reader->shape->slots)
                reader->index = 0;
        reader->slot = (const RtSlot *)(const void *)(reader->ring->slots +
                                                      offset_of(reader->shape, reader->index));
        reader->lost = 0;
        atomic_store_explicit(&own->tail, reader->tail, RELEASE);
}
