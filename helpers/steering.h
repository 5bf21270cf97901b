/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Interrupts of devices that belong to a container: to its CPUs, their threads to the declared
 * priority, and back. Functions print what is refused, once. */

#include <stdint.h>

#include "kernel.h"

/* Below the kernel's root, followed by the container's name: what was before. */
#define RT_STEERING_FOLDER "/run/rtcontainers/irqs"

typedef struct RtWantedIrq {
        const char *name; /* of an action */
        int priority;     /* SCHED_FIFO, of its threads; 0: theirs */
        bool found;
} RtWantedIrq;

typedef struct RtWantedIrqs {
        RtWantedIrq *items;
        size_t n;
} RtWantedIrqs;

/* "PRIORITY:NAME", the priority "-" or 1 … 99. False if it is none. */
bool rt_wanted_irq_parse(const char *text, RtWantedIrq *ret);

/* Steers all interrupts of these names to the CPUs, and looks for what is not there yet until the
 * time, in microseconds, is over. False if any could not be had. */
bool rt_steer(RtArena *arena, const RtKernel *kernel, const char *container, const RtCpuSet *cpus,
              const RtWantedIrqs *wanted, int64_t patience);
/* Undoes it, but for numbers that have got another name meanwhile. One that nobody requests any
 * more would come to these CPUs again when somebody does. */
void rt_unsteer(RtArena *arena, const RtKernel *kernel, const char *container);
