/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl list: what there is, and whether it is accepted. */

#include <string.h>

#include "rtctl.h"
#include "text.h"

/* Configs that the container is in, "A B"; members of a config; "" for the others. */
static const char *relations(const RtCommand *command, const RtObject *object)
{
        const RtModel *model = &command->pipeline.model;
        RtText text = RT_TEXT(command->arena);
        if (object->kind == RT_CONTAINER) {
                RT_EACH (config, &model->configs)
                        if (rt_config_has(*config, object->name))
                                rt_text_addf(&text, "%s%s", text.n > 0 ? " " : "",
                                             (*config)->object.name);
        } else if (object->kind == RT_CONFIG) {
                const RtConfig *config = (const RtConfig *)(const void *)object;
                for (size_t i = 0; i < config->containers.n; i++)
                        rt_text_addf(&text, "%s%s", i > 0 ? " " : "", config->containers.items[i]);
        }
        return rt_strdup(command->arena, text.data);
}

static void print_json(const RtCommand *command, const RtObjects *objects)
{
        json_object *list = json_object_new_array();
        RT_EACH (it, objects) {
                const RtObject *object = *it;
                json_object *one = json_object_new_object();
                json_object *sources = json_object_new_array();
                for (size_t i = 0; object->sources[i]; i++)
                        json_object_array_add(sources, rt_json_text(object->sources[i]));
                json_object_object_add(one, "kind", rt_json_text(rt_kind_word(object->kind)));
                json_object_object_add(one, "name", rt_json_text(object->name));
                json_object_object_add(one, "accepted", json_object_new_boolean(!object->rejected));
                json_object_object_add(one, "sources", sources);
                if (object->rejected)
                        json_object_object_add(
                                one, "reason",
                                rt_json_text(rt_diag_line(command->arena,
                                                          command->pipeline.search.root,
                                                          object->rejected)));
                json_object_array_add(list, one);
        }
        json_object *answer = json_object_new_object();
        json_object_object_add(answer, "objects", list);
        rt_print_json(command, answer);
}

int rt_verb_list(RtCommand *command)
{
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        RtObjects objects = rt_all_objects(command);
        if (command->json != RT_JSON_OFF) {
                print_json(command, &objects);
                return rt_diags_status(command);
        }
        rt_pager_open(command);
        int width = 4;
        RT_EACH (object, &objects)
                if ((int)strlen((*object)->name) > width)
                        width = (int)strlen((*object)->name);
        printf("%-9s  %-*s  %-8s  %-24s  %s\n", "KIND", width, "NAME", "STATE", "CONFIGS/MEMBERS",
               "DESCRIPTOR");
        RT_EACH (it, &objects) {
                const RtObject *object = *it;
                printf("%-9s  %-*s  %-8s  %-24s  %s\n", rt_kind_word(object->kind), width,
                       object->name, object->rejected ? "rejected" : "ok",
                       relations(command, object),
                       object->sources[0] ? object->sources[0] : "(defaults)");
        }
        rt_pager_close(); /* the messages come after it, not into it */
        rt_print_diags(command);
        return rt_diags_status(command);
}
