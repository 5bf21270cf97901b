/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { FIRST_PASSED = 3 };

const char *rt_channel_folder(void)
{
        const char *folder = secure_getenv("RTCHANNEL_DIR");
        return folder && folder[0] ? folder : "/run/rtcontainers";
}

/* Whether the listening socket's address ends in /CHANNEL/FILE. $LISTEN_PID and the order of
 * descriptors say nothing in a container, the address does. */
static bool is_socket_of(int fd, const char *channel, const char *file)
{
        struct sockaddr_un address = { 0 };
        socklen_t size = sizeof address;
        int type = 0, listens = 0;
        socklen_t int_size = sizeof type;
        if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
            address.sun_family != AF_UNIX || size <= offsetof(struct sockaddr_un, sun_path) ||
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_size) < 0 || type != SOCK_SEQPACKET ||
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) < 0 || !listens)
                return false;
        char path[sizeof address.sun_path + 1] = "", ending[2 * RT_NAME_MAX + 4];
        memcpy(path, address.sun_path, size - offsetof(struct sockaddr_un, sun_path));
        (void)snprintf(ending, sizeof ending, "/%s/%s", channel, file);
        size_t n = strlen(path), m = strlen(ending);
        return n > m && strcmp(path + n - m, ending) == 0;
}

static int find_passed(const char *channel, const char *file)
{
        const char *text = secure_getenv("LISTEN_FDS");
        char *rest;
        errno = 0;
        long n = text ? strtol(text, &rest, 10) : 0;
        if (n <= 0 || errno != 0 || *rest || n > 1024)
                return -1;
        for (int fd = FIRST_PASSED; fd < FIRST_PASSED + n; fd++)
                if (is_socket_of(fd, channel, file))
                        return fd;
        return -1;
}

static int set_flags(int fd)
{
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
            fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
                return -errno;
        return 0;
}

int rt_listen(rtchannel *end, const RtOpening *opening)
{
        const RtSpec *spec = &end->spec;
        bool found = false;
        end->listeners = calloc(spec->n_accepts + 1, sizeof *end->listeners);
        if (!end->listeners)
                return -ENOMEM;
        end->n_listeners = spec->n_accepts;
        for (unsigned i = 0; i < spec->n_accepts; i++) {
                RtListener *listener = &end->listeners[i];
                *listener = (RtListener){
                        .accepted = &spec->accepts[i],
                        .is_ours = opening->listeners,
                        .fd = opening->listeners ? opening->listeners[i]
                                                 : find_passed(spec->name, spec->accepts[i].file),
                };
                if (listener->fd < 0)
                        continue;
                found = true;
                int r = set_flags(listener->fd);
                if (r < 0)
                        return r;
        }
        return found || spec->connects || spec->n_accepts == 0 ? 0 : -ENOTSOCK;
}

int rt_connect_path(rtchannel *end, const RtOpening *opening)
{
        int n = opening->connect_path
                        ? snprintf(end->path, sizeof end->path, "%s", opening->connect_path)
                        : snprintf(end->path, sizeof end->path, "%s/channels/%s",
                                   rt_channel_folder(), end->spec.name);
        return n > 0 && (size_t)n < sizeof end->path ? 0 : -ENAMETOOLONG;
}
