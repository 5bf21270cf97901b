/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Compares a trace of the scheduler with a plan: declared threads run on their CPUs only and at
 * their priorities, nobody of lower priority starts to run where one of them is ready, and user
 * threads other than the container's own never run on an exclusive CPU.
 *
 * The order of one CPU's events is the kernel's own, since switches and wake-ups are recorded under
 * the lock of that CPU's queue. Nothing here depends on how fast anything is. */

#include <stdio.h>

#include "cpuset.h"
#include "trace-line.h"

enum {
        RT_JUDGE_THREADS = 64,
        RT_JUDGE_KNOWN = 4096,
        RT_JUDGE_SHOWN = 20, /* violations that are printed; all are counted */
};

typedef struct RtDeclared {
        pid_t tid;
        int cpu;
        int priority; /* as in a trace */
        const char *name;
        bool is_ready; /* woken or preempted, and not running */
        unsigned long ran, woken;
} RtDeclared;

typedef struct RtJudge {
        FILE *out;
        RtCpuSet exclusive;
        RtDeclared threads[RT_JUDGE_THREADS];
        size_t n_threads;
        pid_t known[RT_JUDGE_KNOWN]; /* may be on exclusive CPUs: kernel threads, the container's
                                        own */
        size_t n_known;
        unsigned long n_switches, n_unread, n_lost, n_violations;
} RtJudge;

/* One line of the trace. */
void rt_judge_line(RtJudge *judge, const char *line);
/* The sums; true if the trace is as planned and each declared thread has run in it. A trace with
 * gaps proves nothing, and is no success either. */
bool rt_judge_end(RtJudge *judge);
