/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "what-if-path.h"

#include <errno.h>
#include <string.h>

#include "quantity.h"
#include "text.h"

/* How much of a wrong name a message quotes. */
enum { QUOTED = 60 };

typedef RT_LIST(const char *) Names;

static int refuse(RtProblem *ret_problem, int r, const char *what, const char *fix)
{
        *ret_problem = (RtProblem){ what, fix };
        return r;
}

/* -- objects ----------------------------------------------------------------------------------- */

/* The order is that in which a bare name is looked for. */
static const RtKind kinds[] = { RT_CONTAINER, RT_CONFIG, RT_CHANNEL, RT_PLATFORM };

/* Not by rt_model_container() and the like: the model is not in order yet. */
static RtObject *find_object(RtModel *model, RtKind kind, const char *name)
{
        switch (kind) {
        case RT_CONTAINER:
                RT_EACH (it, &model->containers)
                        if (strcmp((*it)->object.name, name) == 0)
                                return &(*it)->object;
                return NULL;
        case RT_CHANNEL:
                RT_EACH (it, &model->channels)
                        if (strcmp((*it)->object.name, name) == 0)
                                return &(*it)->object;
                return NULL;
        case RT_CONFIG:
                RT_EACH (it, &model->configs)
                        if (strcmp((*it)->object.name, name) == 0)
                                return &(*it)->object;
                return NULL;
        default:
                return strcmp(model->platform.object.name, name) == 0 ? &model->platform.object
                                                                      : NULL;
        }
}

static int refuse_object(const RtModel *model, const char *name, RtProblem *ret_problem)
{
        RtArena *arena = model->arena;
        Names names = { 0 };
        RT_EACH (it, &model->containers)
                RT_APPEND(arena, &names, (*it)->object.name);
        RT_EACH (it, &model->configs)
                RT_APPEND(arena, &names, (*it)->object.name);
        RT_EACH (it, &model->channels)
                RT_APPEND(arena, &names, (*it)->object.name);
        RT_APPEND(arena, &names, model->platform.object.name);
        const char *nearest = rt_nearest(name, names.items, names.n);
        return refuse(
                ret_problem, -ENOENT,
                rt_printf(arena, "there is no object \"%s\"", rt_printable(arena, name, QUOTED)),
                nearest ? rt_printf(arena, "did you mean \"%s\"?", nearest)
                        : "rtctl list shows those there are");
}

/* -- tasks and chains by name ------------------------------------------------------------------ */

static const char *member_word(const RtObject *object)
{
        return object->kind == RT_CONTAINER ? "task" : object->kind == RT_CONFIG ? "chain" : NULL;
}

static RtItem *find_member(RtObject *object, const char *name)
{
        /* The object is the first member of its struct. */
        if (object->kind == RT_CONTAINER)
                RT_EACH (task, &((RtContainer *)(void *)object)->tasks)
                        if (task->name && strcmp(task->name, name) == 0)
                                return &task->item;
        if (object->kind == RT_CONFIG)
                RT_EACH (chain, &((RtConfig *)(void *)object)->chains)
                        if (chain->name && strcmp(chain->name, name) == 0)
                                return &chain->item;
        return NULL;
}

static const char *nearest_member(RtArena *arena, const RtObject *object, const char *name)
{
        Names names = { 0 };
        if (object->kind == RT_CONTAINER)
                RT_EACH (task, &((const RtContainer *)(const void *)object)->tasks)
                        if (task->name)
                                RT_APPEND(arena, &names, task->name);
        if (object->kind == RT_CONFIG)
                RT_EACH (chain, &((const RtConfig *)(const void *)object)->chains)
                        if (chain->name)
                                RT_APPEND(arena, &names, chain->name);
        return rt_nearest(name, names.items, names.n);
}

/* -- paths ------------------------------------------------------------------------------------- */

/* `object`: in which tasks and chains have names; NULL if the path is further down. */
static int refuse_key(RtArena *arena, const RtItem *item, const RtObject *object, const char *name,
                      RtProblem *ret_problem)
{
        const char *shown = rt_printable(arena, name, QUOTED);
        const char *nearest = rt_schema_nearest(item->schema, name);
        const char *what = rt_printf(arena, "\"%s\" is no key of a %s", shown, item->schema->name);
        if (object && member_word(object)) {
                what = rt_printf(arena, "\"%s\" is neither a key nor a %s of %s", shown,
                                 member_word(object), object->name);
                if (!nearest)
                        nearest = nearest_member(arena, object, name);
        }
        return refuse(ret_problem, -EINVAL, what,
                      nearest ? rt_printf(arena, "did you mean \"%s\"?", nearest)
                              : "see rtcontainers.conf(5) for the keys there are");
}

