/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "statistics.h"

static unsigned bucket_of(uint64_t latency)
{
        if (latency < 2)
                return 0;
        unsigned log = 63 - (unsigned)__builtin_clzll(latency);
        unsigned bucket = 2 * log + (unsigned)(latency >> (log - 1) & 1);
        return bucket < RTCHANNEL_BUCKETS ? bucket : RTCHANNEL_BUCKETS - 1;
}

void rt_count_latency(rtchannel_statistics *statistics, int64_t latency)
{
        uint64_t ns = latency > 0 ? (uint64_t)latency : 0;
        statistics->latencies[bucket_of(ns)]++;
        statistics->latency_sum += ns;
        if (ns > statistics->latency_max)
                statistics->latency_max = ns;
}
