/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptors of a hostile peer: nobody waits for what closing them would wait for. A test that
 * fails here hangs for LINGER seconds, or until its time is up. */

#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

enum { LINGER = 3600 };

/* A TCP socket that has not got rid of all that was written: who closes it last waits for that. */
static int lingering_socket(void)
{
        static char data[65536];
        const struct linger long_time = { .l_onoff = 1, .l_linger = LINGER };
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
        ck_assert_int_eq(listen(listener, 1), 0);
        ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
        ck_assert_int_ge(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        while (write(fd, data, sizeof data) > 0)
                ;
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time), 0);
        return fd; /* the listener stays open, so that nobody refuses what was written */
}

/* Sends it as a bell, and keeps no copy. */
static void ring_with(int socket, int fd)
{
        RtPassed passed = { 0 };
        struct iovec data = { "", 1 };
        struct msghdr message = {
                .msg_iov = &data,
                .msg_iovlen = 1,
                .msg_control = &passed,
                .msg_controllen = CMSG_SPACE(sizeof fd),
        };
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(part), &fd, sizeof fd);
        ck_assert_int_eq(sendmsg(socket, &message, MSG_NOSIGNAL), 1);
        (void)close(fd);
}

START_TEST(dropping_a_descriptor_does_not_linger)
{
        rt_fd_drop(lingering_socket());
        int fds[2];
        ck_assert_int_eq(pipe(fds), 0);
        rt_fd_drop(fds[0]);
        ck_assert_int_lt(fcntl(fds[0], F_GETFD), 0);
        (void)close(fds[1]);
}
END_TEST

START_TEST(a_bell_is_taken_and_what_comes_with_it_dropped)
{
        int ends[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
        ck_assert_int_eq(rt_bell_take(ends[0]), -EAGAIN);
        ck_assert_int_eq(send(ends[1], "", 1, 0), 1);
        ck_assert_int_eq(rt_bell_take(ends[0]), 1);
        unsigned before = count_fds();
        ring_with(ends[1], lingering_socket());
        ck_assert_int_eq(rt_bell_take(ends[0]), -EPROTO);
        ck_assert_uint_eq(count_fds(), before + 1); /* the listener */
        (void)close(ends[1]);
        ck_assert_int_eq(rt_bell_take(ends[0]), 0);
        (void)close(ends[0]);
}
END_TEST

START_TEST(closing_does_not_wait_for_what_was_not_taken)
{
        int ends[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
        for (int i = 0; i < 3; i++)
                ring_with(ends[1], lingering_socket());
        rt_socket_close(ends[0]);
        (void)close(ends[1]);
}
END_TEST

START_TEST(an_end_is_done_with_a_peer_whose_bell_brings_something_along)
{
        Ends ends = ends_new("message_size=64 depth=4 full=refuse spin=0 connections=1", "pulls",
                             "pushes");
        rtchannel_event event = { 0 };
        ck_assert_int_ge(rtchannel_fd(ends.listening), 0);
        expect_nothing(ends.listening);
        ring_with(ends.connecting->ways[0].link->socket, lingering_socket());
        expect_nothing(ends.listening);
        while (event.type != RTCHANNEL_BROKEN)
                ck_assert_int_eq(rtchannel_event_next(ends.listening, &event), 1);
        ends_free(&ends);
}
END_TEST

START_TEST(a_hello_with_something_else_holds_nobody_up)
{
        Wire wire = wire_new("message_size=64 depth=4 full=refuse spin=0 connections=1", 1);
        char path[108];
        (void)snprintf(path, sizeof path, "%s/a", wire.folder);
        int hostile = rt_connect(path);
        ck_assert_int_ge(hostile, 0);
        ring_with(hostile, lingering_socket());
        rtchannel *puller = wire_listen(&wire, "pulls");
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        send_number(pusher, 7);
        ck_assert_uint_eq(receive_number(puller), 7);
        rtchannel_close(pusher);
        rtchannel_close(puller);
        (void)close(hostile);
        wire_free(&wire);
}
END_TEST

int main(void)
{
        return RUN_TESTS("socket", dropping_a_descriptor_does_not_linger,
                         a_bell_is_taken_and_what_comes_with_it_dropped,
                         closing_does_not_wait_for_what_was_not_taken,
                         an_end_is_done_with_a_peer_whose_bell_brings_something_along,
                         a_hello_with_something_else_holds_nobody_up);
}
