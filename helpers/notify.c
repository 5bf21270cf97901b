/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

int rt_notify(const char *state)
{
        const char *path = getenv("NOTIFY_SOCKET");
        if (!path || !*path)
                return 0;

        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(path);
        if ((path[0] != '/' && path[0] != '@') || length >= sizeof address.sun_path)
                return -EINVAL;

        memcpy(address.sun_path, path, length);
        if (path[0] == '@')
                address.sun_path[0] = '\0'; /* the abstract namespace is written with an "@" */

        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
        ssize_t sent =
                sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
        int r = sent < 0 ? -errno : 1;
        (void)close(fd);
        return r;
}

uint64_t rt_notify_watchdog_ns(void)
{
        const char *value = getenv("WATCHDOG_USEC");
        if (!value || *value < '0' || *value > '9')
                return 0;

        char *end;
        errno = 0;
        unsigned long long usec = strtoull(value, &end, 10);
        if (errno != 0 || *end || usec > UINT64_MAX / 1000)
                return 0;

        return (uint64_t)usec * 1000;
}
