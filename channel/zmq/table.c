/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum {
        FIRST_BITS = 10,
        LEVELS = 16,
        REACH = 8, /* places that a handle may be in, on each level */
};

typedef struct Place {
        _Atomic(const void *) handle; /* released when `socket` is set */
        _Atomic(struct RtzSocket *) socket;
} Place;

/* Levels are added, each twice as long as the one before, and stay: nothing ever moves, so nobody
 * misses what he may look for. */
static Place first[(1U << FIRST_BITS) + REACH];
static Place *_Atomic levels[LEVELS] = { first };

static size_t place_of(const void *handle, unsigned level)
{
        uint64_t hash = (uint64_t)(uintptr_t)handle * UINT64_C(0x9e3779b97f4a7c15);
        return (size_t)(hash >> (64 - FIRST_BITS - level));
}

static Place *find(const void *handle)
{
        for (unsigned level = 0; level < LEVELS; level++) {
                Place *places = atomic_load_explicit(&levels[level], memory_order_acquire);
                if (!places)
                        return NULL;
                places += place_of(handle, level);
                for (unsigned i = 0; i < REACH; i++)
                        if (atomic_load_explicit(&places[i].handle, memory_order_acquire) == handle)
                                return &places[i];
        }
        return NULL;
}

struct RtzSocket *rtz_table_find(const void *handle)
{
        Place *place = handle ? find(handle) : NULL;
        return place ? atomic_load_explicit(&place->socket, memory_order_relaxed) : NULL;
}

int rtz_table_add(void *handle, struct RtzSocket *socket)
{
        for (unsigned level = 0; level < LEVELS; level++) {
                Place *places = atomic_load_explicit(&levels[level], memory_order_relaxed);
                if (!places) {
                        places = calloc((1U << (FIRST_BITS + level)) + REACH, sizeof *places);
                        if (!places)
                                return -ENOMEM;
                        atomic_store_explicit(&levels[level], places, memory_order_release);
                }
                places += place_of(handle, level);
                for (unsigned i = 0; i < REACH; i++) {
                        if (atomic_load_explicit(&places[i].handle, memory_order_relaxed))
                                continue;
                        atomic_store_explicit(&places[i].socket, socket, memory_order_relaxed);
                        atomic_store_explicit(&places[i].handle, handle, memory_order_release);
                        return 0;
                }
        }
        return -ENOMEM;
}

void rtz_table_remove(const void *handle)
{
        Place *place = find(handle);
        if (place)
                atomic_store_explicit(&place->handle, NULL, memory_order_release);
}
