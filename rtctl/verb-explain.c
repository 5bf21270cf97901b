/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl explain: every generated line with the descriptor line or the rule that it comes from. */

#include <string.h>

#include "rtctl.h"
#include "text.h"

static const char *reason(const RtCommand *command, const RtLine *line)
{
        const RtOrigin *origin = &line->origin;
        if (origin->rule)
                return rt_printf(command->arena, "rule: %s", origin->rule);
        const char *key = rt_origin_key(command->arena, origin);
        if (key && origin->place.file)
                return rt_printf(command->arena, "%s: %s",
                                 rt_place_text_in(command->arena, command->pipeline.search.root,
                                                  origin->place),
                                 key);
        return key ? rt_printf(command->arena, "default of %s", key) : NULL;
}

static void print_artifact(const RtCommand *command, const RtArtifact *artifact)
{
        printf("%s%s%s\n", artifact->path, artifact->link ? " -> " : "",
               artifact->link ? artifact->link : "");
        RT_EACH_LINE (line, artifact) {
                const char *why = reason(command, line);
                printf("    %s\n", line->text);
                if (why)
                        printf("        # %s\n", why);
        }
        putchar('\n');
}

static json_object *artifact_json(const RtCommand *command, const RtArtifact *artifact)
{
        json_object *one = json_object_new_object(), *lines = json_object_new_array();
        json_object_object_add(one, "path", rt_json_text(artifact->path));
        if (artifact->link)
                json_object_object_add(one, "link", rt_json_text(artifact->link));
        RT_EACH_LINE (line, artifact) {
                json_object *entry = json_object_new_object();
                json_object_object_add(entry, "text", rt_json_text(line->text));
                rt_json_add_place(command->arena, entry, line->origin.place);
                const char *key = rt_origin_key(command->arena, &line->origin);
                if (key)
                        json_object_object_add(entry, "key", rt_json_text(key));
                if (line->origin.rule)
                        json_object_object_add(entry, "rule", rt_json_text(line->origin.rule));
                json_object_array_add(lines, entry);
        }
        json_object_object_add(one, "lines", lines);
        return one;
}

/* By container, channel or config name: all of its artifacts; by unit: that one. */
static bool is_wanted(const RtArtifact *artifact, const char *name)
{
        const char *slash = strrchr(artifact->path, '/');
        return strcmp(artifact->path, name) == 0 || (slash && strcmp(slash + 1, name) == 0) ||
               (artifact->about && strcmp(artifact->about->name, name) == 0);
}

int rt_verb_explain(RtCommand *command)
{
        const char *name = command->names[0];
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        json_object *list = command->json == RT_JSON_OFF ? NULL : json_object_new_array();
        if (!list)
                rt_pager_open(command);
        size_t n = 0;
        RT_EACH (it, &command->pipeline.artifacts.list) {
                if (!is_wanted(*it, name))
                        continue;
                n++;
                if (list)
                        json_object_array_add(list, artifact_json(command, *it));
                else
                        print_artifact(command, *it);
        }
        if (list) {
                json_object *answer = json_object_new_object();
                json_object_object_add(answer, "artifacts", list);
                rt_print_json(command, answer);
        }
        if (n > 0)
                return RTCTL_GOOD;
        fprintf(stderr, "rtctl: nothing is generated for \"%s\"; see rtctl list\n", name);
        return RTCTL_TROUBLE;
}
