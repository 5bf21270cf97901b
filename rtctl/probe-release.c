/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Release latency, as cyclictest measures it: sleep until a time, and look at the clock. Counted is
 * all between: how late the timer is, its interrupt, waking, switching, and the way out of the
 * system call. */

#include "probe.h"

enum { INTERVAL = 1000000, APART = 83000 /* CPUs do not all wake at one time */ };

static void measure(RtProbe *probe)
{
        int64_t then = probe->start + probe->cpu % 12 * APART;
        while (then < probe->end) {
                rt_sleep_until(then);
                int64_t now = rt_now();
                rt_histogram_add(probe->histogram, now - then);
                then += INTERVAL;
                if (then <= now) /* it was so late that others are past */
                        then += ((now - then) / INTERVAL + 1) * INTERVAL;
        }
}

const RtProbeKind rt_probe_release = { .measure = measure };
