/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was before something was moved between CPUs, kept as a text below /run, so that it can be
 * undone whatever has ended meanwhile. */

#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "cpuset.h"

/* An interrupt's CPUs. */
typedef struct RtSavedIrq {
        int number;
        int priority; /* SCHED_FIFO, of its threads; 0: it has none, or it does not matter */
        RtCpuSet cpus;
        const char *name; /* by which it was found; "" if by none */
} RtSavedIrq;

/* A kernel thread's. The time of its start tells it from a later one of the same number. */
typedef struct RtSavedThread {
        pid_t pid;
        uint64_t started;
        RtCpuSet cpus;
} RtSavedThread;

/* A file of the kernel's, with its whole text. */
typedef struct RtSavedFile {
        const char *path, *text;
} RtSavedFile;

typedef struct RtCpusState {
        RT_LIST(RtSavedFile) files;
        RT_LIST(RtSavedIrq) irqs;
        RT_LIST(RtSavedThread) threads;
} RtCpusState;

/* Reads it. -ENOENT: there is none; -EBADMSG: it is not ours, or not whole. */
int rt_cpus_state_load(RtArena *arena, const char *path, RtCpusState *ret);
/* Writes it, with the folder: others see the old text or the new one, whole. 0 or a negative
 * errno. */
int rt_cpus_state_save(RtArena *arena, const char *path, const RtCpusState *state);

/* NULL if it is not in there. */
const RtSavedIrq *rt_cpus_state_irq(const RtCpusState *state, int number);
const RtSavedThread *rt_cpus_state_thread(const RtCpusState *state, pid_t pid, uint64_t started);
const RtSavedFile *rt_cpus_state_file(const RtCpusState *state, const char *path);
