/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The library's half of test-memory.c, in a file of its own: core and the library both have a name
 * for roles. */

#include <stdbool.h>

typedef struct OwnMemory {
        long long made;   /* bytes of the segments that the end made, for all connections */
        long long mapped; /* bytes of all segments that it maps */
} OwnMemory;

/* Opens both ends of the channel as the texts say that the generator made for their containers,
 * with as many connections as they allow, in two processes, and measures one of them. */
OwnMemory own_memory(const char *channel, const char *listening, const char *connecting,
                     bool of_listening);
