/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where an end counts what happens: a memfd called "rtchannel-statistics", which root of the host
 * finds in /proc/PID/fd of the container's processes and reads there. Nothing is sent for it. What
 * a container writes there is hostile to whoever reads it. */

#include <stdint.h>

#include "rtchannel.h"

#define RT_STATISTICS_MEMFD "rtchannel-statistics"

enum { RT_STATISTICS_SIZE = 4096 }; /* bytes of the memfd; the page is at its beginning */

typedef struct RtStatisticsPage {
        char magic[8]; /* "rtchstat" */
        uint32_t version;
        uint32_t pid; /* in the container */
        char channel[64];
        char role[16];
        uint32_t message_size, depth;
        rtchannel_statistics numbers;
} RtStatisticsPage;

_Static_assert(sizeof(RtStatisticsPage) <= RT_STATISTICS_SIZE, "it is one page");

#define RT_STATISTICS_MAGIC "rtchstat"
#define RT_STATISTICS_VERSION 1

void rt_count_latency(rtchannel_statistics *statistics, int64_t latency);
