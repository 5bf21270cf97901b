/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"

#include <string.h>

#include "doctor-config.h"
#include "quantity.h"
#include "text.h"

const char *const rt_level_words[RT_LEVELS] = {
        [RT_LEVEL_GOOD] = "good",
        [RT_LEVEL_NOTE] = "note",
        [RT_LEVEL_WARNING] = "warning",
        [RT_LEVEL_ERROR] = "error",
};

/* A new check is a row here, a function, and a good and a bad case in tests/doctor/. */
const RtCheckup rt_checkups[] = {
        { "preempt-rt", rt_checkup_preempt_rt },
        { "preemption", rt_checkup_preemption },
        { "threadirqs", rt_checkup_threadirqs },
        { "timers", rt_checkup_timers },
        { "clocksource", rt_checkup_clocksource },
        { "hypervisor", rt_checkup_hypervisor },
        { "cpus-online", rt_checkup_cpus_online },
        { "smt", rt_checkup_smt },
        { "governor", rt_checkup_governor },
        { "turbo", rt_checkup_turbo },
        { "idle-states", rt_checkup_idle_states },
        { "cpu-dma-latency", rt_checkup_cpu_dma_latency },
        { "mitigations", rt_checkup_mitigations },
        { "boot-parameters", rt_checkup_boot_parameters },
        { "boot-cpus", rt_checkup_boot_cpus },
        { "isolcpus", rt_checkup_isolcpus },
        { "tick", rt_checkup_tick },
        { "timer-migration", rt_checkup_timer_migration },
        { "nmi-watchdog", rt_checkup_nmi_watchdog },
        { "throttling", rt_checkup_throttling },
        { "rt-period", rt_checkup_rt_period },
        { "fair-server", rt_checkup_fair_server },
        { "rt-group-sched", rt_checkup_rt_group_sched },
        { "thp", rt_checkup_thp },
        { "swap", rt_checkup_swap },
        { "ksm", rt_checkup_ksm },
        { "numa-balancing", rt_checkup_numa_balancing },
        { "compaction", rt_checkup_compaction },
        { "hugepages", rt_checkup_hugepages },
        { "systemd", rt_checkup_systemd },
        { "nspawn", rt_checkup_nspawn },
        { "cgroups", rt_checkup_cgroups },
        { "controllers", rt_checkup_controllers },
        { "device-filter", rt_checkup_device_filter },
        { "user-namespaces", rt_checkup_user_namespaces },
        { "irqbalance", rt_checkup_irqbalance },
        { "btf", rt_checkup_btf },
        { "descriptors", rt_checkup_descriptors },
        { "overheads", rt_checkup_overheads },
};
const size_t rt_n_checkups = RT_ELEMENTS(rt_checkups);

/* -- what was found ---------------------------------------------------------------------------- */

/* The running check has an element of its own at the end of the list, which has no `found` yet. */
static const char *running(const RtDoctor *doctor)
{
        return doctor->findings.items[doctor->findings.n - 1].id;
}

void rt_found(RtDoctor *doctor, RtLevel level, const char *found, const char *why, const char *fix,
              const char *keep)
{
        RtFinding finding = { .id = running(doctor),
                              .level = level,
                              .found = found,
                              .why = why,
                              .fix = fix,
                              .keep = keep };
        RtFinding *last = &doctor->findings.items[doctor->findings.n - 1];
        if (last->found)
                RT_APPEND(doctor->arena, &doctor->findings, finding);
        else
                *last = finding;
}

void rt_fine(RtDoctor *doctor, const char *found)
{
        rt_found(doctor, RT_LEVEL_GOOD, found, NULL, NULL, NULL);
}

void rt_cannot_tell(RtDoctor *doctor, const char *what, const char *path)
{
        rt_found(doctor, RT_LEVEL_NOTE, rt_say("%s: not known, %s cannot be read", what, path),
                 NULL, NULL, NULL);
}

void rt_want_off(RtDoctor *doctor, const RtSwitch *one)
{
        int64_t value;
        char *file = rt_say("/proc/sys/%s", one->name);
        for (char *dot = file; (dot = strchr(dot, '.'));)
                *dot = '/';
        if (!rt_view_integer(doctor->view, file, &value))
                rt_fine(doctor, one->absent);
        else if (value == 0)
                rt_fine(doctor, one->off);
        else
                rt_found(doctor, RT_LEVEL_WARNING, one->on, one->why,
                         rt_fix_write(doctor, file, "0"), rt_keep_sysctl(doctor, one->name, "0"));
}

void rt_doctor_count(const RtDoctor *doctor, size_t counts[RT_LEVELS])
{
        memset(counts, 0, RT_LEVELS * sizeof *counts);
        RT_EACH (finding, &doctor->findings)
                counts[finding->level]++;
}

