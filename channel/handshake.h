/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How two ends meet: each sends one message with its segments by an AF_UNIX SEQPACKET connection,
 * the connecting end first. Afterwards the connection only carries bells, bytes without meaning,
 * and its end says that the peer is gone. */

#include <stdint.h>

#include "spec.h"

enum { RT_IDENTITY_MAX = 263 }; /* 255 of a routing ID, and what the ZeroMQ face adds */

/* Descriptors that come with a hello, in this order; some sides have fewer. */
typedef enum RtHelloFd {
        RT_HELLO_CONTROL,
        RT_HELLO_WAKE, /* of the side that connects */
        RT_HELLO_RING, /* of a side that sends */
        RT_HELLO_FDS,
} RtHelloFd;

/* Sent as it is: both ends run on one machine. */
typedef struct RtHello {
        char magic[8];
        uint32_t version;
        uint32_t role;
        /* Both ends must have been told the same; nothing is derived from these. */
        uint32_t message_size, depth, overwrite;
        uint32_t fds;   /* bits 1 << RtHelloFd: which descriptors come along */
        uint64_t start; /* of the first message that is for the peer, unless it is admitted */
        uint32_t identity_size;
        uint8_t identity[RT_IDENTITY_MAX + 1]; /* of a ZeroMQ socket */
} RtHello;

/* What comes with a hello. */
typedef struct RtGreeting {
        RtHello hello;
        int fds[RT_HELLO_FDS]; /* -1: none; owned by the caller */
} RtGreeting;

void rt_hello_init(RtHello *hello, const RtSpec *spec);

/* Does not wait. -EAGAIN: the socket has no room. `fds` has -1 for what does not come along. */
int rt_hello_send(int socket, const RtHello *hello, const int fds[static RT_HELLO_FDS]);

/* Does not wait. `from_connecting`: the peer is the side that connects. -EAGAIN: not there yet;
 * -ECONNRESET: it will not come; -EPROTO: it is nonsense, or of an end that was configured
 * otherwise, or lacks descriptors. */
int rt_hello_receive(int socket, const RtSpec *spec, bool from_connecting, RtGreeting *ret);
void rt_greeting_release(RtGreeting *greeting);

/* A connection to the socket; does not wait. -EAGAIN, -ECONNREFUSED: try again later. */
int rt_connect(const char *path);
