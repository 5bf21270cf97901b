/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "handshake.h"

typedef struct Line {
        int ends[2]; /* of a connection */
        RtSpec puller, pusher;
        int memory[RT_HELLO_FDS];
} Line;

static RtSpec spec_of(const char *rest)
{
        char text[256];
        RtSpec spec;
        int n = snprintf(text, sizeof text, "x message_size=64 depth=4 full=refuse %s\n", rest);
        expect_ok(rt_spec_parse(text, (size_t)n, "x", &spec));
        return spec;
}

static Line line_new(void)
{
        Line line = { .puller = spec_of("role=pulls accepts=a"),
                      .pusher = spec_of("role=pushes connects=yes") };
        expect_ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line.ends));
        for (int i = 0; i < RT_HELLO_FDS; i++) {
                line.memory[i] = memfd_create("test", MFD_CLOEXEC);
                ck_assert_int_ge(line.memory[i], 0);
        }
        return line;
}

static void line_free(Line *line)
{
        for (int i = 0; i < 2; i++)
                if (line->ends[i] >= 0)
                        (void)close(line->ends[i]);
        for (int i = 0; i < RT_HELLO_FDS; i++)
                (void)close(line->memory[i]);
}

/* The puller gets this hello of a pusher, and refuses it without keeping anything. */
static void expect_refused(Line *line, const RtHello *hello, const int fds[RT_HELLO_FDS])
{
        RtGreeting greeting;
        unsigned before = count_fds();
        expect_ok(rt_hello_send(line->ends[0], hello, fds));
        expect_result(rt_hello_receive(line->ends[1], &line->puller, true, &greeting), -EPROTO);
        ck_assert_uint_eq(count_fds(), before);
}

static bool is_same_file(int a, int b)
{
        char paths[2][64], targets[2][64] = { "", "" };
        (void)snprintf(paths[0], sizeof paths[0], "/proc/self/fdinfo/%d", a);
        (void)snprintf(paths[1], sizeof paths[1], "/proc/self/fdinfo/%d", b);
        for (int i = 0; i < 2; i++) {
                char line[60];
                FILE *file = fopen(paths[i], "re");
                while (file && fgets(line, sizeof line, file))
                        if (strncmp(line, "ino:", 4) == 0)
                                (void)snprintf(targets[i], sizeof targets[i], "%s", line);
                if (file)
                        (void)fclose(file);
        }
        return targets[0][0] && strcmp(targets[0], targets[1]) == 0;
}

START_TEST(a_hello_arrives_with_its_descriptors_in_their_places)
{
        Line line = line_new();
        RtHello hello;
        RtGreeting greeting;
        rt_hello_init(&hello, &line.pusher);
        hello.start = 12345;
        hello.identity_size = 3;
        memcpy(hello.identity, "abc", 3);
        expect_ok(rt_hello_send(line.ends[0], &hello, line.memory));
        expect_ok(rt_hello_receive(line.ends[1], &line.puller, true, &greeting));
        ck_assert_uint_eq(greeting.hello.start, 12345);
        ck_assert_uint_eq(greeting.hello.identity_size, 3);
        ck_assert_mem_eq(greeting.hello.identity, "abc", 3);
        for (int i = 0; i < RT_HELLO_FDS; i++) {
                ck_assert(is_same_file(greeting.fds[i], line.memory[i]));
                ck_assert(i == 0 || !is_same_file(greeting.fds[i], line.memory[0]));
                ck_assert_int_eq(fcntl(greeting.fds[i], F_GETFD), FD_CLOEXEC);
        }
        rt_greeting_release(&greeting);
        for (int i = 0; i < RT_HELLO_FDS; i++)
                ck_assert_int_eq(greeting.fds[i], -1);

        /* The answer of a puller has its control page only. */
        const int answer[RT_HELLO_FDS] = { line.memory[0], -1, -1 };
        rt_hello_init(&hello, &line.puller);
        expect_ok(rt_hello_send(line.ends[1], &hello, answer));
        expect_ok(rt_hello_receive(line.ends[0], &line.pusher, false, &greeting));
        ck_assert_int_eq(greeting.fds[RT_HELLO_WAKE], -1);
        ck_assert_int_eq(greeting.fds[RT_HELLO_RING], -1);
        rt_greeting_release(&greeting);
        line_free(&line);
}
END_TEST

