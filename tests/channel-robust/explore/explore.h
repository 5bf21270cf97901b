/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs the library's own code, as a few threads over the memory of memory.h, in all ways that there
 * are. Each atomic load, fence and futex call is a point where another thread may go on, or the
 * load may take another value; stores are none, since a store that has happened can still be missed
 * by any load. States that were there before are not run again: they are told apart by 64 bits of
 * hash over threads' stacks, kept memory and the model's. */

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

/* A thread's program. Its number is `thread`. */
typedef void ExploreBody(unsigned thread);

typedef struct ExploreResult {
        uint64_t states, ends; /* in which all threads had come to their ends */
        unsigned deepest;
        const char *wrong; /* NULL: nothing */
} ExploreResult;

/* Memory outside the threads' stacks that they change, to be kept with each state. */
void explore_keep(void *data, size_t size);
/* Forgets what is kept. */
void explore_reset(void);

/* From each thread's beginning. Stops at the first state where a thread has said
 * explore_fail(), where there is a data race, or where threads sleep and nobody is left to wake
 * them. */
ExploreResult explore_run(ExploreBody *const *bodies, unsigned n);

/* Ends the path. */
void explore_fail(const char *what) __attribute__((noreturn));
#define EXPLORE_MUST(condition, what)                                                              \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        explore_fail(what);                                                        \
        } while (0)
