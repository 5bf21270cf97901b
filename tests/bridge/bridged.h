/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A channel with a bridge: the real program, a process of its own, connected to a listening end in
 * the test's process and bound at an endpoint. Whatever does not work ends the test. */

#include <stdbool.h>
#include <sys/types.h>
#include <zmq.h>

#include "wire.h"

typedef struct Bridged {
        Wire wire; /* the bridge connects as "a" */
        const char *bridging, *timeout;
        rtchannel *end; /* what listens */
        char endpoint[128];
        pid_t pid;        /* of the bridge; 0: it does not run */
        int notify;       /* socket where it tells its state */
        char status[512]; /* as last told */
        void *context;    /* of the outside */
} Bridged;

/* `geometry` as for wire_new(); roles as in channels.conf; transport: "tcp" or "ipc". `peers`: how
 * many may connect, the bridge included. */
Bridged bridged_new(const char *geometry, const char *listening, const char *bridging,
                    const char *transport, unsigned peers);
/* Ends the bridge by SIGTERM if it runs, which must be a clean end. */
void bridged_free(Bridged *bridged);

/* Starts the program and waits until it says that it is ready, and connected. */
void bridged_start(Bridged *bridged);
/* Sends the signal and waits for the end. Returns the exit status, or -1 after a signal. */
int bridged_end(Bridged *bridged, int signal);

/* A connected socket of the outside; it waits for 3 seconds at most to send or receive, and does
 * not linger. A SUB subscribes to everything. */
void *bridged_connect(Bridged *bridged, int type);
/* Whether the next message of the socket has exactly these parts, the last of them NULL. */
bool outside_receives(void *socket, const char *const parts[]);
void outside_send(void *socket, const char *const parts[]);
#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Whether the next message at the inside is this text; waits for 3 seconds at most. */
bool inside_receives(rtchannel *end, const char *text, rtchannel_message *ret_message);
void inside_send(rtchannel *end, const char *text);
/* A subscription takes a moment to arrive: publishes until the first message is there, for 3
 * seconds at most. */
bool publish_until_received(rtchannel *end, void *subscriber, const char *text);

/* Whether the bridge tells within 5 seconds that it has counted at least so many. */
bool bridged_counts(Bridged *bridged, const char *what, unsigned long least);
