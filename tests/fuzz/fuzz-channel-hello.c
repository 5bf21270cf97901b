/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer sends first, and the memory that it hands over: whatever it is, it is taken or
 * refused, and nothing of it stays open.
 *
 * The input: role, flags (1: we have listened, 2: cut short, 4: longer), number of descriptors, a
 * byte for the kind of each, and bytes that change a hello which is right. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "handshake.h"
#include "segment.h"

enum { MOST_FDS = 12, HEAD = 3 };

typedef struct Input {
        const uint8_t *data;
        size_t size;
} Input;

static uint8_t next_byte(Input *input)
{
        if (input->size == 0)
                return 0;
        input->size--;
        return *input->data++;
}

static RtSpec spec_of(unsigned role)
{
        RtSpec spec = { .name = "imu", .role = (RtRole)(role % RT_ROLES), .connections = 1 };
        MUST(rt_shape(64, 2, role / RT_ROLES % 2, &spec.shape), "shape");
        return spec;
}

static int make_fd(unsigned kind, const RtSpec *spec)
{
        static const int seals[] = {
                0,
                F_SEAL_SHRINK | F_SEAL_GROW,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_FUTURE_WRITE,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_WRITE,
        };
        const off_t sizes[] = { RT_PAGE, (off_t)spec->shape.size, 0, 1, (off_t)1 << 40 };
        if (kind % 8 == 7)
                return open("/dev/null", O_RDWR | O_CLOEXEC);
        int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        MUST(fd >= 0, "memfd_create: %s", strerror(errno));
        MUST(ftruncate(fd, sizes[kind / 8 % 5]) == 0, "ftruncate: %s", strerror(errno));
        (void)fcntl(fd, F_ADD_SEALS, seals[kind % 5]);
        return fd;
}

/* As the peer would send it, apart from what the input changes. */
static size_t make_hello(Input *input, RtRole partner, unsigned flags, uint8_t *bytes, size_t most)
{
        RtSpec theirs = spec_of(partner);
        RtHello hello;
        rt_hello_init(&hello, &theirs);
        hello.fds = 1U << RT_HELLO_CONTROL | (flags & 1 ? 1U << RT_HELLO_WAKE : 0) |
                    (rt_role_sends(theirs.role) ? 1U << RT_HELLO_RING : 0);
        memset(bytes, 0, most);
        memcpy(bytes, &hello, sizeof hello);
        size_t size = sizeof hello;
        if (flags & 2)
                size = next_byte(input) * 2U % sizeof hello;
        if (flags & 4)
                size += next_byte(input);
        for (size_t i = 0; i < size && input->size > 0; i++)
                bytes[i] ^= next_byte(input);
        return size;
}

static void send_all(int socket, const uint8_t *bytes, size_t size, const int *fds, size_t n)
{
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(MOST_FDS * sizeof(int))];
        } control = { 0 };
        struct iovec part = { (void *)(uintptr_t)bytes, size };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
        if (n > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n * sizeof(int));
                struct cmsghdr *header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(n * sizeof(int));
                memcpy(CMSG_DATA(header), fds, n * sizeof(int));
        }
        MUST(sendmsg(socket, &message, 0) == (ssize_t)size, "sendmsg: %s", strerror(errno));
}

/* As the attendant does it. */
static void attach(RtGreeting *greeting, RtHelloFd which, size_t size, RtAccess access)
{
        RtSegment segment;
        int fd = greeting->fds[which];
        greeting->fds[which] = -1;
        if (fd < 0 || rt_segment_attach(fd, size, access, &segment) < 0)
                return;
        volatile unsigned sum = 0;
        for (size_t i = 0; i < segment.size; i++)
                sum += ((const volatile uint8_t *)segment.data)[i];
        if (access == RT_BOTH_WRITE)
                *(volatile uint8_t *)segment.data = 1;
        rt_segment_release(&segment, false);
}

static void receive(int socket, const RtSpec *spec, bool from_connecting)
{
        RtGreeting greeting;
        int r = rt_hello_receive(socket, spec, from_connecting, &greeting);
        MUST(r == 0 || r == -EPROTO || r == -ECONNRESET, "%s", strerror(-r));
        if (r < 0)
                return;
        MUST(greeting.hello.identity_size <= RT_IDENTITY_MAX, "identity");
        MUST(greeting.hello.start <= RT_START_MAX, "start");
        attach(&greeting, RT_HELLO_CONTROL, RT_PAGE, RT_ONE_WRITER);
        attach(&greeting, RT_HELLO_WAKE, RT_PAGE, RT_BOTH_WRITE);
        attach(&greeting, RT_HELLO_RING, spec->shape.size, RT_ONE_WRITER);
        rt_greeting_release(&greeting);
}

static int first_free(void)
{
        int fd = dup(STDERR_FILENO);
        (void)close(fd);
        return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const RtRole partners[RT_ROLES] = {
                RT_ROLE_SUBSCRIBES, RT_ROLE_PUBLISHES, RT_ROLE_CALLS, RT_ROLE_SERVES,
                RT_ROLE_PULLS,      RT_ROLE_PUSHES,    RT_ROLE_PAIRS,
        };
        uint8_t bytes[sizeof(RtHello) + 256];
        Input input = { data, size };
        int pair[2], fds[MOST_FDS], before = first_free();
        if (size < HEAD)
                return 0;
        unsigned role = next_byte(&input), flags = next_byte(&input);
        size_t n = next_byte(&input) % (MOST_FDS + 1);
        RtSpec spec = spec_of(role);
        MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "socketpair: %s",
             strerror(errno));
        for (size_t i = 0; i < n; i++)
                fds[i] = make_fd(next_byte(&input), &spec);
        unsigned partner = partners[spec.role] + (spec.shape.overwrite ? RT_ROLES : 0);
        size_t length = make_hello(&input, partner, flags, bytes, sizeof bytes);
        send_all(pair[0], bytes, length, fds, n);
        receive(pair[1], &spec, flags & 1);
        for (size_t i = 0; i < n; i++)
                (void)close(fds[i]);
        (void)close(pair[0]);
        (void)close(pair[1]);
        MUST(first_free() == before, "descriptors are left open");
        return 0;
}
