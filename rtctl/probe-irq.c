/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Cost of an interrupt: a thread looks at the clock again and again, and sees a gap when something
 * else has run. At a known time the timer of a thread of lower priority is due on the same CPU: its
 * interrupt wakes that thread, which does not get the CPU. This is what the release of a job costs
 * those that run. Counted is the largest gap that ends between then and a little later, with the
 * reading of the clock; what else takes the CPU in that time counts as well. */

#include "probe.h"

/* A seventh of the CPU. */
enum { INTERVAL = 5000000, BEFORE = 200000, AFTER = 500000 };

/* When the first timer is due. */
static int64_t first(const RtProbe *probe)
{
        return probe->start + INTERVAL;
}

/* The largest gap that ends after `due`; -1: it was too late to see it. */
static int64_t watch(int64_t due)
{
        int64_t largest = 0, last = rt_now();
        if (last >= due)
                return -1;
        while (last < due + AFTER) {
                int64_t now = rt_now();
                if (now > due && now - last > largest)
                        largest = now - last;
                last = now;
        }
        return largest;
}

static void measure(RtProbe *probe)
{
        for (int64_t due = first(probe); due < probe->end; due += INTERVAL) {
                rt_sleep_until(due - BEFORE);
                int64_t gap = watch(due);
                if (gap >= 0)
                        rt_histogram_add(probe->histogram, gap);
        }
}

/* Sets its next timer as soon as it gets the CPU, that is when the other one sleeps. */
static void partner(RtProbe *probe)
{
        for (int64_t due = first(probe); due < probe->end; due += INTERVAL)
                rt_sleep_until(due);
}

const RtProbeKind rt_probe_irq = { .measure = measure, .partner = partner, .partner_below = 1 };
