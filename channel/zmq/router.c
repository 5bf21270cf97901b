/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "router.h"

#include <errno.h>
#include <string.h>

enum { MADE_ID = 5 };

static void set_id(RtzPeer *peer, const void *id, size_t size)
{
        peer->id_size = size <= RTZ_ID_MAX ? size : 0;
        memcpy(peer->id, id, peer->id_size);
}

/* Begins with a zero, as names that programs choose never do. */
static void make_id(RtzSocket *socket, RtzPeer *peer)
{
        uint32_t number = ++socket->next_router_id;
        const unsigned char id[MADE_ID] = { 0, (unsigned char)(number >> 24),
                                            (unsigned char)(number >> 16),
                                            (unsigned char)(number >> 8), (unsigned char)number };
        set_id(peer, id, sizeof id);
}

static RtzPeer *find_peer(RtzSocket *socket, const void *id, size_t size, RtzEndpoint **ret)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                for (unsigned i = 0; i < at->end->n_ways; i++) {
                        RtzPeer *peer = &at->peers[i];
                        if (peer->epoch == 0 || peer->is_ignored || peer->id_size != size ||
                            memcmp(peer->id, id, size) != 0)
                                continue;
                        *ret = at;
                        return peer;
                }
        return NULL;
}

void rtz_router_name(RtzSocket *socket, RtzEndpoint *endpoint, unsigned way, const void *id,
                     size_t size)
{
        RtzPeer *peer = &endpoint->peers[way];
        RtzEndpoint *where;
        if (endpoint->peer_id_size > 0 && endpoint->end->ways[way].listener < 0) {
                id = endpoint->peer_id;
                size = endpoint->peer_id_size;
        }
        /* Names that are made begin with a zero, so a peer's own may not. */
        if (size == 0 || *(const unsigned char *)id == 0) {
                make_id(socket, peer);
                return;
        }
        RtzPeer *other = find_peer(socket, id, size, &where);
        if (other && other != peer && !socket->options.hands_over) {
                make_id(socket, peer);
                peer->is_ignored = true;
                return;
        }
        if (other && other != peer) {
                make_id(socket, other);
                other->is_ignored = true;
        }
        set_id(peer, id, size);
}

/* Whom we connect to by a name of our own can be sent to before he is there. */
static int find_awaited(RtzSocket *socket, const void *id, size_t size, RtzTarget *ret)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                for (unsigned i = 0; i < at->end->n_ways; i++) {
                        if (at->end->ways[i].listener >= 0 || at->end->ways[i].link ||
                            at->peer_id_size != size || memcmp(at->peer_id, id, size) != 0)
                                continue;
                        *ret = (RtzTarget){ .endpoint = at, .way = i };
                        return 0;
                }
        return -EHOSTUNREACH;
}

int rtz_router_find(RtzSocket *socket, const void *id, size_t size, RtzTarget *ret)
{
        RtzEndpoint *endpoint;
        uint64_t tag = 0;
        RtzPeer *peer = find_peer(socket, id, size, &endpoint);
        if (!peer && size == RTZ_TAGGED_ID) { /* of a plain program's request */
                peer = find_peer(socket, id, MADE_ID, &endpoint);
                memcpy(&tag, (const unsigned char *)id + MADE_ID, sizeof tag);
        }
        if (!peer)
                return find_awaited(socket, id, size, ret);
        *ret = (RtzTarget){ .endpoint = endpoint,
                            .way = (unsigned)(peer - endpoint->peers),
                            .epoch = peer->epoch,
                            .tag = tag };
        return rtz_target_way(ret) ? 0 : -EHOSTUNREACH;
}

size_t rtz_router_id(const RtzPeer *peer, uint64_t tag, unsigned char ret[static RTZ_ID_MAX])
{
        memcpy(ret, peer->id, peer->id_size);
        if (!peer->is_plain || tag == 0)
                return peer->id_size;
        memcpy(ret + peer->id_size, &tag, sizeof tag);
        return peer->id_size + sizeof tag;
}

RtWay *rtz_target_way(const RtzTarget *target)
{
        if (!target->endpoint)
                return NULL;
        if (target->epoch == 0)
                return &target->endpoint->end->ways[target->way];
        return rt_way_of(target->endpoint->end, (uint64_t)target->epoch << 16 | target->way);
}
