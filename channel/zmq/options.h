/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a program has set with zmq_setsockopt(). The real socket checks and keeps it; what matters
 * to channels is noted here besides, as not all of it can be read back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handshake.h"

enum { RTZ_ID_MAX = 255 };

typedef struct RtzOptions {
        int send_timeout, receive_timeout, linger; /* ms; -1: for ever */
        int send_high_water, receive_high_water;   /* 0: no limit */
        int conflate, immediate, probes, mandatory, hands_over, correlates, relaxed, inverts, raw;
        uint8_t id[RTZ_ID_MAX], next_peer_id[RTZ_ID_MAX];
        size_t id_size, next_peer_id_size;
} RtzOptions;

/* Reads what can be read. */
void rtz_options_init(RtzOptions *options, void *real);

/* False if something is set that a channel has not: encryption, passwords, proxies. */
bool rtz_options_fit(void *real);

/* Notes an option that the real socket has accepted. */
void rtz_options_note(RtzOptions *options, int option, const void *value, size_t size);

/* Time of rtchannel_now() at which a call of that timeout ends. */
int64_t rtz_deadline(int timeout, bool dont_wait);
