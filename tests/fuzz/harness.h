/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the fuzzers of descriptors share: descriptors in memory in place of files, and what must
 * hold for whatever comes out of them. */

#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"
#include "pipeline.h"

/* Several descriptors in one text: each begins with a line "=== NAME.KIND", such as
 * "=== imu.container" or "=== platform.conf". One that comes again is a drop-in. */
RtSources fuzz_sources(RtArena *arena, const uint8_t *data, size_t size);

/* The pipeline from sources on. CPUs 0 to 3 are online. */
typedef struct FuzzRun {
        RtDiags diags;
        RtModel model;
        RtPlan plan;
        RtArtifacts artifacts;
} FuzzRun;

void fuzz_run(FuzzRun *ret, RtArena *arena, const RtSources *sources);
void fuzz_run_from(FuzzRun *ret, RtArena *arena, const RtSources *sources,
                   const RtStoredPlan *stored);
void fuzz_run_supposing(FuzzRun *ret, RtArena *arena, const RtSources *sources,
                        const char *const *what_if, size_t n_what_if);

/* Everything that is set in the object, or what is set of one key, as a descriptor. */
const char *fuzz_written(RtArena *arena, const RtObject *object);
const char *fuzz_written_key(RtArena *arena, const RtObject *object, size_t key);

/* Diagnostics are one printable line each. */
void fuzz_check_diags(const FuzzRun *run);
/* No load above the bandwidth, exclusive and separate containers apart, priorities in the band,
 * user IDs of one's own. */
void fuzz_check_plan(const FuzzRun *run);
/* Paths stay below the folder and are there once; no line has a control character or joins the
 * next one; what is rejected has a tombstone. */
void fuzz_check_artifacts(const FuzzRun *run);
