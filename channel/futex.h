/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The system calls behind sleeping and waking on words that processes share. */

#include <stdint.h>

typedef struct RtFutex {
        const _Atomic uint32_t *word;
        uint32_t value; /* as seen before the last look: if it is another by now, nobody sleeps */
} RtFutex;

enum { RT_FUTEXES_MAX = 66 };

/* Sleeps until any of the words is woken, at most until the deadline. Returns 0, -ETIMEDOUT,
 * -EINTR; -ENOSYS: this kernel, or a filter, has no way to wait for more than one. */
int rt_futex_wait(const RtFutex *futexes, unsigned n, int64_t deadline);

/* Wakes all that sleep on it. The word may be in read-only memory. */
void rt_futex_wake(const _Atomic uint32_t *word);
