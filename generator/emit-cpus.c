/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real-time CPUs are kept free of what else there is of the system: one service clears them as long
 * as any real-time container runs, each exclusive container makes its slice a partition, and
 * interrupts of declared devices come to the CPUs of their container. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "text.h"

bool rt_has_own_cpus(const RtEmit *emit)
{
        RtCpuSet shared = rt_cpuset_and(&emit->plan->realtime, &emit->plan->housekeeping);
        return rt_plan_is_realtime(emit->plan) && rt_cpuset_is_empty(&shared);
}

void rt_emit_cpus(RtEmit *emit)
{
        const RtPlatform *platform = &emit->model->platform;
        const RtOrigin why = rt_by_rule("real-time CPUs are kept free as long as a real-time "
                                        "container runs, and only then");
        const RtOrigin masks = rt_from(&platform->object.item, RT_PLATFORM_HOUSEKEEPING);
        if (!rt_has_own_cpus(emit))
                return;
        RtArtifact *file = rt_emit_file(emit, &platform->object, RT_CPUS_UNIT);
        rt_emit_unit_head(emit, file, &platform->object, why,
                          "Keeping real-time CPUs free of the rest of the system");
        rt_emit_set(emit, file, rt_by_rule("in a container, interrupts are the host's"),
                    "ConditionVirtualization", "!container");
        const RtOrigin partition =
                rt_by_rule("the slice of all real-time CPUs is a cpuset partition meanwhile");
        rt_emit_set(emit, file, partition, "Requires", "rtcontainers.slice");
        rt_emit_set(emit, file, partition, "After", "rtcontainers.slice");
        rt_emit_set(emit, file, why, "StopWhenUnneeded", "yes");
        rt_emit_set(emit, file, rt_by_rule("quick switching to and fro is no failure"),
                    "StartLimitIntervalSec", "0");
        rt_emit_section(emit, file, "Service");
        rt_emit_set(emit, file, why, "Type", "oneshot");
        rt_emit_set(emit, file, why, "RemainAfterExit", "yes");
        rt_emit_set(emit, file, masks, "ExecStart", RT_PKGLIBEXECDIR "/isolate-cpus start %s %s",
                    rt_cpuset_text(emit->arena, &emit->plan->realtime),
                    rt_cpuset_text(emit->arena, &emit->plan->housekeeping));
        rt_emit_set(emit, file,
                    rt_by_rule("everything goes back to where it was, however the service ends"),
                    "ExecStopPost", RT_PKGLIBEXECDIR "/isolate-cpus stop");
        rt_emit_set(emit, file, rt_by_rule("containers wait for it, but not for long"),
                    "TimeoutStartSec", "10s");
}

const char *rt_instance_partition(const RtEmit *emit, const RtInstance *instance)
{
        if (!rt_has_own_cpus(emit) || !instance->container->cpus.exclusive ||
            !rt_starts_with(rt_instance_slice(emit->arena, instance), "rtcontainers-"))
                return NULL;
        RT_EACH (task, &instance->tasks)
                if (task->task->policy == RT_POLICY_DEADLINE)
                        return "root";
        return "isolated";
}

void rt_emit_cpus_before(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const char *partition = rt_instance_partition(emit, instance);
        if (!partition)
                return;
        RtOrigin origin =
                strcmp(partition, "root") == 0
                        ? rt_by_rule("the kernel admits deadline tasks to CPUs with a root domain "
                                     "of their own only, which isolated ones have not")
                        : rt_from(&instance->container->cpus.item, RT_CPUS_EXCLUSIVE);
        rt_emit_set(emit, file, origin, "ExecStartPre",
                    "-" RT_PKGLIBEXECDIR "/isolate-cpus take %s %s",
                    rt_escape_argument(emit->arena, rt_instance_slice(emit->arena, instance)),
                    partition);
}

static bool has_irqs(const RtContainer *container)
{
        RT_EACH (device, &container->devices)
                if (device->irq)
                        return true;
        return false;
}

void rt_emit_cpus_started(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        RtText text = RT_TEXT(emit->arena);
        const RtItem *first = NULL;
        RT_EACH (device, &container->devices) {
                if (!device->irq)
                        continue;
                const char *priority =
                        device->irq_priority > 0
                                ? rt_printf(emit->arena, "%lld", (long long)device->irq_priority)
                                : "-";
                rt_text_addf(&text, " %s",
                             rt_escape_argument(emit->arena, rt_printf(emit->arena, "%s:%s",
                                                                       priority, device->irq)));
                first = first ? first : &device->item;
        }
        if (first)
                rt_emit_set(emit, file, rt_from(first, RT_DEVICE_IRQ), "ExecStartPost",
                            "-" RT_PKGLIBEXECDIR "/steer-irqs start %s %s %lld%s",
                            container->object.name, rt_cpuset_text(emit->arena, &instance->cpus),
                            (long long)((container->startup + 999) / 1000), text.data);
}

void rt_emit_cpus_stopped(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        if (has_irqs(instance->container))
                rt_emit_set(emit, file, rt_by_rule("its interrupts go back to where they were"),
                            "ExecStopPost", "-" RT_PKGLIBEXECDIR "/steer-irqs stop %s",
                            instance->container->object.name);
        if (rt_instance_partition(emit, instance))
                rt_emit_set(
                        emit, file,
                        rt_by_rule("its CPUs are given back before any other container "
                                   "starts"),
                        "ExecStopPost", "-" RT_PKGLIBEXECDIR "/isolate-cpus give %s",
                        rt_escape_argument(emit->arena, rt_instance_slice(emit->arena, instance)));
}
