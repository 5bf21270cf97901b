/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's flavour, its clocks, what it offers. */

#include <string.h>

#include "doctor.h"
#include "text.h"

/* The distribution's package with a PREEMPT_RT kernel. */
static const char *realtime_kernel(const RtDoctor *doctor)
{
        const char *os = rt_view_text(doctor->view, "/etc/os-release");
        bool ubuntu = os && strstr(os, "ID=ubuntu");
        return ubuntu ? "pro enable realtime-kernel"
                      : rt_fix_package(doctor, "linux-image-rt-$(dpkg --print-architecture)",
                                       "kernel-rt");
}

void rt_checkup_preempt_rt(RtDoctor *doctor)
{
        const char *release =
                doctor->release ? rt_printable(doctor->arena, doctor->release, 60) : "?";
        if (doctor->is_preempt_rt == RT_UNKNOWN)
                rt_cannot_tell(doctor, "PREEMPT_RT", "/proc/sys/kernel/version");
        else if (doctor->is_preempt_rt == RT_YES)
                rt_fine(doctor, rt_say("Linux %s, PREEMPT_RT", release));
        else
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("Linux %s is built without PREEMPT_RT", release),
                         "Interrupt handlers and sections of the kernel that cannot be preempted "
                         "hold up real-time threads for as long as they like, so release latency "
                         "has no bound worth the name.",
                         NULL, realtime_kernel(doctor));
}

void rt_checkup_preemption(RtDoctor *doctor)
{
        static const char file[] = "/sys/kernel/debug/sched/preempt";
        const char *version = rt_view_text(doctor->view, "/proc/sys/kernel/version");
        if (doctor->is_preempt_rt == RT_YES) {
                rt_fine(doctor, "the kernel is fully preemptible");
                return;
        }
        if (!version) {
                rt_cannot_tell(doctor, "preemption", "/proc/sys/kernel/version");
                return;
        }
        const char *now = rt_view_text(doctor->view, file);
        const char *asked = rt_boot_parameter(doctor, "preempt");
        bool dynamic = rt_has_word(version, "PREEMPT_DYNAMIC");
        if ((now && strstr(now, "(full)")) || (!now && asked && strcmp(asked, "full") == 0) ||
            (!dynamic && rt_has_word(version, "PREEMPT")))
                rt_fine(doctor, "the kernel is preemptible but for critical sections");
        else if (dynamic && !now && !asked)
                rt_found(doctor, RT_LEVEL_NOTE,
                         rt_say("preemption: not known, %s cannot be read", file),
                         "With preempt=full all is preemptible but critical sections.", NULL,
                         rt_keep_boot(doctor, "preempt=full"));
        else
                rt_found(doctor, RT_LEVEL_WARNING, "the kernel does not preempt itself everywhere",
                         "A system call of an ordinary process holds up real-time threads of its "
                         "CPU until it comes to a point where it lets go.",
                         dynamic && now ? rt_fix_write(doctor, file, "full") : NULL,
                         dynamic ? rt_keep_boot(doctor, "preempt=full") : NULL);
}

void rt_checkup_threadirqs(RtDoctor *doctor)
{
        if (doctor->is_preempt_rt == RT_YES)
                rt_fine(doctor, "interrupt handlers run in threads, as always with PREEMPT_RT");
        else if (!doctor->boot_line)
                rt_cannot_tell(doctor, "threadirqs", "/proc/cmdline");
        else if (rt_boot_parameter(doctor, "threadirqs"))
                rt_fine(doctor, "interrupt handlers run in threads (threadirqs)");
        else
                rt_found(doctor, RT_LEVEL_WARNING, "interrupt handlers do not run in threads",
                         "They run before every real-time thread, and irq_priority of a device "
                         "has no effect.",
                         NULL, rt_keep_boot(doctor, "threadirqs"));
}

/* -- clocks ------------------------------------------------------------------------------------ */

#define CLOCKS "/sys/devices/system/clocksource/clocksource0/"

void rt_checkup_clocksource(RtDoctor *doctor)
{
        static const char *const slow[] = { "hpet", "acpi_pm", "pit", "jiffies",
                                            "refined-jiffies" };
        const char *current = rt_view_text(doctor->view, CLOCKS "current_clocksource");
        const char *available = rt_view_text(doctor->view, CLOCKS "available_clocksource");
        if (!current || !*current) {
                rt_cannot_tell(doctor, "clocksource", CLOCKS "current_clocksource");
                return;
        }
        const char *name = rt_printable(doctor->arena, current, 40);
        bool has_tsc = available && rt_has_word(available, "tsc");
        bool is_slow = false;
        for (size_t i = 0; i < RT_ELEMENTS(slow); i++)
                is_slow |= strcmp(current, slow[i]) == 0;
        if (is_slow)
                rt_found(doctor, RT_LEVEL_WARNING, rt_say("the clock is %s", name),
                         has_tsc ? "Reading it takes a microsecond or more and a system call; tsc "
                                   "takes some 20 ns."
                                 : "Reading it takes a microsecond or more and a system call, and "
                                   "nothing better is available: where a CPU has a tsc, the "
                                   "kernel log says why it is not used.",
                         has_tsc ? rt_fix_write(doctor, CLOCKS "current_clocksource", "tsc") : NULL,
                         has_tsc ? rt_keep_boot(doctor, "clocksource=tsc tsc=reliable") : NULL);
        else if (strcmp(current, "kvm-clock") == 0 && has_tsc)
                rt_found(doctor, RT_LEVEL_NOTE, "the clock is kvm-clock, tsc is available",
                         "tsc is a little quicker to read, and does not depend on the host's "
                         "corrections.",
                         rt_fix_write(doctor, CLOCKS "current_clocksource", "tsc"),
                         rt_keep_boot(doctor, "clocksource=tsc"));
        else
                rt_fine(doctor, rt_say("the clock is %s", name));
}

void rt_checkup_timers(RtDoctor *doctor)
{
        const char *list = rt_view_text(doctor->view, "/proc/timer_list");
        const char *high = rt_boot_parameter(doctor, "highres");
        const char *resolution = list ? strstr(list, ".resolution:") : NULL;
        RtAnswerKind active = RT_UNKNOWN;
        if (resolution)
                active = strncmp(resolution + strspn(resolution, ".resolution: \t"), "1 nsecs",
                                 7) == 0
                                 ? RT_YES
                                 : RT_NO;
        else if (high && strcmp(high, "off") == 0)
                active = RT_NO;
        else
                active = rt_kernel_has(doctor, "CONFIG_HIGH_RES_TIMERS");
        if (active == RT_UNKNOWN)
                rt_cannot_tell(doctor, "resolution of timers", "/proc/timer_list");
        else if (active == RT_YES)
                rt_fine(doctor, "timers have high resolution");
        else
                rt_found(doctor, RT_LEVEL_ERROR, "timers go off at the kernel's tick only",
                         "Every release is late by up to a tick, that is milliseconds.", NULL,
                         high ? rt_keep_boot_without(doctor, "highres") : NULL);
}

void rt_checkup_btf(RtDoctor *doctor)
{
        if (rt_view_has(doctor->view, "/sys/kernel/btf/vmlinux"))
                rt_fine(doctor, "the kernel describes its types (BTF)");
        else
                rt_found(
                        doctor, RT_LEVEL_NOTE, "the kernel does not describe its types (BTF)",
                        "Tracing programs that watch execution times need /sys/kernel/btf/vmlinux, "
                        "which a kernel built with CONFIG_DEBUG_INFO_BTF has.",
                        NULL, NULL);
}