START_TEST(a_hello_of_another_kind_is_refused)
{
        Line line = line_new();
        RtHello right;
        rt_hello_init(&right, &line.pusher);
        RtHello hello = right;
        hello.version++;
        expect_refused(&line, &hello, line.memory);
        hello.version = 0;
        expect_refused(&line, &hello, line.memory);
        hello = right;
        hello.magic[0]++;
        expect_refused(&line, &hello, line.memory);
        for (uint32_t role = 0; role < RT_ROLES + 2; role++) {
                hello = right;
                hello.role = role;
                if (role != RT_ROLE_PUSHES)
                        expect_refused(&line, &hello, line.memory);
        }
        hello.role = UINT32_MAX;
        expect_refused(&line, &hello, line.memory);
        line_free(&line);
}
END_TEST

START_TEST(a_hello_with_other_geometry_or_nonsense_is_refused)
{
        Line line = line_new();
        RtHello right;
        rt_hello_init(&right, &line.pusher);
        for (int i = 0; i < 7; i++) {
                RtHello hello = right;
                hello.message_size += i == 0;
                hello.depth -= i == 1;
                hello.overwrite ^= i == 2;
                hello.overwrite = i == 3 ? 2 : hello.overwrite;
                hello.start = i == 4 ? RT_START_MAX + 1 : i == 5 ? UINT64_MAX : 0;
                hello.identity_size = i == 6 ? RT_IDENTITY_MAX + 1 : 0;
                expect_refused(&line, &hello, line.memory);
        }
        line_free(&line);
}
END_TEST

START_TEST(a_hello_without_exactly_the_right_descriptors_is_refused)
{
        Line line = line_new();
        RtHello hello;
        rt_hello_init(&hello, &line.pusher);
        for (unsigned which = 1; which < 7; which++) { /* all but none and all */
                int fds[RT_HELLO_FDS];
                for (int i = 0; i < RT_HELLO_FDS; i++)
                        fds[i] = which & 1U << i ? line.memory[i] : -1;
                expect_refused(&line, &hello, fds);
        }
        /* A puller that answered must not have sent a ring. */
        RtGreeting greeting;
        rt_hello_init(&hello, &line.puller);
        unsigned before = count_fds();
        expect_ok(rt_hello_send(line.ends[1], &hello, line.memory));
        expect_result(rt_hello_receive(line.ends[0], &line.pusher, false, &greeting), -EPROTO);
        ck_assert_uint_eq(count_fds(), before);
        line_free(&line);
}
END_TEST

/* Sends raw bytes with `n` descriptors. */
static void send_raw(int socket, const void *data, size_t size, int fd, size_t n)
{
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(64 * sizeof(int))];
        } control = { 0 };
        struct iovec bytes = { (void *)(uintptr_t)data, size };
        struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
        if (n > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n * sizeof(int));
                struct cmsghdr *part = CMSG_FIRSTHDR(&message);
                part->cmsg_level = SOL_SOCKET;
                part->cmsg_type = SCM_RIGHTS;
                part->cmsg_len = CMSG_LEN(n * sizeof(int));
                for (size_t i = 0; i < n; i++)
                        memcpy(CMSG_DATA(part) + i * sizeof fd, &fd, sizeof fd);
        }
        ck_assert_int_ge(sendmsg(socket, &message, MSG_NOSIGNAL), 0);
}

START_TEST(no_message_leaves_descriptors_behind)
{
        Line line = line_new();
        struct {
                RtHello hello;
                char more[8];
        } data = { .more = "1234567" };
        rt_hello_init(&data.hello, &line.pusher);
        data.hello.fds = 7;
        static const size_t sizes[] = { 1, 8, sizeof(RtHello) - 1, sizeof(RtHello),
                                        sizeof(RtHello) + 8 };
        static const size_t counts[] = { 0, 1, 2, 4, 7, 8, 9, 60 };
        unsigned before = count_fds();
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
                        RtGreeting greeting;
                        send_raw(line.ends[0], &data, sizes[i], line.memory[0], counts[k]);
                        expect_result(rt_hello_receive(line.ends[1], &line.puller, true, &greeting),
                                      -EPROTO);
                        ck_assert_uint_eq(count_fds(), before);
                }
        line_free(&line);
}
END_TEST

