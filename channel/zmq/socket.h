/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stands beside each real socket, under its handle. Until the first bind or connect nobody
 * knows what it is going to be; one whose first address is a channel's never goes to the real
 * library with its messages, any other always does.
 *
 * As with libzmq, a socket is used by one thread at a time. Other threads only see `ended`, and its
 * ends by way of rtchannel_interrupt(), under the lock of context.c.
 *
 * Functions return 0 or more, or a negative errno, of which ZeroMQ has some of its own. */

#include <stdatomic.h>

#include "endpoint.h"
#include "frames.h"
#include "options.h"
#include "subscriptions.h"
#include "transfer.h"
#include "wait.h"

typedef enum RtzKind {
        RTZ_OPEN, /* neither bound nor connected yet */
        RTZ_REAL,
        RTZ_SHM,
} RtzKind;

/* Where a message goes that does not choose its way. */
typedef struct RtzTarget {
        RtzEndpoint *endpoint; /* NULL: nowhere */
        unsigned way;
        uint32_t epoch; /* of the connection: no other may have come since */
        uint64_t tag;
} RtzTarget;

typedef struct RtzSocket {
        void *handle; /* of the real socket */
        int type;
        RtzKind kind;
        struct RtzContext *context;
        struct RtzSocket *next; /* of the context; its lock */
        _Atomic bool ended;     /* the context is being ended */

        RtzOptions options;
        RtzSubscriptions subscriptions;
        struct RtzMonitor *monitor; /* NULL: nobody watches */
        int fd;                     /* what ZMQ_FD said, an epoll; -1: nobody has asked */

        RtzEndpoint *endpoints; /* list; changed under the context's lock */
        unsigned n_endpoints;
        RtzEndpoint *last;      /* LAST_ENDPOINT; NULL: that of `address` */
        RtzEndpoint *turn;      /* whose turn it is to be received from; NULL: the first's */
        RtzEndpoint *send_turn; /* and to be sent by */
        unsigned send_way;

        RtzFrames out; /* parts of a message that wait for the last one */
        bool is_sending;
        RtzTarget target; /* of what is being sent */

        RtzFrames in; /* a message of several parts that is being handed out */
        uint32_t in_next, in_at;
        bool has_more; /* whether the last part received was not the last */

        /* REQ: the request that waits for its reply. REP: the one that is to be answered. */
        bool is_answering;
        RtzTarget request;
        RtzFrames envelope;      /* REP: what the reply begins with */
        uint32_t request_id;     /* REQ */
        uint32_t next_router_id; /* ROUTER: for peers without a name */
        unsigned char *scratch;  /* SUB: the beginning of a message */
        size_t scratch_size;
} RtzSocket;

/* First in every function on a shm socket: -ETERM, or -ECHILD in a child of fork(). Looks at
 * connections that came and went. */
int rtz_enter(RtzSocket *socket);

/* Makes all ends ring from now on; the caller looks afterwards at what is there already. */
void rtz_ask(RtzSocket *socket, RtWant want);

/* Waits until it is worth trying again. 0; -EAGAIN: the deadline has passed; -EINTR, -ETERM. The
 * caller sets what it wants and until when, and the end and way if only one will do, and keeps
 * `wait` until it has succeeded. */
int rtz_wait(RtzSocket *socket, RtWait *wait);

/* Frees what the socket holds besides its endpoints. */
void rtz_socket_free(RtzSocket *socket);
