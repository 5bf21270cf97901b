/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"
#include "monitor.h"
#include "router.h"
#include "socket.h"
#include <zmq.h>

static const char scheme[] = "shm://";

enum { HELLO_VERSION = 1 };

bool rtz_is_channel(const char *address)
{
        return strncmp(address, scheme, sizeof scheme - 1) == 0;
}

/* -- who fits ---------------------------------------------------------------------------------- */

static bool fits(RtRole role, int type)
{
        switch (role) {
        case RT_ROLE_PUBLISHES:
                return type == ZMQ_PUB;
        case RT_ROLE_SUBSCRIBES:
                return type == ZMQ_SUB;
        case RT_ROLE_SERVES:
                return type == ZMQ_REP || type == ZMQ_ROUTER || type == ZMQ_DEALER;
        case RT_ROLE_CALLS:
                return type == ZMQ_REQ || type == ZMQ_DEALER || type == ZMQ_ROUTER;
        case RT_ROLE_PUSHES:
                return type == ZMQ_PUSH;
        case RT_ROLE_PULLS:
                return type == ZMQ_PULL;
        case RT_ROLE_PAIRS:
                return type == ZMQ_PAIR || type == ZMQ_DEALER;
        case RT_ROLES:
                break;
        }
        return false;
}

static int check(const RtzSocket *socket)
{
        switch (socket->type) {
        case ZMQ_PAIR:
        case ZMQ_PUB:
        case ZMQ_SUB:
        case ZMQ_REQ:
        case ZMQ_REP:
        case ZMQ_DEALER:
        case ZMQ_ROUTER:
        case ZMQ_PULL:
        case ZMQ_PUSH:
                break;
        case ZMQ_XPUB:
        case ZMQ_XSUB:
                return -EOPNOTSUPP;
        default:
                return -EPROTONOSUPPORT;
        }
        if (socket->options.raw)
                return -EOPNOTSUPP;
        return rtz_options_fit(socket->handle) ? 0 : -EPROTONOSUPPORT;
}

/* -- open and close ---------------------------------------------------------------------------- */

static size_t make_hello(const RtzSocket *socket, RtzHello *hello)
{
        *hello = (RtzHello){
                .version = HELLO_VERSION,
                .type = (uint8_t)socket->type,
                .high_water = (uint32_t)socket->options.receive_high_water,
        };
        memcpy(hello->id, socket->options.id, socket->options.id_size);
        return offsetof(RtzHello, id) + socket->options.id_size;
}

/* What the socket needs for messages of this size. */
static int reserve(RtzSocket *socket, const RtShape *shape)
{
        int r = rtz_frames_reserve(&socket->in, shape->capacity);
        if (r == 0)
                r = rtz_frames_reserve(&socket->out, shape->capacity);
        if (r == 0 && socket->type == ZMQ_REP)
                r = rtz_frames_reserve(&socket->envelope, shape->capacity);
        return r;
}

int rtz_endpoint_make(RtzSocket *socket, RtOpening *opening, bool is_bound, const char *given,
                      const char *address, RtzEndpoint **ret)
{
        RtzHello hello;
        RtzEndpoint *endpoint = calloc(1, sizeof *endpoint);
        if (!endpoint)
                return -ENOMEM;
        endpoint->socket = socket;
        endpoint->is_bound = is_bound;
        (void)snprintf(endpoint->given, sizeof endpoint->given, "%s", given);
        (void)snprintf(endpoint->address, sizeof endpoint->address, "%s", address);
        opening->identity_size = make_hello(socket, &hello);
        opening->identity = &hello;
        opening->watcher = (RtWatcher){ rtz_monitor_tell, endpoint };
        /* At least as many as ways. Nothing may fail once the end has taken over the listeners. */
        endpoint->peers = calloc(opening->spec.n_accepts * opening->spec.connections + 2,
                                 sizeof *endpoint->peers);
        int r = endpoint->peers ? reserve(socket, &opening->spec.shape) : -ENOMEM;
        /* Before what follows from it. */
        if (r == 0)
                rtz_monitor_event(endpoint,
                                  is_bound ? ZMQ_EVENT_LISTENING : ZMQ_EVENT_CONNECT_DELAYED, 0);
        if (r == 0)
                r = rt_end_open(opening, &endpoint->end);
        if (r < 0) {
                rtz_endpoint_close(endpoint);
                return r;
        }
        endpoint->implies = rt_role_is_request(opening->spec.role);
        if (!is_bound) {
                memcpy(endpoint->peer_id, socket->options.next_peer_id, sizeof endpoint->peer_id);
                endpoint->peer_id_size = socket->options.next_peer_id_size;
                socket->options.next_peer_id_size = 0;
        }
        *ret = endpoint;
        return 0;
}

