/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t random_next(Random *random)
{
        uint64_t x = random->state += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
        return x ^ x >> 31;
}

uint64_t random_below(Random *random, uint64_t n)
{
        return random_next(random) % n;
}

void hostile_init(Hostile *hostile, const Wire *wire, const char *role, bool connects,
                  uint64_t seed)
{
        *hostile =
                (Hostile){ .random = { seed }, .wire = wire, .role = role, .connects = connects };
        raw_init(&hostile->raw, wire, role, connects);
}

void hostile_free(Hostile *hostile)
{
        raw_free(&hostile->raw);
}

static uint64_t nasty_number(Hostile *hostile)
{
        Random *random = &hostile->random;
        const uint64_t numbers[] = {
                0,
                1,
                2,
                3,
                hostile->sent,
                hostile->sent + 1,
                UINT32_MAX,
                INT32_MAX,
                INT64_MAX,
                UINT64_MAX,
                RT_START_MAX,
                (uint64_t)INT64_MAX + 1,
                UINT64_MAX - 1,
                1 << 20,
                64,
                65,
                88,
                89,
        };
        enum { N = sizeof numbers / sizeof *numbers };
        uint64_t n = random_below(random, N + 2);
        return n < N    ? numbers[n] + random_below(random, 2)
               : n == N ? 2 * hostile->sent + random_below(random, 8)
                        : random_next(random);
}

/* -- memory ------------------------------------------------------------------------------------ */

static void scribble(Hostile *hostile, void *memory, size_t size)
{
        Random *random = &hostile->random;
        unsigned char *bytes = memory;
        if (!memory)
                return;
        if (random_below(random, 8) == 0) {
                memset(bytes, (int)random_below(random, 256), size);
                return;
        }
        for (uint64_t n = random_below(random, 16); n > 0; n--) {
                size_t at = random_below(random, 4) ? random_below(random, size / 8) * 8
                                                    : random_below(random, 32) * 8;
                uint64_t number = nasty_number(hostile);
                if (at + 8 <= size)
                        memcpy(bytes + at, &number, 8);
        }
}

/* Looks right at first: the next message, with some field of the header or the ring forged. */
static void forge(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        if (!raw->ring.data)
                return;
        RtSlot *slot = raw_slot(raw, hostile->sent);
        slot->size = (uint32_t)random_below(&hostile->random, 65);
        slot->frames = 0;
        slot->tag = 1 + random_below(&hostile->random, 4);
        slot->expires = 0;
        slot->sent = (uint64_t)rtchannel_now();
        switch (random_below(&hostile->random, 12)) {
        case 0:
                slot->size = (uint32_t)nasty_number(hostile);
                break;
        case 1:
                slot->frames = (uint32_t)nasty_number(hostile);
                break;
        case 2:
                slot->sent = nasty_number(hostile);
                break;
        case 3:
                slot->expires = nasty_number(hostile);
                break;
        case 4:
                slot->tag = nasty_number(hostile);
                break;
        default:
                break;
        }
        slot->sequence = 2 * hostile->sent + 2;
        raw_ring(raw)->head = ++hostile->sent;
}

static void scribble_control(Hostile *hostile)
{
        RtControl *control = raw_control(&hostile->raw);
        switch (random_below(&hostile->random, 6)) {
        case 0:
                control->tail = nasty_number(hostile);
                break;
        case 1:
                control->begin = nasty_number(hostile);
                break;
        case 2:
                control->data_want++;
                control->room_want++;
                break;
        case 3:
                control->data_bell++;
                control->room_bell++;
                break;
        case 4:
                scribble(hostile, control, RT_PAGE);
                break;
        default: /* as is right, so that it goes on */
                if (hostile->raw.their_ring.data)
                        control->tail = ((RtRing *)hostile->raw.their_ring.data)->head;
                break;
        }
}

/* Moves who sleeps on a word to another. */
static void requeue(Hostile *hostile)
{
        RtWakePage *page = raw_wake(&hostile->raw);
        if (!page)
                return;
        _Atomic uint32_t *words[] = { &page->connecting.data, &page->connecting.room,
                                      &page->listening.data, &page->listening.room };
        _Atomic uint32_t *from = words[random_below(&hostile->random, 4)];
        _Atomic uint32_t *to = words[random_below(&hostile->random, 4)];
        bool pi = random_below(&hostile->random, 2);
        (void)syscall(SYS_futex, from, pi ? FUTEX_CMP_REQUEUE_PI : FUTEX_CMP_REQUEUE, pi,
                      (unsigned long)INT_MAX, to, *from);
}

