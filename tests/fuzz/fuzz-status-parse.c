/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of /proc that a container has a say in, which root prints: whatever they hold, texts are
 * printable and bounded, numbers in range. */

#include <string.h>

#include "harness.h"
#include "status-parse.h"
#include "status-systemd.h"
#include "text.h"

enum { MOST = 4 * 300 };

static void check_text(const char *text)
{
        MUST(strlen(text) <= MOST, "%zu bytes", strlen(text));
        MUST(rt_utf8_is_valid(text) && !rt_text_has_control(text), "a text is not printable");
}

static void check_numbers(const char *text)
{
        RtIdRange range;
        uint64_t value = 7;
        if (rt_parse_start(text, &value) < 0)
                MUST(value == 7, "a failure has changed the result");
        (void)rt_parse_limit(text, "Max locked memory", &value);
        (void)rt_parse_pair(text, "oom_kill", &value);
        (void)rt_parse_id_range(text, &range);
}

static void check_lists(RtArena *arena, const char *text)
{
        RtStrings names = { 0 };
        RtUnitStates units = { 0 };
        bool all = rt_parse_interfaces(arena, text, 4, &names);
        MUST(names.n <= 4 && (all || names.n == 4), "%zu names", names.n);
        RT_EACH (name, &names)
                check_text(*name);
        const char *type = rt_parse_mount_type(arena, text, "/dev");
        if (type)
                check_text(type);
        rt_systemd_parse(arena, text, &units);
        RT_EACH (unit, &units) {
                check_text(unit->unit);
                check_text(unit->active);
                check_text(unit->result);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        const char *text = rt_strndup(arena, (const char *)data, size);
        RtProcStatus status;
        rt_parse_status(arena, text, &status);
        check_text(status.name);
        MUST(status.parent >= -1 && status.inner >= 0, "%d, %d", status.parent, status.inner);
        check_numbers(text);
        check_lists(arena, text);
        return 0;
}
