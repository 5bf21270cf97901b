/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A ZeroMQ message: one or more parts, which go and come together. */

#include <stdbool.h>
#include <zmq.h>

#include "layout.h"

enum { RT_PARTS_MAX = 64 };

/* What is received. */
typedef struct RtParts {
        unsigned n;
        bool is_cut; /* there were more, which are gone */
        zmq_msg_t parts[RT_PARTS_MAX];
} RtParts;

/* What is sent; the bytes are the caller's. */
typedef struct RtPiece {
        const void *data;
        size_t size;
} RtPiece;

/* Takes a message from the socket; does not wait. 0, or -EAGAIN: there is none. */
int rt_parts_receive(RtParts *parts, void *socket);
void rt_parts_release(RtParts *parts);
RtPiece rt_parts_get(RtParts *parts, unsigned index);

/* Sends pieces as the parts of one message; does not wait. -EAGAIN: nobody takes it now;
 * -EHOSTUNREACH: the one it is for is not there; -EIO: the socket is of no use any more. */
int rt_pieces_send(const RtPiece *pieces, unsigned n, void *socket);

/* How a message of several parts lies in a slot: see RtSlot.frames in layout.h. Packing returns the
 * bytes that it takes, 0 if it is too long; the buffer has room for a slot. Unpacking returns the
 * number of parts, which lie in the data, or -EPROTO if it is no such message or has more than
 * RT_PARTS_MAX. */
size_t rt_pieces_pack(const RtPiece *pieces, unsigned n, const RtShape *shape,
                      unsigned char *buffer);
int rt_pieces_unpack(const unsigned char *data, size_t size, uint32_t frames,
                     RtPiece pieces[static RT_PARTS_MAX]);
