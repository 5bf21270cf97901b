/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 5000 }; /* ms */

static void must(int r, const char *what)
{
        if (r >= 0)
                return;
        (void)fprintf(stderr, "raw peer: %s: %s\n", what, strerror(-r));
        abort();
}

void raw_init(Raw *raw, const Wire *wire, const char *role, bool connects)
{
        char line[512];
        *raw = (Raw){
                .connects = connects,
                .socket = -1,
                .ring = RT_NO_SEGMENT,
                .control = RT_NO_SEGMENT,
                .wake = RT_NO_SEGMENT,
                .their_ring = RT_NO_SEGMENT,
                .their_control = RT_NO_SEGMENT,
                .their_fds = { -1, -1, -1 },
        };
        int n = snprintf(line, sizeof line, "raw role=%s %s connects=yes\n", role, wire->geometry);
        must(rt_spec_parse(line, (size_t)n, "raw", &raw->spec), "rt_spec_parse");
        rt_hello_init(&raw->hello, &raw->spec);
        must(rt_segment_create("raw", RT_PAGE, RT_ONE_WRITER, &raw->control), "control");
        if (connects)
                must(rt_segment_create("raw", RT_PAGE, RT_BOTH_WRITE, &raw->wake), "wake");
        if (rt_role_sends(raw->spec.role))
                must(rt_segment_create("raw", raw->spec.shape.size, RT_ONE_WRITER, &raw->ring),
                     "ring");
}

static int wait_readable(int fd)
{
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int n = poll(&wait, 1, PATIENCE);
        return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

int raw_reach(Raw *raw, const Wire *wire, char peer)
{
        char path[108];
        if (!raw->connects) {
                int listener = wire->listeners[peer - 'a'], r = wait_readable(listener);
                if (r < 0)
                        return r;
                raw->socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                return raw->socket < 0 ? -errno : 0;
        }
        (void)snprintf(path, sizeof path, "%s/%c", wire->folder, peer);
        raw->socket = rt_connect(path);
        return raw->socket < 0 ? raw->socket : 0;
}

int raw_greet(Raw *raw)
{
        const int fds[RT_HELLO_FDS] = { raw->control.fd, raw->wake.fd, raw->ring.fd };
        return rt_hello_send(raw->socket, &raw->hello, fds);
}

static void keep(int *fd, size_t size, RtAccess access, RtSegment *segment)
{
        if (*fd >= 0)
                must(rt_segment_attach(fcntl(*fd, F_DUPFD_CLOEXEC, 3), size, access, segment),
                     "rt_segment_attach");
}

int raw_await(Raw *raw)
{
        RtGreeting greeting;
        int r = wait_readable(raw->socket);
        if (r == 0)
                r = rt_hello_receive(raw->socket, &raw->spec, !raw->connects, &greeting);
        if (r < 0)
                return r;
        raw->theirs = greeting.hello;
        memcpy(raw->their_fds, greeting.fds, sizeof raw->their_fds);
        keep(&raw->their_fds[RT_HELLO_CONTROL], RT_PAGE, RT_ONE_WRITER, &raw->their_control);
        keep(&raw->their_fds[RT_HELLO_WAKE], RT_PAGE, RT_BOTH_WRITE, &raw->wake);
        keep(&raw->their_fds[RT_HELLO_RING], raw->spec.shape.size, RT_ONE_WRITER, &raw->their_ring);
        return 0;
}

int raw_meet(Raw *raw, const Wire *wire, char peer)
{
        int r = raw_reach(raw, wire, peer);
        if (r == 0 && raw->connects)
                r = raw_greet(raw);
        if (r == 0)
                r = raw_await(raw);
        if (r == 0 && !raw->connects)
                r = raw_greet(raw);
        return r;
}

void raw_hang_up(Raw *raw)
{
        if (raw->socket >= 0)
                (void)close(raw->socket);
        raw->socket = -1;
}

void raw_free(Raw *raw)
{
        raw_hang_up(raw);
        rt_segment_release(&raw->ring, false);
        rt_segment_release(&raw->control, false);
        rt_segment_release(&raw->wake, false);
        rt_segment_release(&raw->their_ring, false);
        rt_segment_release(&raw->their_control, false);
        for (int i = 0; i < RT_HELLO_FDS; i++)
                if (raw->their_fds[i] >= 0)
                        (void)close(raw->their_fds[i]);
}

RtRing *raw_ring(Raw *raw)
{
        return raw->ring.data;
}

RtSlot *raw_slot(Raw *raw, uint64_t message)
{
        const RtShape *shape = &raw->spec.shape;
        return (RtSlot *)(void *)(raw_ring(raw)->slots + message % shape->slots * shape->stride);
}

RtControl *raw_control(Raw *raw)
{
        return raw->control.data;
}

RtWakePage *raw_wake(Raw *raw)
{
        return raw->wake.data;
}

void raw_send(Raw *raw, uint64_t message, const void *data, uint32_t size)
{
        RtSlot *slot = raw_slot(raw, message);
        memcpy(slot->data, data, size);
        slot->size = size;
        slot->frames = 0;
        slot->sent = (uint64_t)rtchannel_now();
        slot->sequence = 2 * message + 2;
        raw_ring(raw)->head = message + 1;
        (void)send(raw->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
