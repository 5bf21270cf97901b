/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "monitor.h"
#include "table.h"

/* How long a look at what lingers takes until somebody comes. */
static const int64_t linger_slice = 20 * 1000 * 1000;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static RtzContext *contexts;

static void lock_all(void)
{
        (void)pthread_mutex_lock(&lock);
}

static void unlock_all(void)
{
        (void)pthread_mutex_unlock(&lock);
}

/* Another thread may have had the lock when this process was forked. */
static void renew_lock(void)
{
        lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

__attribute__((constructor)) static void prepare_fork(void)
{
        (void)pthread_atfork(NULL, NULL, renew_lock);
}

/* -- contexts
 * ------------------------------------------------------------------------------------- */

static RtzContext *find(void *handle)
{
        RtzContext *context = contexts;
        while (context && context->handle != handle)
                context = context->next;
        return context;
}

static RtzContext *find_or_add(void *handle)
{
        RtzContext *context = find(handle);
        if (context)
                return context;
        context = calloc(1, sizeof *context);
        if (!context)
                return NULL;
        *context = (RtzContext){ .handle = handle, .next = contexts };
        contexts = context;
        return context;
}

static void end_socket(RtzSocket *socket)
{
        atomic_store_explicit(&socket->ended, true, memory_order_seq_cst);
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                (void)rtchannel_interrupt(at->end);
}

void rtz_context_end(void *handle)
{
        lock_all();
        RtzContext *context = find(handle);
        if (context)
                context->is_ended = true;
        for (RtzSocket *socket = context ? context->sockets : NULL; socket; socket = socket->next)
                end_socket(socket);
        unlock_all();
}

void rtz_context_forget(void *handle)
{
        lock_all();
        RtzContext **at = &contexts;
        while (*at && (*at)->handle != handle)
                at = &(*at)->next;
        RtzContext *context = *at;
        if (context)
                *at = context->next;
        unlock_all();
        free(context);
}

/* -- sockets
 * -------------------------------------------------------------------------------------- */

static int add(RtzSocket *socket, void *context)
{
        socket->context = find_or_add(context);
        if (!socket->context)
                return -ENOMEM;
        int r = rtz_table_add(socket->handle, socket);
        if (r < 0)
                return r;
        socket->next = socket->context->sockets;
        socket->context->sockets = socket;
        socket->ended = socket->context->is_ended;
        return 0;
}

int rtz_context_add(void *context, void *handle, int type, RtzSocket **ret)
{
        RtzSocket *socket = calloc(1, sizeof *socket);
        if (!socket)
                return -ENOMEM;
        socket->handle = handle;
        socket->type = type;
        socket->fd = -1;
        lock_all();
        int r = add(socket, context);
        unlock_all();
        if (r < 0) {
                free(socket);
                return r;
        }
        *ret = socket;
        return 0;
}

void rtz_context_attach(RtzSocket *socket, RtzEndpoint *endpoint)
{
        lock_all();
        RtzEndpoint **at = &socket->endpoints;
        while (*at)
                at = &(*at)->next;
        *at = endpoint;
        socket->n_endpoints++;
        if (socket->ended)
                (void)rtchannel_interrupt(endpoint->end);
        unlock_all();
}

/* The turns begin anew, and nothing refers to it any more. */
void rtz_context_detach(RtzSocket *socket, RtzEndpoint *endpoint)
{
        lock_all();
        RtzEndpoint **at = &socket->endpoints;
        while (*at && *at != endpoint)
                at = &(*at)->next;
        if (*at) {
                *at = endpoint->next;
                socket->n_endpoints--;
        }
        endpoint->next = NULL;
        unlock_all();
        socket->turn = socket->send_turn = NULL;
        socket->send_way = 0;
        if (socket->target.endpoint == endpoint)
                socket->target.endpoint = NULL;
        if (socket->request.endpoint == endpoint)
                socket->request.endpoint = NULL;
}

void rtz_context_remove(RtzSocket *socket)
{
        lock_all();
        rtz_table_remove(socket->handle);
        RtzSocket **at = &socket->context->sockets;
        while (*at && *at != socket)
                at = &(*at)->next;
        if (*at)
                *at = socket->next;
        unlock_all();
        while (socket->endpoints) {
                RtzEndpoint *endpoint = socket->endpoints;
                rtz_context_detach(socket, endpoint);
                if (socket->options.linger == 0 || !rtz_endpoint_lingers(endpoint)) {
                        rtz_endpoint_close(endpoint);
                        continue;
                }
                endpoint->until = rtz_deadline(socket->options.linger, false);
                rtz_monitor_part(endpoint);
                lock_all();
                endpoint->next = socket->context->lingering;
                socket->context->lingering = endpoint;
                unlock_all();
        }
}

/* -- what lingers
 * --------------------------------------------------------------------------------- */

/* Closes what has found its receiver or has waited for long enough. Whether anything is left. */
static bool look_at_lingering(RtzContext *context, int64_t now)
{
        RtzEndpoint *done = NULL;
        lock_all();
        for (RtzEndpoint **at = &context->lingering; *at;) {
                RtzEndpoint *endpoint = *at;
                if (now < endpoint->until && rt_enter(endpoint->end) == 0 &&
                    rtz_endpoint_lingers(endpoint)) {
                        at = &endpoint->next;
                        continue;
                }
                *at = endpoint->next;
                endpoint->next = done;
                done = endpoint;
        }
        bool left = context->lingering;
        unlock_all();
        while (done) {
                RtzEndpoint *next = done->next;
                rtz_endpoint_close(done);
                done = next;
        }
        return left;
}

void rtz_context_flush(void *handle)
{
        lock_all();
        RtzContext *context = find(handle);
        unlock_all();
        while (context && look_at_lingering(context, rtchannel_now()))
                (void)usleep((useconds_t)(linger_slice / 1000));
}
