/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A peer without the library's manners: it goes through the handshake, and then its memory and its
 * socket are the test's to misuse. */

#include "handshake.h"
#include "segment.h"
#include "wire.h"

typedef struct Raw {
        RtSpec spec;
        RtHello hello, theirs;
        bool connects;
        int socket;
        RtSegment ring, control, wake; /* ours; no ring: the role receives only */
        RtSegment their_ring, their_control;
        int their_fds[RT_HELLO_FDS]; /* copies, to try things on; -1: none */
} Raw;

/* As that role of the wire would: the segments and a hello that is right. */
void raw_init(Raw *raw, const Wire *wire, const char *role, bool connects);

/* Connects to, or accepts from, the way of the peer, and greets. Returns 0 when the other has
 * answered, else a negative errno; waits for a few seconds at most. */
int raw_meet(Raw *raw, const Wire *wire, char peer);

/* The same in steps, for handshakes that go wrong. */
int raw_reach(Raw *raw, const Wire *wire, char peer);
int raw_greet(Raw *raw);
int raw_await(Raw *raw);

/* Hangs up. The memory stays until raw_free(). */
void raw_hang_up(Raw *raw);
void raw_free(Raw *raw);

RtRing *raw_ring(Raw *raw);
RtSlot *raw_slot(Raw *raw, uint64_t message);
RtControl *raw_control(Raw *raw);
RtWakePage *raw_wake(Raw *raw);

/* Puts a message into the ring as a decent writer would, and says so by a bell. */
void raw_send(Raw *raw, uint64_t message, const void *data, uint32_t size);
