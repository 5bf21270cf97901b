/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the scheduler keeps from real-time tasks, and what it does on their CPUs. */

#include <string.h>

#include "doctor.h"

#define KERNEL "/proc/sys/kernel/"

enum { MILLION = 1000000, SECOND_US = 1000000 };

/* The share of each CPU that the kernel leaves to real-time tasks, in parts per million, from its
 * two files; false: they cannot be read, or make no sense. */
static bool read_share(const RtDoctor *doctor, int64_t *ret_share, int64_t *ret_period)
{
        int64_t runtime, period;
        if (!rt_view_integer(doctor->view, KERNEL "sched_rt_runtime_us", &runtime) ||
            !rt_view_integer(doctor->view, KERNEL "sched_rt_period_us", &period) || period <= 0 ||
            period > INT32_MAX || runtime < -1 || runtime > period)
                return false;
        *ret_share = runtime < 0 ? MILLION : runtime * MILLION / period;
        *ret_period = period;
        return true;
}

void rt_checkup_throttling(RtDoctor *doctor)
{
        int64_t share, period, wanted = doctor->model->platform.rt_bandwidth;
        if (!read_share(doctor, &share, &period)) {
                rt_cannot_tell(doctor, "throttling", KERNEL "sched_rt_runtime_us");
                return;
        }
        if (share >= wanted) {
                rt_fine(doctor, rt_say("the kernel leaves %g of each CPU to real-time tasks, "
                                       "rt_bandwidth is %g",
                                       (double)share / MILLION, (double)wanted / MILLION));
                return;
        }
        bool server = rt_kernel_is_from(doctor, 6, 12);
        /* Rounded up, so that it is no less than what is wanted. */
        int64_t enough =
                wanted / MILLION * period + (wanted % MILLION * period + MILLION - 1) / MILLION;
        const char *value = wanted == MILLION ? "-1" : rt_say("%lld", (long long)enough);
        rt_found(doctor, server && !doctor->has_deadline ? RT_LEVEL_NOTE : RT_LEVEL_ERROR,
                 rt_say("the kernel leaves %g of each CPU to real-time tasks, rt_bandwidth is %g",
                        (double)share / MILLION, (double)wanted / MILLION),
                 server ? "The kernel refuses SCHED_DEADLINE tasks that the analysis has admitted."
                        : "The kernel stops tasks for the rest of each period that the analysis "
                          "has proven to be in time.",
                 rt_fix_write(doctor, KERNEL "sched_rt_runtime_us", value),
                 rt_keep_sysctl(doctor, "kernel.sched_rt_runtime_us", value));
}

/* The kernel takes no period that is shorter than the runtime, nor a runtime beyond the period. */
static const char *period_fix(const RtDoctor *doctor, int64_t period, int64_t share)
{
        const char *first = rt_say("echo %d >" KERNEL "sched_rt_period_us", SECOND_US);
        const char *second = rt_say("echo %lld >" KERNEL "sched_rt_runtime_us", (long long)share);
        return period < SECOND_US ? rt_say("%s && %s", first, second)
                                  : rt_say("%s && %s", second, first);
}

void rt_checkup_rt_period(RtDoctor *doctor)
{
        int64_t share, period;
        if (!read_share(doctor, &share, &period))
                rt_cannot_tell(doctor, "period of throttling", KERNEL "sched_rt_period_us");
        else if (period == SECOND_US || share == MILLION || rt_kernel_is_from(doctor, 6, 12))
                rt_fine(doctor, rt_say("period of real-time bandwidth %lld us", (long long)period));
        else
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("real-time tasks are throttled by periods of %lld us",
                                (long long)period),
                         "The analysis counts with the kernel's default of one second.",
                         period_fix(doctor, period, share),
                         rt_say("printf 'kernel.sched_rt_period_us = %d\\n"
                                "kernel.sched_rt_runtime_us = %lld\\n' "
                                ">/etc/sysctl.d/60-rtcontainers-rt-period.conf",
                                SECOND_US, (long long)share));
}

