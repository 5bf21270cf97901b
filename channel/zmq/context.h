/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Contexts, whose end reaches all their sockets, and the one lock of this library. */

#include <pthread.h>

#include "socket.h"

typedef struct RtzContext {
        void *handle;
        bool is_ended;   /* zmq_ctx_term() or zmq_ctx_shutdown() was called */
        bool is_leaving; /* zmq_ctx_term() is at it: the handle may be another's */
        RtzSocket *sockets;
        RtzEndpoint *lingering; /* closed, but something waits that was sent */
        pthread_t thread;       /* which tends them; */
        bool has_thread;        /* it is to be joined */
        bool is_tended;         /* and will look again */
        pthread_cond_t more;    /* another one lingers */
        struct RtzContext *next;
} RtzContext;

/* A blank socket in the table and its context. -ENOMEM. */
int rtz_context_add(void *context, void *handle, int type, RtzSocket **ret);

/* Takes the socket out; its handle may come again from now on. Its endpoints are closed, or linger
 * in the context. The caller frees the rest. */
void rtz_context_remove(RtzSocket *socket);

/* Adds an endpoint to the socket, and takes one out again. */
void rtz_context_attach(RtzSocket *socket, RtzEndpoint *endpoint);
void rtz_context_detach(RtzSocket *socket, RtzEndpoint *endpoint);

/* Takes an endpoint out and closes it, at once or when its peer has taken what was sent ahead, for
 * as long as the socket's ZMQ_LINGER says. Nobody has to call for that. */
void rtz_context_part(RtzSocket *socket, RtzEndpoint *endpoint);

/* Makes all calls on the context's sockets fail with ETERM, those that wait as well. */
void rtz_context_end(void *context);

/* The same of a context that is about to be gone for good, and its address with it: nobody finds it
 * by that any more, as another may get it any time. NULL: there was no memory, or no context. What
 * follows takes NULL. */
RtzContext *rtz_context_leave(void *context);
/* It is not gone after all. */
void rtz_context_stay(RtzContext *context);
/* All its sockets are closed: waits for what lingers. */
void rtz_context_flush(RtzContext *context);
/* After that. */
void rtz_context_forget(RtzContext *context);
