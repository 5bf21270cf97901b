/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One container, as it runs beside what is declared and planned. Each aspect is a function, in a
 * file by theme; what it finds are comparisons and figures, which text and JSON print alike.
 *
 * Nothing counts as planned unless it has been read. */

#include "pipeline.h"
#include "status-parse.h"
#include "status-processes.h"
#include "status-system.h"

typedef enum RtAgreement {
        RT_AS_PLANNED,
        RT_UNKNOWN, /* it could not be read, or not be compared */
        RT_DRIFT,
        RT_AGREEMENTS,
} RtAgreement;

/* "as-planned", … as in JSON. */
extern const char *const rt_agreement_words[RT_AGREEMENTS];

/* All texts are printable. */
typedef struct RtComparison {
        const char *subject;  /* "task sample", "memory" */
        const char *aspect;   /* "policy", "max" */
        const char *declared; /* NULL: nothing was */
        const char *planned;  /* NULL: nothing is */
        const char *actual;   /* NULL: not known */
        RtAgreement agreement;
        const char *hint; /* of a drift what it may come from, or what would be right; of what is
                             not known why; else NULL */
} RtComparison;

typedef RT_LIST(RtComparison) RtComparisons;

/* What is of interest, but has no plan. */
typedef struct RtFigure {
        const char *name; /* "memory_current" */
        uint64_t value;
        bool is_size; /* in bytes */
} RtFigure;

typedef struct RtFindings {
        RtComparisons comparisons;
        RT_LIST(RtFigure) figures;
} RtFindings;

/* -- what runs --------------------------------------------------------------------------------- */

typedef struct RtThread {
        pid_t pid, tid;
        const char *name;     /* as it calls itself: any bytes */
        bool is_main;         /* of the program that the descriptor names */
        int scheduling_error; /* a negative errno: `scheduling` is not known */
        RtSchedAttr scheduling;
        bool knows_cpus;
        RtCpuSet cpus;
        bool is_declared; /* some task is this thread */
} RtThread;

typedef struct RtInspection {
        RtArena *arena;
        const RtSystem *system;
        const RtPipeline *pipeline;
        const RtInstance *instance; /* that runs */
        const char *group;          /* the cgroup of its service */
        RtFindings findings;
        RtPids pids;   /* of the container, without nspawn */
        bool all;      /* none of them was left out */
        pid_t program; /* PID of what the descriptor names; 0: not known */
        int folder;    /* of the program in /proc; -1: not known */
        RtProcStatus program_status;
        uint64_t age; /* seconds since the program's start */
        bool knows_age;
        RT_LIST(RtThread) threads;
        bool all_threads;
} RtInspection;

/* Finds the processes and the program. To be closed. */
void rt_inspection_open(RtInspection *inspection);
void rt_inspection_close(RtInspection *inspection);

/* -- aspects ----------------------------------------------------------------------------------- */

/* status-threads.c */
void rt_inspect_threads(RtInspection *inspection);
/* status-cpus.c */
void rt_inspect_cpus(RtInspection *inspection);
/* status-devices.c */
void rt_inspect_devices(RtInspection *inspection);
/* status-filter.c */
void rt_inspect_device_filter(RtInspection *inspection);
/* status-interrupts.c */
void rt_inspect_interrupts(RtInspection *inspection);
/* status-memory.c */
void rt_inspect_memory(RtInspection *inspection);
/* status-power.c: how fast CPUs wake up. */
void rt_inspect_power(RtInspection *inspection);
/* status-settings.c: the network, the users and the settings that it was started with. */
void rt_inspect_settings(RtInspection *inspection);

/* All of them. */
void rt_inspect(RtInspection *inspection);

/* status-platform.c: what is no container's. Needs no instance, nor processes. */
void rt_inspect_platform(RtInspection *inspection);

/* -- for aspects ------------------------------------------------------------------------------- */

void rt_compare(RtInspection *inspection, RtComparison comparison);
/* Compares as texts; `hint` is for a drift. */
void rt_compare_texts(RtInspection *inspection, RtComparison comparison);
/* It could not be read: a negative errno says why. */
void rt_compare_unread(RtInspection *inspection, RtComparison comparison, int error);
void rt_add_figure(RtInspection *inspection, const char *name, uint64_t value, bool is_size);

/* What the generated unit says, or the generated settings; NULL: nothing. Of several lines the
 * last. */
const char *rt_planned_in_unit(const RtInspection *inspection, const char *key);
const char *rt_planned_in_settings(const RtInspection *inspection, const char *key);
/* As the descriptor has the value that such a line of the unit comes from; NULL: it has none. */
const char *rt_declared_in_unit(const RtInspection *inspection, const char *key);
/* What follows this command, "/isolate-cpus take", in a line of that key of the unit; NULL: it is
 * not called. */
const char *rt_planned_arguments(const RtInspection *inspection, const char *key,
                                 const char *command);

/* A file of the service's cgroup, "memory.max" or "payload/cpuset.cpus.effective". -ENODEV: there
 * is none, as its controller is not enabled. */
int rt_read_group(const RtInspection *inspection, const char *name, const char **ret);
/* A file of the program in /proc. */
int rt_read_program(const RtInspection *inspection, const char *name, const char **ret);

/* Why something could not be read, for people. */
const char *rt_why_unread(int error);
