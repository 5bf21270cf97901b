/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "monitor.h"
#include "table.h"
#include <zmq.h>

/* Between two looks at what lingers; longer and longer while nobody comes. */
static const int64_t shortest_look = 20 * 1000 * 1000, longest_look = 320 * 1000 * 1000;

enum { STACK = 128 * 1024 };

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

/* Other threads may have had the locks when this process was forked, and are not here. */
static void renew(void)
{
        lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        rtz_monitor_renew();
        for (RtzContext *context = contexts; context; context = context->next) {
                context->more = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
                context->has_thread = context->is_tended = false;
        }
}

__attribute__((constructor)) static void prepare_fork(void)
{
        (void)pthread_atfork(NULL, NULL, renew);
}

/* -- contexts ---------------------------------------------------------------------------------- */

static RtzContext *find(const void *handle)
{
        RtzContext *context = contexts;
        while (context && (context->handle != handle || context->is_leaving))
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
        *context = (RtzContext){
                .handle = handle,
                .more = PTHREAD_COND_INITIALIZER,
                .next = contexts,
        };
        contexts = context;
        return context;
}

static void end_socket(RtzSocket *socket)
{
        atomic_store_explicit(&socket->ended, true, memory_order_seq_cst);
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                (void)rtchannel_interrupt(at->end);
}

/* Also of one whose first socket is on its way. With the lock. */
static RtzContext *end(void *handle)
{
        RtzContext *context = handle ? find_or_add(handle) : NULL;
        if (context)
                context->is_ended = true;
        for (RtzSocket *socket = context ? context->sockets : NULL; socket; socket = socket->next)
                end_socket(socket);
        return context;
}

void rtz_context_end(void *handle)
{
        lock_all();
        (void)end(handle);
        unlock_all();
}

RtzContext *rtz_context_leave(void *handle)
{
        lock_all();
        RtzContext *context = end(handle);
        if (context)
                context->is_leaving = true;
        unlock_all();
        return context;
}

/* With the lock. */
static void take_out(RtzContext *context)
{
        RtzContext **at = &contexts;
        while (*at && *at != context)
                at = &(*at)->next;
        if (*at)
                *at = context->next;
}

void rtz_context_stay(RtzContext *context)
{
        if (!context)
                return;
        lock_all();
        /* Whoever has ended it meanwhile has not found it. */
        RtzContext *other = find(context->handle);
        if (other && (other->sockets || other->lingering || other->has_thread))
                other = NULL;
        if (other)
                take_out(other);
        context->is_leaving = false;
        unlock_all();
        free(other);
}

void rtz_context_forget(RtzContext *context)
{
        if (!context)
                return;
        lock_all();
        take_out(context);
        unlock_all();
        free(context);
}

/* -- sockets ----------------------------------------------------------------------------------- */

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

/* -- what lingers ------------------------------------------------------------------------------ */

/* Closes what has found its receiver or has waited for long enough. Whether it was anything. */
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
        unlock_all();
        bool found = done;
        while (done) {
                RtzEndpoint *next = done->next;
                rtz_endpoint_close(done);
                done = next;
        }
        return found;
}

/* Until the next look is due, or another one lingers; with the lock. */
static void sleep_until(RtzContext *context, int64_t until)
{
        for (const RtzEndpoint *at = context->lingering; at; at = at->next)
                if (at->until < until)
                        until = at->until;
        struct timespec time = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
        (void)pthread_cond_clockwait(&context->more, &lock, CLOCK_MONOTONIC, &time);
}

/* The program need not call us again: what lingers has a thread for as long as there is any. */
static void *tend(void *data)
{
        RtzContext *context = data;
        int64_t pause = shortest_look;
        for (;;) {
                int64_t now = rtchannel_now();
                bool found = look_at_lingering(context, now);
                lock_all();
                if (!context->lingering)
                        break;
                sleep_until(context, now + pause);
                unlock_all();
                pause = found ? shortest_look : pause < longest_look ? 2 * pause : pause;
        }
        context->is_tended = false;
        unlock_all();
        return NULL;
}

/* It takes neither signals nor the priority of who closes. */
static int start_thread(RtzContext *context)
{
        sigset_t all, old;
        pthread_attr_t attributes;
        struct sched_param parameters = { 0 };
        int r = pthread_attr_init(&attributes);
        if (r != 0)
                return r;
        (void)pthread_attr_setstacksize(&attributes, STACK);
        (void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        (void)pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
        (void)pthread_attr_setschedparam(&attributes, &parameters);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        r = pthread_create(&context->thread, &attributes, tend, context);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
        (void)pthread_attr_destroy(&attributes);
        return r;
}

/* With the lock. If there can be no thread, it waits for the end of the context. */
static void see_to(RtzContext *context)
{
        if (context->is_tended) {
                (void)pthread_cond_signal(&context->more);
                return;
        }
        if (context->has_thread)
                (void)pthread_join(context->thread, NULL); /* it has done its last look */
        context->has_thread = context->is_tended = start_thread(context) == 0;
        if (context->has_thread)
                (void)pthread_setname_np(context->thread, "rtzmq");
}

void rtz_context_part(RtzSocket *socket, RtzEndpoint *endpoint)
{
        RtzContext *context = socket->context;
        rtz_context_detach(socket, endpoint);
        if (socket->options.linger == 0 || rt_enter(endpoint->end) < 0 ||
            !rtz_endpoint_lingers(endpoint)) {
                rtz_endpoint_close(endpoint);
                return;
        }
        endpoint->until = rtz_deadline(socket->options.linger, false);
        rtz_monitor_part(endpoint);
        lock_all();
        endpoint->next = context->lingering;
        context->lingering = endpoint;
        see_to(context);
        unlock_all();
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
        while (socket->endpoints)
                rtz_context_part(socket, socket->endpoints);
}

static bool has_lingering(const RtzContext *context)
{
        lock_all();
        bool has = context->lingering;
        unlock_all();
        return has;
}

/* The thread may be closing what it has taken out; or asleep. */
static void stop_thread(RtzContext *context)
{
        lock_all();
        bool has_thread = context->has_thread;
        context->has_thread = false;
        (void)pthread_cond_signal(&context->more);
        unlock_all();
        if (has_thread)
                (void)pthread_join(context->thread, NULL);
}

void rtz_context_flush(RtzContext *context)
{
        if (!context)
                return;
        for (;;) {
                (void)look_at_lingering(context, rtchannel_now());
                if (!has_lingering(context))
                        break;
                (void)usleep((useconds_t)(shortest_look / 1000));
        }
        stop_thread(context);
}
