/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "descriptor.h"
#include "monitor.h"
#include "real.h"
#include "receive.h"
#include "remap.h"
#include "report.h"

void *rtz_open(void *context, int type)
{
        RtzSocket *socket;
        void *handle = rtz_real.socket(context, type);
        if (!handle)
                return NULL;
        int r = rtz_context_add(context, handle, type, &socket);
        if (r < 0) {
                (void)rtz_real.close(handle);
                errno = -r;
                return NULL;
        }
        return handle;
}

static void announce_closed(RtzSocket *socket)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                if (at->is_bound)
                        rtz_monitor_event(at, ZMQ_EVENT_CLOSED, -1);
}

int rtz_close(RtzSocket *socket)
{
        void *handle = socket->handle;
        if (socket->kind == RTZ_OPEN)
                rtz_monitor_pass(socket);
        announce_closed(socket);
        rtz_context_remove(socket);
        rtz_monitor_close(socket);
        if (socket->fd >= 0)
                (void)close(socket->fd);
        rtz_socket_free(socket);
        return rtz_real.close(handle) < 0 ? -errno : 0;
}

/* -- bind and connect -------------------------------------------------------------------------- */

static int join_real(RtzSocket *socket, const char *address, bool is_bound)
{
        if (socket->kind == RTZ_OPEN)
                rtz_monitor_pass(socket);
        int r = is_bound ? rtz_real.bind(socket->handle, address)
                         : rtz_real.connect(socket->handle, address);
        if (r < 0)
                return -errno;
        if (socket->kind == RTZ_OPEN)
                rtz_count_socket(false);
        socket->kind = RTZ_REAL;
        return 0;
}

static int make_endpoint(RtzSocket *socket, const char *address, bool is_bound, RtzEndpoint **ret)
{
        int r = rtz_more_init();
        if (r < 0)
                return r;
        rtz_options_init(&socket->options, socket->handle);
        return rtz_is_channel(address) ? rtz_endpoint_open(socket, address, is_bound, ret)
                                       : rtz_remap_open(socket, address, is_bound, ret);
}

int rtz_join(RtzSocket *socket, const char *address, bool is_bound)
{
        RtzEndpoint *endpoint;
        if (socket->ended)
                return -ETERM;
        bool is_shm = address && (rtz_is_channel(address) || rtz_is_remapped(socket, address));
        if (!is_shm && socket->kind != RTZ_SHM)
                return join_real(socket, address, is_bound);
        if (!is_shm || socket->kind == RTZ_REAL)
                return -EINVAL;
        rtz_monitor_open(socket);
        int r = make_endpoint(socket, address, is_bound, &endpoint);
        if (r < 0)
                return r;
        if (socket->kind == RTZ_OPEN)
                rtz_count_socket(true);
        socket->kind = RTZ_SHM;
        rtz_context_attach(socket, endpoint);
        rtz_descriptor_add(socket, endpoint);
        rtz_endpoint_look(endpoint);
        socket->last = endpoint;
        if (socket->options.probes)
                rtz_endpoint_probe(endpoint);
        return 0;
}

int rtz_leave(RtzSocket *socket, const char *address, bool is_bound)
{
        RtzEndpoint *at = socket->endpoints;
        if (!address)
                return -EINVAL;
        if (socket->ended)
                return -ETERM;
        while (at && (at->is_bound != is_bound ||
                      (strcmp(at->given, address) != 0 && strcmp(at->address, address) != 0)))
                at = at->next;
        if (!at)
                return -ENOENT;
        if (is_bound)
                rtz_monitor_event(at, ZMQ_EVENT_CLOSED, -1);
        if (socket->last == at)
                socket->last = NULL;
        rtz_context_part(socket, at);
        return 0;
}

/* -- options ----------------------------------------------------------------------------------- */

/* Room for the beginning of a message, in whole words, before anything needs it. */
static int reserve_scratch(RtzSocket *socket, size_t size)
{
        size_t most = size + sizeof(uint64_t);
        if (most <= socket->scratch_size)
                return 0;
        unsigned char *scratch = realloc(socket->scratch, most);
        if (!scratch)
                return -ENOMEM;
        socket->scratch = scratch;
        socket->scratch_size = most;
        return 0;
}

static int subscribe(RtzSocket *socket, int option, const void *value, size_t size)
{
        RtzSubscriptions *subscriptions = &socket->subscriptions;
        if (socket->kind == RTZ_SHM && rtz_enter(socket) == 0)
                rtz_drop_unwanted(socket);
        if (option == ZMQ_UNSUBSCRIBE) {
                (void)rtz_unsubscribe(subscriptions, value, size);
                return 0; /* libzmq does not mind either if there is none */
        }
        int r = reserve_scratch(socket, size);
        return r < 0 ? r : rtz_subscribe(subscriptions, value, size);
}

int rtz_set(RtzSocket *socket, int option, const void *value, size_t size)
{
        if (socket->kind == RTZ_SHM && socket->ended)
                return -ETERM;
        if (rtz_real.setsockopt(socket->handle, option, value, size) < 0)
                return -errno;
        if (socket->kind == RTZ_REAL)
                return 0;
        if (socket->type == ZMQ_SUB && (option == ZMQ_SUBSCRIBE || option == ZMQ_UNSUBSCRIBE))
                return subscribe(socket, option, value, size);
        rtz_options_note(&socket->options, option, value, size);
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                rtz_endpoint_look(at); /* how many may wait can be another */
        return 0;
}

static int give(void *value, size_t *size, const void *have, size_t have_size)
{
        if (*size < have_size)
                return -EINVAL;
        memcpy(value, have, have_size);
        *size = have_size;
        return 0;
}

static int get_number(RtzSocket *socket, int option, int *ret)
{
        switch (option) {
        case ZMQ_RCVMORE:
                *ret = socket->has_more;
                return 0;
        case ZMQ_EVENTS:
                *ret = rtz_events(socket);
                return *ret < 0 ? *ret : 0;
        default:
                *ret = rtz_descriptor(socket);
                return *ret < 0 ? *ret : 0;
        }
}

int rtz_get(RtzSocket *socket, int option, void *value, size_t *size)
{
        int number;
        bool is_shm = socket->kind == RTZ_SHM;
        if (is_shm && socket->ended)
                return -ETERM;
        if (is_shm && option == ZMQ_LAST_ENDPOINT) {
                const char *address = socket->last ? socket->last->address : "";
                return give(value, size, address, strlen(address) + 1);
        }
        if ((is_shm && (option == ZMQ_RCVMORE || option == ZMQ_EVENTS)) ||
            (option == ZMQ_FD && (is_shm || socket->kind == RTZ_OPEN || socket->fd >= 0))) {
                int r = *size < sizeof number ? -EINVAL : get_number(socket, option, &number);
                return r < 0 ? r : give(value, size, &number, sizeof number);
        }
        return rtz_real.getsockopt(socket->handle, option, value, size) < 0 ? -errno : 0;
}
