/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Connections, as the attendant makes and ends them: listen, connect, greet, part. Called with its
 * lock held. */

#include "end.h"

/* What the attendant watches for the end. */
typedef enum RtWatch {
        RT_WATCH_LISTENER, /* somebody connects */
        RT_WATCH_GREETING, /* a hello comes */
        RT_WATCH_LINK,     /* the peer goes away */
        RT_WATCH_POKE,     /* not of an end */
} RtWatch;

/* Provided by attendant.c: adds, changes or (events 0) removes a watch. */
int rt_attendant_watch(rtchannel *end, RtWatch watch, unsigned index, int fd, uint32_t events);

/* Does what can be done now: accepts, connects, frees. */
void rt_links_serve(rtchannel *end, int64_t now);
void rt_listener_ready(rtchannel *end, unsigned index);
void rt_greeting_ready(rtchannel *end, unsigned index);
void rt_link_ended(rtchannel *end, unsigned index);

/* When rt_links_serve() is needed again without any event; INT64_MAX: not. */
int64_t rt_links_due(const rtchannel *end);
