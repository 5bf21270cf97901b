/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CPU sets. One top-level slice holds all real-time CPUs, so that it can become a cpuset partition
 * that no sibling overlaps; everything else of the system stays on the housekeeping CPUs. */

#include <limits.h>
#include <string.h>

#include "emit-internal.h"
#include "escape.h"

static const char realtime_slice[] = "rtcontainers.slice";

const char *rt_instance_slice(RtArena *arena, const RtInstance *instance)
{
        if (!rt_container_is_realtime(instance->container))
                return "machine.slice";
        if (!instance->container->cpus.exclusive)
                return realtime_slice;
        const char *own = rt_printf(arena, "rtcontainers-%s.slice",
                                    rt_escape_unit_name(arena, instance->stem));
        /* Two long names full of dashes do not fit into one of a unit. */
        return strlen(own) <= NAME_MAX ? own : realtime_slice;
}

RtOrigin rt_instance_cpus_origin(const RtEmit *emit, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        RT_EACH (task, &container->tasks)
                if (rt_is_set(&task->item, RT_TASK_CPU))
                        return rt_from(&task->item, RT_TASK_CPU);
        if (rt_is_set(&container->cpus.item, RT_CPUS_ALLOWED))
                return rt_from(&container->cpus.item, RT_CPUS_ALLOWED);
        if (!rt_container_is_realtime(container))
                return rt_from(&emit->model->platform.object.item, RT_PLATFORM_HOUSEKEEPING);
        return rt_by_rule("placed by the plan, where it fits in all its configs");
}

static void emit_slice(RtEmit *emit, const RtObject *about, const char *unit,
                       const char *description, const RtCpuSet *cpus, RtOrigin origin)
{
        RtArtifact *file = rt_emit_file(emit, about, unit);
        rt_emit_unit_head(emit, file, about, rt_by_rule("what the slice is for"), description);
        rt_emit_set(emit, file,
                    rt_by_rule("a cgroup that stays behind would keep others from having its CPUs "
                               "to themselves"),
                    "StopWhenUnneeded", "yes");
        rt_emit_section(emit, file, "Slice");
        rt_emit_set(emit, file, origin, "AllowedCPUs", "%s", rt_cpuset_text(emit->arena, cpus));
}

static void emit_housekeeping(RtEmit *emit, const char *unit, const char *section)
{
        const RtObject *platform = &emit->model->platform.object;
        RtArtifact *file = rt_emit_file(emit, platform,
                                        rt_printf(emit->arena, "%s.d/50-rtcontainers.conf", unit));
        rt_emit_section(emit, file, section);
        rt_emit_set(emit, file, rt_from(&platform->item, RT_PLATFORM_HOUSEKEEPING), "AllowedCPUs",
                    "%s", rt_cpuset_text(emit->arena, &emit->plan->housekeeping));
}

void rt_emit_slices(RtEmit *emit)
{
        const RtPlatform *platform = &emit->model->platform;
        if (!rt_plan_is_realtime(emit->plan))
                return;
        emit_slice(emit, &platform->object, realtime_slice, "Real-time containers",
                   &emit->plan->realtime, rt_from(&platform->object.item, RT_PLATFORM_CPUS));
        RT_EACH (it, &emit->plan->instances) {
                const RtInstance *instance = *it;
                const RtContainer *container = instance->container;
                if (!container->cpus.exclusive ||
                    strcmp(rt_instance_slice(emit->arena, instance), realtime_slice) == 0)
                        continue;
                emit_slice(emit, &container->object, rt_instance_slice(emit->arena, instance),
                           rt_printf(emit->arena, "CPUs of the container %s alone",
                                     container->object.name),
                           &instance->cpus, rt_from(&container->cpus.item, RT_CPUS_EXCLUSIVE));
        }
        emit_housekeeping(emit, "system.slice", "Slice");
        emit_housekeeping(emit, "user.slice", "Slice");
        emit_housekeeping(emit, "machine.slice", "Slice");
        emit_housekeeping(emit, "init.scope", "Scope");
}
