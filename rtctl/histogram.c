/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "histogram.h"

enum { MILLION = 1000000, FINE_BITS = 6 };

static size_t step_of(int64_t ns)
{
        if (ns < RT_HISTOGRAM_FINE)
                return (size_t)ns;
        int power = 63 - __builtin_clzll((unsigned long long)ns); /* at least FINE_BITS */
        size_t within = (size_t)(ns >> (power - FINE_BITS)) - RT_HISTOGRAM_FINE;
        size_t step = (size_t)(power - FINE_BITS + 1) * RT_HISTOGRAM_FINE + within;
        return step < RT_HISTOGRAM_STEPS ? step : RT_HISTOGRAM_STEPS - 1;
}

/* The largest value of the step. */
static int64_t end_of(size_t step)
{
        if (step < RT_HISTOGRAM_FINE)
                return (int64_t)step;
        int shift = (int)(step / RT_HISTOGRAM_FINE) - 1;
        return ((int64_t)(step % RT_HISTOGRAM_FINE + RT_HISTOGRAM_FINE + 1) << shift) - 1;
}

void rt_histogram_add(RtHistogram *histogram, int64_t ns)
{
        if (ns < 0)
                ns = 0;
        if (histogram->n == 0 || ns < histogram->least)
                histogram->least = ns;
        if (ns > histogram->most)
                histogram->most = ns;
        histogram->n++;
        histogram->steps[step_of(ns)]++;
}

int64_t rt_histogram_quantile(const RtHistogram *histogram, int64_t ppm)
{
        /* The first values up to this one, at least one of them. */
        __uint128_t wanted = ((__uint128_t)histogram->n * (uint64_t)ppm + MILLION - 1) / MILLION;
        uint64_t seen = 0;
        for (size_t i = 0; i < RT_HISTOGRAM_STEPS && histogram->n > 0; i++) {
                seen += histogram->steps[i];
                if (seen >= wanted && seen > 0)
                        return i == RT_HISTOGRAM_STEPS - 1 || end_of(i) > histogram->most
                                       ? histogram->most
                                       : end_of(i);
        }
        return 0;
}

int64_t rt_with_margin(int64_t ns, int64_t ppm)
{
        __int128_t product = ((__int128_t)ns * ppm + MILLION - 1) / MILLION;
        int64_t value = product > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)product;
        int64_t unit = 1;
        while (value / unit >= 100)
                unit *= 10;
        return (value + unit - 1) / unit * unit;
}
