/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of the system can still run on CPUs that are meant to be free of it. */

#include <stdbool.h>

#include "arena.h"
#include "cpuset.h"

typedef struct RtLeftover {
        bool is_irq;
        int number;       /* of the interrupt; or the thread's */
        const char *name; /* the interrupt's actions; the thread's name */
        bool immovable;   /* a thread that the kernel lets nobody move */
        RtCpuSet cpus;    /* those of the asked-for CPUs that it may use */
} RtLeftover;

typedef RT_LIST(RtLeftover) RtLeftovers;

/* Interrupts that somebody has requested, then threads of the kernel's, by number; threads of
 * interrupts go with those. `root` is "" but in tests. 0 or a negative errno. */
int rt_leftovers(RtArena *arena, const char *root, const RtCpuSet *cpus, RtLeftovers *ret);

/* For people: "interrupts 0 (timer), 26,27 (virtio2-req.*)"; "threads cpuhp, ksoftirqd, migration";
 * one name for those of all CPUs. "" if there are none. */
const char *rt_leftover_irqs_text(RtArena *arena, const RtLeftovers *leftovers);
const char *rt_leftover_threads_text(RtArena *arena, const RtLeftovers *leftovers);
