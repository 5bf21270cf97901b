/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Version {
        uint64_t value;
        View view; /* that it was released with */
} Version;

Memory memory;
static Version pool[POOL];

/* What is found out on the way and holds for all paths. */
enum { NOBODY = 0xff };
static const unsigned char *region;
static size_t region_size;
static uint8_t cell_of[4096], owners[CELLS];
static unsigned cells;

static void give_up(const char *what)
{
        (void)fprintf(stderr, "the explorer is too small: %s\n", what);
        exit(2);
}

/* -- cells ------------------------------------------------------------------------------------- */

static void join(View *view, const View *other)
{
        for (size_t i = 0; i < sizeof view->of; i++)
                if (view->of[i] < other->of[i])
                        view->of[i] = other->of[i];
}

static void meet(View *view, const View *other)
{
        for (size_t i = 0; i < sizeof view->of; i++)
                if (view->of[i] > other->of[i])
                        view->of[i] = other->of[i];
}

static uint16_t add_version(uint64_t value, const View *view)
{
        if (memory.pooled == POOL)
                give_up("versions");
        pool[memory.pooled] = (Version){ .value = value, .view = *view };
        return (uint16_t)memory.pooled++;
}

void memory_init(void *at, size_t size)
{
        static const View nothing;
        region = at;
        region_size = size;
        memory = (Memory){ 0 };
        memset(memory.written_by, NOBODY, sizeof memory.written_by);
        for (unsigned t = 0; t < THREADS; t++)
                memory.current[t].of[CELLS + t] = 1;
        for (unsigned cell = 0; cell < CELLS; cell++) {
                memory.version[cell][0] = add_version(0, &nothing);
                memory.versions[cell] = 1;
        }
        memset(cell_of, NOBODY, sizeof cell_of);
        memset(owners, NOBODY, sizeof owners);
        cells = 0;
}

bool memory_is_shared(const volatile void *at)
{
        return (const volatile unsigned char *)at >= region &&
               (const volatile unsigned char *)at < region + region_size;
}

unsigned memory_cell(const volatile void *at)
{
        size_t index = (size_t)((const volatile unsigned char *)at - region) / 4;
        if (index >= sizeof cell_of)
                give_up("region");
        if (cell_of[index] == NOBODY) {
                if (cells == CELLS)
                        give_up("cells");
                cell_of[index] = (uint8_t)cells++;
        }
        return cell_of[index];
}

bool memory_is_own(unsigned cell, unsigned thread)
{
        return owners[cell] == thread;
}

static const Version *last_of(unsigned cell)
{
        return &pool[memory.version[cell][memory.versions[cell] - 1]];
}

/* -- atomic accesses --------------------------------------------------------------------------- */

static bool acquires(int order)
{
        return order == memory_order_acquire || order == memory_order_acq_rel ||
               order == memory_order_seq_cst;
}

static bool releases(int order)
{
        return order == memory_order_release || order == memory_order_acq_rel ||
               order == memory_order_seq_cst;
}

static void tick(unsigned thread)
{
        uint8_t *clock = &memory.current[thread].of[CELLS + thread];
        if (++*clock == UINT8_MAX)
                give_up("clocks");
}

unsigned memory_first(unsigned thread, unsigned cell, int order)
{
        unsigned first = memory.current[thread].of[cell];
        if (order == memory_order_seq_cst && memory.consistent.of[cell] > first)
                first = memory.consistent.of[cell];
        return first;
}

uint64_t memory_load(unsigned thread, unsigned cell, unsigned number, int order)
{
        const Version *version = &pool[memory.version[cell][number]];
        View *view = &memory.current[thread];
        if (view->of[cell] < number)
                view->of[cell] = (uint8_t)number;
        join(&memory.acquired[thread], &version->view);
        if (acquires(order))
                join(view, &version->view);
        return version->value;
}

static void append(unsigned thread, unsigned cell, uint64_t value, const View *also, int order)
{
        unsigned number = memory.versions[cell];
        View *view = &memory.current[thread];
        if (number == VERSIONS)
                give_up("versions of a cell");
        if (owners[cell] == NOBODY || owners[cell] == thread)
                owners[cell] = (uint8_t)thread;
        else
                give_up("a cell with two writers, which the protocol does not have");
        view->of[cell] = (uint8_t)number;
        View released = releases(order) ? *view : memory.released[thread];
        released.of[cell] = (uint8_t)number;
        if (also)
                join(&released, also);
        memory.version[cell][number] = add_version(value, &released);
        memory.versions[cell]++;
        if (order == memory_order_seq_cst)
                memory.consistent.of[cell] = (uint8_t)number;
        if (releases(order))
                tick(thread);
}

