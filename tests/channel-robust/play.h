/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Messages that tell whether they are whole and in order, and parts for ends of each role to play.
 */

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

enum { PLAY_WORDS = 8 }; /* a message of 64 bytes, whose words all follow from its first two */

/* What a receiver has seen of one sender. */
typedef struct Seen {
        uint64_t sender, next;
        bool begun;
} Seen;

void play_fill(uint64_t words[static PLAY_WORDS], uint64_t sender, uint64_t number);

/* NULL, or what is wrong with the message: torn, foreign, out of order, not counted as lost.
 * Senders have ascending names; the numbers of each begin with `first`, UINT64_MAX for any. */
const char *play_check(Seen *seen, const uint64_t words[static PLAY_WORDS], uint64_t size,
                       uint64_t lost, uint64_t first);

/* All that an end of the role can do, a few messages long, within some seconds. Returns NULL, or
 * what went wrong. The end of another process plays the counterpart with play_along(). */
const char *play_part(rtchannel *end, uint64_t sender);

/* State of the counterpart, over all peers that come and go. */
typedef struct Partner {
        rtchannel *end;
        Seen seen;
        uint64_t sender, sent;
        uint64_t resets; /* times that the peer's end was told by receiving */
} Partner;

/* A few short calls as the counterpart. Returns NULL, or what went wrong: not that nobody is there.
 */
const char *play_along(Partner *partner);
