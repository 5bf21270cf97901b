/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Exact comparison of sums of fractions. Periods of nanoseconds have common multiples of thousands
 * of bits, so the sum is never formed. */

#include <stddef.h>
#include <stdint.h>

/* How far a floating-point sum of about that many quotients may be off, relative to it: each
 * quotient and each addition is off by less than 2^-51. */
static inline double rt_rounding(size_t n)
{
        return ((double)n + 4) * 4.5e-16;
}

/* part / whole; whole at least 1, both at most RT_TIME_MOST. */
typedef struct RtShare {
        int64_t part, whole;
} RtShare;

/* The sign of (sum of the shares) - limit. Exact, except that sums which agree with the limit to
 * some hundred thousand digits count as above it. May reorder and merge the shares, whose sum stays
 * the same. */
int rt_utilisation_compare(RtShare *shares, size_t n, RtShare limit);