/* -- the socket -------------------------------------------------------------------------------- */

static void ring_bells(Hostile *hostile)
{
        while (send(hostile->raw.socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
                ;
}

static int bad_fd(Hostile *hostile, size_t size)
{
        int pair[2];
        switch (random_below(&hostile->random, 8)) {
        case 0:
                return open("/dev/null", O_RDWR | O_CLOEXEC);
        case 1:
                return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        case 2:   /* not sealed */
        case 3: { /* sealed too little */
                int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
                (void)!ftruncate(fd, (off_t)size);
                if (random_below(&hostile->random, 2))
                        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
                return fd;
        }
        case 4: /* shorter, empty, or larger than any memory */
        case 5: {
                int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
                const off_t sizes[] = { 0, (off_t)size - 1, RT_PAGE / 2, (off_t)1 << 40 };
                (void)!ftruncate(fd, sizes[random_below(&hostile->random, 4)]);
                (void)fcntl(fd, F_ADD_SEALS,
                            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_FUTURE_WRITE);
                return fd;
        }
        case 6: { /* right, but with holes */
                int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
                (void)!ftruncate(fd, (off_t)size);
                (void)fcntl(fd, F_ADD_SEALS,
                            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_FUTURE_WRITE);
                return fd;
        }
        default:
                if (pipe2(pair, O_CLOEXEC) < 0)
                        return -1;
                (void)close(pair[1]);
                return pair[0];
        }
}

/* `size` bytes and any number of descriptors. */
static void send_with(int socket, const void *data, size_t size, const int *fds, size_t n)
{
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(32 * sizeof(int))];
        } control = { 0 };
        struct iovec part = { (void *)(uintptr_t)data, size };
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
        (void)sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void send_garbage(Hostile *hostile)
{
        unsigned char bytes[4096];
        for (size_t i = 0; i < sizeof bytes; i += 8) {
                uint64_t number = random_next(&hostile->random);
                memcpy(bytes + i, &number, 8);
        }
        int fds[32];
        size_t n = random_below(&hostile->random, 2) ? random_below(&hostile->random, 32) : 0;
        for (size_t i = 0; i < n; i++)
                fds[i] = hostile->raw.control.fd;
        send_with(hostile->raw.socket, bytes, 1 + random_below(&hostile->random, sizeof bytes - 1),
                  fds, n);
}

/* A hello that is wrong in one way or more. */
static void greet_badly(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        Random *random = &hostile->random;
        RtHello hello = raw->hello;
        int fds[8], bad = bad_fd(hostile, raw->ring.data ? raw->ring.size : RT_PAGE);
        size_t n = 0, size = sizeof hello;
        const int right[] = { raw->control.fd, raw->connects ? raw->wake.fd : -1, raw->ring.fd };
        for (int i = 0; i < RT_HELLO_FDS; i++)
                if (right[i] >= 0) {
                        hello.fds |= 1U << i;
                        fds[n++] = right[i];
                }
        switch (random_below(random, 5)) {
        case 0: {
                uint32_t number = (uint32_t)nasty_number(hostile);
                memcpy((char *)&hello + random_below(random, 16) * 4, &number, 4);
                break;
        }
        case 1:
                size = random_below(random, sizeof hello);
                break;
        case 2:
                n = random_below(random, n + 1);
                break;
        case 3:
                fds[n++] = raw->control.fd;
                break;
        default:
                if (bad >= 0)
                        fds[random_below(random, n)] = bad;
                break;
        }
        send_with(raw->socket, &hello, size, fds, n);
        if (bad >= 0)
                (void)close(bad);
}

/* -- what must be impossible ------------------------------------------------------------------- */

static void must_fail(Hostile *hostile, bool succeeded, const char *what)
{
        if (succeeded)
                hostile->succeeded = what;
}

/* On memory that the survivor has made: it neither changes its size nor is written by us. */
static void attack_fd(Hostile *hostile, int fd, size_t size, bool may_write)
{
        if (fd < 0)
                return;
        must_fail(hostile, ftruncate(fd, 0) == 0, "ftruncate() to nothing");
        must_fail(hostile, ftruncate(fd, (off_t)size * 2) == 0, "ftruncate() to more");
        must_fail(hostile, fallocate(fd, 0, (off_t)size, RT_PAGE) == 0, "fallocate() of more");
        must_fail(hostile, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0, "F_SEAL_WRITE");
        if (may_write)
                return;
        must_fail(hostile,
                  fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, RT_PAGE) == 0,
                  "a hole in its memory");
        must_fail(hostile, pwrite(fd, "", 1, 0) > 0, "pwrite()");
        void *mapped = mmap(NULL, RT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        must_fail(hostile, mapped != MAP_FAILED, "a writable mapping");
        mapped = mmap(NULL, RT_PAGE, PROT_READ, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED)
                return;
        must_fail(hostile, mprotect(mapped, RT_PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect()");
        must_fail(hostile, madvise(mapped, RT_PAGE, MADV_REMOVE) == 0, "MADV_REMOVE");
        (void)munmap(mapped, RT_PAGE);
}

static void attack_fds(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        attack_fd(hostile, raw->their_fds[RT_HELLO_CONTROL], RT_PAGE, false);
        attack_fd(hostile, raw->their_fds[RT_HELLO_WAKE], RT_PAGE, true);
        attack_fd(hostile, raw->their_fds[RT_HELLO_RING], raw->spec.shape.size, false);
}

/* -- deeds ------------------------------------------------------------------------------------- */

static void leave(Hostile *hostile)
{
        raw_free(&hostile->raw);
        raw_init(&hostile->raw, hostile->wire, hostile->role, hostile->connects);
        hostile->state = AWAY;
        hostile->sent = 0;
}

static bool is_readable(int fd, int patience)
{
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        return poll(&wait, 1, patience) > 0;
}

static void reach(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        if (!raw->connects && !is_readable(hostile->wire->listeners[0], 1))
                return;
        if (raw_reach(raw, hostile->wire, 'a') == 0)
                hostile->state = REACHED;
}

/* Mostly as it should be, as the rest happens only then. */
static void meet(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        Random *random = &hostile->random;
        if (random_below(random, 4) == 0) {
                greet_badly(hostile);
                leave(hostile);
                return;
        }
        if (random_below(random, 16) == 0)
                raw->hello.start = nasty_number(hostile);
        hostile->sent = raw->hello.start <= RT_START_MAX ? raw->hello.start : 0;
        if (rt_role_admits(raw->spec.role))
                hostile->sent = 0;
        raw_control(raw)->begin = hostile->sent + 1;
        int r = raw->connects ? raw_greet(raw) : 0;
        if (r == 0)
                r = is_readable(raw->socket, 50) ? raw_await(raw) : -EAGAIN;
        if (r == 0 && !raw->connects)
                r = raw_greet(raw);
        if (r < 0) {
                leave(hostile);
                return;
        }
        hostile->state = MET;
        hostile->meetings++;
        attack_fds(hostile);
}

static void misbehave(Hostile *hostile)
{
        Raw *raw = &hostile->raw;
        switch (random_below(&hostile->random, 24)) {
        case 0:
                scribble(hostile, raw->ring.data, raw->ring.size);
                break;
        case 1:
                scribble(hostile, raw->wake.data, RT_PAGE);
                break;
        case 2:
                ring_bells(hostile);
                break;
        case 3:
                send_garbage(hostile);
                break;
        case 4:
                requeue(hostile);
                break;
        case 5:
                (void)shutdown(raw->socket, (int)random_below(&hostile->random, 3));
                break;
        case 6:
                leave(hostile);
                break;
        case 7: /* holds the queue full */
                break;
        case 8:
        case 9:
        case 10:
        case 11:
                scribble_control(hostile);
                break;
        default:
                forge(hostile);
                break;
        }
}

void hostile_act(Hostile *hostile)
{
        hostile->deeds++;
        switch (hostile->state) {
        case AWAY:
                reach(hostile);
                break;
        case REACHED:
                if (random_below(&hostile->random, 8) == 0)
                        leave(hostile); /* without a word */
                else if (random_below(&hostile->random, 8) > 0)
                        meet(hostile);
                break;
        default:
                misbehave(hostile);
                break;
        }
}
