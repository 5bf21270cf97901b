/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "vet.h"

/* One file on its way into one object. */
typedef struct Reader {
        RtArena *arena;
        RtDiags *diags;
        RtObject *object;
        const char *file;
} Reader;

static RtPlace place_of(const Reader *reader, const config_setting_t *setting)
{
        return (RtPlace){ reader->file, config_setting_source_line(setting) };
}

static void complain(const Reader *reader, RtPlace place, const char *key, RtProblem problem)
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

static RtProblem wrong_type(const Reader *reader, const config_setting_t *setting, const RtKey *key)
{
        return (RtProblem){
                .what = rt_printf(reader->arena, "the value is %s", type_name(setting)),
                .fix = rt_printf(reader->arena, "write %s", rt_type_words(reader->arena, key)),
        };
}

static RtProblem too_many(const Reader *reader, int n)
{
        return (RtProblem){
                .what = rt_printf(reader->arena, "the list has %d elements", n),
                .fix = rt_printf(reader->arena, "write at most %d", RT_LIST_MAX),
        };
}

/* -- values ------------------------------------------------------------------------------------ */

static int set_string(const Reader *reader, const config_setting_t *setting, const RtItem *item,
                      const RtKey *key, RtProblem *ret_problem)
{
        switch (key->type) {
        case RT_TYPE_TEXT:
        case RT_TYPE_WORD:
        case RT_TYPE_DURATION:
        case RT_TYPE_SIZE:
        case RT_TYPE_CPUS:
                return rt_key_set_text(reader->arena, item, key, config_setting_get_string(setting),
                                       ret_problem);
        default:
                *ret_problem = wrong_type(reader, setting, key);
                return -EINVAL;
        }
}

static int set_scalar(const Reader *reader, const config_setting_t *setting, const RtItem *item,
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
static void read_texts(const Reader *reader, const config_setting_t *setting, const RtItem *item,
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

static void read_group(const Reader *reader, const config_setting_t *setting, RtItem *item);

static void read_groups(const Reader *reader, const config_setting_t *setting, const RtItem *item,
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

static void read_setting(const Reader *reader, const config_setting_t *setting, const RtItem *item,
                         const RtKey *key)
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

static void read_group(const Reader *reader, const config_setting_t *setting, RtItem *item)
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

/* -- files ------------------------------------------------------------------------------------- */

static void reject_file(const Reader *reader, unsigned line, const char *what, const char *fix)
{
        reader->object->unreadable = true;
        complain(reader, (RtPlace){ reader->file, line }, "file", (RtProblem){ what, fix });
}

/* libconfig 1.5 takes a comment at the end for a mistake unless its line ends. */
static const char *with_final_newline(RtArena *arena, const RtFile *file)
{
        bool ended = file->size > 0 && file->text[file->size - 1] == '\n';
        return ended ? file->text : rt_printf(arena, "%s\n", file->text);
}

static void read_file(const Reader *reader, const RtFile *file)
{
        unsigned line;
        const char *what, *fix;
        if (!file->text) {
                reject_file(reader, 0, file->problem, file->fix);
                return;
        }
        if (rt_vet(file->text, file->size, &line, &what, &fix) < 0) {
                reject_file(reader, line, what, fix);
                return;
        }
        config_t config;
        config_init(&config);
        if (config_read_string(&config, with_final_newline(reader->arena, file)) == CONFIG_TRUE) {
                read_group(reader, config_root_setting(&config), &reader->object->item);
        } else {
                const char *error = config_error_text(&config);
                reject_file(reader, (unsigned)config_error_line(&config),
                            rt_strdup(reader->arena, error ? error : "syntax error"),
                            "write settings as KEY = VALUE; see rtcontainers.conf(5), SYNTAX");
        }
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
        Reader reader = { arena, diags, object, NULL };
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

void rt_read_model(RtModel *model, RtArena *arena, const RtSources *sources, const RtCpuSet *online,
                   RtDiags *diags)
{
        rt_model_init(model, arena);
        RT_EACH (source, sources)
                read_source(model, source, diags);
        if (online && !rt_is_set(&model->platform.object.item, RT_PLATFORM_CPUS))
                model->platform.cpus = *online;
        rt_model_complete(model);
}

int rt_read_online_cpus(RtCpuSet *ret)
{
        char text[4096];
        int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = read(fd, text, sizeof text - 1);
        int r = n < 0 ? -errno : 0;
        close(fd);
        if (r < 0)
                return r;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return rt_cpuset_parse(text, ret);
}
