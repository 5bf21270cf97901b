/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A ring with its writer and reader in one thread, and messages that are a number. */

#include "ring.h"

typedef struct Pipe {
        RtShape shape;
        RtRing *ring;
        RtControl control; /* the reader's */
        RtWriter writer;
        RtReader reader;
} Pipe;

void pipe_init(Pipe *pipe, uint32_t message_size, uint32_t depth, bool overwrite);
/* As if that many messages had been sent and taken before. */
void pipe_begin_at(Pipe *pipe, uint64_t start);
void pipe_free(Pipe *pipe);

/* Where the message of that number from the beginning is. */
RtSlot *slot_of(Pipe *pipe, uint64_t number);

void put(Pipe *pipe, uint64_t number);
/* The next message is this one, with all that put() said of it, and so many were lost before. */
void take(Pipe *pipe, uint64_t number, uint64_t lost);
void expect_peek(Pipe *pipe, int expected);
int64_t waiting(const Pipe *pipe, uint64_t floor);
