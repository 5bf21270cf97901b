/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets come and go, bind and connect: where it is decided what a socket is. */

#include "socket.h"

/* zmq_socket(): the real one, with ours beside it. NULL, and errno. */
void *rtz_open(void *context, int type);

/* zmq_close(). */
int rtz_close(RtzSocket *socket);

/* zmq_bind() and zmq_connect(); those of a channel are the same. 0, or a negative errno. */
int rtz_join(RtzSocket *socket, const char *address, bool is_bound);

/* zmq_unbind() and zmq_disconnect() of a socket of channels. -ENOENT: it is not there. */
int rtz_leave(RtzSocket *socket, const char *address, bool is_bound);

/* zmq_setsockopt(). 0, or a negative errno. */
int rtz_set(RtzSocket *socket, int option, const void *value, size_t size);
/* zmq_getsockopt(). */
int rtz_get(RtzSocket *socket, int option, void *value, size_t *size);
