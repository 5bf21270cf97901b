/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void rt_fd_drop(int fd)
{
        const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(fd);
}

unsigned rt_fds_take(struct msghdr *message, int *keep_fds, unsigned keep, unsigned *ret_dropped)
{
        unsigned kept = 0, dropped = 0;
        for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
             part = CMSG_NXTHDR(message, part)) {
                if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
                        continue;
                size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++) {
                        int fd;
                        memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
                        if (kept < keep) {
                                keep_fds[kept++] = fd;
                                continue;
                        }
                        rt_fd_drop(fd);
                        dropped++;
                }
        }
        *ret_dropped = dropped;
        return kept;
}

int rt_bell_take(int socket)
{
        char byte;
        RtPassed passed;
        unsigned dropped;
        struct iovec data = { &byte, sizeof byte };
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &passed,
                .msg_controllen = sizeof passed,
        };
        ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return errno == ECONNRESET ? 0 : -EAGAIN;
        (void)rt_fds_take(&message, NULL, 0, &dropped);
        if (dropped > 0 || message.msg_flags & MSG_CTRUNC)
                return -EPROTO;
        return n > 0;
}

void rt_socket_close(int socket)
{
        int r = 1;
        /* From now on nothing is added to the queue, which is short. */
        (void)shutdown(socket, SHUT_RDWR);
        while (r > 0 || r == -EPROTO)
                r = rt_bell_take(socket);
        (void)close(socket);
}
