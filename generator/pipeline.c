/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#include "check.h"
#include "machine.h"
#include "reader.h"
#include "what-if.h"

void rt_pipeline_search(RtPipeline *pipeline, RtArena *arena, const RtPipelineOptions *options)
{
        *pipeline = (RtPipeline){ .arena = arena, .diags = { .arena = arena } };
        rt_search_path_init(arena, &pipeline->search, options->root, options->folders);
        rt_search(arena, &pipeline->search, &pipeline->sources, &pipeline->diags);
}

void rt_pipeline_plan(RtPipeline *pipeline, const RtPipelineOptions *options)
{
        RtModel *model = &pipeline->model;
        rt_read_model(model, pipeline->arena, &pipeline->sources, &pipeline->diags);
        pipeline->n_what_if_errors =
                rt_what_if(model, options->what_if, options->n_what_if, &pipeline->diags);
        if (!pipeline->search.root[0]) {
                /* Another machine's CPUs and kernel are not this one's. */
                RtMachine machine;
                rt_machine_read(pipeline->arena, &machine);
                rt_machine_assume(&machine, &model->platform);
        }
        rt_model_complete(model);

        if (pipeline->sources.n > 0 || options->n_what_if > 0)
                rt_check(model, &pipeline->diags);
        rt_plan_make_from(&pipeline->plan, model, options->stored, &pipeline->diags);
}

void rt_pipeline_emit(RtPipeline *pipeline, const RtPipelineOptions *options)
{
        rt_emit(&pipeline->artifacts, &pipeline->model, &pipeline->plan, &pipeline->diags,
                options->unit_dir);
}

void rt_pipeline_run(RtPipeline *pipeline, const RtPipelineOptions *options)
{
        rt_pipeline_plan(pipeline, options);
        rt_pipeline_emit(pipeline, options);
}
