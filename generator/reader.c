/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <string.h>
#include <unistd.h>

#include "reader-internal.h"
#include "text.h"
#include "vet.h"

static RtPlace place_of(const RtReader *reader, const config_setting_t *setting)
{
        return (RtPlace){ reader->file,
                          reader->line > 0 ? reader->line : config_setting_source_line(setting) };
}

static void complain(const RtReader *reader, RtPlace place, const char *key, RtProblem problem)
{
        rt_diag(reader->diags, RT_ERROR, (RtAt){ reader->object, place, key }, problem.what,
                problem.fix);
}

static const char *type_name(const config_setting_t *setting)
{
        switch (config_setting_type(setting)) {
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return "an integer";
        case CONFIG_TYPE_FLOAT:
                return "a fractional number";
        case CONFIG_TYPE_STRING:
                return "a string";
        case CONFIG_TYPE_BOOL:
                return "true or false";
        case CONFIG_TYPE_ARRAY:
                return "an array";
        case CONFIG_TYPE_LIST:
                return "a list";
        case CONFIG_TYPE_GROUP:
                return "a group";
        default:
                return "of no known type";
        }
}

static RtProblem wrong_type(const RtReader *reader, const config_setting_t *setting,
                            const RtKey *key)
{
        return (RtProblem){
                .what = rt_printf(reader->arena, "the value is %s", type_name(setting)),
                .fix = rt_printf(reader->arena, "write %s", rt_type_words(reader->arena, key)),
        };
}

static RtProblem too_many(const RtReader *reader, int n)
{
        return (RtProblem){
                .what = rt_printf(reader->arena, "the list has %d elements", n),
                .fix = rt_printf(reader->arena, "write at most %d", RT_LIST_MAX),
        };
}

/* -- values ------------------------------------------------------------------------------------ */

static int set_string(const RtReader *reader, const config_setting_t *setting, const RtItem *item,
                      const RtKey *key, RtProblem *ret_problem)
{
        switch (key->type) {
        case RT_TYPE_TEXT:
        case RT_TYPE_WORD:
        case RT_TYPE_DURATION:
        case RT_TYPE_SIZE:
        case RT_TYPE_CPUS:
        case RT_TYPE_NODES:
                return rt_key_set_text(reader->arena, item, key, config_setting_get_string(setting),
                                       ret_problem);
        default:
                *ret_problem = wrong_type(reader, setting, key);
                return -EINVAL;
        }
}

static int set_scalar(const RtReader *reader, const config_setting_t *setting, const RtItem *item,
                      const RtKey *key, RtProblem *ret_problem)
{
        switch (config_setting_type(setting)) {
        case CONFIG_TYPE_STRING:
                return set_string(reader, setting, item, key, ret_problem);
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return rt_key_set_integer(reader->arena, item, key,
                                          config_setting_get_int64(setting), ret_problem);
        case CONFIG_TYPE_FLOAT:
                return rt_key_set_fraction(reader->arena, item, key,
                                           config_setting_get_float(setting), ret_problem);
        case CONFIG_TYPE_BOOL:
                if (key->type == RT_TYPE_BOOL) {
                        *(bool *)rt_field(item, key) = config_setting_get_bool(setting);
                        return 0;
                }
                break;
        default:
                break;
        }
        *ret_problem = wrong_type(reader, setting, key);
        return -EINVAL;
}

static bool is_sequence(const config_setting_t *setting)
{
        int type = config_setting_type(setting);
        return type == CONFIG_TYPE_ARRAY || type == CONFIG_TYPE_LIST;
}

/* The list as a whole replaces what an earlier file said. Elements in error are left out. */
static void read_texts(const RtReader *reader, const config_setting_t *setting, const RtItem *item,
                       const RtKey *key)
{
        RtArena *arena = reader->arena;
        const char *path = rt_key_path(arena, item, key->name);
        RtTexts *texts = rt_field(item, key);
        int n = config_setting_length(setting);
        if (n > RT_LIST_MAX) {
                complain(reader, place_of(reader, setting), path, too_many(reader, n));
                return;
        }
        *texts = (RtTexts){
                .items = rt_alloc_array(arena, (size_t)n, sizeof *texts->items),
                .places = rt_alloc_array(arena, (size_t)n, sizeof *texts->places),
        };
        for (int i = 0; i < n; i++) {
                const config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);
                const char *text = config_setting_get_string(element);
                RtProblem problem;
                int r = text ? rt_key_check_text(arena, key, text, &problem) : -EINVAL;
                if (!text)
                        problem = wrong_type(reader, element, key);
                if (r < 0) {
                        complain(reader, place_of(reader, element),
                                 rt_printf(arena, "%s[%d]", path, i), problem);
                        continue;
                }
                texts->items[texts->n] = rt_strdup(arena, text);
                texts->places[texts->n++] = place_of(reader, element);
        }
}

