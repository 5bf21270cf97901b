/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "house.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE = 20000 };

static char folder[] = "/tmp/rtzmq-XXXXXX";
static pid_t owner;
static void *context;

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status, (void)type, (void)walk;
        return remove(path);
}

static void demolish(void)
{
        if (getpid() == owner)
                (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(const char *name)
{
        char path[100];
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static void build(void)
{
        if (owner)
                return;
        ck_assert_ptr_nonnull(mkdtemp(folder));
        owner = getpid();
        (void)atexit(demolish);
        make_folder("l");
        make_folder("c");
        make_folder("c/channels");
        make_folder("s");
}

static void configure(const char *container, const char *line)
{
        char path[100];
        (void)snprintf(path, sizeof path, "%s/%s/channels.conf", folder, container);
        FILE *file = fopen(path, "ae");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(line, file), 0);
        ck_assert_int_eq(fclose(file), 0);
}

/* As systemd would pass it; which of the descriptors it is, its address says. */
static void listen_at(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char fds[16];
        (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(fd, 3);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        ck_assert_int_eq(listen(fd, 16), 0);
        (void)snprintf(fds, sizeof fds, "%d", fd - 2);
        ck_assert_int_eq(setenv("LISTEN_FDS", fds, 1), 0);
}

void declare(const char *name, const char *geometry, const char *listens, const char *connects)
{
        char line[300], path[100], link[100], below[64];
        build();
        (void)snprintf(line, sizeof line, "%s role=%s %s accepts=peer\n", name, listens, geometry);
        configure("l", line);
        (void)snprintf(line, sizeof line, "%s role=%s %s connects=yes\n", name, connects, geometry);
        configure("c", line);
        (void)snprintf(below, sizeof below, "s/%s", name);
        make_folder(below);
        (void)snprintf(path, sizeof path, "%s/s/%s/peer", folder, name);
        listen_at(path);
        (void)snprintf(link, sizeof link, "%s/c/channels/%s", folder, name);
        ck_assert_int_eq(symlink(path, link), 0);
}

static void enter(const char *container)
{
        char path[100];
        build();
        (void)snprintf(path, sizeof path, "%s/%s", folder, container);
        ck_assert_int_eq(setenv("RTCHANNEL_DIR", path, 1), 0);
}

void enter_listening(void)
{
        enter("l");
}

void enter_connecting(void)
{
        enter("c");
}

/* -- sockets ----------------------------------------------------------------------------------- */

void *house(void)
{
        if (!context)
                context = zmq_ctx_new();
        ck_assert_ptr_nonnull(context);
        return context;
}

void *blank(int type)
{
        void *socket = zmq_socket(house(), type);
        ck_assert_ptr_nonnull(socket);
        set_number(socket, ZMQ_RCVTIMEO, PATIENCE);
        set_number(socket, ZMQ_SNDTIMEO, PATIENCE);
        return socket;
}

int try_join(void *socket, const char *name, bool listens)
{
        char address[80];
        (void)snprintf(address, sizeof address, "shm://%s", name);
        enter(listens ? "l" : "c");
        return listens ? zmq_bind(socket, address) : zmq_connect(socket, address);
}

void join(void *socket, const char *name, bool listens)
{
        int r = try_join(socket, name, listens);
        ck_assert_msg(r == 0, "%s: %s", name, zmq_strerror(errno));
}

void *listening(int type, const char *name)
{
        void *socket = blank(type);
        join(socket, name, true);
        return socket;
}

void *connecting(int type, const char *name)
{
        void *socket = blank(type);
        join(socket, name, false);
        return socket;
}

void leave(void *a, void *b, void *c)
{
        void *all[] = { a, b, c };
        for (int i = 0; i < 3; i++)
                if (all[i])
                        ck_assert_int_eq(zmq_close(all[i]), 0);
        ck_assert_int_eq(zmq_ctx_term(house()), 0);
        context = NULL;
}

void set_number(void *socket, int option, int value)
{
        ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

int get_number(void *socket, int option)
{
        int value;
        size_t size = sizeof value;
        ck_assert_int_eq(zmq_getsockopt(socket, option, &value, &size), 0);
        ck_assert_uint_eq(size, sizeof value);
        return value;
}

void set_text(void *socket, int option, const char *text)
{
        ck_assert_int_eq(zmq_setsockopt(socket, option, text, strlen(text)), 0);
}

/* -- frames ------------------------------------------------------------------------------------ */

static void send_frame(void *socket, const char *text, int flags)
{
        int r = zmq_send(socket, text, strlen(text), flags);
        ck_assert_msg(r == (int)strlen(text), "sending \"%s\": %s", text, zmq_strerror(errno));
}

void send_text(void *socket, const char *text)
{
        send_frame(socket, text, 0);
}

void send_part(void *socket, const char *text)
{
        send_frame(socket, text, ZMQ_SNDMORE);
}

static void expect_frame(void *socket, const char *text, int more)
{
        char got[1000];
        int n = zmq_recv(socket, got, sizeof got - 1, 0);
        ck_assert_msg(n >= 0, "instead of \"%s\": %s", text, zmq_strerror(errno));
        got[n] = 0;
        ck_assert_str_eq(got, text);
        ck_assert_int_eq(n, (int)strlen(text));
        ck_assert_int_eq(get_number(socket, ZMQ_RCVMORE), more);
}

void expect_text(void *socket, const char *text)
{
        expect_frame(socket, text, 0);
}

void expect_part(void *socket, const char *text)
{
        expect_frame(socket, text, 1);
}

void expect_none(void *socket)
{
        char byte;
        expect_error(zmq_recv(socket, &byte, 1, ZMQ_DONTWAIT), EAGAIN);
}
