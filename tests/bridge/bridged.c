/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridged.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 3000 }; /* ms */

/* -- the channel's folder ---------------------------------------------------------------------- */

static void path_in(const Bridged *bridged, const char *name, char *ret, size_t size)
{
        (void)snprintf(ret, size, "%s/%s", bridged->wire.folder, name);
}

/* As the generator and the unit would set up the bridge's view of /run/rtcontainers. */
static void write_folder(const Bridged *bridged)
{
        char path[128];
        path_in(bridged, "channels", path, sizeof path);
        ck_assert_int_eq(mkdir(path, 0700), 0);
        path_in(bridged, "channels/test", path, sizeof path);
        ck_assert_int_eq(symlink("../a", path), 0);
        path_in(bridged, "channels.conf", path, sizeof path);
        FILE *file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_gt(fprintf(file, "test role=%s %s connects=yes\n", bridged->bridging,
                                 bridged->wire.geometry),
                         0);
        ck_assert_int_eq(fclose(file), 0);
}

static int listen_for_state(const Bridged *bridged)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        path_in(bridged, "notify", address.sun_path, sizeof address.sun_path);
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        return fd;
}

static int free_port(void)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
        (void)close(fd);
        return ntohs(address.sin_port);
}

Bridged bridged_new(const char *geometry, const char *listening, const char *bridging,
                    const char *transport, unsigned peers)
{
        Bridged bridged = { .wire = wire_new(geometry, peers),
                            .bridging = bridging,
                            .timeout = "5000" };
        write_folder(&bridged);
        bridged.notify = listen_for_state(&bridged);
        bridged.context = zmq_ctx_new();
        if (strcmp(transport, "tcp") == 0)
                (void)snprintf(bridged.endpoint, sizeof bridged.endpoint, "tcp://127.0.0.1:%d",
                               free_port());
        else
                (void)snprintf(bridged.endpoint, sizeof bridged.endpoint, "ipc://%s/outside",
                               bridged.wire.folder);
        bridged.end = wire_listen(&bridged.wire, listening);
        bridged_start(&bridged);
        return bridged;
}

void bridged_free(Bridged *bridged)
{
        static const char *const names[] = { "channels/test", "channels.conf", "notify",
                                             "outside" };
        char path[128];
        if (bridged->pid > 0)
                ck_assert_int_eq(bridged_end(bridged, SIGTERM), 0);
        (void)zmq_ctx_term(bridged->context);
        rtchannel_close(bridged->end);
        (void)close(bridged->notify);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                path_in(bridged, names[i], path, sizeof path);
                (void)unlink(path);
        }
        path_in(bridged, "channels", path, sizeof path);
        (void)rmdir(path);
        wire_free(&bridged->wire);
}

/* -- the program ------------------------------------------------------------------------------- */

static void execute(const Bridged *bridged)
{
        char path[128], option[64];
        const char *program = getenv("RT_BRIDGE");
        path_in(bridged, "notify", path, sizeof path);
        (void)setenv("NOTIFY_SOCKET", path, 1);
        (void)setenv("RTCHANNEL_DIR", bridged->wire.folder, 1);
        (void)snprintf(option, sizeof option, "--timeout=%s", bridged->timeout);
        (void)execl(program, program, option, "test", bridged->endpoint, (char *)NULL);
        perror(program);
        _exit(127);
}

/* Takes what the bridge has told, waiting for it. */
static bool next_state(Bridged *bridged, int timeout)
{
        struct pollfd fd = { .fd = bridged->notify, .events = POLLIN };
        if (poll(&fd, 1, timeout) <= 0)
                return false;
        ssize_t n = recv(bridged->notify, bridged->status, sizeof bridged->status - 1, 0);
        bridged->status[n > 0 ? n : 0] = 0;
        return n > 0;
}

void bridged_start(Bridged *bridged)
{
        bridged->pid = fork();
        if (bridged->pid == 0)
                execute(bridged);
        while (next_state(bridged, PATIENCE) && strcmp(bridged->status, "READY=1") != 0)
                ;
        ck_assert_str_eq(bridged->status, "READY=1");
        if (bridged->end)
                ck_assert_int_eq(rtchannel_wait_peer(bridged->end, rtchannel_in(3000000000)), 0);
}

int bridged_end(Bridged *bridged, int signal)
{
        int status;
        ck_assert_int_eq(kill(bridged->pid, signal), 0);
        ck_assert_int_eq(waitpid(bridged->pid, &status, 0), bridged->pid);
        bridged->pid = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool bridged_counts(Bridged *bridged, const char *what, unsigned long least)
{
        char key[32];
        int64_t deadline = rtchannel_in(5000000000);
        (void)snprintf(key, sizeof key, "%s=", what);
        while (rtchannel_now() < deadline) {
                const char *at = strstr(bridged->status, key);
                if (at && strtoul(at + strlen(key), NULL, 10) >= least)
                        return true;
                (void)next_state(bridged, 100);
        }
        return false;
}

/* -- the outside ------------------------------------------------------------------------------- */

void *bridged_connect(Bridged *bridged, int type)
{
        int none = 0, patience = PATIENCE;
        void *socket = zmq_socket(bridged->context, type);
        ck_assert_ptr_nonnull(socket);
        (void)zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
        (void)zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof patience);
        (void)zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
        if (type == ZMQ_SUB)
                (void)zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
        ck_assert_int_eq(zmq_connect(socket, bridged->endpoint), 0);
        return socket;
}

bool outside_receives(void *socket, const char *const parts[])
{
        char buffer[1024];
        int more = 1;
        size_t size = sizeof more;
        for (; *parts; parts++) {
                int n = zmq_recv(socket, buffer, sizeof buffer, 0);
                if (n < 0 || (size_t)n != strlen(*parts) || memcmp(buffer, *parts, (size_t)n) != 0)
                        return false;
                (void)zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
                if (more != (parts[1] != NULL))
                        return false;
        }
        return true;
}

void outside_send(void *socket, const char *const parts[])
{
        for (; *parts; parts++)
                ck_assert_int_ge(
                        zmq_send(socket, *parts, strlen(*parts), parts[1] ? ZMQ_SNDMORE : 0), 0);
}

/* -- the inside -------------------------------------------------------------------------------- */

bool inside_receives(rtchannel *end, const char *text, rtchannel_message *ret_message)
{
        char buffer[1024];
        rtchannel_message message;
        int64_t deadline = rtchannel_in(3000000000);
        int r;
        do
                r = rtchannel_receive(end, buffer, sizeof buffer, &message, deadline);
        while (r == -ECONNRESET); /* the bridge was started again */
        if (r == 0 && ret_message)
                *ret_message = message;
        return r == 0 && message.size == strlen(text) && memcmp(buffer, text, message.size) == 0;
}

void inside_send(rtchannel *end, const char *text)
{
        ck_assert_int_eq(rtchannel_send(end, text, strlen(text), rtchannel_in(3000000000)), 0);
}

bool publish_until_received(rtchannel *end, void *subscriber, const char *text)
{
        char buffer[64];
        int64_t deadline = rtchannel_in(3000000000);
        while (rtchannel_now() < deadline) {
                inside_send(end, text);
                (void)usleep(5000);
                if (zmq_recv(subscriber, buffer, sizeof buffer, ZMQ_DONTWAIT) >= 0)
                        return true;
        }
        return false;
}
