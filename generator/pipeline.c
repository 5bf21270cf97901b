/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#include "check.h"
#include "reader.h"

void rt_pipeline_search(RtPipeline *pipeline, RtArena *arena, const RtPipelineOptions *options)
{
        *pipeline = (RtPipeline){ .arena = arena, .diags = { .arena = arena } };
        rt_search_path_init(arena, &pipeline->search, options->root, options->folders);
        rt_search(arena, &pipeline->search, &pipeline->sources, &pipeline->diags);
}

void rt_pipeline_run(RtPipeline *pipeline, const RtPipelineOptions *options)
{
        /* Another machine's CPUs are not this one's. */
        RtCpuSet online;
        bool here = !pipeline->search.root[0] && rt_read_online_cpus(&online) == 0;

        rt_read_model(&pipeline->model, pipeline->arena, &pipeline->sources, here ? &online : NULL,
                      &pipeline->diags);
        if (pipeline->sources.n > 0)
                rt_check(&pipeline->model, &pipeline->diags);
        rt_plan_make(&pipeline->plan, &pipeline->model, &pipeline->diags);
        rt_emit(&pipeline->artifacts, &pipeline->model, &pipeline->plan, &pipeline->diags,
                options->unit_dir);
}
