/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* on all architectures */
#endif

enum { SIZE_U32 = 2 }; /* FUTEX_32, FUTEX2_SIZE_U32 */

/* As struct futex_waitv of linux/futex.h, which older headers lack. */
typedef struct Waiter {
        uint64_t value, address;
        uint32_t flags, reserved;
} Waiter;

static struct timespec time_of(int64_t ns)
{
        return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
                                  .tv_nsec = (long)(ns % 1000000000) };
}

int rt_futex_wait(const RtFutex *futexes, unsigned n, int64_t deadline)
{
        struct timespec until = time_of(deadline);
        long r;
        if (n == 1) {
                r = syscall(SYS_futex, futexes->word, FUTEX_WAIT_BITSET, futexes->value, &until,
                            NULL, FUTEX_BITSET_MATCH_ANY);
        } else {
                Waiter waiters[RT_FUTEXES_MAX];
                for (unsigned i = 0; i < n; i++)
                        waiters[i] = (Waiter){ .value = futexes[i].value,
                                               .address = (uintptr_t)futexes[i].word,
                                               .flags = SIZE_U32 };
                r = syscall(SYS_futex_waitv, waiters, n, 0, &until, CLOCK_MONOTONIC);
        }
        /* -EFAULT: the word's connection was ended, and unmapped, on the way here. */
        if (r >= 0 || errno == EAGAIN || errno == EFAULT)
                return 0;
        return errno == EPERM ? -ENOSYS : -errno;
}

void rt_futex_wake(const _Atomic uint32_t *word)
{
        (void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