static void read_group(const RtReader *reader, const config_setting_t *setting, RtItem *item);

static void read_groups(const RtReader *reader, const config_setting_t *setting, const RtItem *item,
                        const RtKey *key)
{
        RtArena *arena = reader->arena;
        RT_LIST(unsigned char) none = { 0 };
        int n = config_setting_length(setting);
        if (n > RT_LIST_MAX) {
                complain(reader, place_of(reader, setting), rt_key_path(arena, item, key->name),
                         too_many(reader, n));
                return;
        }
        memcpy(rt_field(item, key), &none, sizeof none);
        for (int i = 0; i < n; i++) {
                const config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);
                RtItem *group = rt_key_add_group(arena, item, key);
                group->place = place_of(reader, element);
                if (config_setting_is_group(element))
                        read_group(reader, element, group);
                else
                        complain(reader, group->place, group->path,
                                 (RtProblem){
                                         rt_printf(arena, "the element is %s", type_name(element)),
                                         "write a group such as { … }" });
        }
}

/* -- settings ---------------------------------------------------------------------------------- */

static void read_setting(const RtReader *reader, const config_setting_t *setting,
                         const RtItem *item, const RtKey *key)
{
        RtProblem problem;
        RtPlace place = place_of(reader, setting);
        /* A wrong value counts as set, so that the key is not said to be missing besides. */
        item->set_at[key - item->schema->keys] = place;

        if (key->type == RT_TYPE_GROUP && config_setting_is_group(setting)) {
                RtItem *group = rt_field(item, key);
                group->place = place;
                read_group(reader, setting, group);
        } else if (key->type == RT_TYPE_GROUPS && is_sequence(setting)) {
                read_groups(reader, setting, item, key);
        } else if (key->type == RT_TYPE_TEXTS && is_sequence(setting)) {
                read_texts(reader, setting, item, key);
        } else if (key->type == RT_TYPE_GROUP || key->type == RT_TYPE_GROUPS ||
                   key->type == RT_TYPE_TEXTS) {
                complain(reader, place, rt_key_path(reader->arena, item, key->name),
                         wrong_type(reader, setting, key));
        } else if (set_scalar(reader, setting, item, key, &problem) < 0) {
                complain(reader, place, rt_key_path(reader->arena, item, key->name), problem);
        }
}

static void read_group(const RtReader *reader, const config_setting_t *setting, RtItem *item)
{
        int n = config_setting_length(setting);
        for (int i = 0; i < n; i++) {
                const config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);
                const char *name = config_setting_name(element);
                const RtKey *key = rt_schema_find(item->schema, name);
                if (key) {
                        read_setting(reader, element, item, key);
                        continue;
                }
                const char *nearest = rt_schema_nearest(item->schema, name);
                RtProblem problem = {
                        .what = rt_printf(reader->arena, "the key is not known in a %s",
                                          item->schema->name),
                        .fix = nearest ? rt_printf(reader->arena, "did you mean \"%s\"?", nearest)
                                       : "see rtcontainers.conf(5) for the keys there are",
                };
                complain(reader, place_of(reader, element),
                         rt_key_path(
                                 reader->arena, item,
                                 rt_printable(reader->arena, rt_strdup(reader->arena, name), 60)),
                         problem);
        }
}

/* -- texts ------------------------------------------------------------------------------------- */

/* libconfig 1.5 takes a comment at the end for a mistake unless its line ends. */
static const char *with_final_newline(RtArena *arena, const char *text, size_t size)
{
        bool ended = size > 0 && text[size - 1] == '\n';
        return ended ? text : rt_printf(arena, "%s\n", text);
}

/* Looks the text over and parses it. `config` is initialised, and the caller's to destroy. On error
 * -EINVAL with the line and what is wrong there. */
static int parse(RtArena *arena, const char *text, size_t size, config_t *config,
                 unsigned *ret_line, RtProblem *ret_problem)
{
        config_init(config);
        if (rt_vet(text, size, ret_line, &ret_problem->what, &ret_problem->fix) < 0)
                return -EINVAL;
        if (config_read_string(config, with_final_newline(arena, text, size)) == CONFIG_TRUE)
                return 0;
        const char *error = config_error_text(config);
        *ret_line = (unsigned)config_error_line(config);
        *ret_problem = (RtProblem){
                .what = rt_strdup(arena, error ? error : "syntax error"),
                .fix = "write settings as KEY = VALUE; see rtcontainers.conf(5), SYNTAX",
        };
        return -EINVAL;
}

