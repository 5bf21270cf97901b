/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attendant.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "link.h"

enum { STACK = 128 * 1024, EVENTS = 16 };
static const int64_t kick_again_after = 1000 * 1000;

/* All that is not of one end. Users take the locks only to open and close: first `life`, so that
 * the thread starts and ends in turn, then `lock`, which the thread holds while it works. */
static struct {
        pthread_mutex_t life, lock;
        rtchannel *ends;
        uint64_t ids;
        int epoll, poke;
        bool runs;
        _Atomic bool shall_stop;
        pthread_t thread;
} attendant = { .life = PTHREAD_MUTEX_INITIALIZER,
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .epoll = -1,
                .poke = -1 };

/* -- watching ---------------------------------------------------------------------------------- */

static uint64_t key_of(uint64_t id, RtWatch watch, unsigned index)
{
        return id << 16 | (uint64_t)watch << 8 | index;
}

int rt_attendant_watch(rtchannel *end, RtWatch watch, unsigned index, int fd, uint32_t events)
{
        struct epoll_event event = { .events = events, .data.u64 = key_of(end->id, watch, index) };
        int r = epoll_ctl(attendant.epoll, events ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event);
        return r < 0 ? -errno : 0;
}

void rt_attendant_poke(void)
{
        uint64_t one = 1;
        int saved = errno;
        (void)!write(attendant.poke, &one, sizeof one);
        errno = saved;
}

/* -- waking users ------------------------------------------------------------------------------ */

static void kick(rtchannel *end)
{
        const _Atomic uint32_t *sleep = atomic_load_explicit(&end->sleep, memory_order_seq_cst);
        if (sleep)
                rt_futex_wake(sleep);
}

void rt_end_notify(rtchannel *end)
{
        uint64_t one = 1;
        atomic_fetch_add_explicit(&end->changes, 1, memory_order_seq_cst);
        rt_futex_wake(&end->changes);
        kick(end);
        (void)!write(end->bell, &one, sizeof one);
}

/* A user that sleeps on a peer's word may have missed the wake by going to sleep right after it. */
static bool kick_again(rtchannel *end)
{
        if (!atomic_load_explicit(&end->sleep, memory_order_seq_cst) ||
            atomic_load_explicit(&end->answered, memory_order_acquire) ==
                    atomic_load_explicit(&end->changes, memory_order_acquire))
                return false;
        kick(end);
        return true;
}

/* -- the thread -------------------------------------------------------------------------------- */

static int64_t serve_all(void)
{
        int64_t now = rtchannel_now(), due = INT64_MAX;
        for (rtchannel *end = attendant.ends; end; end = end->next) {
                rt_links_serve(end, now);
                int64_t next = kick_again(end) ? now + kick_again_after : rt_links_due(end);
                if (next < due)
                        due = next;
        }
        return due;
}

/* The end may have been closed since the event was fetched. */
static void handle(uint64_t key)
{
        rtchannel *end = attendant.ends;
        while (end && end->id != key >> 16)
                end = end->next;
        unsigned index = key & 0xff;
        if (!end)
                return;
        switch ((RtWatch)(key >> 8 & 0xff)) {
        case RT_WATCH_LISTENER:
                rt_listener_ready(end, index);
                break;
        case RT_WATCH_GREETING:
                rt_greeting_ready(end, index);
                break;
        case RT_WATCH_LINK:
                rt_link_ended(end, index);
                break;
        case RT_WATCH_POKE:
                break;
        }
}

static int timeout_until(int64_t due)
{
        if (due == INT64_MAX)
                return -1;
        int64_t left = due - rtchannel_now();
        return left <= 0 ? 0 : (int)(left / 1000000 + 1 < 1000 ? left / 1000000 + 1 : 1000);
}

static void *run(void *unused)
{
        struct epoll_event events[EVENTS];
        uint64_t count;
        (void)unused;
        (void)pthread_mutex_lock(&attendant.lock);
        while (!attendant.shall_stop) {
                int timeout = timeout_until(serve_all());
                (void)pthread_mutex_unlock(&attendant.lock);
                int n = epoll_wait(attendant.epoll, events, EVENTS, timeout);
                (void)pthread_mutex_lock(&attendant.lock);
                (void)!read(attendant.poke, &count, sizeof count);
                for (int i = 0; i < n; i++)
                        handle(events[i].data.u64);
        }
        (void)pthread_mutex_unlock(&attendant.lock);
        return NULL;
}