int rtz_endpoint_open(RtzSocket *socket, const char *address, bool is_bound, RtzEndpoint **ret)
{
        const char *name = address + sizeof scheme - 1;
        RtOpening opening = { 0 };
        char path[4096];
        int r = check(socket);
        if (r < 0)
                return r;
        int n = snprintf(path, sizeof path, "%s/channels.conf", rt_channel_folder());
        if (n < 0 || (size_t)n >= sizeof path || strlen(address) >= sizeof(*ret)->given)
                return -ENAMETOOLONG;
        r = rt_spec_read(path, name, &opening.spec);
        if (r == 0 && !fits(opening.spec.role, socket->type))
                r = -EINVAL;
        if (r == 0)
                r = rtz_endpoint_make(socket, &opening, is_bound, address, address, ret);
        return r;
}

void rtz_endpoint_close(RtzEndpoint *endpoint)
{
        if (!endpoint)
                return;
        bool is_ours = !endpoint->end || rt_enter(endpoint->end) != -ECHILD;
        rtchannel_close(endpoint->end);
        if (endpoint->path[0] && is_ours)
                (void)unlink(endpoint->path);
        free(endpoint->peers);
        free(endpoint);
}

/* -- peers ------------------------------------------------------------------------------------- */

static void greet(RtzEndpoint *endpoint, unsigned way)
{
        const RtLink *link = endpoint->end->ways[way].link;
        RtzSocket *socket = endpoint->socket;
        RtzPeer *peer = &endpoint->peers[way];
        RtzHello hello = { 0 };
        size_t head = offsetof(RtzHello, id);
        *peer = (RtzPeer){ .epoch = link->epoch, .is_plain = true };
        if (link->identity_size >= head && link->identity_size <= sizeof hello) {
                memcpy(&hello, link->identity, link->identity_size);
                peer->is_plain = hello.version != HELLO_VERSION;
        }
        if (!peer->is_plain)
                peer->high_water = hello.high_water;
        if (socket->type == ZMQ_ROUTER)
                rtz_router_name(socket, endpoint, way, hello.id,
                                peer->is_plain ? 0 : link->identity_size - head);
}

static bool is_there(const RtWay *way)
{
        return way->link && !atomic_load_explicit(&way->link->gone, memory_order_acquire);
}

static bool is_alone(const rtchannel *end)
{
        for (unsigned i = 0; i < end->n_ways; i++)
                if (is_there(&end->ways[i]))
                        return false;
        return true;
}

/* libzmq counts what waits at both sides. */
static uint32_t most_of(const RtzEndpoint *endpoint, unsigned index)
{
        const RtzSocket *socket = endpoint->socket;
        const rtchannel *end = endpoint->end;
        const RtWay *way = &end->ways[index];
        const RtzPeer *peer = &endpoint->peers[index];
        uint32_t depth = end->spec.shape.depth;
        uint64_t limit = (uint64_t)socket->options.send_high_water;
        if (peer->is_ignored)
                return 0;
        if (!is_there(way)) {
                /* Nobody is there, but who connects may send ahead. */
                if (endpoint->is_bound || socket->options.immediate ||
                    (way->listener >= 0 && (index > 0 || !is_alone(end))))
                        return 0;
        } else if (peer->is_plain || peer->high_water == 0) {
                return depth;
        } else if (limit > 0) {
                limit += peer->high_water;
        }
        return limit > 0 && limit < depth ? (uint32_t)limit : depth;
}

static void probe(RtzEndpoint *endpoint, unsigned way)
{
        const RtMessageHead head = { .frames = 1 };
        if (endpoint->end->sends && !endpoint->end->shares)
                (void)rt_send(endpoint->end, &endpoint->end->ways[way], NULL, 0, &head,
                              RTCHANNEL_NOW);
}

void rtz_endpoint_look(RtzEndpoint *endpoint)
{
        rtchannel *end = endpoint->end;
        endpoint->seen = end->seen;
        endpoint->is_draining = end->is_draining;
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtzPeer *peer = &endpoint->peers[i];
                RtLink *link = end->ways[i].link;
                bool is_new = link && peer->epoch != link->epoch;
                if (is_new)
                        greet(endpoint, i);
                else if (!link)
                        *peer = (RtzPeer){ 0 };
                end->ways[i].most = most_of(endpoint, i);
                if (is_new && endpoint->is_bound && endpoint->socket->options.probes)
                        probe(endpoint, i);
        }
}

void rtz_endpoint_probe(RtzEndpoint *endpoint)
{
        for (unsigned i = 0; i < endpoint->end->n_ways && !endpoint->is_bound; i++)
                if (endpoint->end->ways[i].most > 0)
                        probe(endpoint, i);
}

bool rtz_endpoint_lingers(const RtzEndpoint *endpoint)
{
        const rtchannel *end = endpoint->end;
        if (*end->process != end->generation || !end->sends || end->shares || endpoint->is_bound)
                return false;
        for (unsigned i = 0; i < end->n_ways; i++)
                if (!end->ways[i].link && !end->ways[i].next && !end->ways[i].is_offered &&
                    end->ways[i].writer.head > end->ways[i].floor)
                        return true;
        return false;
}
