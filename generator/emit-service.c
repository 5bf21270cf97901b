/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The service that runs an instance: ordering, life cycle, and the limits that systemd enforces
 * from outside. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "quantity.h"
#include "text.h"

typedef struct Service {
        RtEmit *emit;
        RtArena *arena;
        RtArtifact *file;
        const RtInstance *instance;
        const RtContainer *container;
        const RtItem *item; /* of the container */
} Service;

#define SET(s, origin, key, ...) rt_emit_set((s)->emit, (s)->file, (origin), (key), __VA_ARGS__)

static RtOrigin from(const Service *s, size_t key)
{
        return rt_from(s->item, key);
}

/* -- [Unit] ------------------------------------------------------------------------------------ */

static void set_channels(const Service *s)
{
        RtEnds ends = rt_wiring_ends(s->arena, s->emit->wiring, s->container);
        RT_EACH (it, &ends) {
                const RtEnd *end = *it;
                if (!end->wire->has_socket)
                        continue;
                RtOrigin origin =
                        rt_from_text(s->item, RT_CONTAINER_PUBLISHES + end->role, end->index);
                const char *unit =
                        rt_channel_socket_unit(s->arena, end->wire->channel->object.name);
                SET(s, origin, "Requires", "%s", unit);
                SET(s, origin, "After", "%s", unit);
        }
}

static void require_mount(const Service *s, RtOrigin origin, RtHostMount mount)
{
        SET(s, origin, "Requires", "%s", mount.unit);
        SET(s, origin, "After", "%s", mount.unit);
}

static void set_mounts(const Service *s)
{
        const RtContainer *container = s->container;
        SET(s, from(s, RT_CONTAINER_ROOTFS), "RequiresMountsFor", "%s",
            rt_escape_word(s->arena, container->rootfs));
        for (size_t i = 0; i < container->mounts.n; i++) {
                const RtMount *mount = &container->mounts.items[i];
                RtOrigin origin = rt_from(&mount->item, RT_MOUNT_SOURCE);
                if (rt_mount_needs_unit(mount))
                        require_mount(s, origin, rt_mount_host(s->arena, s->container, i));
                else if (mount->source)
                        SET(s, origin, "RequiresMountsFor", "%s",
                            rt_escape_word(s->arena, mount->source));
        }
        RT_EACH (pages, &container->memory.hugepages)
                require_mount(s, rt_from(&pages->item, RT_HUGEPAGES_SIZE),
                              rt_hugepages_host(s->arena, s->container, pages));
}

/* Wanted, not required: without it the CPUs wake up later, which is for the doctor to say. */
static void set_cpu_latency(const Service *s)
{
        if (!rt_is_set(s->item, RT_CONTAINER_CPU_LATENCY))
                return;
        const char *unit = rt_printf(s->arena, "rtcontainers-cpu-latency@%lld.service",
                                     (long long)(s->container->cpu_latency / 1000));
        SET(s, from(s, RT_CONTAINER_CPU_LATENCY), "Wants", "%s", unit);
        SET(s, from(s, RT_CONTAINER_CPU_LATENCY), "After", "%s", unit);
}

static void set_unit(const Service *s)
{
        const RtContainer *container = s->container;
        const char *name = container->object.name;
        rt_emit_unit_head(s->emit, s->file, &container->object, from(s, RT_CONTAINER_DESCRIPTION),
                          container->description ? rt_printf(s->arena, "Container %s: %s", name,
                                                             container->description)
                                                 : rt_printf(s->arena, "Container %s", name));
        const char *barriers = rt_config_barriers(s->emit);
        if (barriers[0])
                SET(s,
                    rt_by_rule("containers of the old config stop before those of the new one "
                               "start"),
                    "After", "%s", barriers);
        set_channels(s);
        set_mounts(s);
        if (rt_container_is_realtime(container) && rt_has_own_cpus(s->emit)) {
                const RtOrigin clear = rt_by_rule("its CPUs are cleared before it starts; if that "
                                                  "fails, it starts all the same");
                SET(s, clear, "Wants", RT_CPUS_UNIT);
                SET(s, clear, "After", RT_CPUS_UNIT);
        }
        if (rt_has_bindings(container))
                SET(s, rt_by_rule("threads that appear later are bound by this"), "Wants",
                    "rtcontainers-threads.service");
        rt_emit_device_dependencies(s->emit, s->file, s->instance);
        set_cpu_latency(s);
        SET(s, rt_by_rule("settings there would take the place of ours, private users and all"),
            "AssertPathExists", "!/etc/systemd/nspawn/%s.nspawn", name);
        RT_EACH (other, &s->emit->plan->instances)
                if (s->instance->only && *other != s->instance && (*other)->container == container)
                        SET(s, rt_by_rule("one machine of that name at a time"), "Conflicts", "%s",
                            (*other)->unit);
        SET(s, rt_by_rule("quick switching to and fro is no failure"), "StartLimitIntervalSec",
            "0");
}