/* -- files ------------------------------------------------------------------------------------- */

static void reject_file(const RtReader *reader, unsigned line, RtProblem problem)
{
        reader->object->unreadable = true;
        complain(reader, (RtPlace){ reader->file, line }, "file", problem);
}

static void read_file(const RtReader *reader, const RtFile *file)
{
        config_t config;
        unsigned line;
        RtProblem problem;
        if (!file->text) {
                reject_file(reader, 0, (RtProblem){ file->problem, file->fix });
                return;
        }
        if (parse(reader->arena, file->text, file->size, &config, &line, &problem) < 0)
                reject_file(reader, line, problem);
        else
                read_group(reader, config_root_setting(&config), &reader->object->item);
        config_destroy(&config);
}

static void read_source(RtModel *model, const RtSource *source, RtDiags *diags)
{
        RtArena *arena = model->arena;
        const char *descriptor = source->files.n > 0 ? source->files.items[0].path : NULL;
        RtObject *object = source->kind == RT_PLATFORM
                                   ? &model->platform.object
                                   : rt_object_new(arena, source->kind, source->name,
                                                   (RtPlace){ descriptor, 0 });
        if (descriptor)
                object->item.place = (RtPlace){ descriptor, 0 };

        const char **files = rt_alloc_array(arena, source->files.n + 1, sizeof *files);
        RtReader reader = { .arena = arena, .diags = diags, .object = object };
        for (size_t i = 0; i < source->files.n; i++) {
                files[i] = source->files.items[i].path;
                reader.file = files[i];
                read_file(&reader, &source->files.items[i]);
        }
        object->sources = files;

        /* The object is the first member of its struct. */
        if (source->kind == RT_CONTAINER)
                RT_APPEND(arena, &model->containers, (RtContainer *)(void *)object);
        else if (source->kind == RT_CHANNEL)
                RT_APPEND(arena, &model->channels, (RtChannel *)(void *)object);
        else if (source->kind == RT_CONFIG)
                RT_APPEND(arena, &model->configs, (RtConfig *)(void *)object);
}

void rt_read_model(RtModel *model, RtArena *arena, const RtSources *sources, RtDiags *diags)
{
        rt_model_init(model, arena);
        RT_EACH (source, sources)
                read_source(model, source, diags);
}

/* -- single values ----------------------------------------------------------------------------- */

static const char *right_value(RtArena *arena, const RtKey *key)
{
        return rt_printf(arena, "write %s",
                         key ? rt_type_words(arena, key) : "a group such as { … }");
}

/* The only setting of `config`. */
static void read_only_setting(const RtReader *reader, const config_t *config, RtItem *item,
                              const RtKey *key)
{
        const config_setting_t *root = config_root_setting(config);
        const config_setting_t *setting = config_setting_get_elem(root, 0);
        RtPlace place = { reader->file, reader->line };
        if (config_setting_length(root) != 1)
                complain(reader, place, rt_value_path(reader->arena, item, key),
                         (RtProblem){ "this is more than one value",
                                      right_value(reader->arena, key) });
        else if (key)
                read_setting(reader, setting, item, key);
        else if (config_setting_is_group(setting))
                read_group(reader, setting, item);
        else
                complain(reader, place, item->path,
                         (RtProblem){
                                 rt_printf(reader->arena, "the value is %s", type_name(setting)),
                                 right_value(reader->arena, key) });
}

const char *rt_value_path(RtArena *arena, const RtItem *item, const RtKey *key)
{
        return key ? rt_key_path(arena, item, key->name) : item->path;
}

void rt_read_value(const RtReader *reader, const char *value, RtItem *item, const RtKey *key)
{
        RtArena *arena = reader->arena;
        const RtPlace place = { reader->file, reader->line };
        const char *path = rt_value_path(arena, item, key);
        const char *text = rt_printf(arena, "value = %s\n", value);
        config_t config;
        unsigned line;
        RtProblem problem;
        if (strlen(text) > RT_DESCRIPTOR_MAX) {
                complain(reader, place, path,
                         (RtProblem){ "the value is as long as no descriptor may be",
                                      right_value(arena, key) });
                return;
        }
        int r = parse(arena, text, strlen(text), &config, &line, &problem);
        if (r < 0 && config_error_text(&config))
                problem.fix = right_value(arena, key); /* there is no KEY = to write */
        if (r < 0)
                complain(reader, place, path, problem);
        else
                read_only_setting(reader, &config, item, key);
        config_destroy(&config);
}
