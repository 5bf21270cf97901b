/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sends what of the system can be moved away from the real-time CPUs to the housekeeping ones, and
 * back: interrupts and where new ones come to, work queues, threads of the kernel. Programs are the
 * business of slices. */

#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"

/* Below the kernel's root: what was before, as long as it is not. */
#define RT_CPUS_STATE_PATH "/run/rtcontainers/cpus.state"

/* What could not be done. */
typedef struct RtRefusal {
        const char *what; /* "interrupt 26 (virtio2-req.2)", or a path */
        int error;        /* a negative errno */
        bool is_bound;    /* an interrupt that belongs to a CPU, or is managed by the kernel */
} RtRefusal;

typedef struct RtMoves {
        size_t irqs, threads; /* so many were moved */
        RT_LIST(RtRefusal) refusals;
} RtMoves;

/* Where something goes that may use the CPUs `now`: to those of them that are housekeeping ones, to
 * all of these if it has none. False if it does not touch a real-time CPU, and stays as it is. */
bool rt_housekeeping_place(const RtCpuSet *now, const RtCpuSet *realtime,
                           const RtCpuSet *housekeeping, RtCpuSet *ret);

/* Notes first what is, unless an earlier call has done that and was not undone; then moves. 0 even
 * if some things cannot be moved; a negative errno if nothing was, because it could not be noted.
 */
int rt_housekeeping_impose(RtArena *arena, const RtKernel *kernel, const RtCpuSet *realtime,
                           const RtCpuSet *housekeeping, RtMoves *ret);
/* Puts back what was noted. -ENOENT: nothing was. Interrupts that have come since then, and are
 * where new ones were sent to, go where new ones went before. */
int rt_housekeeping_lift(RtArena *arena, const RtKernel *kernel, RtMoves *ret);
