/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Connects an end of a channel to a ZeroMQ socket, which is bound:
 *
 *      the end       the socket
 *      subscribes    PUB       messages go out
 *      pushes        PULL      messages come in
 *      calls         ROUTER    requests come in, replies go out
 *      pairs         PAIR      both
 *
 * These are the roles of ends that connect; the others wait for those who do.
 *
 * The inside never waits for the outside. What the outside does not take at once is dropped and
 * counted; what the inside has no room for waits in ZeroMQ's queues, where its sender notices. */

#include "end.h"
#include "pending.h"

/* Since the bridge was opened. */
typedef struct RtBridgeCounts {
        uint64_t out, in;    /* messages passed on */
        uint64_t dropped;    /* the outside was slow, or not there */
        uint64_t lost;       /* overwritten before the bridge received them */
        uint64_t malformed;  /* from outside, or for it, that cannot be passed on */
        uint64_t too_long;   /* from outside, longer than the channel's messages */
        uint64_t unanswered; /* requests that got no reply in time */
        uint64_t late;       /* replies that nobody waited for any more */
} RtBridgeCounts;

/* One from outside, until the inside has room for it. */
typedef struct RtHeld {
        bool is_there;
        size_t size;
        uint32_t frames; /* as in RtSlot */
        unsigned char *data;
        RtCaller caller; /* of a request */
} RtHeld;

typedef struct RtBridge {
        rtchannel *end;
        void *context, *socket;
        bool goes_out, comes_in;
        int64_t timeout;       /* ns that a client is waited for with */
        unsigned char *buffer; /* of a message on its way out */
        RtHeld held;
        RtParts parts;  /* on their way in */
        int64_t paused; /* nothing more comes in until then */
        RtPending pending;
        RtBridgeCounts counts;
} RtBridge;

/* Opens a bridge for the end, which it takes over on success, bound at the endpoint. A request that
 * has no reply after `timeout` ns is given up. Returns 0 or a negative errno; -EOPNOTSUPP: there is
 * no bridge for the end's role, -EBUSY: nor for publishing that waits for its subscribers. */
int rt_bridge_open(rtchannel *end, const char *endpoint, int64_t timeout, RtBridge **ret);

/* Takes NULL. What was passed on is sent, unless that takes more than half a second. Returns NULL.
 */
RtBridge *rt_bridge_close(RtBridge *bridge);

/* Passes on what there is, but not too much at a time; does not wait. Sets when it wants to be
 * called again at the latest, a time as of rtchannel_now(); earlier if one of the two descriptors
 * is readable. Errors: the bridge is of no use any more. */
int rt_bridge_round(RtBridge *bridge, int64_t *ret_due);
int rt_bridge_outside_fd(const RtBridge *bridge);
int rt_bridge_inside_fd(const RtBridge *bridge);
