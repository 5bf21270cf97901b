/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "polling.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "descriptor.h"
#include "real.h"
#include "receive.h"
#include "table.h"

enum { ON_STACK = 16 };

static RtzSocket *shm_of(const zmq_pollitem_t *item)
{
        RtzSocket *socket = item->socket ? rtz_table_find(item->socket) : NULL;
        return socket && socket->kind == RTZ_SHM ? socket : NULL;
}

bool rtz_has_shm(const zmq_pollitem_t *items, int n)
{
        for (int i = 0; i < n; i++)
                if (shm_of(&items[i]))
                        return true;
        return false;
}

/* -- one item ---------------------------------------------------------------------------------- */

static int get_number(void *socket, int option)
{
        int value;
        size_t size = sizeof value;
        return zmq_getsockopt(socket, option, &value, &size) < 0 ? -errno : value;
}

static int fill(const zmq_pollitem_t *item, struct pollfd *fd)
{
        RtzSocket *socket = shm_of(item);
        *fd = (struct pollfd){ .fd = -1 };
        if (!item->socket) {
                fd->fd = item->fd;
                fd->events = (short)((item->events & ZMQ_POLLIN ? POLLIN : 0) |
                                     (item->events & ZMQ_POLLOUT ? POLLOUT : 0) |
                                     (item->events & ZMQ_POLLPRI ? POLLPRI : 0));
                return 0;
        }
        fd->events = POLLIN;
        fd->fd = socket && socket->n_endpoints == 1 ? rtchannel_fd(socket->endpoints->end)
                                                    : get_number(item->socket, ZMQ_FD);
        return fd->fd < 0 ? fd->fd : 0;
}

static short from_fd(const zmq_pollitem_t *item, short happened)
{
        int events = (happened & POLLIN ? ZMQ_POLLIN : 0) | (happened & POLLOUT ? ZMQ_POLLOUT : 0) |
                     (happened & POLLPRI ? ZMQ_POLLPRI : 0) |
                     (happened & ~(POLLIN | POLLOUT | POLLPRI) ? ZMQ_POLLERR : 0);
        return (short)(events & (item->events | ZMQ_POLLERR));
}

/* What has happened to an item. */
static int look_at(zmq_pollitem_t *item, const struct pollfd *fd)
{
        RtzSocket *socket = shm_of(item);
        if (!item->socket) {
                item->revents = fd->revents ? from_fd(item, fd->revents) : 0;
                return 0;
        }
        int events = socket ? rtz_events_now(socket) : get_number(item->socket, ZMQ_EVENTS);
        if (events < 0)
                return events;
        item->revents = (short)(events & item->events);
        return 0;
}

/* -- all items --------------------------------------------------------------------------------- */

typedef struct Poll {
        zmq_pollitem_t *items;
        struct pollfd *fds;
        int n;
        int64_t deadline;
} Poll;

/* How many have something to say. */
static int look(Poll *poll_all)
{
        int found = 0;
        for (int i = 0; i < poll_all->n; i++) {
                int r = look_at(&poll_all->items[i], &poll_all->fds[i]);
                if (r < 0)
                        return r;
                found += poll_all->items[i].revents != 0;
        }
        return found;
}

static int look_now(Poll *all)
{
        bool has_fds = false;
        for (int i = 0; i < all->n; i++) {
                all->fds[i].revents = 0;
                has_fds = has_fds || !all->items[i].socket;
        }
        if (has_fds && poll(all->fds, (nfds_t)all->n, 0) < 0)
                return -errno;
        return look(all);
}

static void ask(Poll *all)
{
        for (int i = 0; i < all->n; i++) {
                RtzSocket *socket = shm_of(&all->items[i]);
                if (socket)
                        rtz_ask(socket,
                                all->items[i].events & ZMQ_POLLOUT ? RT_WANT_ROOM : RT_WANT_DATA);
        }
}

/* As long as the channels' configuration says, if nothing else can happen meanwhile. */
static int spin(Poll *all)
{
        int64_t until = 0, now = rtchannel_now();
        for (int i = 0; i < all->n; i++) {
                RtzSocket *socket = shm_of(&all->items[i]);
                if (!socket)
                        return 0;
                for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                        if (now + at->end->spec.spin > until)
                                until = now + at->end->spec.spin;
        }
        if (until > all->deadline)
                until = all->deadline;
        while (rtchannel_now() < until)
                for (int i = 0; i < 16; i++) {
                        int r = look(all);
                        if (r != 0)
                                return r;
                }
        return 0;
}

static int sleep_once(Poll *all)
{
        int64_t now = rtchannel_now(), left = all->deadline - now;
        if (left <= 0)
                return -EAGAIN;
        struct timespec time = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
        return ppoll(all->fds, (nfds_t)all->n, &time, NULL) < 0 ? -errno : 0;
}

static int run(Poll *all)
{
        for (int i = 0; i < all->n; i++) {
                int r = fill(&all->items[i], &all->fds[i]);
                if (r < 0)
                        return r;
        }
        int r = look_now(all);
        if (r != 0 || all->deadline == RTCHANNEL_NOW)
                return r;
        r = spin(all);
        while (r == 0) {
                ask(all);
                r = look_now(all);
                if (r != 0)
                        break;
                r = sleep_once(all);
                if (r == 0)
                        r = look(all);
        }
        return r == -EAGAIN ? 0 : r;
}

/* A socket alone that is waited on for messages needs no descriptors. */
static int wait_alone(RtzSocket *socket, zmq_pollitem_t *item, int64_t deadline)
{
        RtWait wait = { .deadline = deadline };
        int r;
        item->revents = 0;
        while ((r = rtz_events_now(socket)) >= 0) {
                /* A message that may not be received now is nothing to wake up for. */
                wait.want = rtz_may_receive(socket) ? RT_WANT_DATA : RT_WANT_PEER;
                item->revents = (short)(r & item->events);
                if (item->revents != 0)
                        return 1;
                r = rtz_wait(socket, &wait);
                if (r < 0)
                        break;
        }
        return r == -EAGAIN ? 0 : r;
}

int rtz_poll(zmq_pollitem_t *items, int n, long timeout)
{
        struct pollfd stack[ON_STACK];
        Poll all = { .items = items, .fds = stack, .n = n };
        all.deadline = timeout == 0  ? RTCHANNEL_NOW
                       : timeout < 0 ? RTCHANNEL_FOREVER
                                     : rtchannel_in((int64_t)timeout * 1000000);
        if (n == 1 && items->events == ZMQ_POLLIN)
                return wait_alone(shm_of(items), items, all.deadline);
        if (n > ON_STACK)
                all.fds = calloc((size_t)n, sizeof *all.fds);
        if (!all.fds)
                return -ENOMEM;
        int r = run(&all);
        if (all.fds != stack)
                free(all.fds);
        return r;
}
