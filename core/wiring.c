/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wiring.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* -- making it --------------------------------------------------------------------------------- */

static int compare_channel(const void *name, const void *wire)
{
        return strcmp(name, ((const RtWire *)wire)->channel->object.name);
}

static RtWire *find(const RtWiring *wiring, const char *channel)
{
        if (wiring->n == 0)
                return NULL;
        return bsearch(channel, wiring->wires, wiring->n, sizeof *wiring->wires, compare_channel);
}

/* A channel that the container names twice is an error; the first time counts. */
static void add_container(RtArena *arena, RtWiring *wiring, const RtContainer *container)
{
        for (RtRole role = 0; role < RT_ROLES; role++)
                for (size_t i = 0; i < container->channels[role].n; i++) {
                        RtWire *wire = find(wiring, container->channels[role].items[i]);
                        RtEnd end = {
                                .wire = wire, .container = container, .role = role, .index = i
                        };
                        if (!wire || (RtPattern)wire->channel->pattern != rt_role_pattern(role) ||
                            (wire->ends.n > 0 &&
                             wire->ends.items[wire->ends.n - 1].container == container))
                                continue;
                        RT_APPEND(arena, &wire->ends, end);
                }
}

static bool some_end_listens(const RtWire *wire)
{
        RT_EACH (end, &wire->ends)
                if (rt_role_is_single(end->role) || end->role == RT_PAIRS)
                        return true;
        return false;
}

/* The bridge is one more end, if there is one that it can connect to. */
static void add_bridge(RtArena *arena, RtWire *wire)
{
        static const RtRole roles[] = {
                [RT_PATTERN_PUBLISH] = RT_SUBSCRIBES,
                [RT_PATTERN_REQUEST] = RT_CALLS,
                [RT_PATTERN_PUSH] = RT_PUSHES,
                [RT_PATTERN_PAIR] = RT_PAIRS,
        };
        RtEnd end = { .wire = wire, .role = roles[wire->channel->pattern] };
        if (wire->channel->bridge && some_end_listens(wire))
                RT_APPEND(arena, &wire->ends, end);
}

static void connect_ends(RtWire *wire)
{
        size_t n = 0;
        RT_EACH (end, &wire->ends) {
                end->connects = end->role == RT_PAIRS ? end > wire->ends.items
                                                      : !rt_role_is_single(end->role);
                n += end->connects;
        }
        RT_EACH (end, &wire->ends) {
                if (end->role == RT_PAIRS)
                        end->n_accepts = (size_t)(wire->ends.items + wire->ends.n - 1 - end);
                else if (rt_role_is_single(end->role))
                        end->n_accepts = n;
                wire->has_socket = wire->has_socket || end->n_accepts > 0;
                wire->listened =
                        wire->listened || rt_role_is_single(end->role) || end->n_accepts > 0;
        }
}

const RtWiring *rt_wiring_new(const RtModel *model, bool accepted)
{
        RtArena *arena = model->arena;
        RtWiring *wiring = rt_alloc(arena, sizeof *wiring);
        wiring->n = model->channels.n;
        wiring->wires = rt_alloc_array(arena, wiring->n, sizeof *wiring->wires);
        for (size_t i = 0; i < wiring->n; i++)
                wiring->wires[i].channel = model->channels.items[i];
        RT_EACH (container, &model->containers)
                if (!accepted || !(*container)->object.rejected)
                        add_container(arena, wiring, *container);
        for (size_t i = 0; i < wiring->n; i++) {
                add_bridge(arena, &wiring->wires[i]);
                connect_ends(&wiring->wires[i]);
        }
        return wiring;
}

/* -- questions --------------------------------------------------------------------------------- */

const RtWire *rt_wiring_wire(const RtWiring *wiring, const char *channel)
{
        return find(wiring, channel);
}

static int compare_end(const void *name, const void *end)
{
        return strcmp(name, ((const RtEnd *)end)->container->object.name);
}

const RtEnd *rt_wire_end(const RtWire *wire, const RtContainer *container)
{
        size_t n = wire->ends.n;
        const RtEnd *bridge =
                n > 0 && !wire->ends.items[n - 1].container ? &wire->ends.items[--n] : NULL;
        if (!container || n == 0)
                return container ? NULL : bridge;
        return bsearch(container->object.name, wire->ends.items, n, sizeof *wire->ends.items,
                       compare_end);
}

RtEnds rt_wiring_ends(RtArena *arena, const RtWiring *wiring, const RtContainer *container)
{
        RtEnds ends = { 0 };
        for (RtRole role = 0; role < RT_ROLES; role++)
                for (size_t i = 0; i < container->channels[role].n; i++) {
                        const RtWire *wire = find(wiring, container->channels[role].items[i]);
                        const RtEnd *end = wire ? rt_wire_end(wire, container) : NULL;
                        if (end && end->role == role && end->index == i)
                                RT_APPEND(arena, &ends, end);
                }
        return ends;
}

bool rt_end_accepts(const RtEnd *end, const RtEnd *other)
{
        return other->connects &&
               (end->role == RT_PAIRS ? other > end : rt_role_is_single(end->role));
}

const char *rt_end_name(const RtEnd *end)
{
        return end->container ? end->container->object.name : RT_BRIDGE_PEER;
}

const char *rt_end_file(RtArena *arena, const RtEnd *end)
{
        /* The address of a socket has 107 bytes; the folder of a channel takes up to 76 of them. */
        enum { MOST = 31, KEPT = MOST - 1 - 8 };
        const char *name = rt_end_name(end);
        if (strlen(name) <= MOST)
                return name;
        return rt_printf(arena, "%.*s-%08x", KEPT, name, rt_text_hash(name));
}

RtPlace rt_end_place(const RtEnd *end)
{
        return end->container ? end->container->channels[end->role].places[end->index]
                              : rt_key_place(&end->wire->channel->object.item, RT_CHANNEL_BRIDGE);
}
