/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Waiting for messages and for room, and waking those who do. */

#include "end.h"

typedef enum RtWant {
        RT_WANT_DATA,
        RT_WANT_ROOM,
        RT_WANT_PEER,
} RtWant;

typedef struct RtWait {
        rtchannel *end;
        RtWant want;
        RtWay *way; /* room in its ring; NULL: in the shared one, or in any */
        int64_t deadline;
        bool has_spun, has_slept;
} RtWait;

/* Returns 0 if it is worth trying again, -EAGAIN or -ETIMEDOUT if the deadline has passed, -EINTR,
 * -ECANCELED. Looks around for as long as the configuration says before it sleeps. */
int rt_wait(RtWait *wait);

/* After a message was committed by the way, or by the shared ring (NULL). */
void rt_wake_readers(rtchannel *end, RtWay *way);
/* After a message of the way was taken. */
void rt_wake_writer(rtchannel *end, RtWay *way);

/* Whether there is room for a message in the way's ring; NULL: in the shared one, or in any. Breaks
 * with peers that lie about what they have read. */
bool rt_has_room(rtchannel *end, RtWay *way);

/* For users of the descriptor, after they have found nothing: makes it unreadable and asks all
 * peers to ring. Whether there is something after all. */
bool rt_bell_arm(rtchannel *end, RtWant want, RtWay *way);
/* Makes the descriptor unreadable and asks all peers to ring for the next message, or also for
 * room. The caller looks afterwards at what is there already. */
void rt_bell_ask(rtchannel *end, RtWant want);
