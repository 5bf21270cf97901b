/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of a ROUTER's peers. A peer that has none is given one of 5 bytes, as by libzmq. Of a plain
 * program, each request comes with a name of its own, those 5 bytes and the request's tag, so that
 * the reply bears the tag as well. */

#include <stddef.h>

#include "socket.h"

enum { RTZ_TAGGED_ID = 13 };

/* Names the peer at a way; `id` is what it calls itself. If another has that name already, the new
 * one is ignored, or takes its place if ZMQ_ROUTER_HANDOVER is set. */
void rtz_router_name(RtzSocket *socket, RtzEndpoint *endpoint, unsigned way, const void *id,
                     size_t size);

/* The peer of that name; 0, or -EHOSTUNREACH. */
int rtz_router_find(RtzSocket *socket, const void *id, size_t size, RtzTarget *ret);

/* The name to be shown of who sent a request with that tag. */
size_t rtz_router_id(const RtzPeer *peer, uint64_t tag, unsigned char ret[static RTZ_ID_MAX]);

/* The way of the target if its connection is still the same, or has not been made yet; else NULL.
 */
RtWay *rtz_target_way(const RtzTarget *target);
