/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What lies in shared memory. Every segment is a memfd that one process makes, fills, seals against
 * resizing and further writers, and hands to its peer, which maps it read-only. So each field has
 * exactly one writer, and whatever the peer wrote is read once and checked.
 *
 *   ring: made by the sender                       control page: one at each side of a connection
 *   ┌──────────────────────────────┐ 0             ┌──────────────────────────────────────┐ 0
 *   │ head                         │               │ data_want room_want  …_bell          │
 *   ├──────────────────────────────┤ 64            ├──────────────────────────────────────┤ 64
 *   │ slot 0: sequence, size, …    │               │ tail begin                           │
 *   │         data                 │               └──────────────────────────────────────┘
 *   ├──────────────────────────────┤ 64 + stride   wake page: one for each connection
 *   │ slot 1 …                     │               ┌──────────────────────────────────────┐ 0
 *   └──────────────────────────────┘               │ words of the side that connects      │
 *                                                  ├──────────────────────────────────────┤ 64
 *                                                  │ words of the side that listens       │
 *                                                  └──────────────────────────────────────┘
 *
 * The wake page is the exception: both sides may write it, as the kernel takes half as long for a
 * futex in writable memory. It holds futexes only, whose values say nothing.
 *
 * Message n is in slot n mod slots. Its sequence is 2 n + 1 while it is written and 2 n + 2 when it
 * is complete: the receiver of message n waits for 2 n + 2. The first cache line of a small message
 * brings it along with its sequence. There are two more slots than the depth, so that the slot
 * being overwritten is none of the newest `depth`. */

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        RT_CACHE_LINE = 64,
        RT_PAGE = 4096,
        RT_SPARE_SLOTS = 2,
};

/* No ring gets so far in any life: a peer that says it begins there lies. */
#define RT_START_MAX ((uint64_t)INT64_MAX / 4)

/* What an end that connects sets `begin` to when it gives a connection up that was never answered:
 * what it has sent is for another now. */
#define RT_WITHDRAWN UINT64_MAX

/* Trusted geometry of a ring, the same at both ends; from the local configuration. */
typedef struct RtShape {
        uint32_t message_size; /* bytes of a message at most */
        uint32_t depth;        /* messages that may wait */
        bool overwrite;
        uint32_t slots;    /* depth and spare ones */
        uint32_t capacity; /* bytes that fit into a slot: message_size and room for framing */
        size_t stride;     /* bytes from slot to slot */
        size_t size;       /* bytes of the segment */
} RtShape;

typedef struct RtRing {
        alignas(RT_CACHE_LINE) _Atomic uint64_t head; /* messages committed; pairs with itself */
        alignas(RT_CACHE_LINE) unsigned char slots[];
} RtRing;

typedef struct RtSlot {
        _Atomic uint64_t sequence; /* released by commit, acquired by the receiver */
        _Atomic uint64_t sent;     /* CLOCK_MONOTONIC, ns */
        _Atomic uint64_t tag;      /* of a request and its reply */
        _Atomic uint64_t expires;  /* when nobody waits for the reply any more; 0: never */
        _Atomic uint32_t size;     /* bytes of data */
        _Atomic uint32_t frames;   /* see below */
        unsigned char data[];
} RtSlot;

/* A message of several parts, which ZeroMQ programs send, is one slot: its parts one after the
 * other, then a table of 32-bit sizes, of all parts but the last. `frames` is their number. 0
 * stands for what plain programs send: one part; to a request or reply, ZeroMQ programs see an
 * empty part before it. Plain programs do not get to see the table. */

/* The wants are counters: raised by who is about to sleep, and served once by the peer for each new
 * value. Nobody resets them, so nothing is lost if one side dies in between. */
typedef struct RtControl {
        /* What the owner asks of the peer. Each is raised, then the owner looks once more at what
         * it waits for; the peer first changes that, then looks here. Both with a full fence
         * between, so at least one of them sees the other. */
        alignas(RT_CACHE_LINE) _Atomic uint32_t data_want; /* wake me when there is a message */
        _Atomic uint32_t room_want;                        /* or when one has been taken */
        _Atomic uint32_t data_bell;                        /* the same with a byte by the socket */
        _Atomic uint32_t room_bell;

        alignas(RT_CACHE_LINE) _Atomic uint64_t tail; /* messages taken by the owner; pairs with
                                                         rt_writer_waiting() */
        /* Of an owner that admits its readers, see rt_role_admits(): 1 + the first message of its
         * ring that is for the peer; 0: it has not seen the peer yet. Pairs with rt_reader_join()
         */
        _Atomic uint64_t begin;
} RtControl;

/* Futexes on which one side sleeps; the other raises them and wakes it. A peer that plays with them
 * makes itself miss wakes, and us wake for nothing. */
typedef struct RtWords {
        alignas(RT_CACHE_LINE) _Atomic uint32_t data; /* until there is a message */
        _Atomic uint32_t room;                        /* until one has been taken */
} RtWords;

typedef struct RtWakePage {
        RtWords connecting, listening;
} RtWakePage;

_Static_assert(sizeof(RtSlot) == 40, "the slot's header is part of the protocol");
_Static_assert(sizeof(RtControl) <= RT_PAGE, "control is one page");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "shared memory needs lock-free atomics");

/* False if that is more than an address space has. */
bool rt_shape(uint32_t message_size, uint32_t depth, bool overwrite, RtShape *ret);
