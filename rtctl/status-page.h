/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an end of a channel says about itself. A container has written it, and may have written
 * anything. */

#include <stddef.h>

#include "arena.h"
#include "statistics.h"

typedef struct RtEndPage {
        /* Printable, in the arena. */
        const char *channel, *role;
        uint32_t pid; /* in the container */
        uint32_t message_size, depth;
        rtchannel_statistics numbers; /* any values */
} RtEndPage;

/* Reads the page in `size` bytes. -EBADMSG: it is none; -EPROTONOSUPPORT: it is one of another
 * version, of which nothing is known. */
int rt_end_page_parse(RtArena *arena, const void *data, size_t size, RtEndPage *ret);

/* Latency in nanoseconds that `per_cent` of the messages had at most, rounded up to the histogram's
 * next step; 0 if there are no messages. */
uint64_t rt_latency_percentile(const rtchannel_statistics *numbers, unsigned per_cent);
