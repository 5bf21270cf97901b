/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "futex.h"
#include "hooks.h"

static unsigned long count, target, stride;
static int number;

void steps_arm(unsigned long at, unsigned long every, int signal)
{
        number = signal;
        stride = every;
        __atomic_store_n(&count, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&target, at, __ATOMIC_SEQ_CST);
}

static void step(void)
{
        unsigned long at = __atomic_load_n(&target, __ATOMIC_RELAXED), n;
        if (at == 0)
                return;
        n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
        if (n == at || (stride > 0 && n > at && (n - at) % stride == 0))
                (void)kill(getpid(), number);
}

/* -- atomic accesses, in the strongest order --------------------------------------------------- */

#define BY_SIZE(size, action)                                                                      \
        switch (size) {                                                                            \
        case 1:                                                                                    \
                action(uint8_t);                                                                   \
                break;                                                                             \
        case 4:                                                                                    \
                action(uint32_t);                                                                  \
                break;                                                                             \
        default:                                                                                   \
                action(uint64_t);                                                                  \
        }

void hook_load(const volatile void *at, void *ret, size_t size, int order)
{
        (void)order;
        step();
#define LOAD(type) *(type *)ret = __atomic_load_n((const volatile type *)at, __ATOMIC_SEQ_CST)
        BY_SIZE(size, LOAD);
}

void hook_store(volatile void *at, const void *value, size_t size, int order)
{
        (void)order;
        step();
#define STORE(type) __atomic_store_n((volatile type *)at, *(const type *)value, __ATOMIC_SEQ_CST)
        BY_SIZE(size, STORE);
}

void hook_add(volatile void *at, void *value, size_t size, int order)
{
        (void)order;
        step();
#define ADD(type)                                                                                  \
        *(type *)value = __atomic_fetch_add((volatile type *)at, *(type *)value, __ATOMIC_SEQ_CST)
        BY_SIZE(size, ADD);
}

void hook_exchange(volatile void *at, void *value, size_t size, int order)
{
        (void)order;
        step();
#define EXCHANGE(type)                                                                             \
        *(type *)value = __atomic_exchange_n((volatile type *)at, *(type *)value, __ATOMIC_SEQ_CST)
        BY_SIZE(size, EXCHANGE);
}

bool hook_compare_exchange(volatile void *at, void *expected, const void *value, size_t size,
                           int order)
{
        bool done;
        (void)order;
        step();
#define COMPARE(type)                                                                              \
        done = __atomic_compare_exchange_n((volatile type *)at, (type *)expected,                  \
                                           *(const type *)value, false, __ATOMIC_SEQ_CST,          \
                                           __ATOMIC_SEQ_CST)
        BY_SIZE(size, COMPARE);
        return done;
}

void hook_fence(int order)
{
        (void)order;
        step();
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void *hook_copy(void *to, const void *from, size_t size)
{
        enum { PIECE = 32 };
        for (size_t done = 0, n; done < size; done += n) {
                n = size - done < PIECE ? size - done : PIECE;
                if (size > sizeof(uint64_t))
                        step();
                memmove((char *)to + done, (const char *)from + done,
                        n); /* not memcpy(): that is this */
        }
        return to;
}

/* -- system calls ------------------------------------------------------------------------------ */

#define WRAP(type, name, parameters, arguments)                                                    \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                step();                                                                            \
                return __real_##name arguments;                                                    \
        }

WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size))
WRAP(void *, mmap, (void *at, size_t size, int access, int flags, int fd, off_t offset),
     (at, size, access, flags, fd, offset))
WRAP(int, munmap, (void *at, size_t size), (at, size))
WRAP(int, mlock, (const void *at, size_t size), (at, size))
WRAP(int, madvise, (void *at, size_t size, int advice), (at, size, advice))
WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size))
WRAP(int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
     (fd, address, size, flags))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(int, shutdown, (int fd, int how), (fd, how))
WRAP(int, close, (int fd), (fd))
WRAP(int, epoll_create1, (int flags), (flags))
WRAP(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),
     (epoll, what, fd, event))
WRAP(int, epoll_wait, (int epoll, struct epoll_event *events, int n, int timeout),
     (epoll, events, n, timeout))
WRAP(int, eventfd, (unsigned value, int flags), (value, flags))
WRAP(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
     (thread, attributes, run, argument))
WRAP(int, rt_futex_wait, (const RtFutex *futexes, unsigned n, int64_t deadline),
     (futexes, n, deadline))
WRAP(void, rt_futex_wake, (const _Atomic uint32_t *word), (word))
