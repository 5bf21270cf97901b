/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "socket.h"

static const char magic[8] = "rtchann";

enum { VERSION = 1 };

void rt_hello_init(RtHello *hello, const RtSpec *spec)
{
        *hello = (RtHello){
                .version = VERSION,
                .role = spec->role,
                .message_size = spec->shape.message_size,
                .depth = spec->shape.depth,
                .overwrite = spec->shape.overwrite,
        };
        memcpy(hello->magic, magic, sizeof magic);
}

/* -- sending ----------------------------------------------------------------------------------- */

int rt_hello_send(int socket, const RtHello *hello, const int fds[static RT_HELLO_FDS])
{
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(RT_HELLO_FDS * sizeof(int))];
        } control = { 0 };
        RtHello copy = *hello;
        int sent[RT_HELLO_FDS];
        size_t n = 0;
        for (int i = 0; i < RT_HELLO_FDS; i++)
                if (fds[i] >= 0) {
                        sent[n++] = fds[i];
                        copy.fds |= 1U << i;
                }
        struct iovec data = { &copy, sizeof copy };
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = CMSG_SPACE(n * sizeof(int)),
        };
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(part), sent, n * sizeof(int));
        return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* -- receiving --------------------------------------------------------------------------------- */

typedef struct Received {
        int fds[RT_HELLO_FDS];
        unsigned n, dropped;
} Received;

/* Whether exactly the descriptors came that this kind of peer has. */
static bool sort(const Received *received, uint32_t expected, RtGreeting *greeting)
{
        unsigned n = 0;
        if (greeting->hello.fds != expected || received->dropped > 0 ||
            received->n != (unsigned)__builtin_popcount(expected))
                return false;
        for (int i = 0; i < RT_HELLO_FDS; i++)
                greeting->fds[i] = expected & 1U << i ? received->fds[n++] : -1;
        return true;
}

static RtRole partner(RtRole role)
{
        static const RtRole partners[RT_ROLES] = {
                [RT_ROLE_PUBLISHES] = RT_ROLE_SUBSCRIBES, [RT_ROLE_SUBSCRIBES] = RT_ROLE_PUBLISHES,
                [RT_ROLE_SERVES] = RT_ROLE_CALLS,         [RT_ROLE_CALLS] = RT_ROLE_SERVES,
                [RT_ROLE_PUSHES] = RT_ROLE_PULLS,         [RT_ROLE_PULLS] = RT_ROLE_PUSHES,
                [RT_ROLE_PAIRS] = RT_ROLE_PAIRS,
        };
        return partners[role];
}

static bool is_acceptable(const RtHello *hello, const RtSpec *spec)
{
        return memcmp(hello->magic, magic, sizeof magic) == 0 && hello->version == VERSION &&
               hello->role == (uint32_t)partner(spec->role) &&
               hello->message_size == spec->shape.message_size &&
               hello->depth == spec->shape.depth &&
               hello->overwrite == (uint32_t)spec->shape.overwrite &&
               hello->start <= RT_START_MAX && hello->identity_size <= RT_IDENTITY_MAX;
}

void rt_greeting_release(RtGreeting *greeting)
{
        for (int i = 0; i < RT_HELLO_FDS; i++) {
                if (greeting->fds[i] >= 0)
                        rt_fd_drop(greeting->fds[i]);
                greeting->fds[i] = -1;
        }
}

int rt_hello_receive(int socket, const RtSpec *spec, bool from_connecting, RtGreeting *ret)
{
        RtPassed passed;
        RtGreeting greeting = { 0 };
        struct iovec data = { &greeting.hello, sizeof greeting.hello };
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &passed,
                .msg_controllen = sizeof passed,
        };
        uint32_t expected = 1U << RT_HELLO_CONTROL | (from_connecting ? 1U << RT_HELLO_WAKE : 0) |
                            (rt_role_receives(spec->role) ? 1U << RT_HELLO_RING : 0);
        ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return errno == EINTR ? -EAGAIN : -errno;
        Received received;
        received.n = rt_fds_take(&message, received.fds, RT_HELLO_FDS, &received.dropped);
        if (n == sizeof greeting.hello && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
            is_acceptable(&greeting.hello, spec) && sort(&received, expected, &greeting)) {
                *ret = greeting;
                return 0;
        }
        for (unsigned i = 0; i < received.n; i++)
                rt_fd_drop(received.fds[i]);
        return n == 0 ? -ECONNRESET : -EPROTO;
}

int rt_connect(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
                int r = -errno;
                (void)close(fd);
                return r;
        }
        return fd;
}
