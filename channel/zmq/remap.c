/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "context.h"
#include <zmq.h>

/* Both sides must say the same, and neither knows the other's high water marks. The depth is two of
 * the usual ones; what is less is kept by the sender. */
enum {
        MESSAGE_SIZE = 2048,
        DEPTH = 2048,
        CONNECTIONS = 16,
        FIRST_PORT = 49152,
        PORTS = 16384,
};

static const char inproc[] = "inproc://";

/* Where an address leads. */
typedef struct Place {
        char path[108];
        char address[256]; /* as ZMQ_LAST_ENDPOINT tells it */
} Place;

static const char *folder(void)
{
        const char *text = secure_getenv("RTZMQ_REMAP");
        return text && text[0] ? text : NULL;
}

static bool begins_with(const char *text, const char *start)
{
        return strncmp(text, start, strlen(start)) == 0;
}

bool rtz_is_remapped(const RtzSocket *socket, const char *address)
{
        switch (socket->type) {
        case ZMQ_XPUB:
        case ZMQ_XSUB:
        case ZMQ_STREAM:
                return false; /* they stay what they are */
        default:
                return folder() &&
                       (begins_with(address, "ipc://") || begins_with(address, "tcp://") ||
                        (secure_getenv("RTZMQ_REMAP_INPROC") && begins_with(address, inproc)));
        }
}

/* -- addresses --------------------------------------------------------------------------------- */

static unsigned make_number(void)
{
        static _Atomic unsigned count;
        return (unsigned)getpid() * 64 + atomic_fetch_add(&count, 1);
}

/* FNV-1a: paths may be longer than those of sockets. */
static uint64_t hash_of(const char *text)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        return hash;
}

/* Whether all that snprintf() wrote is there. */
static bool is_whole(int n, size_t size)
{
        return n > 0 && (size_t)n < size;
}

static int place_ipc(const char *name, Place *ret)
{
        char made[64];
        if (!*name)
                return -EINVAL;
        if (strlen(name) >= sizeof((struct sockaddr_un *)0)->sun_path)
                return -ENAMETOOLONG; /* as a real one */
        if (strcmp(name, "*") == 0) {
                (void)snprintf(made, sizeof made, "/tmp/rtzmq-%u", make_number());
                name = made;
        }
        int n = snprintf(ret->path, sizeof ret->path, "%s/ipc-%" PRIx64, folder(), hash_of(name));
        int m = snprintf(ret->address, sizeof ret->address, "ipc://%s", name);
        return is_whole(n, sizeof ret->path) && is_whole(m, sizeof ret->address) ? 0
                                                                                 : -ENAMETOOLONG;
}

/* Each context has its own. */
static int place_inproc(const void *context, const char *name, Place *ret)
{
        int n = snprintf(ret->path, sizeof ret->path, "%s/inproc-%p-%" PRIx64, folder(), context,
                         hash_of(name));
        int m = snprintf(ret->address, sizeof ret->address, "%s%s", inproc, name);
        return is_whole(n, sizeof ret->path) && is_whole(m, sizeof ret->address) ? 0
                                                                                 : -ENAMETOOLONG;
}

/* Hosts are all this one; only the port counts. */
static int place_tcp(const char *name, bool is_bound, Place *ret)
{
        const char *source = strrchr(name, ';');
        const char *colon = strrchr(name, ':');
        char *rest, host[200];
        if (!colon || colon == name || (source && colon < source))
                return -EINVAL;
        name = source ? source + 1 : name;
        bool is_any = is_bound && (strcmp(colon, ":*") == 0 || strcmp(colon, ":0") == 0);
        unsigned long port =
                is_any ? FIRST_PORT + make_number() % PORTS : strtoul(colon + 1, &rest, 10);
        if (!is_any && (*rest || port == 0 || port > 65535))
                return -EINVAL;
        int n = *name == '*' ? snprintf(host, sizeof host, "0.0.0.0")
                             : snprintf(host, sizeof host, "%.*s", (int)(colon - name), name);
        if (!is_whole(n, sizeof host))
                return -EINVAL;
        n = snprintf(ret->path, sizeof ret->path, "%s/tcp-%lu", folder(), port);
        int m = snprintf(ret->address, sizeof ret->address, "tcp://%s:%lu", host, port);
        return is_whole(n, sizeof ret->path) && is_whole(m, sizeof ret->address) ? 0
                                                                                 : -ENAMETOOLONG;
}