/* -- [Service]: life --------------------------------------------------------------------------- */

/* nspawn starts as an ordinary process, as its work would hold up other containers' tasks; the
 * program's threads get what the plan gives them when it has started, and those that come later
 * get it from a service for all containers. */
static void set_bindings(const Service *s)
{
        if (!rt_has_bindings(s->container))
                return;
        SET(s, from(s, RT_CONTAINER_TASKS), "ExecStartPost",
            RT_PKGLIBEXECDIR "/bind-threads " RT_NSPAWN_RUN_FOLDER "/%s.tasks",
            s->container->object.name);
}

static const char *delivered(const Service *s, const char *ending)
{
        return rt_escape_argument(s->arena,
                                  rt_printf(s->arena, "%s/%s", s->emit->unit_dir,
                                            rt_instance_file(s->arena, s->instance, ending)));
}

static void set_commands(const Service *s)
{
        const RtContainer *container = s->container;
        const char *name = container->object.name;
        RtText files = RT_TEXT(s->arena);
        rt_text_add(&files, delivered(s, "nspawn"));
        if (rt_has_ends(s->emit, container))
                rt_text_addf(&files, " %s", delivered(s, "channels"));
        if (container->tasks.n > 0)
                rt_text_addf(&files, " %s", delivered(s, "tasks"));
        const RtOrigin deliver =
                rt_by_rule("nspawn trusts settings in /run/systemd/nspawn only; without them it "
                           "would start with defaults, so the start fails if they cannot be put "
                           "there");
        SET(s, deliver, "ExecStartPre",
            "/usr/bin/install -D -m 0644 -t " RT_NSPAWN_RUN_FOLDER " %s", files.data);
        rt_emit_device_grant(s->emit, s->file, s->instance);
        rt_emit_cpus_before(s->emit, s->file, s->instance);
        SET(s, from(s, RT_CONTAINER_ROOTFS), "ExecStart",
            "%s/usr/bin/systemd-nspawn --quiet --keep-unit --register=%s --console=pipe "
            "--settings=yes --machine=%s --directory=%s",
            rt_container_is_realtime(container) ? RT_PKGLIBEXECDIR "/without-thp " : "",
            container->registered ? "yes" : "no", name,
            rt_escape_argument(s->arena, container->rootfs));
        set_bindings(s);
        rt_emit_cpus_started(s->emit, s->file, s->instance);
        /* The program cannot put this bound off, as it can systemd's by EXTEND_TIMEOUT_USEC=. */
        if (!container->boot)
                SET(s, from(s, RT_CONTAINER_STOP_TIMEOUT), "ExecStop",
                    RT_PKGLIBEXECDIR "/stop-payload %lld",
                    (long long)((container->stop_timeout + 999) / 1000));
        rt_emit_cpus_stopped(s->emit, s->file, s->instance);
        SET(s, rt_by_rule("nothing stale stays behind that would hinder the next start"),
            "ExecStopPost", "-" RT_PKGLIBEXECDIR "/tidy-up %s", name);
        rt_emit_device_revoke(s->emit, s->file, s->instance);
        rt_emit_interfaces_return(s->emit, s->file, s->instance);
}

/* systemd counts in whole microseconds; a limit rounds up. */
static const char *time_span(const Service *s, int64_t ns)
{
        return rt_duration_text(s->arena, (ns + 999) / 1000 * 1000);
}

static void set_sockets(const Service *s)
{
        RtEnds ends = rt_wiring_ends(s->arena, s->emit->wiring, s->container);
        RT_EACH (end, &ends)
                if ((*end)->n_accepts > 0)
                        SET(s,
                            rt_from_text(s->item, RT_CONTAINER_PUBLISHES + (*end)->role,
                                         (*end)->index),
                            "Sockets", "%s",
                            rt_channel_socket_unit(s->arena, (*end)->wire->channel->object.name));
}

