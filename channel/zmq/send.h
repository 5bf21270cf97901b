/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sending, as each type of socket does it. */

#include "socket.h"

/* Sends a frame, or keeps it until the last one of its message if `flags` has ZMQ_SNDMORE. Copies
 * it. As zmq_send(3); -EMSGSIZE: the message is longer than the channel's, none of it is sent;
 * -EHOSTUNREACH, -ECHILD, -ETERM. */
int rtz_send(RtzSocket *socket, const void *data, size_t size, int flags);

/* Whether a send would succeed now. */
bool rtz_can_send(RtzSocket *socket);
