/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What lies in the messages of the example channels. Sender and receiver run on one machine, so the
 * bytes are those of the machine; in Python, struct.unpack("=QqiI", message).
 *
 * "samples" carries RtSample. "events" carries one line of text without an end of line. */

#include <stdint.h>

typedef struct RtSample {
        uint64_t sequence; /* from 1; a gap is samples that were lost */
        int64_t taken;     /* CLOCK_MONOTONIC, ns */
        int32_t value;     /* of the sensor, in thousandths */
        uint32_t reserved; /* 0 */
} RtSample;

_Static_assert(sizeof(RtSample) == 24, "programs in other languages count on it");

enum { RT_EVENT_SIZE = 256 }; /* bytes at most */
