/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A peer that means harm: what it does follows from a seed alone. */

#include "raw.h"

typedef struct Random {
        uint64_t state;
} Random;

uint64_t random_next(Random *random);
/* 0 … n - 1 */
uint64_t random_below(Random *random, uint64_t n);

typedef struct Hostile {
        Random random;
        const Wire *wire;
        const char *role; /* that it pretends to have */
        bool connects;
        Raw raw;
        enum { AWAY, REACHED, MET } state;
        uint64_t sent; /* messages that look right */
        uint64_t deeds, meetings;
        const char *succeeded; /* what must be impossible, and was not; NULL: nothing */
} Hostile;

void hostile_init(Hostile *hostile, const Wire *wire, const char *role, bool connects,
                  uint64_t seed);
/* One deed. Never waits longer than a moment. */
void hostile_act(Hostile *hostile);
void hostile_free(Hostile *hostile);
