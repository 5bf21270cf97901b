/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interrupts: their numbers by name, the CPUs that they may come to, the threads that handle them.
 *
 * A name is that of an action in /proc/interrupts, such as "virtio3-input.0"; a driver chooses it
 * when it requests the interrupt, which some do only when their device is opened. Several
 * interrupts may have one name, and several devices may share one interrupt.
 *
 * `root` is "" but in tests. Functions return 0 or a negative errno, and print nothing. */

#include <stdbool.h>

#include "kernel-threads.h"

typedef struct RtIrq {
        int number;
        const char *actions; /* "a", or "a, b"; "" if nobody has requested it */
} RtIrq;

typedef RT_LIST(RtIrq) RtIrqs;

/* All that have a number, in its order. Those that belong to CPUs, such as LOC, have none. */
int rt_irqs_list(RtArena *arena, const char *root, RtIrqs *ret);
/* Those of which exactly this is the name, or one of the names. -ENOENT if there are none. */
int rt_irqs_find(RtArena *arena, const char *root, const char *name, RtIrqs *ret);
bool rt_irq_is_called(const RtIrq *irq, const char *name);

/* The CPUs that it may come to, smp_affinity_list. Setting fails with -EIO or -EPERM if the kernel
 * does not let it move: it belongs to a CPU, or is managed by the kernel. */
int rt_irq_cpus(RtArena *arena, const char *root, int number, RtCpuSet *ret);
int rt_irq_set_cpus(RtArena *arena, const char *root, int number, const RtCpuSet *cpus);
/* The one or few of them that it really comes to. -ENOENT on machines that do not tell. */
int rt_irq_effective_cpus(RtArena *arena, const char *root, int number, RtCpuSet *ret);

/* The threads "irq/NUMBER-…" of the interrupt; none without threaded interrupts. A thread's CPUs
 * follow those of its interrupt, but only when that next comes. */
int rt_irq_threads(RtArena *arena, const char *root, int number, RtKernelThreads *ret);
/* SCHED_FIFO with that priority, 1 … 99. */
int rt_irq_thread_set_priority(pid_t thread, int priority);