/* -- what checks ask for ----------------------------------------------------------------------- */

bool rt_kernel_is_from(const RtDoctor *doctor, int64_t major, int64_t minor)
{
        return doctor->major > major || (doctor->major == major && doctor->minor >= minor);
}

RtAnswerKind rt_kernel_has(const RtDoctor *doctor, const char *option)
{
        return doctor->config ? rt_config_has_option(doctor->config, option) : RT_UNKNOWN;
}

const char *rt_boot_parameter(const RtDoctor *doctor, const char *name)
{
        size_t n = strlen(name);
        const char *found = NULL;
        for (const char *s = doctor->boot_line; s && *s;) {
                s += strspn(s, " \t\n");
                size_t length = strcspn(s, " \t\n");
                if (length >= n && memcmp(s, name, n) == 0 && (length == n || s[n] == '='))
                        found = rt_strndup(doctor->arena, s + n + (length > n),
                                           length - n - (length > n));
                s += length;
        }
        return found;
}

const char *rt_cpus_said(const RtDoctor *doctor, const RtCpuSet *set)
{
        return rt_say("CPU%s %s", rt_cpuset_count(set) == 1 ? "" : "s",
                      rt_cpuset_text(doctor->arena, set));
}

const char *rt_cpus_words(const RtDoctor *doctor, const RtCpuSet *set)
{
        RtText text = RT_TEXT(doctor->arena);
        RT_EACH_CPU (cpu, set)
                rt_text_addf(&text, "%s%d", text.n > 0 ? " " : "", cpu);
        return rt_strdup(doctor->arena, text.data);
}

/* -- commands ---------------------------------------------------------------------------------- */

const char *rt_fix_write(const RtDoctor *doctor, const char *path, const char *value)
{
        return rt_say("echo %s >%s", value, path);
}

const char *rt_keep_sysctl(const RtDoctor *doctor, const char *name, const char *value)
{
        return rt_say("echo '%s = %s' >/etc/sysctl.d/60-rtcontainers-%s.conf", name, value,
                      running(doctor));
}

const char *rt_keep_write(const RtDoctor *doctor, const char *path, const char *value)
{
        return rt_say("echo 'w %s - - - - %s' >/etc/tmpfiles.d/rtcontainers-%s.conf", path, value,
                      running(doctor));
}

const char *rt_fix_write_cpus(const RtDoctor *doctor, const RtCpuSet *set, const char *path,
                              const char *value)
{
        return rt_say("for c in %s; do echo %s >%s; done", rt_cpus_words(doctor, set), value, path);
}

const char *rt_keep_write_cpus(const RtDoctor *doctor, const RtCpuSet *set, const char *path,
                               const char *value)
{
        return rt_say("for c in %s; do echo \"w %s - - - - %s\"; done "
                      ">/etc/tmpfiles.d/rtcontainers-%s.conf",
                      rt_cpus_words(doctor, set), path, value, running(doctor));
}

/* The kernel that runs, by the boot loader specification's tool. */
#define KERNEL_INSTALL "kernel-install add \"$(uname -r)\" \"/lib/modules/$(uname -r)/vmlinuz\""

static const char *update_grub(const RtDoctor *doctor)
{
        const RtView *view = doctor->view;
        if (!rt_view_has(view, "/etc/default/grub"))
                return NULL;
        if (rt_view_has(view, "/usr/sbin/update-grub"))
                return "update-grub";
        return rt_view_has(view, "/usr/sbin/grub2-mkconfig")
                       ? "grub2-mkconfig -o /boot/grub2/grub.cfg"
                       : "grub-mkconfig -o /boot/grub/grub.cfg";
}

const char *rt_keep_boot(const RtDoctor *doctor, const char *parameters)
{
        const char *grub = update_grub(doctor);
        if (rt_view_has(doctor->view, "/usr/sbin/grubby"))
                return rt_say("grubby --update-kernel=ALL --args=\"%s\"", parameters);
        if (grub && rt_view_has(doctor->view, "/etc/default/grub.d"))
                return rt_say("echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"' "
                              ">/etc/default/grub.d/60-rtcontainers-%s.cfg && %s",
                              parameters, running(doctor), grub);
        if (grub)
                return rt_say("sed -i 's|^GRUB_CMDLINE_LINUX=\"|&%s |' /etc/default/grub && %s",
                              parameters, grub);
        if (rt_view_has(doctor->view, "/etc/kernel/cmdline"))
                return rt_say("sed -i '1s|$| %s|' /etc/kernel/cmdline && " KERNEL_INSTALL,
                              parameters);
        return rt_say("# add to the kernel's command line: %s", parameters);
}

