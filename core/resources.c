/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resources.h"

#include <string.h>

#include "quantity.h"

static const int64_t most = INT64_MAX / 4;

/* Sums stay below the limit, which no machine has. */
static int64_t plus(int64_t sum, int64_t amount)
{
        return amount > most - sum ? most : sum + amount;
}

static void add(RtResource *resource, const RtContainer *container, int64_t amount,
                int64_t *largest)
{
        resource->used = plus(resource->used, amount);
        if (amount <= *largest)
                return;
        *largest = amount;
        resource->largest = container;
}

/* A slot has the message, its length and its number, on cache lines of its own; the ring one more
 * page. */
int64_t rt_channel_memory(const RtChannel *channel, const RtContainer *container)
{
        const int64_t header = 16, line = 64, page = 4096;
        bool sender = false;
        for (RtRole role = 0; role < RT_ROLES; role++)
                if (role != RT_SUBSCRIBES && role != RT_PULLS)
                        sender = sender ||
                                 rt_texts_have(&container->channels[role], channel->object.name);
        if (!sender)
                return 0;
        __int128 slot = (channel->message_size + header + line - 1) / line * line;
        __int128 ring = (slot * channel->depth + page - 1) / page * page + page;
        return ring < most ? (int64_t)ring : most;
}

static const RtContainer *member(const RtModel *model, const RtConfig *config, size_t i)
{
        return rt_model_container(model, config->containers.items[i]);
}

static RtResource memory_of(const RtModel *model, const RtConfig *config)
{
        RtResource memory = { .name = "memory",
                              .key = RT_MEMORY_MAX,
                              .limit = model->platform.memory > 0 ? model->platform.memory : -1 };
        int64_t largest = 0;
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtContainer *container = member(model, config, i);
                if (!container)
                        continue;
                add(&memory, container, container->memory.max, &largest);
                if (container->memory.max == 0 && !memory.silent)
                        memory.silent = container;
        }
        return memory;
}

static RtResource locked_of(const RtModel *model, const RtConfig *config)
{
        RtResource locked = { .name = "locked memory",
                              .key = RT_MEMORY_LOCKED,
                              .limit = model->platform.memory > 0 ? model->platform.memory : -1 };
        int64_t largest = 0;
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtContainer *container = member(model, config, i);
                if (container)
                        add(&locked, container, container->memory.locked, &largest);
        }
        return locked;
}

static RtResource channels_of(const RtModel *model, const RtConfig *config)
{
        RtResource memory = { .name = "channel memory", .limit = -1 };
        int64_t largest = 0;
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtContainer *container = member(model, config, i);
                int64_t own = 0;
                RT_EACH (channel, &model->channels)
                        if (container)
                                own = plus(own, rt_channel_memory(*channel, container));
                add(&memory, container, own, &largest);
        }
        return memory;
}

static int64_t pages_of(const RtContainer *container, int64_t size)
{
        int64_t count = 0;
        for (size_t i = 0; container && i < container->memory.hugepages.n; i++)
                if (container->memory.hugepages.items[i].size == size)
                        count += container->memory.hugepages.items[i].count;
        return count;
}

/* Pages of each size that anybody wants. */
static void add_hugepages(const RtModel *model, const RtConfig *config, RtResources *list)
{
        const size_t first = list->n;
        RtArena *arena = model->arena;
        const bool declared = rt_is_set(&model->platform.object.item, RT_PLATFORM_HUGEPAGES);
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtContainer *container = member(model, config, i);
                for (size_t p = 0; container && p < container->memory.hugepages.n; p++) {
                        const RtHugepages *pages = &container->memory.hugepages.items[p];
                        const char *name = rt_printf(arena, "huge pages of %s",
                                                     rt_size_text(arena, pages->size));
                        size_t at = first;
                        while (at < list->n && strcmp(list->items[at].name, name) != 0)
                                at++;
                        if (at == list->n) {
                                RtResource new = { .name = name,
                                                   .is_count = true,
                                                   .key = RT_MEMORY_HUGEPAGES,
                                                   .limit = declared ? 0 : -1 };
                                RT_EACH (have, &model->platform.hugepages)
                                        if (have->size == pages->size)
                                                new.limit += have->count;
                                RT_APPEND(arena, list, new);
                        }
                        RtResource *resource = &list->items[at];
                        resource->used = plus(resource->used, pages->count);
                        if (pages_of(container, pages->size) >
                            pages_of(resource->largest, pages->size))
                                resource->largest = container;
                }
        }
}

RtResources rt_config_resources(const RtModel *model, const RtConfig *config)
{
        RtResources list = { 0 };
        RT_APPEND(model->arena, &list, memory_of(model, config));
        RT_APPEND(model->arena, &list, locked_of(model, config));
        RT_APPEND(model->arena, &list, channels_of(model, config));
        add_hugepages(model, config, &list);
        return list;
}
