/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is at which end of each channel, and who connects to whom. One end waits, the others connect;
 * of a pair, the container whose name comes first waits for all that come after it. */

#include "model.h"

typedef struct RtEnd {
        const struct RtWire *wire;
        const RtContainer *container; /* NULL: the channel's bridge */
        RtRole role;
        size_t index;     /* of the channel in the container's list of that role */
        bool connects;    /* to the ends that accept it */
        size_t n_accepts; /* ends that connect to this one, over all configs */
} RtEnd;

typedef struct RtWire {
        const RtChannel *channel;
        RT_LIST(RtEnd) ends; /* by the container's name, the bridge last */
        bool listened;       /* some end waits for others, be there any or not */
        bool has_socket;     /* some end waits, and some connects to it */
} RtWire;

typedef struct RtWiring {
        RtWire *wires; /* one for each channel of the model, in the same order */
        size_t n;
} RtWiring;

typedef RT_LIST(const RtEnd *) RtEnds;

/* Of all objects, or of the accepted ones only; what contradicts the channel's pattern is left out.
 * The objects must be in order. */
const RtWiring *rt_wiring_new(const RtModel *model, bool accepted);
/* NULL if there is no channel of that name. */
const RtWire *rt_wiring_wire(const RtWiring *wiring, const char *channel);
/* The container's ends, in the order of the descriptor's keys. */
RtEnds rt_wiring_ends(RtArena *arena, const RtWiring *wiring, const RtContainer *container);
/* The container's end, or with NULL the bridge's; NULL if it has none. */
const RtEnd *rt_wire_end(const RtWire *wire, const RtContainer *container);

/* Whether `end` waits for `other`, an end of the same channel. */
bool rt_end_accepts(const RtEnd *end, const RtEnd *other);
/* What the ends of its channel call it: the container's name, ".bridge" for the bridge. */
const char *rt_end_name(const RtEnd *end);
/* The name of its socket in the channel's folder: its own name, or if that would make the path too
 * long for a socket, the beginning of it and a hash. */
const char *rt_end_file(RtArena *arena, const RtEnd *end);
/* Where its name of the channel stands. */
RtPlace rt_end_place(const RtEnd *end);

/* The bridge's name; no container can be called so. */
#define RT_BRIDGE_PEER ".bridge"

/* Most connections to one end. */
enum { RT_CONNECTIONS_MAX = 64 };
