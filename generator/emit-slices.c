/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CPU sets. One top-level slice holds all real-time CPUs, so that it can become a cpuset partition
 * that no sibling overlaps; everything else of the system stays on the housekeeping CPUs. */

#include <limits.h>
#include <string.h>

#include "emit-internal.h"
#include "escape.h"
#include "text.h"

static const char realtime_slice[] = "rtcontainers.slice";
static const char housekeeping_slice[] = "machine.slice";

const char *rt_instance_slice(RtArena *arena, const RtInstance *instance)
{
        if (!rt_container_is_realtime(instance->container))
                return housekeeping_slice;
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

/* Whether the instance is in the slice, or in one below it. */
static bool is_within(const RtEmit *emit, const RtInstance *instance, const char *slice)
{
        const char *own = rt_instance_slice(emit->arena, instance);
        return strcmp(own, slice) == 0 ||
               (strcmp(slice, realtime_slice) == 0 && rt_starts_with(own, "rtcontainers-"));
}

/* What the kernel spares a container it must spare the slice as well: the most that is asked for by
 * one config, or by a container alone. */
static int64_t memory_low(const RtEmit *emit, const char *slice)
{
        int64_t most = 0;
        RT_EACH (instance, &emit->plan->instances) {
                const int64_t low = (*instance)->container->memory.low;
                if (low > most && is_within(emit, *instance, slice))
                        most = low;
        }
        RT_EACH (config, &emit->plan->configs) {
                int64_t sum = 0;
                RT_EACH (member, &(*config)->members)
                        if (is_within(emit, *member, slice))
                                sum += (*member)->container->memory.low;
                most = sum > most ? sum : most;
        }
        return most;
}

static void set_memory_low(RtEmit *emit, RtArtifact *file, const char *slice)
{
        const int64_t low = memory_low(emit, slice);
        if (low > 0)
                rt_emit_set(emit, file,
                            rt_by_rule("what containers are spared is spared their slice, too"),
                            "MemoryLow", "%lld", (long long)low);
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
        set_memory_low(emit, file, unit);
}

static void emit_housekeeping(RtEmit *emit, const char *unit, const char *section)
{
        const RtObject *platform = &emit->model->platform.object;
        const bool containers = strcmp(unit, housekeeping_slice) == 0;
        if (!rt_plan_is_realtime(emit->plan) && !(containers && memory_low(emit, unit) > 0))
                return;
        RtArtifact *file = rt_emit_file(emit, platform,
                                        rt_printf(emit->arena, "%s.d/50-rtcontainers.conf", unit));
        rt_emit_section(emit, file, section);
        if (rt_plan_is_realtime(emit->plan))
                rt_emit_set(emit, file, rt_from(&platform->item, RT_PLATFORM_HOUSEKEEPING),
                            "AllowedCPUs", "%s",
                            rt_cpuset_text(emit->arena, &emit->plan->housekeeping));
        if (containers)
                set_memory_low(emit, file, unit);
}

static void emit_realtime(RtEmit *emit)
{
        const RtPlatform *platform = &emit->model->platform;
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
}

void rt_emit_slices(RtEmit *emit)
{
        if (rt_plan_is_realtime(emit->plan))
                emit_realtime(emit);
        emit_housekeeping(emit, "system.slice", "Slice");
        emit_housekeeping(emit, "user.slice", "Slice");
        emit_housekeeping(emit, housekeeping_slice, "Slice");
        emit_housekeeping(emit, "init.scope", "Scope");
}
