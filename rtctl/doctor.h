/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* rtctl doctor: whether a machine is fit. Each check is a row of the table in doctor.c and a
 * function in the doctor-THEME.c that it belongs to; it reads files by the view, and says one or
 * more things that it found. */

#include "model.h"
#include "view.h"

typedef enum RtLevel {
        RT_LEVEL_GOOD,
        RT_LEVEL_NOTE,    /* good to know, or could be better */
        RT_LEVEL_WARNING, /* costs latency, or will not do what is declared */
        RT_LEVEL_ERROR,   /* containers do not run, or deadlines that were proven do not hold */
        RT_LEVELS,
} RtLevel;

extern const char *const rt_level_words[RT_LEVELS];

/* What a check says. Texts are printable. Commands are for root's shell, to be pasted as they are,
 * and hold nothing that was read from the system but numbers. */
typedef struct RtFinding {
        const char *id; /* of the check */
        RtLevel level;
        const char *found; /* half a line */
        const char *why;   /* why it matters, one sentence; NULL: it needs none */
        const char *fix;   /* the command that mends it at once; NULL: there is none */
        const char *keep;  /* the command that makes it permanent; NULL likewise */
} RtFinding;

typedef RT_LIST(RtFinding) RtFindings;

typedef enum RtAnswerKind { RT_UNKNOWN, RT_NO, RT_YES } RtAnswerKind;

typedef struct RtDoctor {
        RtArena *arena;
        const RtView *view;
        const RtModel *model;
        size_t n_descriptor_errors;
        RtCpuSet realtime, housekeeping;                /* disjoint, or the same */
        bool separate;                                  /* they are disjoint */
        bool has_realtime, has_deadline, has_exclusive; /* some accepted container is or has */
        /* What more than one check asks for; read once. */
        const char *release;        /* of the kernel, "6.1.0-18-rt-amd64"; NULL: not known */
        int64_t major, minor;       /* its numbers, 0 likewise */
        RtAnswerKind is_preempt_rt; /* the kernel's flavour */
        const char *boot_line;      /* the kernel's command line; NULL likewise */
        const char *config;         /* what it was built with; NULL likewise */
        RtFindings findings;        /* in the order of the checks */
} RtDoctor;

typedef struct RtCheckup {
        const char *id;
        void (*run)(RtDoctor *doctor);
} RtCheckup;

extern const RtCheckup rt_checkups[];
extern const size_t rt_n_checkups;

/* Prepares `doctor` for the model, which has been completed, and does all checks. */
void rt_doctor_examine(RtDoctor *doctor, RtArena *arena, const RtView *view, const RtModel *model,
                       size_t n_descriptor_errors);
/* How many findings there are of each level. */
void rt_doctor_count(const RtDoctor *doctor, size_t counts[RT_LEVELS]);

/* -- for the checks ---------------------------------------------------------------------------- */

/* What the running check has found. */
void rt_found(RtDoctor *doctor, RtLevel level, const char *found, const char *why, const char *fix,
              const char *keep);
/* The same, with nothing to explain or mend. */
void rt_fine(RtDoctor *doctor, const char *found);
/* A note that it cannot be told, as `path` is not there or may not be read. */
void rt_cannot_tell(RtDoctor *doctor, const char *what, const char *path);
/* A switch of /proc/sys, by its name for sysctl(8), that is to be 0. What is said where it is not
 * there, 0, or anything else, and why that matters. */
typedef struct RtSwitch {
        const char *name;
        const char *absent, *off, *on, *why;
} RtSwitch;
void rt_want_off(RtDoctor *doctor, const RtSwitch *one);
#define rt_say(...) rt_printf(doctor->arena, __VA_ARGS__)

/* Whether the kernel is at least of this version; false if that is not known. */
bool rt_kernel_is_from(const RtDoctor *doctor, int64_t major, int64_t minor);
/* Whether it was built with this option, as "y" or "m". */
RtAnswerKind rt_kernel_has(const RtDoctor *doctor, const char *option);
/* The last value of the parameter on the kernel's command line, "" for one without a value; NULL:
 * it is not there. */
const char *rt_boot_parameter(const RtDoctor *doctor, const char *name);

