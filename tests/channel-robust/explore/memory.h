/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory as C11 has it, between threads that run one at a time.
 *
 * Each aligned word of the shared region is a cell with all values that it ever had, in order. A
 * thread has a view: for each cell the oldest value that it may still read. A load takes any value
 * from there on; one that acquires joins the view that the value was released with, and fences do
 * so for what was loaded, or stored, around them. That is RC11 without its rule for sequentially
 * consistent accesses, which are taken for a little less than they are, and without loads that see
 * stores which depend on them, which no processor does. It is weaker than x86 and ARMv8: what goes
 * well here does so there.
 *
 * Plain accesses must be ordered by happens-before; if they are not, it is reported. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        THREADS = 3,
        CELLS = 64,     /* that are used at all */
        VERSIONS = 24,  /* of a cell */
        POOL = 1 << 14, /* versions of all cells on one path */
};

/* For each cell a version, then for each thread its clock. */
typedef struct View {
        uint8_t of[CELLS + THREADS + 5]; /* a multiple of 8 */
} View;

/* All that changes; copied to go back. The versions themselves are in a pool that only grows. */
typedef struct Memory {
        uint32_t pooled;
        uint8_t versions[CELLS]; /* how many there are */
        uint16_t version[CELLS][VERSIONS];
        View current[THREADS], acquired[THREADS], released[THREADS], consistent;
        uint8_t read_at[CELLS][THREADS], written_at[CELLS], written_by[CELLS]; /* plain accesses */
} Memory;

extern Memory memory;

/* The shared region, all zero. */
void memory_init(void *region, size_t size);
bool memory_is_shared(const volatile void *at);
/* The cell at the address. */
unsigned memory_cell(const volatile void *at);
/* Whether nobody but this thread ever writes the cell, as far as it is known. */
bool memory_is_own(unsigned cell, unsigned thread);

/* The versions that a load may take are `first` to memory.versions[cell] - 1. */
unsigned memory_first(unsigned thread, unsigned cell, int order);
uint64_t memory_load(unsigned thread, unsigned cell, unsigned version, int order);
void memory_store(unsigned thread, unsigned cell, uint64_t value, int order);
/* Reads the last version and writes the next, at once. Returns what was read. */
uint64_t memory_add(unsigned thread, unsigned cell, uint64_t value, int order);
void memory_fence(unsigned thread, int order);
/* The first version that a load may take once a fence of memory_order_seq_cst has been done. */
unsigned memory_first_after_fence(unsigned thread, unsigned cell);

/* Plain accesses. False: a data race. */
bool memory_read(unsigned thread, unsigned cell, uint64_t *ret);
bool memory_write(unsigned thread, unsigned cell, uint64_t value);

/* Of what matters for all that can still happen: versions that none of the threads, a bit each, can
 * read any more do not. */
uint64_t memory_hash(uint64_t seed, unsigned alive);
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);
