/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From declared tasks and devices, and the platform's overheads, to the loads that the analysis
 * works on. rtcontainers-analysis(7), OVERHEADS, says what is added and why that is safe. */

#include "cpu.h"
#include "model.h"

typedef enum RtLoadKind {
        RT_LOAD_TASK,       /* a task's jobs */
        RT_LOAD_INTERRUPT,  /* a device's interrupts: what runs before any task */
        RT_LOAD_IRQ_THREAD, /* and their threads */
} RtLoadKind;

/* What a load stands for: where its `owner` points. */
typedef struct RtLoadOwner {
        RtLoadKind kind;
        const RtContainer *container;
        const RtTask *task;     /* of RT_LOAD_TASK */
        const RtDevice *device; /* of the others */
        int64_t overhead;       /* the part of the load's wcet that is the machine's */
        size_t mark;            /* scratch of whoever walks over many loads */
} RtLoadOwner;

typedef struct RtOwnedLoad {
        RtLoad load; /* load.owner is to be set to the address of `owner` once that stays put */
        RtLoadOwner owner;
} RtOwnedLoad;

/* The kernel's interrupt threads of PREEMPT_RT, unless told otherwise. */
enum { RT_IRQ_PRIORITY = 50 };

/* The load of a real-time task with that SCHED_FIFO priority (of no meaning for "deadline"). */
RtOwnedLoad rt_task_load(const RtPlatform *platform, const RtContainer *container,
                         const RtTask *task, int priority);

/* What SCHED_DEADLINE is told of such a task, so that it does what the analysis has admitted: the
 * runtime has the overheads in it, and the deadline counts from a release that was as late as may
 * be. */
typedef struct RtReservation {
        int64_t runtime, deadline, period;
} RtReservation;
RtReservation rt_task_reservation(const RtPlatform *platform, const RtContainer *container,
                                  const RtTask *task);

/* What the interrupts of the container's devices add on each CPU that it uses. */
typedef RT_LIST(RtOwnedLoad) RtOwnedLoads;
RtOwnedLoads rt_interrupt_loads(RtArena *arena, const RtPlatform *platform,
                                const RtContainer *container);

/* By what the kernel limits real-time tasks, from the platform's kernel version and rt_bandwidth.
 */
RtCpuRules rt_platform_rules(const RtPlatform *platform);
