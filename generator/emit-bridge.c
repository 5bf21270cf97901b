/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bridges: one service for each channel that ordinary ZeroMQ sockets outside shall reach. It is an
 * ordinary process with few rights, on the housekeeping CPUs, and one more end of its channel. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "resources.h"
#include "text.h"

typedef struct Bridge {
        RtEmit *emit;
        RtArena *arena;
        RtArtifact *file;
        const RtChannel *channel;
        const RtEnd *end;
} Bridge;

#define SET(b, origin, key, ...) rt_emit_set((b)->emit, (b)->file, (origin), (key), __VA_ARGS__)

const char *rt_bridge_unit(RtArena *arena, const char *channel)
{
        return rt_printf(arena, "rt-bridge-%s.service", channel);
}

/* The bridge's end, if the channel is generated and has one. */
static const RtEnd *end_of(const RtWire *wire)
{
        return wire->channel->object.rejected ? NULL : rt_wire_end(wire, NULL);
}

static bool is_wanted(const RtConfigPlan *config, const RtWire *wire, const RtEnd *bridge)
{
        RT_EACH (end, &wire->ends)
                if (end->container && rt_end_accepts(end, bridge) &&
                    rt_config_plan_member(config, rt_end_name(end)))
                        return true;
        return false;
}

RtUnits rt_config_bridges(const RtEmit *emit, const RtConfigPlan *config, bool in)
{
        RtUnits units = { 0 };
        for (size_t i = 0; i < emit->wiring->n; i++) {
                const RtWire *wire = &emit->wiring->wires[i];
                const RtEnd *bridge = end_of(wire);
                if (bridge && is_wanted(config, wire, bridge) == in)
                        RT_APPEND(emit->arena, &units,
                                  rt_bridge_unit(emit->arena, wire->channel->object.name));
        }
        return units;
}

static const char *text_path(RtArena *arena, const RtChannel *channel)
{
        return rt_printf(arena, "rtcontainers.bridge.d/%s.channels", channel->object.name);
}

static void emit_text(const Bridge *b)
{
        RtArtifact *text =
                rt_emit_file(b->emit, &b->channel->object, text_path(b->arena, b->channel));
        rt_emit_end(b->emit, text, b->end,
                    (RtSpin){ .why = "it sleeps at once: a bridge has no real-time task" });
}

static void set_unit(const Bridge *b)
{
        const char *name = b->channel->object.name;
        const char *barriers = rt_config_barriers(b->emit);
        const RtOrigin key = rt_from(&b->channel->object.item, RT_CHANNEL_BRIDGE);
        rt_emit_unit_head(
                b->emit, b->file, &b->channel->object, key,
                rt_printf(b->arena, "Bridge between channel %s and %s", name, b->channel->bridge));
        if (barriers[0])
                SET(b,
                    rt_by_rule("bridges of the old config stop before containers of the new one "
                               "start"),
                    "After", "%s", barriers);
        SET(b, key, "Requires", "%s", rt_channel_socket_unit(b->arena, name));
        SET(b, key, "After", "%s", rt_channel_socket_unit(b->arena, name));
        SET(b, rt_by_rule("it comes back however often the outside makes it fail"),
            "StartLimitIntervalSec", "0");
}

static void set_life(const Bridge *b)
{
        const RtOrigin key = rt_from(&b->channel->object.item, RT_CHANNEL_BRIDGE);
        SET(b, rt_by_rule("it says when it is connected"), "Type", "notify");
        SET(b, key, "ExecStart", RT_PKGLIBEXECDIR "/rtcontainers-bridge %s %s",
            b->channel->object.name, rt_escape_argument(b->arena, b->channel->bridge));
        SET(b, rt_by_rule("it comes back however often the outside makes it fail"), "Restart",
            "on-failure");
        SET(b, rt_by_rule("a bridge that fails again and again costs little"), "RestartSec", "1s");
        SET(b, rt_by_rule("it keeps nothing that could get lost"), "TimeoutStopSec", "5s");
}