/* "CPU 1", "CPUs 1-3"; and as words for a shell, "1 2 3". */
const char *rt_cpus_said(const RtDoctor *doctor, const RtCpuSet *set);
const char *rt_cpus_words(const RtDoctor *doctor, const RtCpuSet *set);

/* Commands. A file of /proc/sys or /sys that is to have a value, at once; and at each boot, by a
 * file that is named after the running check. */
const char *rt_fix_write(const RtDoctor *doctor, const char *path, const char *value);
const char *rt_keep_sysctl(const RtDoctor *doctor, const char *name, const char *value);
const char *rt_keep_write(const RtDoctor *doctor, const char *path, const char *value);
/* The same for a file of each of these CPUs; `path` has $c where the number stands. */
const char *rt_fix_write_cpus(const RtDoctor *doctor, const RtCpuSet *set, const char *path,
                              const char *value);
const char *rt_keep_write_cpus(const RtDoctor *doctor, const RtCpuSet *set, const char *path,
                               const char *value);
/* Parameters for the kernel's command line from the next boot on, as this system's boot loader
 * wants it; and without the parameter of that name. */
const char *rt_keep_boot(const RtDoctor *doctor, const char *parameters);
const char *rt_keep_boot_without(const RtDoctor *doctor, const char *name);
/* A package of this name from the distribution; NULL: it is not known how. `debian`, `fedora`: what
 * it is called there; NULL: it has none. */
const char *rt_fix_package(const RtDoctor *doctor, const char *debian, const char *fedora);

/* -- the checks, by file ----------------------------------------------------------------------- */

/* doctor-kernel.c */
void rt_checkup_preempt_rt(RtDoctor *doctor);
void rt_checkup_preemption(RtDoctor *doctor);
void rt_checkup_threadirqs(RtDoctor *doctor);
void rt_checkup_clocksource(RtDoctor *doctor);
void rt_checkup_timers(RtDoctor *doctor);
void rt_checkup_btf(RtDoctor *doctor);
/* doctor-boot.c */
void rt_checkup_boot_parameters(RtDoctor *doctor);
void rt_checkup_boot_cpus(RtDoctor *doctor);
void rt_checkup_isolcpus(RtDoctor *doctor);
void rt_checkup_tick(RtDoctor *doctor);
/* doctor-sched.c */
void rt_checkup_throttling(RtDoctor *doctor);
void rt_checkup_rt_period(RtDoctor *doctor);
void rt_checkup_fair_server(RtDoctor *doctor);
void rt_checkup_rt_group_sched(RtDoctor *doctor);
void rt_checkup_timer_migration(RtDoctor *doctor);
void rt_checkup_nmi_watchdog(RtDoctor *doctor);
/* doctor-cpus.c */
void rt_checkup_cpus_online(RtDoctor *doctor);
void rt_checkup_smt(RtDoctor *doctor);
void rt_checkup_hypervisor(RtDoctor *doctor);
void rt_checkup_mitigations(RtDoctor *doctor);
/* doctor-power.c */
void rt_checkup_governor(RtDoctor *doctor);
void rt_checkup_turbo(RtDoctor *doctor);
void rt_checkup_idle_states(RtDoctor *doctor);
void rt_checkup_cpu_dma_latency(RtDoctor *doctor);
/* doctor-memory.c */
void rt_checkup_thp(RtDoctor *doctor);
void rt_checkup_swap(RtDoctor *doctor);
void rt_checkup_ksm(RtDoctor *doctor);
void rt_checkup_numa_balancing(RtDoctor *doctor);
void rt_checkup_compaction(RtDoctor *doctor);
void rt_checkup_hugepages(RtDoctor *doctor);
/* doctor-systemd.c */
void rt_checkup_systemd(RtDoctor *doctor);
void rt_checkup_nspawn(RtDoctor *doctor);
void rt_checkup_cgroups(RtDoctor *doctor);
void rt_checkup_controllers(RtDoctor *doctor);
void rt_checkup_device_filter(RtDoctor *doctor);
void rt_checkup_user_namespaces(RtDoctor *doctor);
void rt_checkup_irqbalance(RtDoctor *doctor);
void rt_checkup_descriptors(RtDoctor *doctor);
void rt_checkup_overheads(RtDoctor *doctor);