/* Whether there is any: the shell would hand on a pattern that nothing matches. */
static bool has_grub_pieces(const RtDoctor *doctor)
{
        RtNames names = rt_view_names(doctor->view, "/etc/default/grub.d");
        RT_EACH (name, &names)
                if ((*name)[0] != '.' && rt_ends_with(*name, ".cfg"))
                        return true;
        return false;
}

const char *rt_keep_boot_without(const RtDoctor *doctor, const char *name)
{
        const char *grub = update_grub(doctor);
        if (rt_view_has(doctor->view, "/usr/sbin/grubby"))
                return rt_say("grubby --update-kernel=ALL --remove-args=\"%s\"", name);
        if (grub)
                return rt_say("sed -i -E 's/(^|[\" ])%s=[^\" ]*/\\1/g' /etc/default/grub%s && %s",
                              name, has_grub_pieces(doctor) ? " /etc/default/grub.d/*.cfg" : "",
                              grub);
        if (rt_view_has(doctor->view, "/etc/kernel/cmdline"))
                return rt_say("sed -i -E 's/(^| )%s=[^ ]*//g' /etc/kernel/cmdline "
                              "&& " KERNEL_INSTALL,
                              name);
        return rt_say("# take from the kernel's command line: %s=", name);
}

const char *rt_fix_package(const RtDoctor *doctor, const char *debian, const char *fedora)
{
        const RtView *view = doctor->view;
        if (debian && rt_view_has(view, "/usr/bin/apt-get"))
                return rt_say("apt-get install %s", debian);
        if (fedora && rt_view_has(view, "/usr/bin/dnf"))
                return rt_say("dnf install %s", fedora);
        return NULL;
}

/* -- examining --------------------------------------------------------------------------------- */

static void read_kernel(RtDoctor *doctor)
{
        const RtView *view = doctor->view;
        const char *release = rt_view_text(view, "/proc/sys/kernel/osrelease");
        if (release && *release && !strchr(release, '/') && !rt_text_has_control(release) &&
            strlen(release) < 128) {
                doctor->release = release;
                size_t digits = strspn(release, "0123456789");
                size_t more =
                        release[digits] == '.' ? strspn(release + digits + 1, "0123456789") : 0;
                int64_t major, minor;
                if (rt_parse_integer(rt_strndup(doctor->arena, release, digits), &major) == 0 &&
                    rt_parse_integer(rt_strndup(doctor->arena, release + digits + !!more, more),
                                     &minor) == 0) {
                        doctor->major = major;
                        doctor->minor = minor;
                }
        }
        doctor->boot_line = rt_view_text(view, "/proc/cmdline");
        doctor->config = rt_config_read(doctor->arena, view, doctor->release);
        const char *version = rt_view_text(view, "/proc/sys/kernel/version");
        int64_t realtime;
        if (rt_view_integer(view, "/sys/kernel/realtime", &realtime))
                doctor->is_preempt_rt = realtime == 1 ? RT_YES : RT_NO;
        else if (version)
                doctor->is_preempt_rt = rt_has_word(version, "PREEMPT_RT") ? RT_YES : RT_NO;
}

static void look_at_containers(RtDoctor *doctor)
{
        RT_EACH (it, &doctor->model->containers) {
                const RtContainer *container = *it;
                if (container->object.rejected)
                        continue;
                doctor->has_realtime |= rt_container_is_realtime(container);
                doctor->has_exclusive |= container->cpus.exclusive;
                RT_EACH (task, &container->tasks)
                        doctor->has_deadline |= task->policy == RT_POLICY_DEADLINE;
        }
}

void rt_doctor_examine(RtDoctor *doctor, RtArena *arena, const RtView *view, const RtModel *model,
                       size_t n_descriptor_errors)
{
        *doctor = (RtDoctor){ .arena = arena,
                              .view = view,
                              .model = model,
                              .n_descriptor_errors = n_descriptor_errors };
        doctor->realtime = rt_platform_realtime_cpus(&model->platform);
        doctor->housekeeping = model->platform.housekeeping;
        RtCpuSet both = rt_cpuset_and(&doctor->realtime, &doctor->housekeeping);
        doctor->separate = rt_cpuset_is_empty(&both) && !rt_cpuset_is_empty(&doctor->realtime);
        look_at_containers(doctor);
        read_kernel(doctor);
        for (size_t i = 0; i < rt_n_checkups; i++) {
                RT_APPEND(arena, &doctor->findings, (RtFinding){ .id = rt_checkups[i].id });
                rt_checkups[i].run(doctor);
        }
}