/* Whatever the policy of who opens an end, connections are made beside its work. */
static int start_thread(void)
{
        sigset_t all, old;
        pthread_attr_t attributes;
        struct sched_param parameters = { 0 };
        int r = -pthread_attr_init(&attributes);
        if (r < 0)
                return r;
        (void)pthread_attr_setstacksize(&attributes, STACK);
        (void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        (void)pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
        (void)pthread_attr_setschedparam(&attributes, &parameters);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        attendant.shall_stop = false;
        r = -pthread_create(&attendant.thread, &attributes, run, NULL);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
        (void)pthread_attr_destroy(&attributes);
        attendant.runs = r == 0;
        if (r == 0)
                (void)pthread_setname_np(attendant.thread, "rtchannel");
        return r;
}

/* In a child of fork() all is the parent's: its ends are forgotten, and the locks may be held by
 * threads that are not here. */
static void forget_parent(void)
{
        attendant.life = attendant.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        if (attendant.epoll >= 0)
                (void)close(attendant.epoll);
        if (attendant.poke >= 0)
                (void)close(attendant.poke);
        attendant.epoll = attendant.poke = -1;
        attendant.ends = NULL;
        attendant.runs = false;
}

static void watch_forks(void)
{
        (void)pthread_atfork(NULL, NULL, forget_parent);
}

static int make_watch(void)
{
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = key_of(0, RT_WATCH_POKE, 0) };
        int epoll = epoll_create1(EPOLL_CLOEXEC), poke = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (epoll < 0 || poke < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, poke, &event) < 0) {
                int r = -errno;
                if (epoll >= 0)
                        (void)close(epoll);
                if (poke >= 0)
                        (void)close(poke);
                return r;
        }
        attendant.epoll = epoll;
        attendant.poke = poke;
        return 0;
}

static int set_up(void)
{
        int r = attendant.epoll < 0 ? make_watch() : 0;
        if (r < 0)
                return r;
        return attendant.runs ? 0 : start_thread();
}

/* -- ends come and go -------------------------------------------------------------------------- */

static bool is_taken(int fd)
{
        for (rtchannel *other = attendant.ends; other; other = other->next)
                for (unsigned i = 0; i < other->n_listeners; i++)
                        if (other->listeners[i].fd == fd)
                                return true;
        return false;
}

static int add(rtchannel *end)
{
        for (unsigned i = 0; i < end->n_listeners; i++)
                if (end->listeners[i].fd >= 0 && is_taken(end->listeners[i].fd))
                        return -EADDRINUSE;
        int r = set_up();
        if (r < 0)
                return r;
        end->id = ++attendant.ids;
        for (unsigned i = 0; i < end->n_listeners; i++)
                end->listeners[i].is_paused = true; /* until rt_links_serve() */
        end->next = attendant.ends;
        attendant.ends = end;
        rt_links_serve(end, rtchannel_now());
        return 0;
}

int rt_attendant_add(rtchannel *end)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, watch_forks);
        (void)pthread_mutex_lock(&attendant.life);
        (void)pthread_mutex_lock(&attendant.lock);
        int r = add(end);
        (void)pthread_mutex_unlock(&attendant.lock);
        (void)pthread_mutex_unlock(&attendant.life);
        if (r == 0)
                rt_attendant_poke(); /* it may have to wait for less long now */
        return r;
}

static void unwatch_all(rtchannel *end)
{
        for (unsigned i = 0; i < end->n_listeners; i++)
                if (end->listeners[i].fd >= 0 && !end->listeners[i].is_paused)
                        rt_attendant_watch(end, RT_WATCH_LISTENER, i, end->listeners[i].fd, 0);
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                if (way->greeting_socket >= 0)
                        rt_attendant_watch(end, RT_WATCH_GREETING, i, way->greeting_socket, 0);
                if (way->attached)
                        rt_attendant_watch(end, RT_WATCH_LINK, i, way->attached->socket, 0);
        }
}

/* Without the lock, as the thread needs it to end. */
static void stop_thread(void)
{
        if (attendant.ends || !attendant.runs)
                return;
        attendant.shall_stop = true;
        rt_attendant_poke();
        (void)pthread_join(attendant.thread, NULL);
        attendant.runs = false;
}

void rt_attendant_remove(rtchannel *end)
{
        (void)pthread_mutex_lock(&attendant.life);
        (void)pthread_mutex_lock(&attendant.lock);
        rtchannel **at = &attendant.ends;
        while (*at && *at != end)
                at = &(*at)->next;
        if (*at)
                *at = end->next;
        unwatch_all(end);
        (void)pthread_mutex_unlock(&attendant.lock);
        stop_thread();
        (void)pthread_mutex_unlock(&attendant.life);
}
