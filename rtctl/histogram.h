/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How often which duration was seen: exact extremes, and in between steps of at most 1/64. Adding
 * takes constant time and no memory, so that probes may do it while they measure. */

#include <stddef.h>
#include <stdint.h>

enum {
        RT_HISTOGRAM_FINE = 64,                                /* steps to each power of two */
        RT_HISTOGRAM_STEPS = RT_HISTOGRAM_FINE * (40 - 6 + 1), /* up to 2^40 ns, 18 minutes */
};

/* All zero is an empty one. */
typedef struct RtHistogram {
        uint64_t n;
        int64_t least, most; /* nanoseconds */
        uint64_t steps[RT_HISTOGRAM_STEPS];
} RtHistogram;

/* Less than nothing counts as nothing. */
void rt_histogram_add(RtHistogram *histogram, int64_t ns);
/* What `ppm` millionths of all values had at most, rounded up to a step, but no more than the most;
 * 0 if there are none. */
int64_t rt_histogram_quantile(const RtHistogram *histogram, int64_t ppm);

/* `ns` times `ppm` millionths, rounded up to two digits: 23400 and 1200000 give 29000. */
int64_t rt_with_margin(int64_t ns, int64_t ppm);
