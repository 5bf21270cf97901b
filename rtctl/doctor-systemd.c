/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systemd, control groups, and what else runs or is declared. */

#include <string.h>

#include "doctor.h"
#include "quantity.h"
#include "text.h"

/* -- systemd ----------------------------------------------------------------------------------- */

/* Its version, by the name of the library that its programs share; 0: not found. */
static int64_t systemd_version(const RtDoctor *doctor, const char *folder)
{
        static const char prefix[] = "libsystemd-shared-";
        RtNames names = rt_view_names(doctor->view, folder);
        int64_t version = 0, one;
        RT_EACH (name, &names) {
                if (!rt_starts_with(*name, prefix))
                        continue;
                const char *digits = *name + strlen(prefix);
                size_t n = strspn(digits, "0123456789");
                if (rt_parse_integer(rt_strndup(doctor->arena, digits, n), &one) == 0 &&
                    one > version)
                        version = one;
        }
        return version;
}

void rt_checkup_systemd(RtDoctor *doctor)
{
        enum { OLDEST = 252 };
        int64_t version = systemd_version(doctor, "/usr/lib/systemd");
        RtNames folders = { 0 }; /* Debian has it in a folder of the architecture */
        if (version == 0)
                folders = rt_view_names(doctor->view, "/usr/lib");
        RT_EACH (folder, &folders)
                if (version == 0 && strstr(*folder, "-linux-"))
                        version = systemd_version(doctor, rt_say("/usr/lib/%s/systemd", *folder));
        if (version == 0)
                rt_cannot_tell(doctor, "systemd's version", "/usr/lib/systemd");
        else if (version >= OLDEST)
                rt_fine(doctor, rt_say("systemd %lld", (long long)version));
        else
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("systemd %lld is old", (long long)version),
                         "Units are made for systemd 252 and later, and tested with no other.",
                         NULL, NULL);
}

void rt_checkup_nspawn(RtDoctor *doctor)
{
        if (rt_view_has(doctor->view, "/usr/bin/systemd-nspawn"))
                rt_fine(doctor, "systemd-nspawn is installed");
        else
                rt_found(doctor, RT_LEVEL_ERROR, "systemd-nspawn is not installed",
                         "It runs the containers.",
                         rt_fix_package(doctor, "systemd-container", "systemd-container"), NULL);
}

/* -- control groups ---------------------------------------------------------------------------- */

#define CGROUP "/sys/fs/cgroup/"

typedef enum Hierarchy { ABSENT, LEGACY, HYBRID, UNIFIED } Hierarchy;

static Hierarchy read_hierarchy(const RtDoctor *doctor)
{
        if (rt_view_has(doctor->view, CGROUP "cgroup.controllers"))
                return UNIFIED;
        if (rt_view_has(doctor->view, CGROUP "unified/cgroup.controllers"))
                return HYBRID;
        return rt_view_has(doctor->view, CGROUP "systemd") ? LEGACY : ABSENT;
}

void rt_checkup_cgroups(RtDoctor *doctor)
{
        static const char parameter[] = "systemd.unified_cgroup_hierarchy=1";
        switch (read_hierarchy(doctor)) {
        case UNIFIED:
                rt_fine(doctor, "control groups are unified");
                return;
        case HYBRID:
                rt_found(doctor, RT_LEVEL_WARNING, "control groups are hybrid",
                         "Exclusive CPUs do not become partitions, and limits of CPUs, memory and "
                         "devices go by old rules that nobody has tried here.",
                         NULL, rt_keep_boot(doctor, parameter));
                return;
        case LEGACY:
                rt_found(doctor, RT_LEVEL_ERROR, "control groups are of the old kind only",
                         "CPUs of containers are not set, and rtctl status finds no container.",
                         NULL, rt_keep_boot(doctor, parameter));
                return;
        case ABSENT:
                rt_cannot_tell(doctor, "control groups", CGROUP "cgroup.controllers");
                return;
        }
}

void rt_checkup_controllers(RtDoctor *doctor)
{
        static const char *const wanted[] = { "cpuset", "cpu", "memory" };
        static const char *const costs[] = {
                "AllowedCPUs= and partitions have no effect, so nothing keeps others off real-time "
                "CPUs.",
                "CPUWeight= and CPUQuota= have no effect.",
                "memory.max of containers has no effect.",
        };
        bool unified = read_hierarchy(doctor) == UNIFIED;
        const char *file =
                unified ? CGROUP "cgroup.controllers" : CGROUP "unified/cgroup.controllers";
        const char *text = rt_view_text(doctor->view, file);
        bool all = text != NULL;
        if (!text)
                rt_cannot_tell(doctor, "controllers", file);
        for (size_t i = 0; text && i < RT_ELEMENTS(wanted); i++) {
                if (rt_has_word(text, wanted[i]))
                        continue;
                all = false;
                const char *keep = !unified ? NULL
                                   : strcmp(wanted[i], "memory") == 0
                                           ? rt_keep_boot(doctor, "cgroup_enable=memory")
                                           : NULL;
                rt_found(doctor, i == 1 ? RT_LEVEL_NOTE : RT_LEVEL_WARNING,
                         rt_say("the unified hierarchy has no controller \"%s\"", wanted[i]),
                         costs[i], NULL, keep);
        }
        if (all)
                rt_fine(doctor, "controllers cpuset, cpu and memory are there");
}

