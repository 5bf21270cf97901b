/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the texts of descriptors of all kinds to artifacts. */

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtSources sources = fuzz_sources(arena, data, size);
        FuzzRun run;
        fuzz_run(&run, arena, &sources);
        fuzz_check_diags(&run);
        fuzz_check_plan(&run);
        fuzz_check_artifacts(&run);
        return 0;
}
