/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pending.h"

#include <string.h>

bool rt_caller_read(RtCaller *caller, RtParts *parts, unsigned n)
{
        size_t used = 0;
        if (n > RT_CALLER_PARTS)
                return false;
        for (unsigned i = 0; i < n; i++) {
                RtPiece piece = rt_parts_get(parts, i);
                if (piece.size > RT_CALLER_BYTES - used)
                        return false;
                memcpy(caller->data + used, piece.data, piece.size);
                caller->sizes[i] = (uint16_t)piece.size;
                used += piece.size;
        }
        caller->n = n;
        return true;
}

unsigned rt_caller_write(const RtCaller *caller, RtPiece pieces[static RT_CALLER_PARTS])
{
        const unsigned char *data = caller->data;
        for (unsigned i = 0; i < caller->n; i++) {
                pieces[i] = (RtPiece){ data, caller->sizes[i] };
                data += caller->sizes[i];
        }
        return caller->n;
}

static RtCaller *place_of(RtPending *pending, uint64_t tag)
{
        return &pending->callers[tag % RT_PENDING_MAX];
}

static bool is_empty(const RtPending *pending)
{
        return pending->oldest > pending->newest || pending->newest == 0;
}

/* Replies come in any order: leaves out those that have. */
static void find_oldest(RtPending *pending)
{
        while (!is_empty(pending) && place_of(pending, pending->oldest)->tag == 0)
                pending->oldest++;
}

bool rt_pending_has_room(const RtPending *pending)
{
        return is_empty(pending) || pending->newest - pending->oldest + 1 < RT_PENDING_MAX;
}

void rt_pending_add(RtPending *pending, const RtCaller *caller)
{
        if (is_empty(pending))
                pending->oldest = caller->tag;
        pending->newest = caller->tag;
        *place_of(pending, caller->tag) = *caller;
}

const RtCaller *rt_pending_take(RtPending *pending, uint64_t tag)
{
        RtCaller *caller = place_of(pending, tag);
        if (tag == 0 || caller->tag != tag)
                return NULL;
        caller->tag = 0;
        find_oldest(pending);
        return caller;
}

unsigned rt_pending_expire(RtPending *pending, int64_t now)
{
        unsigned n = 0;
        while (rt_pending_due(pending) <= now && !is_empty(pending)) {
                place_of(pending, pending->oldest)->tag = 0;
                find_oldest(pending);
                n++;
        }
        return n;
}

int64_t rt_pending_due(const RtPending *pending)
{
        return is_empty(pending) ? INT64_MAX
                                 : pending->callers[pending->oldest % RT_PENDING_MAX].expires;
}
