/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* zmq_socket_monitor(3). Before a socket's first bind or connect nobody knows who has to tell its
 * events. So the request is kept until then: libzmq lets the program's own socket connect to an
 * inproc address that is bound later. */

#include "socket.h"

/* Stops what watches and begins anew; `address` NULL: only stops. -EPROTONOSUPPORT: not inproc. */
int rtz_monitor_set(RtzSocket *socket, const char *address, int events);

/* The socket is a real one from now on, or ends as nothing: libzmq watches it. */
void rtz_monitor_pass(RtzSocket *socket);
/* It is a channel's: opens what the program's socket has connected to. */
void rtz_monitor_open(RtzSocket *socket);
/* The last event; Takes a socket that nobody watches. */
void rtz_monitor_close(RtzSocket *socket);

/* An event of an endpoint, whose value is a descriptor or an errno. */
void rtz_monitor_event(RtzEndpoint *endpoint, int event, int value);

/* The watcher of all ends; `data` is the endpoint. Called by the attendant. */
void rtz_monitor_tell(void *data, const RtWay *way, int socket, bool is_up);

/* The endpoint outlives its socket, and is watched no more. */
void rtz_monitor_part(RtzEndpoint *endpoint);

/* In a child of fork(): other threads may have been at it. */
void rtz_monitor_renew(void);
