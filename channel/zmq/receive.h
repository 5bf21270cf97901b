/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Receiving, as each type of socket does it. */

#include "socket.h"
#include <zmq.h>

/* Where a frame goes: into a buffer, cut off at its size, or into a message. */
typedef struct RtzSink {
        void *buffer;
        size_t size;
        zmq_msg_t *message; /* NULL: into the buffer */
} RtzSink;

/* Receives a frame. Returns its size, or an error as zmq_recv(3); -ECHILD, -ETERM. */
int rtz_receive(RtzSocket *socket, const RtzSink *sink, int flags);

/* Whether there is something to receive; drops what nobody wants on the way. */
bool rtz_may_receive(const RtzSocket *socket);
bool rtz_can_receive(RtzSocket *socket);

/* Drops all that is there: replies that a REQ has not waited for. */
void rtz_receive_none(RtzSocket *socket);

/* Before the prefixes change: drops messages that came before and are not wanted so far. */
void rtz_drop_unwanted(RtzSocket *socket);
