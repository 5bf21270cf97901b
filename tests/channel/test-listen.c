/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an end finds its sockets, and opening by name. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"

#define GEOMETRY "message_size=64 depth=4 full=refuse spin=0 connections=1"

static char folder[64];

static void enter_folder(void)
{
        char path[128];
        (void)snprintf(folder, sizeof folder, "/tmp/rtchannel-listen-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/channels", folder);
        expect_ok(mkdir(path, 0700));
        expect_ok(setenv("RTCHANNEL_DIR", folder, 1));
}

static void configure(const char *text)
{
        char path[128];
        (void)snprintf(path, sizeof path, "%s/channels.conf", folder);
        FILE *file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(text, file), 0);
        expect_ok(fclose(file));
}

static void leave_folder(void)
{
        char command[128];
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        expect_ok(system(command));
}

/* A socket bound to folder/channels/NAME. */
static int bind_socket(const char *name, int type, bool listens)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(fd, 0);
        char path[160];
        (void)snprintf(path, sizeof path, "%s/channels/%s", folder, name);
        char *slash = strrchr(path, '/');
        *slash = 0;
        (void)mkdir(path, 0700);
        *slash = '/';
        ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
        memcpy(address.sun_path, path, strlen(path));
        expect_ok(bind(fd, (struct sockaddr *)&address, sizeof address));
        if (listens)
                expect_ok(listen(fd, 4));
        return fd;
}

/* As systemd does: these descriptors are 3, 4, … */
static void pass(const int *fds, int n)
{
        int copies[16];
        char count[16];
        for (int i = 0; i < n; i++) {
                copies[i] = fcntl(fds[i], F_DUPFD, 100);
                ck_assert_int_ge(copies[i], 100);
                (void)close(fds[i]);
        }
        for (int i = 0; i < n; i++) {
                ck_assert_int_eq(dup2(copies[i], 3 + i), 3 + i);
                (void)close(copies[i]);
        }
        (void)snprintf(count, sizeof count, "%d", n);
        expect_ok(setenv("LISTEN_FDS", count, 1));
}

static rtchannel *open_end(const char *name)
{
        rtchannel *end;
        expect_ok(rtchannel_open(name, &end));
        return end;
}

/* -- sockets ----------------------------------------------------------------------------------- */

static void expect_listens_at(const rtchannel *end, unsigned index, int fd)
{
        ck_assert_uint_lt(index, end->n_listeners);
        ck_assert_int_eq(end->listeners[index].fd, fd);
}

/* Check's own descriptors must not be where systemd's are. */
static void in_clean_child(void (*work)(void *), void *argument)
{
        expect_child(in_child(work, argument));
}

static void find_in_any_order(void *reversed)
{
        enter_folder();
        configure("sam role=publishes " GEOMETRY " accepts=log,imu@x1\n"
                  "cmd role=serves " GEOMETRY " accepts=log\n");
        int pipes[2];
        expect_ok(pipe(pipes));
        int fds[] = { bind_socket("sam/log", SOCK_SEQPACKET, true),
                      pipes[0],
                      bind_socket("sam/x1", SOCK_SEQPACKET, true),
                      bind_socket("sam/imu", SOCK_SEQPACKET, true),
                      bind_socket("xsam/log", SOCK_SEQPACKET, true),
                      bind_socket("cmd/log", SOCK_SEQPACKET, true),
                      bind_socket("sam/logs", SOCK_STREAM, true) };
        enum { N = sizeof fds / sizeof *fds };
        for (int i = 0; reversed && i < N / 2; i++) {
                int other = fds[i];
                fds[i] = fds[N - 1 - i];
                fds[N - 1 - i] = other;
        }
        pass(fds, N);
        expect_ok(setenv("LISTEN_PID", reversed ? "1" : "999999", 1));
        rtchannel *sam = open_end("sam"), *cmd = open_end("cmd");
        expect_listens_at(sam, 0, reversed ? 3 + N - 1 : 3);
        expect_listens_at(sam, 1, reversed ? 3 + N - 1 - 2 : 3 + 2);
        expect_listens_at(cmd, 0, reversed ? 3 + N - 1 - 5 : 3 + 5);
        ck_assert(fcntl(sam->listeners[0].fd, F_GETFL) & O_NONBLOCK);
        ck_assert_int_eq(fcntl(sam->listeners[0].fd, F_GETFD), FD_CLOEXEC);
        rtchannel_close(sam);
        rtchannel_close(cmd);
        ck_assert_int_ge(fcntl(3, F_GETFD), 0); /* they are the process's, not the end's */
        leave_folder();
}

START_TEST(sockets_are_found_by_address_in_any_order_and_among_others)
{
        in_clean_child(find_in_any_order, NULL);
        in_clean_child(find_in_any_order, folder);
}
END_TEST

static void find_none(void *unused)
{
        (void)unused;
        enter_folder();
        configure("sam role=pulls " GEOMETRY " accepts=log\n");
        rtchannel *end = NULL;
        expect_ok(unsetenv("LISTEN_FDS"));
        expect_result(rtchannel_open("sam", &end), -ENOTSOCK);
        /* Not connected, bound elsewhere, of another type, not a socket. */
        int pipes[2];
        expect_ok(pipe(pipes));
        int fds[] = { bind_socket("sam/log", SOCK_SEQPACKET, false),
                      bind_socket("sam2/log", SOCK_SEQPACKET, true),
                      bind_socket("sam3/log", SOCK_STREAM, true),
                      pipes[0],
                      socket(AF_UNIX, SOCK_SEQPACKET, 0),
                      socket(AF_INET, SOCK_STREAM, 0) };
        pass(fds, 6);
        expect_result(rtchannel_open("sam", &end), -ENOTSOCK);
        static const char *const counts[] = { "",    "0", "-1", "x", "6x", "99999999999999999999",
                                              "1025" };
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                expect_ok(setenv("LISTEN_FDS", counts[i], 1));
                expect_result(rtchannel_open("sam", &end), -ENOTSOCK);
        }
        ck_assert_ptr_null(end);
        leave_folder();
}

