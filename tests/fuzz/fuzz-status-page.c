/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Statistics of ends of channels, which containers write and root prints: whatever they say, texts
 * are printable and latencies in order. */

#include <errno.h>
#include <string.h>

#include "harness.h"
#include "status-page.h"
#include "text.h"

static void check_text(const char *text, size_t field)
{
        MUST(strlen(text) <= 4 * field + strlen("…"), "%zu bytes", strlen(text));
        MUST(rt_utf8_is_valid(text) && !rt_text_has_control(text), "a text is not printable");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtEndPage page;
        int r = rt_end_page_parse(arena, data, size, &page);
        MUST(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT, "%d", r);
        if (r < 0)
                return 0;
        check_text(page.channel, sizeof((RtStatisticsPage *)NULL)->channel);
        check_text(page.role, sizeof((RtStatisticsPage *)NULL)->role);
        uint64_t last = 0;
        for (unsigned per_cent = 1; per_cent <= 100; per_cent++) {
                uint64_t latency = rt_latency_percentile(&page.numbers, per_cent);
                MUST(latency >= last && latency <= page.numbers.latency_max, "%u %%: %llu ns",
                     per_cent, (unsigned long long)latency);
                last = latency;
        }
        return 0;
}
