/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one pipeline that the generator, `rtctl bake` and all questions of rtctl run:
 * descriptors → model → checks → plan → artifacts. It reads descriptors and writes nothing. */

#include "emit.h"
#include "search.h"
#include "stored-plan.h"

typedef struct RtPipeline {
        RtArena *arena;
        RtSearchPath search;
        RtSources sources;
        RtDiags diags;
        RtModel model;
        RtPlan plan;
        RtArtifacts artifacts;
        size_t n_what_if_errors; /* suppositions that were not applied, each reported */
} RtPipeline;

typedef struct RtPipelineOptions {
        const char *root;           /* NULL or "": the running system */
        const char *folders;        /* RTCONTAINERS_PATH, or NULL */
        const char *unit_dir;       /* where the artifacts will lie on the target */
        const char *const *what_if; /* suppositions; see what-if.h */
        size_t n_what_if;
        const RtStoredPlan *stored; /* a plan to be verified before another is searched for */
} RtPipelineOptions;

/* Where baked artifacts lie: below the generator's output in systemd's order, above the units of
 * the distribution. */
#define RT_BAKED_UNIT_DIR "/usr/local/lib/systemd/system"
/* Where systemd has the generator write by default. */
#define RT_GENERATOR_UNIT_DIR "/run/systemd/generator"

/* Finds and reads the descriptors' files, no more. */
void rt_pipeline_search(RtPipeline *pipeline, RtArena *arena, const RtPipelineOptions *options);
/* As far as the plan, after rt_pipeline_search(). */
void rt_pipeline_plan(RtPipeline *pipeline, const RtPipelineOptions *options);
/* The artifacts, after rt_pipeline_plan(). */
void rt_pipeline_emit(RtPipeline *pipeline, const RtPipelineOptions *options);
/* Both. */
void rt_pipeline_run(RtPipeline *pipeline, const RtPipelineOptions *options);
