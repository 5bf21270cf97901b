/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by emit*.c only: one run of rt_emit(), and what it is made of. */

#include "emit.h"
#include "spin.h"
#include "wiring.h"

typedef struct RtEmit {
        RtArena *arena;
        RtArtifacts *artifacts;
        const RtModel *model;
        const RtPlan *plan;
        const RtDiags *diags;
        const char *unit_dir;
        const RtWiring *wiring; /* of accepted objects */
        const char *barriers;   /* of rt_config_barriers(), made once */
} RtEmit;

/* A new unit or settings file with its header: generator, inputs. */
RtArtifact *rt_emit_file(RtEmit *emit, const RtObject *about, const char *path);
/* [Unit] with Description=, Documentation= and SourcePath=. `description` is escaped here. */
void rt_emit_unit_head(RtEmit *emit, RtArtifact *file, const RtObject *about, RtOrigin origin,
                       const char *description);

#define rt_emit_set(emit, file, origin, key, ...)                                                  \
        rt_artifact_set((emit)->artifacts, (file), (origin), (key), __VA_ARGS__)
#define rt_emit_section(emit, file, name) rt_artifact_section((emit)->artifacts, (file), (name))

/* emit-slices.c: CPU sets of real-time containers and of everything else. */
void rt_emit_slices(RtEmit *emit);
/* Why the instance runs on its CPUs. */
RtOrigin rt_instance_cpus_origin(const RtEmit *emit, const RtInstance *instance);
const char *rt_instance_slice(RtArena *arena, const RtInstance *instance);

/* emit-cpus.c: CPUs that are kept free of everything else, and interrupts that come to them. */
void rt_emit_cpus(RtEmit *emit);
/* Whether there are real-time CPUs, apart from the housekeeping ones: else nothing is kept free. */
bool rt_has_own_cpus(const RtEmit *emit);
#define RT_CPUS_UNIT "rtcontainers-cpus.service"
/* "isolated" or "root", if the instance's slice is to be a partition; NULL if not, or if it has no
 * slice of its own. */
const char *rt_instance_partition(const RtEmit *emit, const RtInstance *instance);
/* Commands of the instance's service: before its program starts, when it has, when it has ended. */
void rt_emit_cpus_before(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
void rt_emit_cpus_started(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
void rt_emit_cpus_stopped(RtEmit *emit, RtArtifact *file, const RtInstance *instance);

/* emit-channel.c: the sockets by which the ends of channels find each other. */
void rt_emit_channels(RtEmit *emit);
const char *rt_channel_socket_unit(RtArena *arena, const char *channel);
/* Where the channel is inside of whoever connects to it; on the host a folder with a socket for
 * each of them. */
const char *rt_channel_path(RtArena *arena, const char *channel);
/* The socket of an end that connects, on the host. */
const char *rt_end_socket_path(RtArena *arena, const RtEnd *end);

/* emit-ends.c: what the ends of channels know of them, as a text for each instance. */
void rt_emit_ends(RtEmit *emit, const RtInstance *instance);
/* Whether the container has such a text. */
bool rt_has_ends(const RtEmit *emit, const RtContainer *container);
/* One end's line of such a text, with what decides how it waits. */
void rt_emit_end(RtEmit *emit, RtArtifact *file, const RtEnd *end, RtSpin spin);
/* Where that text is inside. */
#define RT_ENDS_PATH "/run/rtcontainers/channels.conf"
/* Memory that the container may lock, and why: what it declares, and what its channels take. -1:
 * what systemd lets it have. */
int64_t rt_container_memlock(const RtEmit *emit, const RtContainer *container,
                             RtOrigin *ret_origin);

/* emit-tasks.c: what the threads of an instance get, as a text. */
void rt_emit_tasks(RtEmit *emit, const RtInstance *instance);
/* Whether there is anything that is set from outside. */
bool rt_has_bindings(const RtContainer *container);
/* Where that text is inside. */
#define RT_TASKS_PATH "/run/rtcontainers/tasks.conf"

/* emit-bridge.c: services that connect channels to the world outside. */
void rt_emit_bridges(RtEmit *emit);
const char *rt_bridge_unit(RtArena *arena, const char *channel);
/* The units of the bridges whose channel has its listening end in the config; or of the others. */
typedef RT_LIST(const char *) RtUnits;
RtUnits rt_config_bridges(const RtEmit *emit, const RtConfigPlan *config, bool in);

/* nspawn.c: all that knows which container manager runs an instance. */
void rt_nspawn_emit(RtEmit *emit, const RtInstance *instance);
/* Where nspawn looks for settings. The services put copies there. */
#define RT_NSPAWN_RUN_FOLDER "/run/systemd/nspawn"

/* emit-mounts.c: mount units on the host that nspawn binds from. */
typedef struct RtHostMount {
        const char *unit;  /* name of the mount unit */
        const char *where; /* path on the host */
} RtHostMount;
/* Whether the mount has options that Bind= cannot express. */
bool rt_mount_needs_unit(const RtMount *mount);
RtHostMount rt_mount_host(RtArena *arena, const RtContainer *container, size_t index);
RtHostMount rt_hugepages_host(RtArena *arena, const RtContainer *container,
                              const RtHugepages *pages);
/* Those of the instance's container; all of its instances share them. */
void rt_emit_mounts(RtEmit *emit, const RtInstance *instance);

/* emit-devices.c: devices and network interfaces. */
/* In [Unit] of the instance's service: what must be there, and what stops it. */
void rt_emit_device_dependencies(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
/* In its [Service]: opens their nodes to the container's root; takes that back; waits for
 * interfaces that come back; keeps other devices from being opened. */
void rt_emit_device_grant(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
void rt_emit_device_revoke(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
void rt_emit_interfaces_return(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
void rt_emit_device_policy(RtEmit *emit, RtArtifact *file, const RtInstance *instance);
/* What systemd does when a device of any container appears. */
void rt_emit_devices(RtEmit *emit);
/* Whether the container starts again when a device is back: it may be absent from its config. */
bool rt_container_replugs(const RtContainer *container);

/* emit-service.c: what systemd itself enforces for an instance. */
void rt_emit_service(RtEmit *emit, const RtInstance *instance);

/* emit-config.c: targets, their barriers and proxies, the default target. */
void rt_emit_configs(RtEmit *emit);
void rt_emit_default(RtEmit *emit);
const char *rt_config_target(RtArena *arena, const RtConfig *config);
/* All barriers, "rt-config-A-pre.target rt-config-B-pre.target"; "" if there is no config. */
const char *rt_config_barriers(RtEmit *emit);

/* emit-tombstone.c: units that fail with the reason why their descriptor was rejected. */
void rt_emit_tombstones(RtEmit *emit);
