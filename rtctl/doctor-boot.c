/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's command line, as far as it is about CPUs. */

#include <string.h>

#include "doctor.h"
#include "text.h"

/* -- what is there ----------------------------------------------------------------------------- */

typedef struct Isolcpus {
        bool there, domain, managed_irq;
        RtCpuSet cpus;
} Isolcpus;

/* A list of CPUs on the command line. It may have forms that only the kernel knows ("1-N",
 * "0-31:1/2", "all"): then what the kernel made of it, if it tells. */
static RtCpuSet listed(const RtDoctor *doctor, const char *text, const char *told)
{
        RtCpuSet set = { 0 };
        if (text && rt_cpuset_parse(text, &set) == 0)
                return set;
        set = (RtCpuSet){ 0 };
        if (text && told)
                (void)rt_view_cpus(doctor->view, told, &set);
        return set;
}

static Isolcpus read_isolcpus(const RtDoctor *doctor)
{
        static const char *const flags[] = { "domain", "managed_irq", "nohz" };
        const char *s = rt_boot_parameter(doctor, "isolcpus");
        Isolcpus found = { .there = s };
        bool any = false;
        while (s) {
                size_t n = strcspn(s, ",");
                size_t i = 0;
                while (i < RT_ELEMENTS(flags) &&
                       (strlen(flags[i]) != n || memcmp(s, flags[i], n) != 0))
                        i++;
                if (i == RT_ELEMENTS(flags))
                        break;
                found.domain |= i == 0;
                found.managed_irq |= i == 1;
                any = true;
                s += n + (s[n] == ',');
        }
        found.domain |= s && !any;
        found.cpus = listed(doctor, s, found.domain ? "/sys/devices/system/cpu/isolated" : NULL);
        return found;
}

static RtCpuSet read_nohz_full(const RtDoctor *doctor)
{
        return listed(doctor, rt_boot_parameter(doctor, "nohz_full"),
                      "/sys/devices/system/cpu/nohz_full");
}

/* -- checks ------------------------------------------------------------------------------------ */

static void suggest(RtText *line, bool is_there, const char *parameter)
{
        if (!is_there)
                rt_text_addf(line, "%s%s", line->n > 0 ? " " : "", parameter);
}

void rt_checkup_boot_parameters(RtDoctor *doctor)
{
        const RtCpuSet *cpus = &doctor->realtime;
        if (!doctor->boot_line) {
                rt_cannot_tell(doctor, "the kernel's command line", "/proc/cmdline");
                return;
        }
        if (!doctor->separate) {
                rt_found(doctor, RT_LEVEL_NOTE, "no CPU is for real-time tasks alone",
                         "CPUs can be kept free of the kernel's work only if there are "
                         "housekeeping CPUs beside them; see housekeeping in "
                         "rtcontainers.conf(5).",
                         NULL, NULL);
                return;
        }
        const char *list = rt_cpuset_text(doctor->arena, cpus);
        RtCpuSet nohz = read_nohz_full(doctor);
        RtCpuSet rcu = listed(doctor, rt_boot_parameter(doctor, "rcu_nocbs"), NULL);
        RtCpuSet irqs = listed(doctor, rt_boot_parameter(doctor, "irqaffinity"), NULL);
        Isolcpus isolcpus = read_isolcpus(doctor);
        rcu = rt_cpuset_or(&rcu, &nohz); /* which includes it */
        bool can_nohz = rt_view_has(doctor->view, "/sys/devices/system/cpu/nohz_full");
        RtText line = RT_TEXT(doctor->arena);
        suggest(&line, !can_nohz || rt_cpuset_is_subset(cpus, &nohz), rt_say("nohz_full=%s", list));
        suggest(&line, rt_cpuset_is_subset(cpus, &rcu), rt_say("rcu_nocbs=%s", list));
        suggest(&line, !rt_cpuset_is_empty(&irqs),
                rt_say("irqaffinity=%s", rt_cpuset_text(doctor->arena, &doctor->housekeeping)));
        suggest(&line, isolcpus.managed_irq && rt_cpuset_is_subset(cpus, &isolcpus.cpus),
                rt_say("isolcpus=managed_irq,%s", list));
        if (line.n == 0)
                rt_fine(doctor, "the command line keeps the kernel's own work from real-time CPUs");
        else
                rt_found(doctor, RT_LEVEL_NOTE,
                         rt_say("could be on the kernel's command line: %s", line.data),
                         "It keeps the tick, RCU callbacks and interrupts that drivers spread by "
                         "themselves from real-time CPUs, where nothing can at run time; nohz_full "
                         "makes system calls there slower, and irqaffinity matters until "
                         "rtcontainers-cpus.service moves interrupts.",
                         NULL, rt_keep_boot(doctor, line.data));
}

