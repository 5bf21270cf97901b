/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a config's containers declare together, against what the platform has. Devices, interrupts,
 * interfaces and user IDs are not sums: check-config.c and check-platform.c see to them. */

#include "model.h"

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

/* Memory for the messages that the container may send by the channel, a ring of slots; charged to
 * the sender. 0 if it does not send. */
int64_t rt_channel_memory(const RtChannel *channel, const RtContainer *container);
