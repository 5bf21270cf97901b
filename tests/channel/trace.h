/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Counts the system calls of child processes: those of each one's main thread, between its calls of
 * begin_counting() and end_counting(). Reading the clock does not count: where the vDSO can read
 * it, it is none. */

#include <sys/types.h>

typedef struct Traced {
        void (*work)(void *);
        void *argument;
        unsigned long calls;
        pid_t pid;
        unsigned seizes; /* step that the child waits for, see suite.h */
        int is_counting;
} Traced;

void begin_counting(void);
void end_counting(void);

/* Runs them all and waits until they have exited in order. */
void trace(Traced *children, unsigned n);
