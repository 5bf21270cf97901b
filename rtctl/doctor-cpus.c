/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPUs themselves, and what lies below them. */

#include <string.h>

#include "doctor.h"
#include "text.h"

#define CPU "/sys/devices/system/cpu/"

void rt_checkup_cpus_online(RtDoctor *doctor)
{
        RtCpuSet online, present = { 0 };
        if (!rt_view_cpus(doctor->view, CPU "online", &online)) {
                rt_cannot_tell(doctor, "CPUs online", CPU "online");
                return;
        }
        if (!rt_view_cpus(doctor->view, CPU "present", &present))
                present = online;
        RtCpuSet off = rt_cpuset_minus(&doctor->model->platform.cpus, &online);
        RtCpuSet missing = rt_cpuset_minus(&off, &present);
        off = rt_cpuset_minus(&off, &missing);
        if (!rt_cpuset_is_empty(&missing))
                rt_found(doctor, RT_LEVEL_ERROR,
                         rt_say("this machine does not have %s of platform.conf",
                                rt_cpus_said(doctor, &missing)),
                         "Containers that were placed there do not start.", NULL, NULL);
        if (!rt_cpuset_is_empty(&off))
                rt_found(doctor, RT_LEVEL_ERROR,
                         rt_say("%s of platform.conf %s offline", rt_cpus_said(doctor, &off),
                                rt_cpuset_count(&off) == 1 ? "is" : "are"),
                         "Containers that were placed there do not start.",
                         rt_fix_write_cpus(doctor, &off, CPU "cpu$c/online", "1"), NULL);
        if (rt_cpuset_is_empty(&missing) && rt_cpuset_is_empty(&off))
                rt_fine(doctor, rt_say("online: %s; real-time: %s", rt_cpus_said(doctor, &online),
                                       rt_cpus_said(doctor, &doctor->realtime)));
}

void rt_checkup_smt(RtDoctor *doctor)
{
        RtCpuSet foreign = { 0 }, together = { 0 };
        bool known = false;
        RT_EACH_CPU (cpu, &doctor->realtime) {
                RtCpuSet siblings;
                if (!rt_view_cpus(doctor->view,
                                  rt_say(CPU "cpu%d/topology/thread_siblings_list", cpu),
                                  &siblings))
                        continue;
                known = true;
                RtCpuSet outside = rt_cpuset_minus(&siblings, &doctor->realtime);
                foreign = rt_cpuset_or(&foreign, &outside);
                if (rt_cpuset_is_empty(&outside) && rt_cpuset_count(&siblings) > 1)
                        together = rt_cpuset_or(&together, &siblings);
        }
        if (!known) {
                rt_cannot_tell(doctor, "sibling CPUs", CPU "cpuN/topology");
                return;
        }
        if (!rt_cpuset_is_empty(&foreign))
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("real-time CPUs share their cores with %s",
                                rt_cpus_said(doctor, &foreign)),
                         "What runs on the sibling takes up to half of the core's speed, so "
                         "execution times were not measured but guessed; take siblings into one "
                         "set in platform.conf, or take the others offline.",
                         doctor->separate && rt_cpuset_is_subset(&doctor->housekeeping, &foreign)
                                 ? NULL
                                 : rt_fix_write_cpus(doctor, &foreign, CPU "cpu$c/online", "0"),
                         rt_keep_boot(doctor, "nosmt"));
        if (!rt_cpuset_is_empty(&together))
                rt_found(doctor, RT_LEVEL_NOTE,
                         rt_say("of %s, pairs share a core", rt_cpus_said(doctor, &together)),
                         "Real-time tasks on siblings slow each other down; measure execution "
                         "times with both busy.",
                         NULL, rt_keep_boot(doctor, "nosmt"));
        if (rt_cpuset_is_empty(&foreign) && rt_cpuset_is_empty(&together))
                rt_fine(doctor, "each real-time CPU has a core of its own");
}

/* "flags : … hypervisor …" of /proc/cpuinfo. */
static bool cpuinfo_has_hypervisor(const char *text)
{
        const char *line = text ? strstr(text, "\nflags") : NULL;
        const char *found = line ? strstr(line, " hypervisor") : NULL;
        const char *end = line ? strchr(line + 1, '\n') : NULL;
        return found && (!end || found < end);
}

void rt_checkup_hypervisor(RtDoctor *doctor)
{
        const RtView *view = doctor->view;
        const char *info = rt_view_text(view, "/proc/cpuinfo");
        const char *type = rt_view_text(view, "/sys/hypervisor/type");
        const char *vendor = rt_view_text(view, "/sys/class/dmi/id/sys_vendor");
        bool guest = type || cpuinfo_has_hypervisor(info) || (vendor && strstr(vendor, "QEMU")) ||
                     rt_view_has(view, "/proc/device-tree/hypervisor");
        if (!guest && !info)
                rt_cannot_tell(doctor, "hypervisor", "/proc/cpuinfo");
        else if (!guest)
                rt_fine(doctor, "no hypervisor");
        else
                rt_found(doctor, RT_LEVEL_NOTE,
                         rt_say("this is a virtual machine%s%s", type || vendor ? " on " : "",
                                rt_printable(doctor->arena,
                                             type     ? type
                                             : vendor ? vendor
                                                      : "",
                                             60)),
                         "The host decides when its CPUs run, so no latency that is measured here "
                         "is a bound.",
                         NULL, NULL);
}

void rt_checkup_mitigations(RtDoctor *doctor)
{
        static const char folder[] = CPU "vulnerabilities";
        RtNames names = rt_view_names(doctor->view, folder);
        size_t mitigated = 0, vulnerable = 0;
        for (size_t i = 0; i < names.n && i < 256; i++) {
                const char *text =
                        rt_view_text(doctor->view, rt_say("%s/%s", folder, names.items[i]));
                mitigated += text && strstr(text, "Mitigation");
                vulnerable += text && rt_starts_with(text, "Vulnerable");
        }
        if (names.n == 0)
                rt_cannot_tell(doctor, "mitigations", folder);
        else if (vulnerable == 0)
                rt_fine(doctor, rt_say("%zu faults of the CPU are mitigated; it is part of what "
                                       "rtctl measure sees",
                                       mitigated));
        else
                rt_found(doctor, RT_LEVEL_NOTE,
                         rt_say("%zu faults of the CPU are mitigated, %zu are not", mitigated,
                                vulnerable),
                         "Each mitigation costs time at every system call and switch; without, "
                         "programs of one container can read what others hold.",
                         NULL, NULL);
}
