/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Durations, sizes, integers and CPU sets: what is read and written reads as the same. */

#include <string.h>

#include "cpuset.h"
#include "harness.h"
#include "quantity.h"
#include "text.h"

static void check_quantities(RtArena *arena, const char *text)
{
        int64_t value, again;
        if (rt_parse_duration(text, &value) == 0) {
                MUST(value >= 0 && value <= RT_DURATION_MAX, "%lld", (long long)value);
                MUST(rt_parse_duration(rt_duration_text(arena, value), &again) == 0 &&
                             again == value,
                     "%lld", (long long)value);
        }
        if (rt_parse_size(text, &value) == 0) {
                MUST(value >= 0 && value <= RT_SIZE_MAX, "%lld", (long long)value);
                MUST(rt_parse_size(rt_size_text(arena, value), &again) == 0 && again == value,
                     "%lld", (long long)value);
        }
        if (rt_parse_integer(text, &value) == 0)
                MUST(rt_parse_integer(rt_printf(arena, "%lld", (long long)value), &again) == 0 &&
                             again == value,
                     "%lld", (long long)value);
}

static void check_cpus(RtArena *arena, const char *text)
{
        RtCpuSet set, again;
        if (rt_cpuset_parse(text, &set) < 0)
                return;
        MUST(!rt_cpuset_is_empty(&set), "«%s» is empty", text);
        const char *written = rt_cpuset_text(arena, &set);
        MUST(rt_cpuset_parse(written, &again) == 0 && rt_cpuset_equal(&set, &again), "%s", written);
        unsigned n = 0;
        RT_EACH_CPU (cpu, &set)
                n += rt_cpuset_has(&set, (unsigned)cpu);
        MUST(n == rt_cpuset_count(&set), "%s", written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        const char *text = rt_strndup(arena, (const char *)data, size);
        check_quantities(arena, text);
        check_cpus(arena, text);
        const char *printable = rt_printable(arena, text, 60);
        MUST(rt_utf8_is_valid(printable) && !rt_text_has_control(printable), "%s", printable);
        MUST(strlen(printable) <= 60 + 4 + strlen("…"), "%s", printable);
        return 0;
}
