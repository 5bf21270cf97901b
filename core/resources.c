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

/* -- channels ---------------------------------------------------------------------------------- */

/* What one open end has besides rings: a page to control each connection by, one for statistics;
 * and who connects makes a page for each connection by which the two wake each other. */
enum { PAGE = 4096 };

static bool sends(RtRole role)
{
        return role != RT_SUBSCRIBES && role != RT_PULLS;
}

static int64_t round_up(int64_t value, int64_t step)
{
        return (value + step - 1) / step * step;
}

/* A header, and slots for the messages: whole cache lines, two more than can be waiting, since one
 * is being written and one read. At the limits of the keys 2^50 bytes. */
static int64_t ring_of(const RtChannel *channel)
{
        const int64_t header = 64, line = 64;
        const int64_t slot = round_up(header + channel->message_size, line);
        return round_up(header + (channel->depth + 2) * slot, PAGE);
}

/* Connections that it takes, and that it opens, at one time. */
typedef struct Connections {
        int64_t taken, opened;
} Connections;

/* Of a pair, an end that may do both has one connection all the same. */
static Connections connections_of(const RtEnd *end)
{
        const int64_t each = end->wire->channel->connections;
        if (end->role == RT_PAIRS)
                return (Connections){ .taken = !end->connects, .opened = end->connects };
        return (Connections){
                .taken = (int64_t)end->n_accepts * each,
                .opened = end->connects ? each : 0,
        };
}

/* What nobody listens at cannot be opened. */
int64_t rt_channel_memory(const RtEnd *end)
{
        const Connections n = connections_of(end);
        if (!end->wire->listened)
                return 0;
        /* A publisher writes once for all who read. */
        const int64_t rings = end->role == RT_PUBLISHES ? 1
                              : sends(end->role)        ? n.taken + n.opened
                                                        : 0;
        /* Who waits is one end, who connects one for each connection. */
        const int64_t statistics = end->connects ? n.opened : 1;
        return rings * ring_of(end->wire->channel) + (n.taken + 2 * n.opened + statistics) * PAGE;
}

int64_t rt_channel_locked(const RtEnd *end)
{
        const Connections n = connections_of(end);
        const bool receives = end->role != RT_PUBLISHES && end->role != RT_PUSHES;
        if (!end->wire->listened)
                return 0;
        const int64_t theirs = receives ? ring_of(end->wire->channel) : 0;
        return rt_channel_memory(end) + (n.taken + n.opened) * (theirs + PAGE) + n.taken * PAGE;
}

int64_t rt_channels_memory(RtArena *arena, const RtWiring *wiring, const RtContainer *container)
{
        int64_t sum = 0;
        RtEnds ends = rt_wiring_ends(arena, wiring, container);
        RT_EACH (end, &ends)
                sum = plus(sum, rt_channel_memory(*end));
        return sum;
}

int64_t rt_channels_locked(RtArena *arena, const RtWiring *wiring, const RtContainer *container)
{
        int64_t sum = 0;
        RtEnds ends = rt_wiring_ends(arena, wiring, container);
        RT_EACH (end, &ends)
                sum = plus(sum, rt_channel_locked(*end));
        return sum;
}

/* -- configs ----------------------------------------------------------------------------------- */

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
                if (container)
                        add(&memory, container,
                            rt_channels_memory(model->arena, model->wiring, container), &largest);
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
