/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a config's containers declare together, against what the platform has. Devices, interrupts,
 * interfaces and user IDs are not sums: check-config.c and check-platform.c see to them. */

#include "wiring.h"

typedef struct RtResource {
        const char *name; /* "memory", "locked memory", "huge pages of 2M", "channel memory" */
        bool is_count;    /* pages, not bytes */
        size_t key;       /* of RtMemory, which says how much a container has */
        int64_t used;
        int64_t limit;              /* -1: the platform does not say */
        const RtContainer *largest; /* whoever declares most of it; NULL: nobody any */
        const RtContainer *silent;  /* one that does not say how much it may take; NULL: none */
} RtResource;

typedef RT_LIST(RtResource) RtResources;

/* Of the config's known containers. */
RtResources rt_config_resources(const RtModel *model, const RtConfig *config);

/* Memory that an end of a channel makes, which is charged to its container: rings of messages that
 * it sends, pages by which connections are controlled, statistics. Channels as large as keys allow,
 * with RT_CONNECTIONS_MAX connections, stay below 2^57. */
int64_t rt_channel_memory(const RtEnd *end);
/* Memory that it locks: that, and what it reads of its peers. */
int64_t rt_channel_locked(const RtEnd *end);
/* The same of all ends that the container has there. */
int64_t rt_channels_memory(RtArena *arena, const RtWiring *wiring, const RtContainer *container);
int64_t rt_channels_locked(RtArena *arena, const RtWiring *wiring, const RtContainer *container);
