/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rendezvous sockets of channels, one for each end that connects. systemd listens before any
 * container starts and hands all of a channel's to the listening end; whoever connects finds its
 * own bound into its container, under the channel's name. So the listening end knows by the
 * socket's path who is there, and nobody can take another's place. */

#include "emit-internal.h"

const char *rt_channel_socket_unit(RtArena *arena, const char *channel)
{
        return rt_printf(arena, "rt-channel-%s.socket", channel);
}

const char *rt_channel_path(RtArena *arena, const char *channel)
{
        return rt_printf(arena, "/run/rtcontainers/channels/%s", channel);
}

const char *rt_end_socket_path(RtArena *arena, const RtEnd *end)
{
        return rt_printf(arena, "%s/%s", rt_channel_path(arena, end->wire->channel->object.name),
                         rt_end_file(arena, end));
}

/* What declares the end. */
static RtOrigin from_end(const RtEnd *end)
{
        if (!end->container)
                return rt_from(&end->wire->channel->object.item, RT_CHANNEL_BRIDGE);
        return rt_from_text(&end->container->object.item, RT_CONTAINER_PUBLISHES + end->role,
                            end->index);
}

static void emit_socket(RtEmit *emit, const RtWire *wire)
{
        const RtObject *object = &wire->channel->object;
        RtArtifact *file =
                rt_emit_file(emit, object, rt_channel_socket_unit(emit->arena, object->name));
        rt_emit_unit_head(emit, file, object, rt_by_rule("name of the channel"),
                          rt_printf(emit->arena, "Channel %s", object->name));
        rt_emit_section(emit, file, "Socket");
        RT_EACH (end, &wire->ends)
                if (end->connects)
                        rt_emit_set(emit, file, from_end(end), "ListenSequentialPacket", "%s",
                                    rt_end_socket_path(emit->arena, end));
        rt_emit_set(emit, file,
                    rt_by_rule("containers run as users of their own and see the socket only when "
                               "it is bound into them"),
                    "SocketMode", "0666");
        rt_emit_set(emit, file, rt_by_rule("users of the host do not get to the socket"),
                    "DirectoryMode", "0700");
        rt_emit_set(emit, file, rt_by_rule("no stale socket stays behind"), "RemoveOnStop", "yes");
}

/* A connection while no listening end runs must not start a container outside its config. */
static void emit_placeholder(RtEmit *emit, const RtChannel *channel)
{
        const RtObject *object = &channel->object;
        const RtOrigin why = rt_by_rule("keeps connections waiting while the listening container "
                                        "is not running");
        RtArtifact *file = rt_emit_file(
                emit, object, rt_printf(emit->arena, "rt-channel-%s.service", object->name));
        rt_emit_unit_head(
                emit, file, object, rt_by_rule("name of the channel"),
                rt_printf(emit->arena, "Channel %s, waiting for its listener", object->name));
        rt_emit_section(emit, file, "Service");
        rt_emit_set(emit, file, why, "Type", "oneshot");
        rt_emit_set(emit, file, why, "RemainAfterExit", "yes");
        rt_emit_set(emit, file, why, "ExecStart", "/bin/true");
}

void rt_emit_channels(RtEmit *emit)
{
        for (size_t i = 0; i < emit->wiring->n; i++) {
                const RtWire *wire = &emit->wiring->wires[i];
                if (wire->channel->object.rejected || !wire->has_socket)
                        continue;
                emit_socket(emit, wire);
                emit_placeholder(emit, wire->channel);
        }
}