START_TEST(without_its_socket_an_end_that_listens_does_not_open)
{
        in_clean_child(find_none, NULL);
}
END_TEST

static void open_twice(void *unused)
{
        (void)unused;
        enter_folder();
        configure("sam role=pulls " GEOMETRY " accepts=log\n");
        int fd = bind_socket("sam/log", SOCK_SEQPACKET, true);
        pass(&fd, 1);
        rtchannel *end = open_end("sam"), *second = NULL;
        unsigned fds = count_fds();
        expect_result(rtchannel_open("sam", &second), -EADDRINUSE);
        ck_assert_ptr_null(second);
        ck_assert_uint_eq(count_fds(), fds);
        rtchannel_close(end);
        end = open_end("sam"); /* but again, once it is closed */
        rtchannel_close(end);
        leave_folder();
}

START_TEST(a_process_can_listen_once_at_a_time)
{
        in_clean_child(open_twice, NULL);
}
END_TEST

/* -- by name ----------------------------------------------------------------------------------- */

static void connect_by_name(void *unused)
{
        (void)unused;
        rtchannel *end = open_end("sam");
        expect_ok(rtchannel_wait_peer(end, late()));
        ck_assert_uint_eq(receive_number(end), 5);
        rtchannel_close(end);
}

static void meet_by_name(void *unused)
{
        (void)unused;
        enter_folder();
        /* In a container the folder holds its own sockets under the channels' names. */
        configure("sam role=publishes " GEOMETRY " accepts=log\n");
        int fd = bind_socket("sam/log", SOCK_SEQPACKET, true);
        pass(&fd, 1);
        rtchannel *end = open_end("sam");
        char outside[sizeof folder], path[160], target[160];
        memcpy(outside, folder, sizeof folder);
        enter_folder(); /* of the other container */
        configure("sam role=subscribes " GEOMETRY " connects=yes\n");
        (void)snprintf(path, sizeof path, "%s/channels/sam", folder);
        (void)snprintf(target, sizeof target, "%s/channels/sam/log", outside);
        expect_ok(symlink(target, path));
        pid_t child = in_child(connect_by_name, NULL);
        ck_assert(wire_wait_peers(end, 1));
        send_number(end, 5);
        expect_child(child);
        rtchannel_close(end);
        leave_folder();
        memcpy(folder, outside, sizeof folder);
        leave_folder();
}

START_TEST(ends_meet_by_the_channels_name)
{
        in_clean_child(meet_by_name, NULL);
}
END_TEST

START_TEST(what_was_not_declared_does_not_open)
{
        enter_folder();
        rtchannel *end = NULL;
        expect_result(rtchannel_open("sam", &end), -ENOENT); /* no configuration at all */
        configure("sam role=subscribes " GEOMETRY " connects=yes\nbad role=what\n");
        expect_result(rtchannel_open("other", &end), -ENOENT);
        expect_result(rtchannel_open("", &end), -ENOENT);
        expect_result(rtchannel_open("../sam", &end), -ENOENT);
        expect_result(rtchannel_open("bad", &end), -EINVAL);
        ck_assert_ptr_null(end);
        unsigned fds = count_fds();
        char path[200];
        memset(path, 'x', sizeof path - 1);
        path[0] = '/';
        path[sizeof path - 1] = 0;
        expect_ok(setenv("RTCHANNEL_DIR", "", 1));
        ck_assert_str_eq(rt_channel_folder(), "/run/rtcontainers");
        expect_ok(unsetenv("RTCHANNEL_DIR"));
        ck_assert_str_eq(rt_channel_folder(), "/run/rtcontainers");
        expect_ok(setenv("RTCHANNEL_DIR", folder, 1));
        ck_assert_str_eq(rt_channel_folder(), folder);
        ck_assert_uint_eq(count_fds(), fds);
        leave_folder();
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_an_error)
{
        RtOpening opening = { 0 };
        char path[200];
        rtchannel *end = NULL;
        static const char line[] = "x role=pushes " GEOMETRY " connects=yes";
        expect_ok(rt_spec_parse(line, sizeof line - 1, "x", &opening.spec));
        memset(path, 'x', sizeof path - 1);
        path[sizeof path - 1] = 0;
        opening.connect_path = path;
        unsigned fds = count_fds();
        expect_result(rt_end_open(&opening, &end), -ENAMETOOLONG);
        ck_assert_ptr_null(end);
        ck_assert_uint_eq(count_fds(), fds);
}
END_TEST

int main(void)
{
        return RUN_TESTS("listen", sockets_are_found_by_address_in_any_order_and_among_others,
                         without_its_socket_an_end_that_listens_does_not_open,
                         a_process_can_listen_once_at_a_time, ends_meet_by_the_channels_name,
                         what_was_not_declared_does_not_open,
                         a_path_too_long_for_a_socket_is_an_error);
}
