/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A channel for tests: listening sockets in a folder of their own, as systemd would make them, and
 * the two kinds of ends as the generator would configure them. */

#include <stddef.h>

#include "end.h"

typedef struct Wire {
        char folder[64];
        const char *geometry; /* "message_size=64 depth=4 full=refuse spin=0 connections=1" */
        unsigned n;           /* peers that connect: "a", "b", … */
        int listeners[26];
} Wire;

/* Makes folder and sockets; ends the program if that cannot be. */
Wire wire_new(const char *geometry, unsigned n);
void wire_free(Wire *wire);

/* Opens an end in this process. `role` as in channels.conf. */
int wire_try_listen(const Wire *wire, const char *role, rtchannel **ret);
int wire_try_connect(const Wire *wire, const char *role, char peer, rtchannel **ret);
rtchannel *wire_listen(const Wire *wire, const char *role);
rtchannel *wire_connect(const Wire *wire, const char *role, char peer);

/* Both ends, of which the first listens, once each has seen the other. */
typedef struct Ends {
        Wire wire;
        rtchannel *listening, *connecting;
} Ends;
Ends ends_new(const char *geometry, const char *listening, const char *connecting);
void ends_free(Ends *ends);

/* Lets the end see a peer, or lose all of them, within many seconds; whether it did. */
int wire_wait_peers(rtchannel *end, unsigned peers);
