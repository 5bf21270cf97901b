/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the machine allows: two processes that sleep and wake each other by futexes, or that spin on
 * a cache line each; no message is passed. And the load beside others. */

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "side.h"

typedef struct Words {
        alignas(64) _Atomic uint32_t asked;
        alignas(64) _Atomic uint32_t answered;
} Words;

static void open_words(Side *side)
{
        int fd = open(side->place, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, sizeof(Words)) < 0)
                fail(side->place, errno);
        side->state =
                mmap(NULL, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (side->state == MAP_FAILED)
                fail("mmap", errno);
}

static void open_nothing(Side *side)
{
        (void)side;
}

static void wake(_Atomic uint32_t *word)
{
        atomic_fetch_add(word, 1);
        (void)syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void sleep_on(_Atomic uint32_t *word, uint32_t value)
{
        while (atomic_load(word) == value)
                (void)syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

/* As everybody must who has a deadline. */
static void sleep_until(_Atomic uint32_t *word, uint32_t value)
{
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        while (atomic_load(word) == value)
                (void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, &until, NULL,
                              FUTEX_BITSET_MATCH_ANY);
}

static void spin_on(_Atomic uint32_t *word, uint32_t value)
{
        while (atomic_load_explicit(word, memory_order_acquire) == value)
#if defined(__x86_64__) || defined(__i386__)
                __builtin_ia32_pause();
#else
                ;
#endif
}

#define FUTEX_PAIR(name, wait)                                                                     \
        static void name##_ask(Side *side)                                                         \
        {                                                                                          \
                Words *words = side->state;                                                        \
                wake(&words->asked);                                                               \
                wait(&words->answered, (uint32_t)side->count++);                                   \
        }                                                                                          \
        static void name##_answer(Side *side)                                                      \
        {                                                                                          \
                Words *words = side->state;                                                        \
                wait(&words->asked, (uint32_t)side->count++);                                      \
                wake(&words->answered);                                                            \
        }

FUTEX_PAIR(plain, sleep_on)
FUTEX_PAIR(timed, sleep_until)

static void spin_ask(Side *side)
{
        Words *words = side->state;
        atomic_store_explicit(&words->asked, (uint32_t)side->count + 1, memory_order_release);
        spin_on(&words->answered, (uint32_t)side->count++);
}

static void spin_answer(Side *side)
{
        Words *words = side->state;
        spin_on(&words->asked, (uint32_t)side->count++);
        atomic_store_explicit(&words->answered, (uint32_t)side->count, memory_order_release);
}

const Contender contenders[] = {
        { .name = "futex", .open = open_words, .ask = plain_ask, .answer = plain_answer },
        { .name = "futex-timed", .open = open_words, .ask = timed_ask, .answer = timed_answer },
        { .name = "spin", .open = open_words, .ask = spin_ask, .answer = spin_answer },
        { .name = "load", .open = open_nothing },
        { 0 },
};
