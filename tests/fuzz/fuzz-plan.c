/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stored plans of baked images, and what they make of descriptors: whatever they say, what is
 * accepted holds. */

#include <errno.h>
#include <string.h>

#include "harness.h"
#include "stored-plan.h"
#include "timing.h"

static const char descriptors[] =
        "=== platform.conf\ncpus = \"0-3\"; priorities = { min = 10; max = 13; };\n"
        "=== a.container\nrootfs = \"/a\"; command = [ \"/a\" ];\n"
        "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"300us\"; deadline = \"500us\"; },\n"
        "{ name = \"u\"; period = \"5ms\"; wcet = \"1ms\"; jitter = \"1ms\"; } );\n"
        "=== b.container\nrootfs = \"/b\"; command = [ \"/b\" ]; cpus = { count = 2; };\n"
        "tasks = ( { name = \"t\"; period = \"2ms\"; wcet = \"900us\"; },\n"
        "{ name = \"d\"; period = \"8ms\"; wcet = \"3ms\"; priority = 12; } );\n"
        "=== c.container\nrootfs = \"/c\"; command = [ \"/c\" ];\n"
        "tasks = ( { name = \"t\"; policy = \"deadline\"; period = \"4ms\"; wcet = \"1ms\"; } );\n"
        "=== x.config\ncontainers = [ \"a\", \"b\" ];\n"
        "=== y.config\ncontainers = [ \"a\", \"b\", \"c\" ];\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtStoredPlan stored = { 0 };
        char *text = rt_strndup(arena, (const char *)data, size);
        int r = rt_stored_plan_parse(arena, text, &stored);
        MUST(r == 0 || r == -EBADMSG, "%d", r);
        if (r < 0)
                return 0;
        RtSources sources =
                fuzz_sources(arena, (const uint8_t *)descriptors, sizeof descriptors - 1);
        FuzzRun run;
        fuzz_run_from(&run, arena, &sources, &stored);
        fuzz_check_diags(&run);
        fuzz_check_plan(&run);
        MUST(run.plan.configs.n == 2, "%zu configs", run.plan.configs.n);
        return 0;
}
