/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "wiring.h"

typedef struct Role {
        const char *word;
        RtPattern pattern;
        bool single;
} Role;

static const Role roles[RT_ROLES] = {
        [RT_PUBLISHES] = { "publishes", RT_PATTERN_PUBLISH, true },
        [RT_SUBSCRIBES] = { "subscribes", RT_PATTERN_PUBLISH, false },
        [RT_SERVES] = { "serves", RT_PATTERN_REQUEST, true },
        [RT_CALLS] = { "calls", RT_PATTERN_REQUEST, false },
        [RT_PUSHES] = { "pushes", RT_PATTERN_PUSH, false },
        [RT_PULLS] = { "pulls", RT_PATTERN_PUSH, true },
        [RT_PAIRS] = { "pairs", RT_PATTERN_PAIR, false },
};

const char *rt_role_word(RtRole role)
{
        return roles[role].word;
}

RtPattern rt_role_pattern(RtRole role)
{
        return roles[role].pattern;
}

bool rt_role_is_single(RtRole role)
{
        return roles[role].single;
}

const char *rt_kind_word(RtKind kind)
{
        return rt_kind_schema(kind)->name;
}

const char *rt_kind_ending(RtKind kind)
{
        static const char *const endings[RT_KINDS] = {
                [RT_PLATFORM] = "platform.conf",
                [RT_CONTAINER] = ".container",
                [RT_CHANNEL] = ".channel",
                [RT_CONFIG] = ".config",
        };
        return endings[kind];
}

const char *rt_object_file(RtArena *arena, const RtObject *object)
{
        const char *ending = rt_kind_ending(object->kind);
        return object->kind == RT_PLATFORM ? ending
                                           : rt_printf(arena, "%s%s", object->name, ending);
}

static void object_init(RtArena *arena, RtObject *object, RtKind kind, const char *name,
                        RtPlace place)
{
        rt_item_init(arena, rt_kind_schema(kind), "", &object->item);
        object->item.place = place;
        object->kind = kind;
        object->name = name;
        object->sources = rt_alloc(arena, sizeof *object->sources);
}

RtObject *rt_object_new(RtArena *arena, RtKind kind, const char *name, RtPlace place)
{
        RtObject *object = rt_alloc(arena, rt_kind_schema(kind)->size);
        object_init(arena, object, kind, name, place);
        return object;
}

void rt_model_init(RtModel *model, RtArena *arena)
{
        *model = (RtModel){ .arena = arena };
        object_init(arena, &model->platform.object, RT_PLATFORM, "platform",
                    (RtPlace){ "/etc/rtcontainers/platform.conf", 0 });
}

static int compare_names(const void *a, const void *b)
{
        const RtObject *x = *(RtObject *const *)a, *y = *(RtObject *const *)b;
        return strcmp(x->name, y->name);
}

static int compare_tasks(const void *a, const void *b)
{
        return strcmp((*(const RtTask *const *)a)->name, (*(const RtTask *const *)b)->name);
}

static void complete_container(RtArena *arena, RtContainer *container)
{
        RT_EACH (task, &container->tasks) {
                if (!rt_is_set(&task->item, RT_TASK_DEADLINE))
                        task->deadline = task->period;
                /* The only task may be the main thread, whatever that calls itself. */
                if (!task->thread && container->tasks.n > 1)
                        task->thread = task->name;
                if (task->name)
                        RT_APPEND(arena, &container->named, task);
        }
        if (container->named.n > 1)
                qsort(container->named.items, container->named.n, sizeof(RtTask *), compare_tasks);
        if (!rt_is_set(&container->object.item, RT_CONTAINER_NOTIFY))
                container->notify = container->boot || container->watchdog > 0;
}