/* "[N]" at *s, which is left behind it. -ERANGE: there is no such element. */
static int take_element(RtArena *arena, const RtItem *item, const RtKey *key, const char **s,
                        RtItem **ret, RtProblem *ret_problem)
{
        const char *inner = *s + 1;
        size_t n = strspn(inner, "0123456789");
        int64_t index;
        if (key->type != RT_TYPE_GROUPS)
                return refuse(ret_problem, -EINVAL,
                              rt_printf(arena, "%s is no list of groups", key->name),
                              "set it as a whole");
        if (n == 0 || inner[n] != ']')
                return refuse(ret_problem, -EINVAL, "there is no number between [ and ]",
                              rt_printf(arena, "write it like %s[0]", key->name));
        size_t length = rt_key_length(item, key);
        if (rt_parse_integer(rt_strndup(arena, inner, n), &index) < 0 || index < 0 ||
            (uint64_t)index >= length)
                return refuse(ret_problem, -ERANGE,
                              rt_printf(arena, "%s has %zu element%s", key->name, length,
                                        length == 1 ? "" : "s"),
                              length == 0 ? "set the list as a whole"
                                          : rt_printf(arena, "the last one is %s[%zu]", key->name,
                                                      length - 1));
        *ret = rt_key_element(item, key, (size_t)index);
        *s = inner + n + 1;
        return 0;
}

/* One step, by the key `name`; *s is behind it. Either *item moves into a group or element, or
 * *ret_key is set and the path should be at its end. */
static int step(RtArena *arena, const RtKey *key, const char **s, RtTarget *target,
                RtProblem *ret_problem)
{
        RtItem *item = target->item;
        if (**s == '[')
                return take_element(arena, item, key, s, &target->item, ret_problem);
        if (**s == '\0') {
                target->key = key;
                return 0;
        }
        if (key->type == RT_TYPE_GROUPS)
                return refuse(ret_problem, -EINVAL,
                              rt_printf(arena, "%s is a list of groups", key->name),
                              rt_printf(arena, "select an element, as in %s[0]", key->name));
        if (key->type != RT_TYPE_GROUP)
                return refuse(ret_problem, -EINVAL, rt_printf(arena, "%s is no group", key->name),
                              "end the path there");
        target->item = rt_field(item, key);
        RtParent parent = { target->item, &item->set_at[key - item->schema->keys] };
        RT_APPEND(arena, &target->parents, parent);
        return 0;
}

/* -EINVAL: an object of this kind has no such path; -ERANGE: this one has not. */
static int resolve(RtArena *arena, RtObject *object, const char *path, RtTarget *ret,
                   RtProblem *ret_problem)
{
        RtTarget target = { .item = &object->item };
        for (const char *s = path;; s++) {
                size_t n = strcspn(s, ".[");
                const char *name = rt_strndup(arena, s, n);
                const RtKey *key = rt_schema_find(target.item->schema, name);
                RtObject *top = target.item == &object->item ? object : NULL;
                RtItem *member = !key && top ? find_member(top, name) : NULL;
                s += n;
                int r = 0;
                if (member)
                        target.item = member;
                else if (!key)
                        r = refuse_key(arena, target.item, top, name, ret_problem);
                else
                        r = step(arena, key, &s, &target, ret_problem);
                if (r < 0)
                        return r;
                if (*s == '\0') {
                        *ret = target;
                        return 0;
                }
                if (*s != '.')
                        return refuse(ret_problem, -EINVAL,
                                      rt_printf(arena, "\"%s\" is out of place",
                                                rt_printable(arena, s, QUOTED)),
                                      "continue with a dot and a key, or end the path");
        }
}

/* -- objects and paths ------------------------------------------------------------------------- */

/* The object whose descriptor's file name the path begins with; what follows is at *ret_rest. */
static RtObject *find_by_file(RtModel *model, const char *path, const char *name,
                              const char **ret_rest)
{
        for (size_t i = 0; i < RT_ELEMENTS(kinds); i++) {
                RtObject *object = find_object(model, kinds[i], name);
                if (!object)
                        continue;
                const char *file =
                        rt_printf(model->arena, "%s.", rt_object_file(model->arena, object));
                if (!rt_starts_with(path, file))
                        continue;
                *ret_rest = path + strlen(file);
                return object;
        }
        return NULL;
}

static int find_by_name(RtModel *model, const char *name, const char *rest, RtTarget *ret,
                        RtProblem *ret_problem)
{
        int result = -ENOENT;
        for (size_t i = 0; i < RT_ELEMENTS(kinds); i++) {
                RtProblem problem;
                RtObject *object = find_object(model, kinds[i], name);
                if (!object)
                        continue;
                int r = resolve(model->arena, object, rest, ret, &problem);
                if (r == 0)
                        return 0;
                /* What is missing in the right kind says more than what is strange in another. */
                if (result == -ENOENT || r == -ERANGE)
                        *ret_problem = problem;
                if (result != -ERANGE)
                        result = r;
        }
        return result == -ENOENT ? refuse_object(model, name, ret_problem) : result;
}

int rt_find_target(RtModel *model, const char *path, RtTarget *ret, RtProblem *ret_problem)
{
        size_t n = strcspn(path, ".[");
        const char *name = rt_strndup(model->arena, path, n);
        const char *rest = path + n + 1;
        if (n == 0 || path[n] != '.' || !*rest)
                return refuse(ret_problem, -EINVAL, "this names no key of an object",
                              "write it like imu.watchdog=1s");
        RtObject *object = find_by_file(model, path, name, &rest);
        if (object)
                return resolve(model->arena, object, rest, ret, ret_problem);
        return find_by_name(model, name, rest, ret, ret_problem);
}
