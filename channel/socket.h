/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What comes by a peer's socket besides its hello, and how to be rid of it. Whoever closes a
 * descriptor last does what is left to do for it: that of a TCP socket that lingers waits for as
 * long as the peer has said. So nothing that a peer has sent is closed, or left to the kernel to
 * close, just so. */

#include <stddef.h>
#include <sys/socket.h>

/* Closes a descriptor of whatever kind without waiting. */
void rt_fd_drop(int fd);

/* Drops all descriptors that came with the message, but for the first `keep`; returns how many of
 * these there are. */
unsigned rt_fds_take(struct msghdr *message, int *keep_fds, unsigned keep, unsigned *ret_dropped);

/* Room for as many descriptors as the kernel lets a message have. */
enum { RT_PASSED_MAX = 253 };
typedef union RtPassed {
        struct cmsghdr header;
        char buffer[CMSG_SPACE(RT_PASSED_MAX * sizeof(int))];
} RtPassed;

/* Takes a bell, without waiting. Returns 1, 0 if the socket has ended, -EAGAIN if there is none,
 * -EPROTO if it was none: bells bring nothing along. */
int rt_bell_take(int socket);

/* Ends the connection, drops what is queued, and closes the socket. */
void rt_socket_close(int socket);
