/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory: what the cgroup and the program are limited to, and how much is in use. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quantity.h"
#include "status-inspect.h"
#include "text.h"

static const char changed[] = "somebody has changed it, by systemctl set-property or a drop-in; or "
                              "it was started with other settings: restart it";

static const char *size_words(RtArena *arena, uint64_t size)
{
        return size > INT64_MAX ? "unlimited" : rt_size_text(arena, (int64_t)size);
}

/* A limit as the kernel has it. -EBADMSG: it is none. */
static int parse_limit(const char *text, uint64_t *ret)
{
        char *end;
        if (strcmp(text, "max") == 0) {
                *ret = UINT64_MAX;
                return 0;
        }
        errno = 0;
        unsigned long long value = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end || errno)
                return -EBADMSG;
        *ret = value;
        return 0;
}

/* -- the cgroup -------------------------------------------------------------------------------- */

/* The kernel counts in pages. */
static uint64_t in_pages(uint64_t size)
{
        const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        return size == UINT64_MAX ? size : size / page * page;
}

static void compare_limit(RtInspection *inspection, const char *aspect, const char *file,
                          const char *key, uint64_t otherwise)
{
        RtArena *arena = inspection->arena;
        const char *value = rt_planned_in_unit(inspection, key), *text;
        uint64_t planned = otherwise, actual;
        if (value)
                planned = strtoull(value, NULL, 10);
        RtComparison comparison = { .subject = "memory",
                                    .aspect = aspect,
                                    .declared = rt_declared_in_unit(inspection, key),
                                    .planned = size_words(arena, planned),
                                    .hint = changed };
        int r = rt_read_group(inspection, file, &text);
        r = r < 0 ? r : parse_limit(text, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual = size_words(arena, actual);
        comparison.agreement = in_pages(planned) == in_pages(actual) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

static void add_group_figures(RtInspection *inspection)
{
        static const struct {
                const char *file, *name;
        } files[] = { { "memory.current", "memory_current" },
                      { "memory.peak", "memory_peak" },
                      { "memory.swap.current", "swap_current" } };
        const char *text;
        uint64_t value;
        for (size_t i = 0; i < RT_ELEMENTS(files); i++)
                if (rt_read_group(inspection, files[i].file, &text) == 0 &&
                    parse_limit(text, &value) == 0)
                        rt_add_figure(inspection, files[i].name, value, true);
        if (rt_read_group(inspection, "memory.events", &text) == 0 &&
            rt_parse_pair(text, "oom_kill", &value) == 0)
                rt_add_figure(inspection, "oom_kills", value, false);
}

/* -- the program ------------------------------------------------------------------------------- */

static void compare_rlimit(RtInspection *inspection, const char *aspect, const char *declared,
                           const char *key, const char *name, bool is_size)
{
        RtArena *arena = inspection->arena;
        const char *planned = rt_planned_in_settings(inspection, key), *text;
        uint64_t actual;
        if (!planned)
                return;
        uint64_t number = strtoull(planned, NULL, 10);
        RtComparison comparison = {
                .subject = "program",
                .aspect = aspect,
                .declared = declared,
                .planned = is_size ? size_words(arena, number) : planned,
                .hint = "the service's limit is lower (systemctl show), or the program has changed "
                        "it by itself",
        };
        int r = rt_read_program(inspection, "limits", &text);
        r = r < 0 ? r : rt_parse_limit(text, name, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual = is_size                ? size_words(arena, actual)
                            : actual == UINT64_MAX ? "unlimited"
                                                   : rt_printf(arena, "%" PRIu64, actual);
        comparison.agreement = actual == number ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

static void compare_huge_pages(RtInspection *inspection)
{
        RtComparison comparison = {
                .subject = "program",
                .aspect = "transparent huge pages",
                .planned = "off",
                .hint = "the program has turned them on by itself, or it was started before they "
                        "were turned off for it; restart it",
        };
        if (!rt_planned_arguments(inspection, "ExecStart", "/without-thp"))
                return;
        if (!inspection->program_status.knows_thp) {
                rt_compare_unread(inspection, comparison, -ENODATA);
                return;
        }
        comparison.actual = inspection->program_status.thp ? "on" : "off";
        rt_compare_texts(inspection, comparison);
}

/* -- nodes ------------------------------------------------------------------------------------- */

static void compare_nodes(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        const char *planned = rt_planned_in_unit(inspection, "AllowedMemoryNodes"), *text;
        RtCpuSet actual; /* numbers of nodes are written like those of CPUs */
        RtComparison comparison = {
                .subject = "memory",
                .aspect = "nodes",
                .declared = rt_declared_in_unit(inspection, "AllowedMemoryNodes"),
                .planned = planned,
                .hint = changed,
        };
        if (!planned)
                return;
        int r = rt_read_group(inspection, "cpuset.mems", &text);
        if (r == 0 && !text[0])
                comparison.actual = "any";
        else if (r == 0 && rt_cpuset_parse(text, &actual) == 0)
                comparison.actual = rt_cpuset_text(arena, &actual);
        if (comparison.actual)
                rt_compare_texts(inspection, comparison);
        else
                rt_compare_unread(inspection, comparison, r < 0 ? r : -EBADMSG);
}

void rt_inspect_memory(RtInspection *inspection)
{
        const RtMemory *memory = &inspection->instance->container->memory;
        const char *locked = rt_is_set(&memory->item, RT_MEMORY_LOCKED)
                                     ? rt_size_text(inspection->arena, memory->locked)
                                     : NULL;
        compare_limit(inspection, "max", "memory.max", "MemoryMax", UINT64_MAX);
        compare_limit(inspection, "high", "memory.high", "MemoryHigh", UINT64_MAX);
        compare_limit(inspection, "low", "memory.low", "MemoryLow", 0);
        compare_limit(inspection, "swap", "memory.swap.max", "MemorySwapMax", UINT64_MAX);
        compare_nodes(inspection);
        compare_rlimit(inspection, "lockable memory", locked, "LimitMEMLOCK", "Max locked memory",
                       true);
        compare_rlimit(inspection, "real-time priority", NULL, "LimitRTPRIO",
                       "Max realtime priority", false);
        compare_huge_pages(inspection);
        add_group_figures(inspection);
}
