/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl check: all mistakes of all descriptors. */

#include "rtctl.h"

static void print_json(const RtCommand *command)
{
        const RtDiags *diags = &command->pipeline.diags;
        json_object *answer = json_object_new_object();
        json_object_object_add(answer, "diagnostics", rt_json_diags(command));
        json_object_object_add(answer, "errors", json_object_new_int64((int64_t)diags->n_errors));
        json_object_object_add(answer, "warnings",
                               json_object_new_int64((int64_t)diags->n_warnings));
        rt_print_json(command, answer);
}

static void print_count(size_t n, const char *thing, const char *after)
{
        printf("%zu %s%s%s", n, thing, n == 1 ? "" : "s", after);
}

int rt_verb_check(RtCommand *command)
{
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        const RtModel *model = &command->pipeline.model;
        const RtDiags *diags = &command->pipeline.diags;
        if (command->json != RT_JSON_OFF) {
                print_json(command);
                return rt_diags_status(command);
        }
        rt_print_diags(command);
        print_count(model->containers.n, "container", ", ");
        print_count(model->channels.n, "channel", ", ");
        print_count(model->configs.n, "config", ": ");
        print_count(diags->n_errors, "error", ", ");
        print_count(diags->n_warnings, "warning", "\n");
        return rt_diags_status(command);
}
