/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is nobody's in particular: the rest of the system keeps to the housekeeping CPUs, and while
 * real-time containers run, their CPUs are kept free. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel-file.h"
#include "partition.h"
#include "status-inspect.h"
#include "text.h"

static const char realtime_slice[] = "rtcontainers.slice";

static bool exists(const char *path)
{
        struct stat status;
        return stat(path, &status) == 0;
}

static void compare_group(RtInspection *inspection, const char *name, const RtCpuSet *planned)
{
        RtArena *arena = inspection->arena;
        RtCpuSet actual;
        const char *group = rt_printf(arena, "%s/%s", inspection->system->cgroups, name);
        RtComparison comparison = {
                .subject = name,
                .aspect = "allowed CPUs",
                .planned = rt_cpuset_text(arena, planned),
                .hint = "systemd has not been told: systemctl daemon-reload; or there is a drop-in "
                        "of somebody else's: systemctl cat",
        };
        if (!exists(group))
                return; /* nothing of it runs */
        int r = rt_kernel_read_cpus(arena, rt_printf(arena, "%s/cpuset.cpus", group), &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r == -ENOENT ? -ENODEV : r);
                return;
        }
        comparison.actual = rt_cpuset_is_empty(&actual) ? "any" : rt_cpuset_text(arena, &actual);
        comparison.agreement = rt_cpuset_equal(&actual, planned) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

/* New interrupts come to these CPUs. */
static void compare_default_interrupts(RtInspection *inspection, const RtCpuSet *planned)
{
        RtArena *arena = inspection->arena;
        const char *text;
        RtCpuSet actual;
        RtComparison comparison = {
                .subject = "interrupts",
                .aspect = "default CPUs",
                .planned = rt_cpuset_text(arena, planned),
                .hint = "somebody has changed /proc/irq/default_smp_affinity since the first "
                        "container started",
        };
        int r = rt_kernel_read(
                arena, rt_system_path(arena, inspection->system, "/proc/irq/default_smp_affinity"),
                &text);
        r = r < 0 ? r : rt_cpumask_parse(text, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual = rt_cpuset_text(arena, &actual);
        comparison.agreement = rt_cpuset_is_subset(&actual, planned) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

static void compare_partition(RtInspection *inspection)
{
        RtPartition partition;
        const char *group =
                rt_printf(inspection->arena, "%s/%s", inspection->system->cgroups, realtime_slice);
        RtComparison comparison = {
                .subject = realtime_slice,
                .aspect = "partition",
                .planned = "root",
                .hint = "another cgroup has some of its CPUs, or somebody has changed it; the "
                        "journal of rtcontainers-cpus.service may say more",
        };
        int r = rt_partition_get(inspection->arena, group, &partition);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r == -ENOENT ? -ENODEV : r);
                return;
        }
        comparison.actual = rt_printable(inspection->arena, partition.text, 256);
        comparison.agreement =
                partition.valid && partition.type == RT_PARTITION_ROOT ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

/* Whether any real-time container has processes. */
static bool realtime_runs(const RtInspection *inspection)
{
        RtServices services = { 0 };
        RtPids pids = { 0 };
        const char *above =
                rt_printf(inspection->arena, "%s/%s/", inspection->system->cgroups, realtime_slice);
        if (rt_services_find(inspection->arena, inspection->system->cgroups, &services) < 0)
                return false;
        RT_EACH (service, &services)
                if (rt_starts_with(service->group, above))
                        (void)rt_service_pids(inspection->arena, service, &pids);
        return pids.n > 0;
}

/* Containers start without it if it fails. */
static void compare_service(RtInspection *inspection)
{
        const char *unit = "rtcontainers-cpus.service";
        const bool nested = exists(
                rt_system_path(inspection->arena, inspection->system, "/run/systemd/container"));
        if (!rt_artifacts_find(&inspection->pipeline->artifacts, unit) ||
            !realtime_runs(inspection))
                return;
        rt_compare(inspection,
                   (RtComparison){
                           .subject = unit,
                           .aspect = "state",
                           .planned = "active",
                           .actual = nested ? NULL : "inactive",
                           .agreement = nested ? RT_UNKNOWN : RT_DRIFT,
                           .hint = nested ? "in a container, interrupts are the host's"
                                          : "real-time CPUs are not kept free; systemctl status "
                                            "rtcontainers-cpus.service says why",
                   });
}

void rt_inspect_platform(RtInspection *inspection)
{
        static const char *const others[] = { "system.slice", "user.slice", "machine.slice",
                                              "init.scope" };
        const RtPlan *plan = &inspection->pipeline->plan;
        if (!rt_plan_is_realtime(plan))
                return;
        for (size_t i = 0; i < RT_ELEMENTS(others); i++)
                compare_group(inspection, others[i], &plan->housekeeping);
        compare_group(inspection, realtime_slice, &plan->realtime);
        /* The service that keeps the CPUs free has noted what was before. */
        if (!exists(rt_system_path(inspection->arena, inspection->system,
                                   "/run/rtcontainers/cpus.state"))) {
                compare_service(inspection);
                return;
        }
        compare_partition(inspection);
        compare_default_interrupts(inspection, &plan->housekeeping);
}
