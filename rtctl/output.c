/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtctl.h"
#include "text.h"

int rt_command_run_pipeline(RtCommand *command, const char *unit_dir)
{
        const RtPipelineOptions options = {
                .root = command->root,
                .folders = getenv("RTCONTAINERS_PATH"),
                .unit_dir = unit_dir,
                .what_if = command->what_if.items,
                .n_what_if = command->what_if.n,
        };
        struct stat st;
        if (command->root[0] && (stat(command->root, &st) < 0 || !S_ISDIR(st.st_mode))) {
                fprintf(stderr, "rtctl: --root=%s is no folder\n", command->root);
                return -1;
        }
        rt_pipeline_search(&command->pipeline, command->arena, &options);
        rt_pipeline_run(&command->pipeline, &options);
        if (command->pipeline.n_what_if_errors == 0)
                return 0;
        /* An answer would be one to another question. */
        rt_print_diags(command);
        return -1;
}

void rt_print_diags(const RtCommand *command)
{
        const RtDiags *diags = &command->pipeline.diags;
        bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
        RT_EACH (it, &diags->list) {
                const RtDiag *diag = *it;
                const char *line =
                        rt_diag_line(command->arena, command->pipeline.search.root, diag);
                if (colour)
                        fprintf(stderr, "\033[%sm%s\033[0m\n",
                                diag->severity == RT_ERROR ? "31" : "33", line);
                else
                        fprintf(stderr, "%s\n", line);
        }
}

int rt_diags_status(const RtCommand *command)
{
        const RtDiags *diags = &command->pipeline.diags;
        bool bad = diags->n_errors > 0 || (command->strict && diags->n_warnings > 0);
        return bad ? RTCTL_FINDINGS : RTCTL_GOOD;
}

/* -- JSON -------------------------------------------------------------------------------------- */

json_object *rt_json_text(const char *text)
{
        return text ? json_object_new_string(text) : NULL;
}

void rt_json_add_place(RtArena *arena, json_object *object, RtPlace place)
{
        if (!place.file)
                return;
        json_object_object_add(object, "file", rt_json_text(rt_printable(arena, place.file, 4096)));
        json_object_object_add(object, "line", json_object_new_int64(place.line));
}

void rt_print_json(const RtCommand *command, json_object *object)
{
        int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
        flags |= command->json == RT_JSON_PRETTY ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
                                                 : JSON_C_TO_STRING_PLAIN;
        puts(json_object_to_json_string_ext(object, flags));
        json_object_put(object);
}

json_object *rt_json_diags(const RtCommand *command)
{
        json_object *list = json_object_new_array();
        RT_EACH (it, &command->pipeline.diags.list) {
                const RtDiag *diag = *it;
                json_object *one = json_object_new_object();
                json_object_object_add(one, "severity",
                                       rt_json_text(rt_severity_word(diag->severity)));
                rt_json_add_place(command->arena, one, diag->place);
                json_object_object_add(one, "key", rt_json_text(diag->key));
                json_object_object_add(one, "what", rt_json_text(diag->what));
                json_object_object_add(one, "fix", rt_json_text(diag->fix));
                if (diag->about) {
                        json_object_object_add(one, "kind",
                                               rt_json_text(rt_kind_word(diag->about->kind)));
                        json_object_object_add(one, "name", rt_json_text(diag->about->name));
                }
                json_object_array_add(list, one);
        }
        return list;
}

/* -- pager ------------------------------------------------------------------------------------- */

static pid_t pager = -1;

static void run_pager(int input)
{
        const char *program = getenv("PAGER");
        dup2(input, STDIN_FILENO);
        close(input);
        setenv("LESS", "FRSX", 0);
        execlp("/bin/sh", "sh", "-c", program && *program ? program : "less || cat", NULL);
        _exit(127);
}

void rt_pager_open(const RtCommand *command)
{
        int ends[2];
        if (!command->pager || !isatty(STDOUT_FILENO) || pipe(ends) < 0)
                return;
        fflush(stdout);
        pager = fork();
        if (pager == 0) {
                close(ends[1]);
                run_pager(ends[0]);
        }
        close(ends[0]);
        if (pager > 0)
                dup2(ends[1], STDOUT_FILENO);
        close(ends[1]);
}

void rt_pager_close(void)
{
        if (pager <= 0)
                return;
        fflush(stdout);
        close(STDOUT_FILENO);
        while (waitpid(pager, NULL, 0) < 0) {
                /* interrupted: wait on */
        }
        pager = -1;
}

/* -- objects ----------------------------------------------------------------------------------- */

RtObjects rt_all_objects(const RtCommand *command)
{
        RtObjects objects = { 0 };
        RtModel *model = (RtModel *)&command->pipeline.model;
        RT_APPEND(command->arena, &objects, &model->platform.object);
        RT_EACH (container, &model->containers)
                RT_APPEND(command->arena, &objects, &(*container)->object);
        RT_EACH (channel, &model->channels)
                RT_APPEND(command->arena, &objects, &(*channel)->object);
        RT_EACH (config, &model->configs)
                RT_APPEND(command->arena, &objects, &(*config)->object);
        return objects;
}
