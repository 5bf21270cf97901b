/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl cat: descriptors as the pipeline sees them, drop-ins merged, each setting with its place.
 */

#include <string.h>

#include "rtctl.h"

/* One group of settings on its way out, as text or into a JSON object. */
typedef struct Sink {
        const RtCommand *command;
        json_object *json; /* NULL: print text */
        int depth;
} Sink;

static json_object *json_value(const RtItem *item, const RtKey *key)
{
        const void *field = rt_field(item, key);
        switch (key->type) {
        case RT_TYPE_BOOL:
                return json_object_new_boolean(*(const bool *)field);
        case RT_TYPE_INTEGER:
        case RT_TYPE_DURATION:
        case RT_TYPE_SIZE:
                return json_object_new_int64(*(const int64_t *)field);
        case RT_TYPE_FRACTION:
                return json_object_new_double((double)*(const int64_t *)field / 1e6);
        case RT_TYPE_TEXT:
                return rt_json_text(*(const char *const *)field);
        case RT_TYPE_WORD:
                return rt_json_text(key->words[*(const int *)field]);
        case RT_TYPE_TEXTS: {
                const RtTexts *texts = field;
                json_object *list = json_object_new_array();
                for (size_t i = 0; i < texts->n; i++)
                        json_object_array_add(list, rt_json_text(texts->items[i]));
                return list;
        }
        default:
                return NULL;
        }
}

static void write_item(const Sink *sink, const RtItem *item);

static void write_groups_text(const Sink *sink, const RtItem *item, const RtKey *key)
{
        const Sink inner = { sink->command, NULL, sink->depth + 2 };
        size_t n = rt_key_length(item, key);
        printf("%*s%s = (\n", sink->depth * 4, "", key->name);
        for (size_t i = 0; i < n; i++) {
                printf("%*s{\n", (sink->depth + 1) * 4, "");
                write_item(&inner, rt_key_element(item, key, i));
                printf("%*s}%s\n", (sink->depth + 1) * 4, "", i + 1 < n ? "," : "");
        }
        printf("%*s);\n", sink->depth * 4, "");
}

static void write_text(const Sink *sink, const RtItem *item, const RtKey *key)
{
        RtArena *arena = sink->command->arena;
        const Sink inner = { sink->command, NULL, sink->depth + 1 };
        switch (key->type) {
        case RT_TYPE_GROUP:
                printf("%*s%s = {\n", sink->depth * 4, "", key->name);
                write_item(&inner, rt_field(item, key));
                printf("%*s};\n", sink->depth * 4, "");
                break;
        case RT_TYPE_GROUPS:
                write_groups_text(sink, item, key);
                break;
        default: {
                RtPlace place = item->set_at[key - item->schema->keys];
                printf("%*s%s = %s;  # %s\n", sink->depth * 4, "", key->name,
                       rt_key_written(arena, item, key), rt_place_text(arena, place));
        }
        }
}

static void write_json(const Sink *sink, const RtItem *item, const RtKey *key)
{
        json_object *value = NULL;
        if (key->type == RT_TYPE_GROUP) {
                value = json_object_new_object();
                const Sink inner = { sink->command, value, 0 };
                write_item(&inner, rt_field(item, key));
        } else if (key->type == RT_TYPE_GROUPS) {
                value = json_object_new_array();
                const RtItem *group;
                for (size_t i = 0; (group = rt_key_element(item, key, i)); i++) {
                        json_object *one = json_object_new_object();
                        const Sink inner = { sink->command, one, 0 };
                        write_item(&inner, group);
                        json_object_array_add(value, one);
                }
        } else if (key->type == RT_TYPE_CPUS || key->type == RT_TYPE_NODES) {
                value = rt_json_text(rt_cpuset_text(sink->command->arena, rt_field(item, key)));
        } else {
                value = json_value(item, key);
        }
        json_object_object_add(sink->json, key->name, value);
}

/* Only what is set; defaults are in the man page. */
static void write_item(const Sink *sink, const RtItem *item)
{
        for (size_t i = 0; i < item->schema->n_keys; i++) {
                if (!rt_is_set(item, i))
                        continue;
                if (sink->json)
                        write_json(sink, item, &item->schema->keys[i]);
                else
                        write_text(sink, item, &item->schema->keys[i]);
        }
}

static void write_object(const RtCommand *command, const RtObject *object, json_object *list)
{
        if (list) {
                json_object *one = json_object_new_object(), *settings = json_object_new_object();
                const Sink sink = { command, settings, 0 };
                write_item(&sink, &object->item);
                json_object_object_add(one, "kind", rt_json_text(rt_kind_word(object->kind)));
                json_object_object_add(one, "name", rt_json_text(object->name));
                json_object_object_add(one, "settings", settings);
                json_object_array_add(list, one);
                return;
        }
        const Sink sink = { command, NULL, 0 };
        printf("# %s %s\n", rt_kind_word(object->kind), object->name);
        for (size_t i = 0; object->sources[i]; i++)
                printf("# from %s%s\n", command->pipeline.search.root, object->sources[i]);
        write_item(&sink, &object->item);
        putchar('\n');
}

/* Whether the object was asked for: by name, "imu", or by descriptor, "imu.container". */
static bool is_wanted(const RtCommand *command, const RtObject *object, bool *found)
{
        bool wanted = command->n_names == 0;
        const char *file = rt_object_file(command->arena, object);
        for (int i = 0; i < command->n_names; i++)
                if (strcmp(command->names[i], object->name) == 0 ||
                    strcmp(command->names[i], file) == 0)
                        wanted = found[i] = true;
        return wanted;
}

int rt_verb_cat(RtCommand *command)
{
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        RtObjects objects = rt_all_objects(command);
        bool *found = rt_alloc_array(command->arena, (size_t)command->n_names, sizeof *found);
        json_object *list = command->json == RT_JSON_OFF ? NULL : json_object_new_array();
        if (!list)
                rt_pager_open(command);
        RT_EACH (object, &objects)
                if (is_wanted(command, *object, found))
                        write_object(command, *object, list);
        if (list) {
                json_object *answer = json_object_new_object();
                json_object_object_add(answer, "objects", list);
                rt_print_json(command, answer);
        }
        rt_pager_close(); /* the messages come after it, not into it */
        rt_print_diags(command);
        int status = rt_diags_status(command);
        for (int i = 0; i < command->n_names; i++)
                if (!found[i]) {
                        fprintf(stderr, "rtctl: there is no object \"%s\"; see rtctl list\n",
                                command->names[i]);
                        status = RTCTL_TROUBLE;
                }
        return status;
}
