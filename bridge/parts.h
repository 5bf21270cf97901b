/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A ZeroMQ message: one or more parts, which go and come together. */

#include <stdbool.h>
#include <zmq.h>

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
