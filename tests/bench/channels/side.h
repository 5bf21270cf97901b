/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One side of a channel under measurement: a process (with inproc://, a thread) that the benchmark
 * starts and commands through a socket. What differs between contenders is in their files. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum Role {
        ASKS,
        ANSWERS,
        PUSHES,
        PULLS,
        PUBLISHES,
        SUBSCRIBES,
} Role;

typedef struct Side {
        Role role;
        char place[128]; /* where the two sides meet: an endpoint, a file, a channel's name */
        size_t size;     /* bytes of a message, 8 or more */
        unsigned char *out, *in;
        uint64_t count; /* the first 8 bytes of each message, so that none is taken for another */
        void *state;
} Side;

typedef struct Contender {
        const char *name;
        void (*open)(Side *side);
        void (*ask)(Side *side);     /* one request, and its reply */
        void (*answer)(Side *side);  /* one of the other side */
        void (*send)(Side *side);    /* one message */
        void (*receive)(Side *side); /* one */
} Contender;

/* Those of this program; the last has no name. */
extern const Contender contenders[];

/* Says what has failed and ends the program. `error`: an errno, negative or not; 0: none. */
_Noreturn void fail(const char *what, int error);

static inline void put_count(void *message, uint64_t count)
{
        memcpy(message, &count, sizeof count);
}

static inline uint64_t get_count(const void *message)
{
        uint64_t count;
        memcpy(&count, message, sizeof count);
        return count;
}

static inline void expect_count(const Side *side, const void *message)
{
        if (__builtin_expect(get_count(message) != side->count, 0))
                fail("another message came than the one that was sent", 0);
}