/* It may do nothing that could hold up a real-time task. */
static void set_scheduling(const Bridge *b)
{
        const char *cpus = rt_cpuset_text(b->arena, &b->emit->plan->housekeeping);
        const RtOrigin where =
                rt_from(&b->emit->model->platform.object.item, RT_PLATFORM_HOUSEKEEPING);
        const RtOrigin why = rt_by_rule("what is outside cannot slow the real-time side");
        SET(b, where, "AllowedCPUs", "%s", cpus);
        SET(b, where, "CPUAffinity", "%s", cpus);
        SET(b, why, "CPUSchedulingPolicy", "other");
        SET(b, why, "Nice", "5");
        SET(b, why, "RestrictRealtime", "yes");
        SET(b, rt_by_rule("what its end of the channel keeps in memory"), "LimitMEMLOCK", "%lld",
            (long long)rt_channel_locked(b->end));
        const int64_t own = INT64_C(64) * 1024 * 1024;
        SET(b,
            rt_by_rule("senders outside cannot take the machine's memory by messages without end"),
            "MemoryMax", "%lld", (long long)(rt_channel_memory(b->end) + own));
}

/* Of /run/rtcontainers it sees its socket and its text, as a container does. */
static void set_files(const Bridge *b)
{
        const char *name = b->channel->object.name;
        const RtOrigin why = rt_by_rule("it sees its own end of its own channel");
        SET(b, why, "TemporaryFileSystem", "/run/rtcontainers:ro");
        SET(b, why, "BindReadOnlyPaths", "%s:%s", rt_end_socket_path(b->arena, b->end),
            rt_channel_path(b->arena, name));
        /* Within quotes the colon would be one of the path. */
        SET(b, why, "BindReadOnlyPaths", "%s:" RT_ENDS_PATH,
            rt_escape_word(b->arena, rt_printf(b->arena, "%s/%s", b->emit->unit_dir,
                                               text_path(b->arena, b->channel))));
}

static void set_network(const Bridge *b)
{
        static const char ipc[] = "ipc://";
        const RtOrigin key = rt_from(&b->channel->object.item, RT_CHANNEL_BRIDGE);
        if (!rt_starts_with(b->channel->bridge, ipc)) {
                SET(b, key, "RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK");
                return;
        }
        const char *path = b->channel->bridge + strlen(ipc);
        const char *folder = rt_strndup(b->arena, path, (size_t)(strrchr(path, '/') - path));
        SET(b, key, "RestrictAddressFamilies", "AF_UNIX");
        SET(b, key, "PrivateNetwork", "yes");
        SET(b, key, "ReadWritePaths", "%s",
            rt_escape_word(b->arena, rt_printf(b->arena, "-%s", folder)));
        SET(b, rt_by_rule("whoever gets to the folder may connect to the socket in it"), "UMask",
            "0000");
}

static void set_rights(const Bridge *b)
{
        static const char *const settings[][2] = {
                { "DynamicUser", "yes" },
                { "CapabilityBoundingSet", "" },
                { "NoNewPrivileges", "yes" },
                { "ProtectSystem", "strict" }, /* all but /run, of all folders */
                { "ReadOnlyPaths", "/run" },
                { "ProtectHome", "yes" },
                { "PrivateTmp", "yes" },
                { "PrivateDevices", "yes" },
                { "PrivateUsers", "yes" },
                { "ProtectClock", "yes" },
                { "ProtectControlGroups", "yes" },
                { "ProtectHostname", "yes" },
                { "ProtectKernelLogs", "yes" },
                { "ProtectKernelModules", "yes" },
                { "ProtectKernelTunables", "yes" },
                { "ProtectProc", "invisible" },
                { "ProcSubset", "pid" },
                { "LockPersonality", "yes" },
                { "MemoryDenyWriteExecute", "yes" },
                { "RestrictNamespaces", "yes" },
                { "RestrictSUIDSGID", "yes" },
                { "SystemCallArchitectures", "native" },
                { "SystemCallFilter", "@system-service" },
                { "SystemCallErrorNumber", "EPERM" },
        };
        const RtOrigin why = rt_by_rule("it talks to the outside, and has no right that it does "
                                        "not need for that");
        for (size_t i = 0; i < RT_ELEMENTS(settings); i++)
                SET(b, why, settings[i][0], "%s", settings[i][1]);
}

void rt_emit_bridges(RtEmit *emit)
{
        for (size_t i = 0; i < emit->wiring->n; i++) {
                const RtWire *wire = &emit->wiring->wires[i];
                Bridge b = {
                        .emit = emit,
                        .arena = emit->arena,
                        .channel = wire->channel,
                        .end = end_of(wire),
                };
                if (!b.end)
                        continue;
                emit_text(&b);
                b.file = rt_emit_file(emit, &b.channel->object,
                                      rt_bridge_unit(emit->arena, b.channel->object.name));
                set_unit(&b);
                rt_emit_section(emit, b.file, "Service");
                set_life(&b);
                set_scheduling(&b);
                set_files(&b);
                set_network(&b);
                set_rights(&b);
        }
}
