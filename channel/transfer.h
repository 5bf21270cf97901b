/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sending and receiving, for the public functions and the ZeroMQ face. */

#include "end.h"

/* First in every public function: -ECHILD, or a look at what has changed. */
int rt_enter(rtchannel *end);
int rt_enter_to_send(rtchannel *end);
int rt_enter_to_receive(rtchannel *end);

/* By which way an end sends that has no choice; NULL: into the ring that all share. */
RtWay *rt_send_way(rtchannel *end);

/* Begins a message in end->lent, waiting for room; rt_finish() commits it as end->lent_head says,
 * setting only the time. */
int rt_begin(rtchannel *end, RtWay *way, int64_t deadline);
void rt_finish(rtchannel *end);

/* Both in one, with a copy; the size is set in the head. */
int rt_send(rtchannel *end, RtWay *way, const void *data, size_t size, const RtMessageHead *head,
            int64_t deadline);

/* The next message with that tag, or any if it is 0, if there is one; left where it is. -EAGAIN,
 * -ECONNRESET. */
int rt_find(rtchannel *end, uint64_t tag, RtWay **ret_way, RtMessage *ret);

/* Waits for a message, with that tag unless it is 0, and leaves it where it is. */
int rt_peek(rtchannel *end, uint64_t tag, RtWay **ret_way, RtMessage *ret, int64_t deadline);
/* Counts it, and says what is to be said of it; before rt_take(). */
void rt_received(rtchannel *end, RtWay *way, const RtMessage *message, rtchannel_message *ret);
void rt_take(rtchannel *end, RtWay *way);

int rt_receive(rtchannel *end, uint64_t tag, void *buffer, size_t size,
               rtchannel_message *ret_message, int64_t deadline);

/* Bytes of a message's frames, without the table of their sizes that follows them; see layout.h. */
static inline uint32_t rt_bytes_of(const RtMessage *message)
{
        uint64_t table = message->frames > 1 ? 4 * (uint64_t)(message->frames - 1) : 0;
        return table <= message->size ? (uint32_t)(message->size - table) : message->size;
}

/* The way of a connection that is still there; NULL: it is not. */
RtWay *rt_way_of(const rtchannel *end, uint64_t from);