static int compare_texts(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void complete_config(RtArena *arena, RtConfig *config)
{
        size_t n = config->containers.n;
        config->sorted = rt_alloc_array(arena, n, sizeof *config->sorted);
        if (n == 0)
                return;
        memcpy(config->sorted, config->containers.items, n * sizeof *config->sorted);
        qsort(config->sorted, n, sizeof *config->sorted, compare_texts);
}

void rt_model_complete(RtModel *model)
{
        if (model->containers.n > 0)
                qsort(model->containers.items, model->containers.n, sizeof(RtObject *),
                      compare_names);
        if (model->channels.n > 0)
                qsort(model->channels.items, model->channels.n, sizeof(RtObject *), compare_names);
        if (model->configs.n > 0)
                qsort(model->configs.items, model->configs.n, sizeof(RtObject *), compare_names);
        RT_EACH (container, &model->containers)
                complete_container(model->arena, *container);
        RT_EACH (config, &model->configs)
                complete_config(model->arena, *config);
        RT_EACH (channel, &model->channels)
                if (!rt_is_set(&(*channel)->object.item, RT_CHANNEL_FULL))
                        (*channel)->full = (*channel)->pattern == RT_PATTERN_PUBLISH
                                                   ? RT_FULL_OVERWRITE
                                                   : RT_FULL_REFUSE;

        model->wiring = rt_wiring_new(model, false);

        RtPlatform *platform = &model->platform;
        if (!rt_is_set(&platform->object.item, RT_PLATFORM_HOUSEKEEPING)) {
                int first = rt_cpuset_next(&platform->cpus, 0);
                if (first >= 0)
                        rt_cpuset_add(&platform->housekeeping, (unsigned)first);
        }
}

static int compare_key(const void *name, const void *object)
{
        return strcmp(name, (*(RtObject *const *)object)->name);
}

static void *find(const void *items, size_t n, const char *name)
{
        if (n == 0)
                return NULL;
        RtObject *const *found = bsearch(name, items, n, sizeof(RtObject *), compare_key);
        return found ? *found : NULL;
}

RtContainer *rt_model_container(const RtModel *model, const char *name)
{
        return find(model->containers.items, model->containers.n, name);
}

RtChannel *rt_model_channel(const RtModel *model, const char *name)
{
        return find(model->channels.items, model->channels.n, name);
}

RtConfig *rt_model_config(const RtModel *model, const char *name)
{
        return find(model->configs.items, model->configs.n, name);
}

static int compare_task_name(const void *name, const void *task)
{
        return strcmp(name, (*(const RtTask *const *)task)->name);
}

const RtTask *rt_container_task(const RtContainer *container, const char *name)
{
        if (container->named.n == 0)
                return NULL;
        const RtTask *const *found = bsearch(name, container->named.items, container->named.n,
                                             sizeof(RtTask *), compare_task_name);
        return found ? *found : NULL;
}

bool rt_config_has(const RtConfig *config, const char *container)
{
        return config->containers.n > 0 && bsearch(&container, config->sorted, config->containers.n,
                                                   sizeof *config->sorted, compare_texts);
}

bool rt_container_is_realtime(const RtContainer *container)
{
        RT_EACH (task, &container->tasks)
                if (task->policy != RT_POLICY_OTHER)
                        return true;
        return false;
}

RtCpuSet rt_platform_realtime_cpus(const RtPlatform *platform)
{
        RtCpuSet cpus = rt_cpuset_minus(&platform->cpus, &platform->housekeeping);
        return rt_cpuset_is_empty(&cpus) ? platform->cpus : cpus;
}

size_t rt_platform_uid_ranges(const RtPlatform *platform)
{
        /* Container user IDs end here by systemd's convention (systemd.io/UIDS-GIDS). */
        const int64_t limit = 0x70000000;
        return (size_t)((limit - platform->uid_base) / platform->uid_range);
}

RtCpuSet rt_container_home(const RtPlatform *platform, const RtContainer *container)
{
        return rt_container_is_realtime(container) ? rt_platform_realtime_cpus(platform)
                                                   : platform->housekeeping;
}
