/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ring protocol on mapped memory: no system calls, no waiting, bounded steps. */

#include "layout.h"

/* The sending side; its numbers are its own, the ring's are for others. */
typedef struct RtWriter {
        RtRing *ring;
        const RtShape *shape;
        uint64_t head;  /* of the next message */
        RtSlot *slot;   /* where that one goes */
        uint32_t index; /* of the slot */
} RtWriter;

/* The receiving side. `ring` is the peer's to write: hostile. */
typedef struct RtReader {
        const RtRing *ring;
        const RtShape *shape;
        const RtControl *admits; /* of who sends and has not said yet where to begin; else NULL */
        uint64_t tail;           /* of the next message */
        uint64_t lost;           /* overwritten since the last message */
        const RtSlot *slot;
        uint32_t index;
} RtReader;

/* What is read from a slot's header, once. */
typedef struct RtMessage {
        const unsigned char *data; /* in the slot */
        uint32_t size, frames;
        uint64_t tag, sent, expires;
} RtMessage;

typedef struct RtMessageHead {
        uint32_t size, frames;
        uint64_t tag, sent, expires;
} RtMessageHead;

/* The ring's memory is zero. */
void rt_writer_init(RtWriter *writer, RtRing *ring, const RtShape *shape);

/* Messages that the reader has not taken yet, given its tail. -EPROTO: the tail is nonsense. Values
 * below `floor`, where the reader was told to begin, count as that. */
int64_t rt_writer_waiting(const RtWriter *writer, uint64_t floor, const RtControl *reader);

/* Tells the peer, by our control page, that it begins with the next message. Returns that. */
uint64_t rt_writer_admit(const RtWriter *writer, RtControl *own);

/* Where the next message's data go. Until rt_writer_commit() a receiver that still reads there will
 * notice. */
unsigned char *rt_writer_begin(RtWriter *writer);
void rt_writer_put(RtWriter *writer, const void *data, size_t size);
void rt_writer_commit(RtWriter *writer, const RtMessageHead *head);

void rt_reader_init(RtReader *reader, const RtRing *ring, const RtShape *shape, uint64_t start);

/* A reader that begins where the peer, with that control page, will say. */
void rt_reader_init_admitted(RtReader *reader, const RtRing *ring, const RtShape *shape,
                             const RtControl *admits);
/* Whether it has: 1 or 0. -EPROTO: it says nonsense. */
int rt_reader_join(RtReader *reader);

/* Whether there is a message, or something to find out. */
static inline bool rt_reader_is_ready(RtReader *reader)
{
        if (__builtin_expect(reader->admits != NULL, 0)) {
                int r = rt_reader_join(reader);
                if (r <= 0)
                        return r < 0;
        }
        return atomic_load_explicit(&reader->slot->sequence, memory_order_acquire) >=
               2 * reader->tail + 2;
}

/* Returns 1 and the next message, 0 if there is none yet, -EPROTO if the peer breaks the protocol.
 * Overwritten messages are counted and left out. */
int rt_reader_peek(RtReader *reader, RtMessage *ret);

/* Copies data of the message out. False if it was overwritten meanwhile: peek again. */
bool rt_reader_copy(const RtReader *reader, const RtMessage *message, void *buffer);
/* Whether the message is still what was peeked. */
bool rt_reader_is_intact(const RtReader *reader);

/* Goes on to the next message. */
void rt_reader_take(RtReader *reader, RtControl *own);
