/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl bake: the generator's artifacts, written into an image ahead of time. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "rtctl.h"
#include "stamp.h"
#include "writer.h"

static int trouble(const RtCommand *command, const char *path, int error)
{
        fprintf(stderr,
                "%s" RT_BAKED_UNIT_DIR "/%s:0: file: error: cannot be written: %s; make "
                "room or make it writable\n",
                command->pipeline.search.root, path, strerror(-error));
        return RTCTL_TROUBLE;
}

/* What an earlier bake wrote and this one does not want. */
static int remove_leftovers(const RtCommand *command, const RtStamp *old, int dir,
                            const char **ret_path)
{
        for (size_t i = 0; i < old->paths.n; i++) {
                *ret_path = old->paths.items[i];
                if (rt_artifacts_find(&command->pipeline.artifacts, *ret_path))
                        continue;
                int r = rt_remove_artifact(command->arena, dir, *ret_path);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The plan goes with the units, so that the generator need not search for it. */
static void add_plan(RtCommand *command)
{
        RtArtifacts *artifacts = &command->pipeline.artifacts;
        RtArtifact *file = rt_artifact_file(artifacts, NULL, RT_STORED_PLAN_FILE);
        RtLines lines = rt_stored_plan_lines(&command->pipeline.plan);
        RT_EACH (line, &lines)
                rt_artifact_line(artifacts, file, *line);
}

/* At every moment the stamp in place is one that does not hold, or one whose artifacts are all
 * there and no others; so a bake that is cut short makes the generator do the work itself. */
static int write_image(const RtCommand *command, int dir)
{
        const RtArtifacts *artifacts = &command->pipeline.artifacts;
        RtStamp old = { 0 };
        RtWriteError error = { .path = RT_STAMP_FILE };
        int r = rt_claim_output(command->arena, dir);
        if (r == 0)
                r = rt_stamp_read(command->arena, dir, &old);
        if (r < 0 && r != -ENOENT && r != -EBADMSG)
                return trouble(command, RT_STAMP_FILE, r);

        /* Staged together, renamed in this order: on a full disk not even the stamp changes. */
        RtArtifacts first = rt_stamp_make_unfinished(artifacts, &old);
        RT_EACH (artifact, &artifacts->list)
                RT_APPEND(command->arena, &first.list, *artifact);
        RtArtifacts last = rt_stamp_make(
                artifacts, rt_stamp_inputs(command->arena, &command->pipeline.sources));
        r = rt_write_artifacts(&first, dir, true, &error);
        if (r == 0)
                r = remove_leftovers(command, &old, dir, &error.path);
        if (r == 0)
                r = rt_write_artifacts(&last, dir, true, &error);
        return r < 0 ? trouble(command, error.path, r) : 0;
}

int rt_verb_bake(RtCommand *command)
{
        if (!command->root[0]) {
                fputs("rtctl: bake needs --root=DIR, the image to write into\n", stderr);
                return RTCTL_TROUBLE;
        }
        if (rt_command_run_pipeline(command, RT_BAKED_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        rt_print_diags(command);
        if (command->pipeline.diags.n_errors > 0) {
                fputs("rtctl: nothing is baked, as there are errors\n", stderr);
                return RTCTL_FINDINGS;
        }
        add_plan(command);
        int dir = rt_open_output(command->arena, command->pipeline.search.root, RT_BAKED_UNIT_DIR);
        if (dir < 0)
                return trouble(command, "", dir);
        int status = write_image(command, dir);
        close(dir);
        if (status != 0)
                return status;
        size_t n = command->pipeline.artifacts.list.n;
        if (command->json != RT_JSON_OFF) {
                json_object *answer = json_object_new_object();
                json_object_object_add(answer, "artifacts", json_object_new_int64((int64_t)n));
                json_object_object_add(answer, "folder", rt_json_text(RT_BAKED_UNIT_DIR));
                rt_print_json(command, answer);
        } else {
                printf("%zu files written below %s%s\n", n, command->pipeline.search.root,
                       RT_BAKED_UNIT_DIR);
        }
        return rt_diags_status(command);
}