START_TEST(what_is_not_there_yet_is_told_from_what_will_never_come)
{
        Line line = line_new();
        RtGreeting greeting;
        expect_result(rt_hello_receive(line.ends[1], &line.puller, true, &greeting), -EAGAIN);
        (void)close(line.ends[0]);
        line.ends[0] = -1;
        expect_result(rt_hello_receive(line.ends[1], &line.puller, true, &greeting), -ECONNRESET);
        RtHello hello;
        rt_hello_init(&hello, &line.puller);
        expect_result(rt_hello_send(line.ends[1], &hello, line.memory), -EPIPE); /* no signal */
        line_free(&line);
}
END_TEST

START_TEST(a_socket_that_takes_no_more_is_not_waited_for)
{
        Line line = line_new();
        RtHello hello;
        rt_hello_init(&hello, &line.pusher);
        int r = 0;
        for (int i = 0; i < 100000 && r == 0; i++)
                r = rt_hello_send(line.ends[0], &hello, line.memory);
        ck_assert(r == -EAGAIN || r == -ETOOMANYREFS);
        line_free(&line);
}
END_TEST

START_TEST(connecting_never_waits)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse", 1);
        char path[108], longest[200];
        (void)snprintf(path, sizeof path, "%s/a", wire.folder);
        int fds[64], n = 0;
        while (n < 64 && (fds[n] = rt_connect(path)) >= 0)
                n++;
        ck_assert_int_eq(n, 17); /* as many as fit into the queue, which nobody accepts from */
        ck_assert_int_eq(fds[n], -EAGAIN);
        while (n > 0)
                (void)close(fds[--n]);
        (void)snprintf(path, sizeof path, "%s/none", wire.folder);
        expect_result(rt_connect(path), -ENOENT);
        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = 0;
        expect_result(rt_connect(longest), -ENAMETOOLONG);
        wire_free(&wire);
}
END_TEST

/* -- ends and peers that do not keep to it ------------------------------------------------------
 */

START_TEST(an_end_hangs_up_on_who_sends_nonsense_and_serves_the_next)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse", 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        char path[108], byte;
        (void)snprintf(path, sizeof path, "%s/a", wire.folder);
        unsigned before = count_fds();
        for (int i = 0; i < 5; i++) {
                struct sockaddr_un address = { .sun_family = AF_UNIX };
                memcpy(address.sun_path, path, sizeof address.sun_path);
                int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
                expect_ok(connect(fd, (struct sockaddr *)&address, sizeof address));
                send_raw(fd, "nonsense", 8, wire.listeners[0], (size_t)i);
                ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
                (void)close(fd);
        }
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        send_number(pusher, 1);
        ck_assert_uint_eq(receive_number(puller), 1);
        ck_assert_uint_eq(statistics_of(puller).connects, 1);
        rtchannel_close(pusher);
        ck_assert(wire_wait_peers(puller, 0));
        rtchannel_close(puller);
        puller = wire_listen(&wire, "pulls");
        ck_assert_uint_eq(count_fds(), before);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(ends_that_were_told_different_things_do_not_meet)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse", 1), other = wire;
        rtchannel *puller = wire_listen(&wire, "pulls");
        static const char *const geometries[] = { "message_size=65 depth=4 full=refuse",
                                                  "message_size=64 depth=5 full=refuse",
                                                  "message_size=64 depth=4 full=overwrite" };
        for (int i = 0; i < 3; i++) {
                other.geometry = geometries[i];
                rtchannel *pusher = wire_connect(&other, "pushes", 'a');
                expect_result(rtchannel_wait_peer(pusher, rtchannel_in(10000000)), -ETIMEDOUT);
                rtchannel_close(pusher);
        }
        rtchannel *caller = wire_connect(&wire, "calls", 'a');
        expect_result(rtchannel_wait_peer(caller, rtchannel_in(10000000)), -ETIMEDOUT);
        rtchannel_close(caller);
        ck_assert_uint_eq(statistics_of(puller).connects, 0);
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        expect_ok(rtchannel_wait_peer(pusher, late()));
        rtchannel_close(pusher);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

int main(void)
{
        return RUN_TESTS("handshake", a_hello_arrives_with_its_descriptors_in_their_places,
                         a_hello_of_another_kind_is_refused,
                         a_hello_with_other_geometry_or_nonsense_is_refused,
                         a_hello_without_exactly_the_right_descriptors_is_refused,
                         no_message_leaves_descriptors_behind,
                         what_is_not_there_yet_is_told_from_what_will_never_come,
                         a_socket_that_takes_no_more_is_not_waited_for, connecting_never_waits,
                         an_end_hangs_up_on_who_sends_nonsense_and_serves_the_next,
                         ends_that_were_told_different_things_do_not_meet);
}