static int place_of(const RtzSocket *socket, const char *address, bool is_bound, Place *ret)
{
        if (begins_with(address, inproc))
                return place_inproc(socket->context->handle, address + sizeof inproc - 1, ret);
        return begins_with(address, "ipc://") ? place_ipc(address + 6, ret)
                                              : place_tcp(address + 6, is_bound, ret);
}

/* -- sockets ----------------------------------------------------------------------------------- */

static int try_listen(const struct sockaddr_un *address)
{
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ||
            listen(fd, 128) < 0) {
                int r = -errno;
                (void)close(fd);
                return r;
        }
        return fd;
}

/* Of one that is left over nobody listens any more. */
static int listen_at(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        memcpy(address.sun_path, path, strlen(path));
        int fd = try_listen(&address);
        if (fd != -EADDRINUSE)
                return fd;
        int peer = rt_connect(path);
        if (peer >= 0)
                (void)close(peer);
        if (peer != -ECONNREFUSED)
                return -EADDRINUSE;
        (void)unlink(path);
        return try_listen(&address);
}

/* Who binds serves, if it could be either. */
static RtRole role_of(int type, bool is_bound)
{
        switch (type) {
        case ZMQ_PUB:
                return RT_ROLE_PUBLISHES;
        case ZMQ_SUB:
                return RT_ROLE_SUBSCRIBES;
        case ZMQ_PUSH:
                return RT_ROLE_PUSHES;
        case ZMQ_PULL:
                return RT_ROLE_PULLS;
        case ZMQ_PAIR:
                return RT_ROLE_PAIRS;
        default:
                return is_bound ? RT_ROLE_SERVES : RT_ROLE_CALLS;
        }
}

static unsigned long number(const char *variable, unsigned long otherwise)
{
        const char *text = secure_getenv(variable);
        return text ? strtoul(text, NULL, 10) : otherwise;
}

static int make_opening(const RtzSocket *socket, bool is_bound, const char *address, RtOpening *ret)
{
        RtSpec spec = {
                .role = role_of(socket->type, is_bound),
                .connections = socket->type == ZMQ_PAIR ? 1 : CONNECTIONS,
                .connects = !is_bound,
                .n_accepts = is_bound,
        };
        bool publishes = spec.role == RT_ROLE_PUBLISHES || spec.role == RT_ROLE_SUBSCRIBES;
        unsigned long size = number("RTZMQ_REMAP_SIZE", MESSAGE_SIZE);
        unsigned long depth = number("RTZMQ_REMAP_DEPTH", DEPTH);
        if (size > UINT32_MAX || depth > UINT32_MAX ||
            !rt_shape((uint32_t)size, (uint32_t)depth, publishes, &spec.shape))
                return -EINVAL;
        (void)snprintf(spec.name, sizeof spec.name, "%.*s", RT_NAME_MAX, address);
        *ret = (RtOpening){ .spec = spec };
        return 0;
}

/* What such an address stands for is only known by the other one. */
static bool is_wild(const char *address)
{
        size_t size = strlen(address);
        return strcmp(address, "ipc://*") == 0 || strcmp(address + size - 2, ":*") == 0 ||
               strcmp(address + size - 2, ":0") == 0;
}

int rtz_remap_open(RtzSocket *socket, const char *address, bool is_bound, RtzEndpoint **ret)
{
        Place place = { 0 };
        RtOpening opening;
        RtzEndpoint *endpoint;
        int fd = -1;
        int r = place_of(socket, address, is_bound, &place);
        if (r == 0)
                r = make_opening(socket, is_bound, place.address, &opening);
        if (r == 0 && is_bound) {
                fd = listen_at(place.path);
                opening.listeners = &fd;
                r = fd < 0 ? fd : 0;
        }
        if (r < 0)
                return r;
        opening.connect_path = place.path;
        r = rtz_endpoint_make(socket, &opening, is_bound, is_wild(address) ? "" : address,
                              place.address, &endpoint);
        if (r < 0) {
                if (fd >= 0)
                        (void)close(fd);
                return r;
        }
        endpoint->is_remapped = true;
        if (is_bound)
                memcpy(endpoint->path, place.path, sizeof endpoint->path);
        *ret = endpoint;
        return 0;
}