/* Adds the parameter to the text if it has CPUs that it should not have. */
static void reproach(const RtDoctor *doctor, RtText *text, const char *name, RtCpuSet cpus,
                     RtCpuSet wrong)
{
        RtCpuSet both = rt_cpuset_and(&cpus, &wrong);
        if (!rt_cpuset_is_empty(&both))
                rt_text_addf(text, "%s%s has %s", text->n > 0 ? ", " : "", name,
                             rt_cpus_said(doctor, &both));
}

void rt_checkup_boot_cpus(RtDoctor *doctor)
{
        RtText text = RT_TEXT(doctor->arena);
        if (!doctor->boot_line) {
                rt_cannot_tell(doctor, "the kernel's command line", "/proc/cmdline");
                return;
        }
        if (!doctor->separate) {
                rt_fine(doctor, "nothing on the command line can be about other CPUs");
                return;
        }
        RtCpuSet house = doctor->housekeeping;
        reproach(doctor, &text, "isolcpus", read_isolcpus(doctor).cpus, house);
        reproach(doctor, &text, "nohz_full", read_nohz_full(doctor), house);
        reproach(doctor, &text, "rcu_nocbs",
                 listed(doctor, rt_boot_parameter(doctor, "rcu_nocbs"), NULL), house);
        reproach(doctor, &text, "irqaffinity",
                 listed(doctor, rt_boot_parameter(doctor, "irqaffinity"), NULL), doctor->realtime);
        if (text.n == 0)
                rt_fine(doctor, "the command line is for these real-time CPUs");
        else
                rt_found(doctor, RT_LEVEL_WARNING, rt_say("on the command line %s", text.data),
                         rt_say("It is made for other CPUs than platform.conf: housekeeping is %s, "
                                "real-time %s.",
                                rt_cpus_said(doctor, &doctor->housekeeping),
                                rt_cpus_said(doctor, &doctor->realtime)),
                         NULL, NULL);
}

void rt_checkup_isolcpus(RtDoctor *doctor)
{
        Isolcpus isolcpus = read_isolcpus(doctor);
        if (!doctor->boot_line) {
                rt_cannot_tell(doctor, "isolcpus", "/proc/cmdline");
                return;
        }
        if (!isolcpus.domain) {
                rt_fine(doctor, isolcpus.there
                                        ? "isolcpus leaves scheduling domains to cpuset partitions"
                                        : "isolcpus is not used; cpuset partitions do it");
                return;
        }
        const char *found =
                rt_say("isolcpus keeps %s out of all scheduling domains",
                       rt_cpuset_is_empty(&isolcpus.cpus) ? "some CPUs"
                                                          : rt_cpus_said(doctor, &isolcpus.cpus));
        if (doctor->has_exclusive && (doctor->major == 0 || rt_kernel_is_from(doctor, 6, 7)))
                rt_found(doctor, RT_LEVEL_WARNING, found,
                         "It conflicts with the cpuset partitions of exclusive containers: from "
                         "6.7 on the kernel refuses a partition of type root with such CPUs, "
                         "until the next boot.",
                         NULL, rt_keep_boot_without(doctor, "isolcpus"));
        else
                rt_found(doctor, RT_LEVEL_NOTE, found,
                         "It is redundant: containers have their CPUs by cpusets, and exclusive "
                         "ones by partitions, which can be undone without a boot; and "
                         "SCHED_DEADLINE does not work on such CPUs.",
                         NULL, rt_keep_boot_without(doctor, "isolcpus"));
}

void rt_checkup_tick(RtDoctor *doctor)
{
        RtAnswerKind built = rt_view_has(doctor->view, "/sys/devices/system/cpu/nohz_full")
                                     ? RT_YES
                                     : rt_kernel_has(doctor, "CONFIG_NO_HZ_FULL");
        RtCpuSet set = { 0 }, missing = doctor->realtime;
        if (built == RT_YES &&
            rt_view_cpus(doctor->view, "/sys/devices/system/cpu/nohz_full", &set))
                missing = rt_cpuset_minus(&doctor->realtime, &set);
        if (built == RT_UNKNOWN)
                rt_cannot_tell(doctor, "whether the tick can stop",
                               "/sys/devices/system/cpu/nohz_full");
        else if (built == RT_NO)
                rt_found(doctor, RT_LEVEL_NOTE, "the kernel cannot stop its tick on busy CPUs",
                         "It is built without CONFIG_NO_HZ_FULL, so the tick takes some "
                         "microseconds from running tasks a few hundred times a second.",
                         NULL, NULL);
        else if (rt_cpuset_is_empty(&missing))
                rt_fine(doctor, "the tick stops on real-time CPUs when one task runs");
        else
                rt_fine(doctor, rt_say("the tick can be stopped (nohz_full), and is not on %s",
                                       rt_cpus_said(doctor, &missing)));
}
