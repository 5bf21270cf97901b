/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rendezvous sockets of channels. systemd listens before any container starts, hands the socket to
 * the listening end, and the others find it bound into their container. */

#include "emit-internal.h"

bool rt_channel_has_socket(const RtEmit *emit, const char *channel)
{
        return rt_names_have(&emit->listened, channel);
}

const char *rt_channel_socket_unit(RtArena *arena, const char *channel)
{
        return rt_printf(arena, "rt-channel-%s.socket", channel);
}

const char *rt_channel_socket_path(RtArena *arena, const char *channel)
{
        return rt_printf(arena, "/run/rtcontainers/channels/%s", channel);
}

static void emit_socket(RtEmit *emit, const RtChannel *channel)
{
        const RtObject *object = &channel->object;
        RtArtifact *file =
                rt_emit_file(emit, object, rt_channel_socket_unit(emit->arena, object->name));
        rt_emit_unit_head(emit, file, object, rt_by_rule("name of the channel"),
                          rt_printf(emit->arena, "Channel %s", object->name));
        rt_emit_section(emit, file, "Socket");
        rt_emit_set(emit, file, rt_from(&object->item, RT_CHANNEL_PATTERN),
                    "ListenSequentialPacket", "%s",
                    rt_channel_socket_path(emit->arena, object->name));
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
        emit->listened = rt_model_listened(emit->model, true);
        RT_EACH (channel, &emit->model->channels)
                if (!(*channel)->object.rejected &&
                    rt_channel_has_socket(emit, (*channel)->object.name)) {
                        emit_socket(emit, *channel);
                        emit_placeholder(emit, *channel);
                }
}
