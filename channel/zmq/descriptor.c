/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descriptor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "real.h"
#include "receive.h"
#include "send.h"

int rtz_events_now(RtzSocket *socket)
{
        int r = rtz_enter(socket);
        if (r < 0)
                return r;
        return (rtz_can_receive(socket) ? ZMQ_POLLIN : 0) |
               (rtz_can_send(socket) ? ZMQ_POLLOUT : 0);
}

int rtz_events(RtzSocket *socket)
{
        int r = rtz_enter(socket);
        if (r < 0)
                return r;
        if (socket->fd >= 0)
                rtz_ask(socket, RT_WANT_ROOM);
        return rtz_events_now(socket);
}

static int real_descriptor(const RtzSocket *socket)
{
        int fd;
        size_t size = sizeof fd;
        return rtz_real.getsockopt(socket->handle, ZMQ_FD, &fd, &size) < 0 ? -errno : fd;
}

static int add(const RtzSocket *socket, int fd)
{
        struct epoll_event event = { .events = EPOLLIN };
        if (fd < 0)
                return fd;
        return epoll_ctl(socket->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int rtz_descriptor(RtzSocket *socket)
{
        if (socket->fd >= 0)
                return socket->fd;
        socket->fd = epoll_create1(EPOLL_CLOEXEC);
        if (socket->fd < 0)
                return -errno;
        int r = socket->kind == RTZ_SHM ? 0 : add(socket, real_descriptor(socket));
        for (RtzEndpoint *at = socket->endpoints; at && r == 0; at = at->next)
                r = add(socket, rtchannel_fd(at->end));
        if (r < 0) {
                (void)close(socket->fd);
                socket->fd = -1;
                return r;
        }
        return socket->fd;
}

void rtz_descriptor_add(RtzSocket *socket, RtzEndpoint *endpoint)
{
        if (socket->fd < 0)
                return;
        if (socket->n_endpoints == 1)
                (void)epoll_ctl(socket->fd, EPOLL_CTL_DEL, real_descriptor(socket), NULL);
        (void)add(socket, rtchannel_fd(endpoint->end));
}
