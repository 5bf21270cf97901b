/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ZMQ_FD and ZMQ_EVENTS. */

#include "socket.h"

/* ZMQ_POLLIN and ZMQ_POLLOUT as they are now; -ETERM, -ECHILD. Makes the descriptor unreadable
 * until something is different. */
int rtz_events(RtzSocket *socket);

/* The same and nothing else. */
int rtz_events_now(RtzSocket *socket);

/* The descriptor of a socket, which stays the same whatever the socket becomes. It is of ours,
 * since programs ask for it before they bind or connect. */
int rtz_descriptor(RtzSocket *socket);

/* What a socket has become: the descriptor is readable by that endpoint as well, and by the real
 * socket no more. */
void rtz_descriptor_add(RtzSocket *socket, RtzEndpoint *endpoint);