void rt_checkup_fair_server(RtDoctor *doctor)
{
        enum { RUNTIME = 50000000, PERIOD = 1000000000 };
        static const char folder[] = "/sys/kernel/debug/sched/fair_server";
        RtCpuSet larger = { 0 };
        bool known = false, off = true;
        if (doctor->major == 0) {
                rt_cannot_tell(doctor, "the fair server", KERNEL "osrelease");
                return;
        }
        if (!rt_kernel_is_from(doctor, 6, 12)) {
                rt_fine(doctor, "kernels before 6.12 have no fair server");
                return;
        }
        RT_EACH_CPU (cpu, &doctor->realtime) {
                int64_t runtime, period;
                if (!rt_view_integer(doctor->view, rt_say("%s/cpu%d/runtime", folder, cpu),
                                     &runtime) ||
                    !rt_view_integer(doctor->view, rt_say("%s/cpu%d/period", folder, cpu), &period))
                        continue;
                known = true;
                off = off && runtime <= 0;
                if (runtime > 0 && (runtime > RUNTIME || period < PERIOD))
                        rt_cpuset_add(&larger, (unsigned)cpu);
        }
        if (!known)
                rt_cannot_tell(doctor, "the fair server", folder);
        else if (!rt_cpuset_is_empty(&larger))
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("on %s the fair server takes more than 50 ms a second",
                                rt_cpus_said(doctor, &larger)),
                         "It takes that from SCHED_FIFO tasks when ordinary ones starve, and the "
                         "analysis counts with the kernel's default; Linux 6.12 may refuse less "
                         "as busy, until the next boot.",
                         rt_say("for c in %s; do echo 1000000000 >%s/cpu$c/period; "
                                "echo 50000000 >%s/cpu$c/runtime; done",
                                rt_cpus_words(doctor, &larger), folder, folder),
                         rt_keep_write_cpus(doctor, &larger, rt_say("%s/cpu$c/runtime", folder),
                                            "50000000"));
        else
                rt_fine(doctor,
                        off ? "the fair server is off"
                            : "the fair server takes at most 50 ms a second, as the analysis has it");
}

void rt_checkup_rt_group_sched(RtDoctor *doctor)
{
        int64_t runtime = 0;
        RtAnswerKind built = rt_kernel_has(doctor, "CONFIG_RT_GROUP_SCHED");
        const char *asked = rt_boot_parameter(doctor, "rt_group_sched");
        bool off =
                asked ? strcmp(asked, "0") == 0
                      : rt_kernel_has(doctor, "CONFIG_RT_GROUP_SCHED_DEFAULT_DISABLED") == RT_YES;
        (void)rt_view_integer(doctor->view, KERNEL "sched_rt_runtime_us", &runtime);
        if (built == RT_UNKNOWN)
                rt_cannot_tell(doctor, "RT_GROUP_SCHED",
                               "/proc/config.gz or the kernel's file in /boot");
        else if (built == RT_NO)
                rt_fine(doctor, "real-time scheduling is not limited by group (RT_GROUP_SCHED)");
        else if (off)
                rt_fine(doctor, "RT_GROUP_SCHED is built in, and off");
        else if (runtime < 0)
                rt_found(doctor, RT_LEVEL_NOTE,
                         "RT_GROUP_SCHED is built in, and without effect as throttling is off",
                         "With sched_rt_runtime_us other than -1, real-time policies are refused.",
                         NULL, NULL);
        else
                rt_found(doctor, RT_LEVEL_ERROR, "RT_GROUP_SCHED refuses real-time policies",
                         "No group but the topmost has any real-time share, and systemd does not "
                         "hand it out, so SCHED_FIFO fails in containers with EPERM.",
                         rt_fix_write(doctor, KERNEL "sched_rt_runtime_us", "-1"),
                         rt_kernel_is_from(doctor, 6, 16)
                                 ? rt_keep_boot(doctor, "rt_group_sched=0")
                                 : rt_keep_sysctl(doctor, "kernel.sched_rt_runtime_us", "-1"));
}

/* -- what it does on the side ------------------------------------------------------------------ */

void rt_checkup_timer_migration(RtDoctor *doctor)
{
        static const char file[] = KERNEL "timer_migration";
        int64_t on;
        RtCpuSet nohz = { 0 };
        (void)rt_view_cpus(doctor->view, "/sys/devices/system/cpu/nohz_full", &nohz);
        if (!rt_view_integer(doctor->view, file, &on))
                rt_cannot_tell(doctor, "timer migration", file);
        else if (on == 0)
                rt_fine(doctor, "timers stay on the CPU that set them");
        else if (rt_cpuset_is_subset(&doctor->realtime, &nohz))
                rt_fine(doctor, "timers move between CPUs, but not to those with nohz_full");
        else
                rt_found(doctor, RT_LEVEL_WARNING, "timers move from idle CPUs to busy ones",
                         "Those that housekeeping CPUs set can go off on real-time CPUs, and "
                         "take their time from whoever runs there.",
                         rt_fix_write(doctor, file, "0"),
                         rt_keep_sysctl(doctor, "kernel.timer_migration", "0"));
}

void rt_checkup_nmi_watchdog(RtDoctor *doctor)
{
        rt_want_off(
                doctor,
                &(RtSwitch){
                        .name = "kernel.nmi_watchdog",
                        .absent = "the kernel has no NMI watchdog",
                        .off = "the NMI watchdog is off",
                        .on = "the NMI watchdog is on",
                        .why = "Every few seconds an interrupt that nothing can put off takes some "
                               "microseconds on each CPU.",
                });
}
