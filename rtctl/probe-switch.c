/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cost of a context switch: two processes of one priority on one CPU hand it to each other by
 * sched_yield(2). Counted is one such call, the scheduler, the switch of address space and
 * registers, and one look at the clock. */

#include <sched.h>
#include <stdatomic.h>

#include "probe.h"

/* Ten per cent of the CPU; short enough that a tick hits few of them. */
enum { SLICE = 3000000, INTERVAL = 30000000, WARM_UP = 16 };

typedef struct Meeting {
        _Atomic int64_t left; /* when the last one left the CPU */
        _Atomic int who;      /* which of the two it was */
} Meeting;

/* One slice of handing over. Both are pinned to one CPU and never run at once, so that what one
 * wrote before it left is what the other finds. */
static void hand_over(Meeting *meeting, int me, int64_t end, RtHistogram *histogram)
{
        uint64_t n = 0;
        for (int64_t now = rt_now(); now < end; n++) {
                atomic_store_explicit(&meeting->who, me, memory_order_relaxed);
                atomic_store_explicit(&meeting->left, rt_now(), memory_order_relaxed);
                sched_yield();
                now = rt_now();
                /* Otherwise it was nobody else's turn. */
                if (histogram && n >= WARM_UP &&
                    atomic_load_explicit(&meeting->who, memory_order_relaxed) != me)
                        rt_histogram_add(
                                histogram,
                                now - atomic_load_explicit(&meeting->left, memory_order_relaxed));
        }
}

static void run(RtProbe *probe, int me, RtHistogram *histogram)
{
        for (int64_t then = probe->start; then + SLICE < probe->end; then += INTERVAL) {
                rt_sleep_until(then);
                hand_over(probe->shared, me, then + SLICE, histogram);
        }
}

static void measure(RtProbe *probe)
{
        run(probe, 1, probe->histogram);
}

static void partner(RtProbe *probe)
{
        run(probe, 2, NULL);
}

const RtProbeKind rt_probe_switch = { .measure = measure,
                                      .partner = partner,
                                      .partner_is_process = true };