void rt_checkup_device_filter(RtDoctor *doctor)
{
        if (read_hierarchy(doctor) != UNIFIED) {
                rt_fine(doctor, "devices are limited by the controller of old control groups");
                return;
        }
        switch (rt_kernel_has(doctor, "CONFIG_CGROUP_BPF")) {
        case RT_YES:
                rt_fine(doctor, "devices of containers are limited (CGROUP_BPF)");
                return;
        case RT_NO:
                rt_found(doctor, RT_LEVEL_ERROR, "devices of containers are not limited",
                         "The kernel is built without CONFIG_CGROUP_BPF, so DeviceAllow= has no "
                         "effect and containers reach what they did not declare.",
                         NULL, NULL);
                return;
        case RT_UNKNOWN:
                rt_cannot_tell(doctor, "the limit on devices",
                               "/proc/config.gz or the kernel's file in /boot");
                return;
        }
}

void rt_checkup_user_namespaces(RtDoctor *doctor)
{
        static const char file[] = "/proc/sys/user/max_user_namespaces";
        int64_t most;
        if (!rt_view_integer(doctor->view, file, &most))
                rt_found(doctor, RT_LEVEL_ERROR, "the kernel has no user namespaces",
                         "Every container runs in one of its own.", NULL, NULL);
        else if (most > 0)
                rt_fine(doctor, "user namespaces are allowed");
        else
                rt_found(doctor, RT_LEVEL_ERROR, "user namespaces are forbidden",
                         "Every container runs in one of its own.",
                         rt_fix_write(doctor, file, "4096"),
                         rt_keep_sysctl(doctor, "user.max_user_namespaces", "4096"));
}

/* -- what runs, what is declared --------------------------------------------------------------- */

static bool runs(const RtDoctor *doctor, const char *comm)
{
        RtNames names = rt_view_names(doctor->view, "/proc");
        RT_EACH (name, &names) {
                if ((*name)[0] < '1' || (*name)[0] > '9')
                        continue;
                const char *text = rt_view_text(doctor->view, rt_say("/proc/%s/comm", *name));
                if (text && strcmp(text, comm) == 0)
                        return true;
        }
        return false;
}

void rt_checkup_irqbalance(RtDoctor *doctor)
{
        if (!runs(doctor, "irqbalance"))
                rt_fine(doctor, "irqbalance does not run");
        else
                rt_found(doctor, RT_LEVEL_WARNING, "irqbalance runs",
                         "Every ten seconds it may move interrupts onto real-time CPUs, also those "
                         "that were steered away.",
                         "systemctl stop irqbalance.service",
                         "systemctl disable irqbalance.service");
}

void rt_checkup_descriptors(RtDoctor *doctor)
{
        size_t n = doctor->n_descriptor_errors;
        if (n == 0)
                rt_fine(doctor, rt_say("%zu containers and %zu configs are declared",
                                       doctor->model->containers.n, doctor->model->configs.n));
        else
                rt_found(doctor, RT_LEVEL_ERROR,
                         rt_say("there %s %zu error%s in descriptors", n == 1 ? "is" : "are", n,
                                n == 1 ? "" : "s"),
                         "What is rejected does not run; rtctl check says what is wrong.", NULL,
                         NULL);
}

void rt_checkup_overheads(RtDoctor *doctor)
{
        const RtOverheads *overheads = &doctor->model->platform.overheads;
        if (overheads->context_switch > 0 && overheads->release > 0 && overheads->irq > 0)
                rt_fine(doctor, rt_say("overheads: switch %s, release %s, interrupt %s",
                                       rt_duration_text(doctor->arena, overheads->context_switch),
                                       rt_duration_text(doctor->arena, overheads->release),
                                       rt_duration_text(doctor->arena, overheads->irq)));
        else
                rt_found(
                        doctor, doctor->has_realtime ? RT_LEVEL_WARNING : RT_LEVEL_NOTE,
                        "platform.conf does not say all overheads of this machine",
                        "The analysis takes what is not said as costing nothing, so what it "
                        "proves does not hold.",
                        NULL,
                        "rtctl --output=/etc/rtcontainers/platform.conf.d/50-measured.conf measure");
}