static void set_life(const Service *s)
{
        const RtContainer *container = s->container;
        SET(s, from(s, RT_CONTAINER_NOTIFY), "Type", "notify");
        SET(s, from(s, RT_CONTAINER_WATCHDOG), "NotifyAccess", "%s",
            container->watchdog > 0 ? "all" : "main");
        set_commands(s);
        SET(s, from(s, RT_CONTAINER_RESTART), "Restart", "%s",
            rt_restart_words[container->restart]);
        if (container->boot) {
                const RtOrigin reboot = rt_by_rule("a reboot inside the container restarts it");
                SET(s, reboot, "RestartForceExitStatus", "133");
                SET(s, reboot, "SuccessExitStatus", "133");
        }
        if (container->watchdog > 0) {
                RtOrigin origin = from(s, RT_CONTAINER_WATCHDOG);
                SET(s, origin, "WatchdogSec", "%s", time_span(s, container->watchdog));
                SET(s,
                    rt_by_rule("the watchdog is the program's; nspawn must not answer it in its "
                               "place"),
                    "UnsetEnvironment", "WATCHDOG_USEC WATCHDOG_PID");
        }
        const int64_t margin = container->boot ? 0 : INT64_C(1000000000);
        SET(s, from(s, RT_CONTAINER_STOP_TIMEOUT), "TimeoutStopSec", "%s",
            time_span(s, container->stop_timeout + margin));
        SET(s, rt_by_rule("nspawn stops the container; what is left is killed"), "KillMode",
            "mixed");
        SET(s, rt_by_rule("journalctl shows the container's name"), "SyslogIdentifier", "%s",
            container->object.name);
        set_sockets(s);
}

/* -- [Service]: limits ------------------------------------------------------------------------- */

static void set_scheduling(const Service *s)
{
        const RtInstance *instance = s->instance;
        int top = rt_instance_top_priority(instance);
        SET(s,
            rt_by_rule("real-time containers share one top-level slice; others are with the "
                       "machine's"),
            "Slice", "%s", rt_instance_slice(s->arena, instance));
        SET(s, rt_by_rule("nspawn keeps its own part of the cgroup apart from the container's"),
            "Delegate", "yes");
        SET(s, rt_instance_cpus_origin(s->emit, instance), "AllowedCPUs", "%s",
            rt_cpuset_text(s->arena, &instance->cpus));
        if (top > 0)
                SET(s, rt_by_rule("limits in the container are capped by the service's"),
                    "LimitRTPRIO", "%d", top);
}

static void set_memory(const Service *s)
{
        const RtMemory *memory = &s->container->memory;
        const struct {
                const char *setting;
                size_t key;
                int64_t value;
        } limits[] = {
                { "MemoryMax", RT_MEMORY_MAX, memory->max },
                { "MemoryHigh", RT_MEMORY_HIGH, memory->high },
                { "MemoryLow", RT_MEMORY_LOW, memory->low },
        };
        for (size_t i = 0; i < RT_ELEMENTS(limits); i++)
                if (limits[i].value > 0)
                        SET(s, rt_from(&memory->item, limits[i].key), limits[i].setting, "%lld",
                            (long long)limits[i].value);
        if (!rt_cpuset_is_empty(&memory->nodes))
                SET(s, rt_from(&memory->item, RT_MEMORY_NODES), "AllowedMemoryNodes", "%s",
                    rt_cpuset_text(s->arena, &memory->nodes));
        if (rt_container_is_realtime(s->container)) {
                SET(s, rt_by_rule("real-time containers never wait for swap"), "MemorySwapMax",
                    "0");
                SET(s, rt_by_rule("others are killed first when memory runs out"), "OOMScoreAdjust",
                    "-500");
        }
        RtOrigin why_locked;
        const int64_t locked = rt_container_memlock(s->emit, s->container, &why_locked);
        if (locked > 0)
                SET(s, why_locked, "LimitMEMLOCK", "%lld", (long long)locked);
}

void rt_emit_service(RtEmit *emit, const RtInstance *instance)
{
        const RtObject *object = &instance->container->object;
        Service s = {
                .emit = emit,
                .arena = emit->arena,
                .instance = instance,
                .container = instance->container,
                .item = &object->item,
        };
        s.file = rt_emit_file(emit, object, instance->unit);
        if (instance->why_only)
                rt_artifact_line(emit->artifacts, s.file,
                                 rt_printf(emit->arena, "# For config %s alone: %s.",
                                           instance->only->object.name, instance->why_only));
        set_unit(&s);
        rt_emit_section(emit, s.file, "Service");
        set_life(&s);
        set_scheduling(&s);
        set_memory(&s);
        rt_emit_device_policy(emit, s.file, instance);
}
