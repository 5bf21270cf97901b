/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who outside waits for a reply: from a request's tag to what leads back to its client. Tags are
 * given in turn, and all requests may take the same time, so the oldest expires first. */

#include <stdint.h>

#include "parts.h"

enum {
        RT_PENDING_MAX = 256, /* a power of two */
        RT_CALLER_PARTS = 8,
        RT_CALLER_BYTES = 512,
};

/* The parts that go before a reply, as they came before the request: the client's identity and its
 * envelope. */
typedef struct RtCaller {
        uint64_t tag;    /* 0: nobody waits here */
        int64_t expires; /* CLOCK_MONOTONIC, ns */
        unsigned n;
        uint16_t sizes[RT_CALLER_PARTS];
        unsigned char data[RT_CALLER_BYTES];
} RtCaller;

typedef struct RtPending {
        RtCaller callers[RT_PENDING_MAX];
        uint64_t oldest, newest; /* tags; nobody waits for a reply to any other */
} RtPending;

/* Copies the first n parts; false if they are more than a caller may have. */
bool rt_caller_read(RtCaller *caller, RtParts *parts, unsigned n);
/* The other way round; as long as the caller is there. Returns how many pieces there are. */
unsigned rt_caller_write(const RtCaller *caller, RtPiece pieces[static RT_CALLER_PARTS]);

/* Whether one more may wait. */
bool rt_pending_has_room(const RtPending *pending);
/* Adds one whose tag is set, greater than all before. */
void rt_pending_add(RtPending *pending, const RtCaller *caller);
/* Who waits for this reply, who does not any more from now on; valid until the next one is added.
 * NULL: nobody. */
const RtCaller *rt_pending_take(RtPending *pending, uint64_t tag);

/* Forgets those whose time is over; RTCHANNEL_FOREVER forgets all. Returns how many. */
unsigned rt_pending_expire(RtPending *pending, int64_t now);
/* When the next one expires; INT64_MAX: nobody waits. */
int64_t rt_pending_due(const RtPending *pending);
