/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An end of a channel as part of a ZeroMQ socket, and who is at its other side. */

#include "end.h"
#include "options.h"

struct RtzSocket;

/* What a ZeroMQ program says of its socket when it connects. It goes where the library has an
 * identity that it does not look into. Sent as it is: both ends run on one machine. */
typedef struct RtzHello {
        uint8_t version; /* 1 */
        uint8_t type;    /* of the socket */
        uint8_t unused[2];
        uint32_t high_water; /* ZMQ_RCVHWM */
        uint8_t id[RTZ_ID_MAX];
} RtzHello;

typedef struct RtzPeer {
        uint32_t epoch;      /* of the connection; 0: nobody is there */
        bool is_plain;       /* a program that uses rtchannel.h itself */
        bool is_ignored;     /* ROUTER: another one has its name */
        uint32_t high_water; /* 0: no limit */
        uint64_t tag;        /* of what was received last */
        size_t id_size;
        uint8_t id[RTZ_ID_MAX]; /* ROUTER: its routing ID */
} RtzPeer;

typedef struct RtzEndpoint {
        rtchannel *end;
        struct RtzSocket *socket;
        struct RtzEndpoint *next;
        RtzPeer *peers;   /* by way of the end */
        uint32_t seen;    /* changes of the end that are in `peers` */
        bool is_draining; /* so was the end then */
        bool is_bound;    /* by zmq_bind(): there is nobody to send to before somebody comes */
        bool implies;     /* frames = 0 means that there is an empty frame before */
        bool is_remapped;
        size_t peer_id_size; /* ZMQ_CONNECT_ROUTING_ID */
        uint8_t peer_id[RTZ_ID_MAX];
        char given[256];   /* address as the program gave it */
        char address[256]; /* and as ZMQ_LAST_ENDPOINT tells it */
        char path[108];    /* of a socket that is to be removed; "": none */
        int64_t until;     /* of one that lingers: when it is given up */
} RtzEndpoint;

/* Opens an end of a channel that the configuration declares. -EPROTONOSUPPORT, -EOPNOTSUPP: sockets
 * of this type have no channels; -EINVAL: its role is none for this type; see rtchannel_open(). */
int rtz_endpoint_open(struct RtzSocket *socket, const char *address, bool is_bound,
                      RtzEndpoint **ret);

/* The same by a description of the caller's, whose identity and watcher are set here. `given` and
 * `address` are the endpoint's. */
int rtz_endpoint_make(struct RtzSocket *socket, RtOpening *opening, bool is_bound,
                      const char *given, const char *address, RtzEndpoint **ret);

/* Takes NULL. */
void rtz_endpoint_close(RtzEndpoint *endpoint);

/* Looks at connections that came and went, and at how many messages may wait in each. */
void rtz_endpoint_look(RtzEndpoint *endpoint);
static inline void rtz_endpoint_refresh(RtzEndpoint *endpoint)
{
        if (__builtin_expect(endpoint->is_draining || endpoint->seen != endpoint->end->seen, 0))
                rtz_endpoint_look(endpoint);
}

/* Whether the address is a channel's. */
bool rtz_is_channel(const char *address);

/* Whether something waits that was sent to somebody who has never come. */
bool rtz_endpoint_lingers(const RtzEndpoint *endpoint);

/* ZMQ_PROBE_ROUTER of who connects: the first message is an empty one. */
void rtz_endpoint_probe(RtzEndpoint *endpoint);
