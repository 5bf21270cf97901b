/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-page.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* A field that need not be terminated. */
static const char *field_text(RtArena *arena, const char *field, size_t size)
{
        const char *text = rt_strndup(arena, field, strnlen(field, size));
        return rt_printable(arena, text, 4 * size);
}

int rt_end_page_parse(RtArena *arena, const void *data, size_t size, RtEndPage *ret)
{
        RtStatisticsPage page;
        if (size < sizeof page)
                return -EBADMSG;
        memcpy(&page, data, sizeof page);
        if (memcmp(page.magic, RT_STATISTICS_MAGIC, sizeof page.magic) != 0)
                return -EBADMSG;
        if (page.version != RT_STATISTICS_VERSION)
                return -EPROTONOSUPPORT;
        *ret = (RtEndPage){
                .channel = field_text(arena, page.channel, sizeof page.channel),
                .role = field_text(arena, page.role, sizeof page.role),
                .pid = page.pid,
                .message_size = page.message_size,
                .depth = page.depth,
                .numbers = page.numbers,
        };
        return 0;
}

/* The shortest latency that is longer than all of the bucket; see RTCHANNEL_BUCKETS. */
static uint64_t end_of_bucket(unsigned bucket)
{
        unsigned next = bucket + 1, exponent = next / 2;
        return next % 2 == 0 ? UINT64_C(1) << exponent : UINT64_C(3) << exponent >> 1;
}

uint64_t rt_latency_percentile(const rtchannel_statistics *numbers, unsigned per_cent)
{
        unsigned __int128 all = 0, seen = 0;
        for (unsigned i = 0; i < RTCHANNEL_BUCKETS; i++)
                all += numbers->latencies[i];
        if (all == 0)
                return 0;
        for (unsigned i = 0; i + 1 < RTCHANNEL_BUCKETS; i++) {
                seen += numbers->latencies[i];
                uint64_t end = end_of_bucket(i);
                if (seen * 100 >= all * per_cent)
                        return end < numbers->latency_max ? end : numbers->latency_max;
        }
        return numbers->latency_max; /* the last bucket has no end */
}
