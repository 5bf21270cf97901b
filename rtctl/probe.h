/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Probes of what this machine adds to a task's own time. Each runs on all CPUs at once, as
 * SCHED_FIFO threads, for a given time, of which it is asleep most: it never takes more than a
 * sixth of a CPU, nor any for longer than some milliseconds at a time, so that nothing starves. */

#include "cpuset.h"
#include "histogram.h"

typedef struct RtProbeSetup {
        RtCpuSet cpus;
        int priority;
        int64_t duration; /* of each probe, in nanoseconds */
} RtProbeSetup;

/* What a probe does on one CPU. */
typedef struct RtProbe {
        const RtProbeSetup *setup;
        int cpu;
        int64_t start, end;     /* CLOCK_MONOTONIC */
        void *shared;           /* what its parts share, zeroed; in memory that a fork shares */
        RtHistogram *histogram; /* where it adds what it measures */
        int error;              /* a negative errno, if it could not run */
} RtProbe;

/* Each part is a thread, or a process, of the given priority on the probe's CPU. */
typedef struct RtProbeKind {
        void (*measure)(RtProbe *probe);
        void (*partner)(RtProbe *probe); /* NULL: it has none */
        bool partner_is_process;         /* with an address space of its own */
        int partner_below;               /* by how much its priority is lower */
} RtProbeKind;

/* The time from when a timer is due to the thread's first instruction. */
extern const RtProbeKind rt_probe_release;
/* The time from one thread's last instruction to the first of another one's, of another process. */
extern const RtProbeKind rt_probe_switch;
/* The time that a timer's interrupt takes, which wakes a thread of lower priority, from the one
 * that is running. */
extern const RtProbeKind rt_probe_irq;

/* Runs the probe; histograms[i] is for the i-th CPU of the setup. 0, or a negative errno with
 * *ret_what saying what could not be done and *ret_cpu where: -EPERM: no real-time priority;
 * -EINVAL: the CPU may not be used. */
int rt_probe_run(RtArena *arena, const RtProbeKind *kind, const RtProbeSetup *setup,
                 RtHistogram *histograms, const char **ret_what, int *ret_cpu);

/* Whether a thread of this process may have the priority on these CPUs; as above. */
int rt_probe_try(const RtProbeSetup *setup, const char **ret_what, int *ret_cpu);

/* -- for probes -------------------------------------------------------------------------------- */

int64_t rt_now(void);
void rt_sleep_until(int64_t time);