void memory_store(unsigned thread, unsigned cell, uint64_t value, int order)
{
        append(thread, cell, value, NULL, order);
}

uint64_t memory_add(unsigned thread, unsigned cell, uint64_t value, int order)
{
        View before = last_of(cell)->view;
        uint64_t old = memory_load(thread, cell, memory.versions[cell] - 1U, order);
        append(thread, cell, old + value, &before, order);
        return old;
}

void memory_fence(unsigned thread, int order)
{
        View *view = &memory.current[thread];
        if (acquires(order))
                join(view, &memory.acquired[thread]);
        if (order == memory_order_seq_cst) {
                join(view, &memory.consistent);
                memory.consistent = *view;
        }
        if (releases(order)) {
                memory.released[thread] = *view;
                tick(thread);
        }
}

unsigned memory_first_after_fence(unsigned thread, unsigned cell)
{
        View view = memory.current[thread];
        join(&view, &memory.acquired[thread]);
        join(&view, &memory.consistent);
        return view.of[cell];
}

/* -- plain accesses ---------------------------------------------------------------------------- */

static bool has_seen_write(unsigned thread, unsigned cell)
{
        unsigned writer = memory.written_by[cell];
        return writer == NOBODY || writer == thread ||
               memory.written_at[cell] <= memory.current[thread].of[CELLS + writer];
}

bool memory_read(unsigned thread, unsigned cell, uint64_t *ret)
{
        memory.read_at[cell][thread] = memory.current[thread].of[CELLS + thread];
        *ret = last_of(cell)->value;
        return has_seen_write(thread, cell);
}

bool memory_write(unsigned thread, unsigned cell, uint64_t value)
{
        bool fine = has_seen_write(thread, cell);
        for (unsigned t = 0; t < THREADS; t++)
                if (t != thread && memory.read_at[cell][t] > memory.current[thread].of[CELLS + t])
                        fine = false;
        append(thread, cell, value, NULL, memory_order_relaxed);
        memory.written_by[cell] = (uint8_t)thread;
        memory.written_at[cell] = memory.current[thread].of[CELLS + thread];
        return fine;
}

/* -- states ------------------------------------------------------------------------------------ */

uint64_t hash_bytes(uint64_t seed, const void *data, size_t size)
{
        const unsigned char *bytes = data;
        uint64_t word, hash = seed ^ size * UINT64_C(0x9e3779b97f4a7c15);
        for (; size > 0; bytes += sizeof word) {
                size_t n = size < sizeof word ? size : sizeof word;
                word = 0;
                memmove(&word, bytes, n);
                hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
                hash ^= hash >> 32;
                size -= n;
        }
        return hash;
}

/* What all know of makes no difference in a view that is going to be joined with theirs. */
static uint64_t hash_view(uint64_t seed, const View *view, const View *known)
{
        View rest;
        for (size_t i = 0; i < sizeof rest.of; i++)
                rest.of[i] = view->of[i] > known->of[i] ? view->of[i] : 0;
        return hash_bytes(seed, &rest, sizeof rest);
}

uint64_t memory_hash(uint64_t seed, unsigned alive)
{
        uint64_t hash = seed;
        View known; /* by all threads */
        memset(&known, 0xff, sizeof known);
        for (unsigned t = 0; t < THREADS; t++)
                if (alive & 1U << t)
                        meet(&known, &memory.current[t]);
        for (unsigned cell = 0; cell < cells; cell++) {
                unsigned last = memory.versions[cell] - 1U;
                unsigned first = known.of[cell] < last ? known.of[cell] : last;
                for (unsigned n = first; n <= last; n++) {
                        const Version *version = &pool[memory.version[cell][n]];
                        hash = hash_bytes(hash + n, &version->value, sizeof version->value);
                        hash = hash_view(hash, &version->view, &known);
                }
        }
        for (unsigned t = 0; t < THREADS; t++) {
                if (!(alive & 1U << t))
                        continue;
                View acquired = memory.acquired[t];
                join(&acquired, &memory.current[t]);
                hash = hash_bytes(hash, &memory.current[t], sizeof memory.current[t]);
                hash = hash_view(hash, &acquired, &known);
                hash = hash_view(hash, &memory.released[t], &known);
        }
        hash = hash_view(hash, &memory.consistent, &known);
        hash = hash_bytes(hash, memory.read_at, sizeof memory.read_at);
        return hash_bytes(hash, memory.written_at, sizeof memory.written_at);
}
