/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "real.h"

typedef struct RtzMonitor {
        char *address;
        int events;
        void *pair; /* a real socket, whose other one is the program's; NULL: not open yet */
} RtzMonitor;

/* Between the socket's thread and the attendant. Nothing is opened or closed with it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void rtz_monitor_renew(void)
{
        lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void send_event(const RtzMonitor *monitor, int event, int value, const char *address)
{
        unsigned char head[6];
        uint16_t number = (uint16_t)event;
        uint32_t details = (uint32_t)value;
        if (!monitor || !monitor->pair || !(monitor->events & event))
                return;
        memcpy(head, &number, sizeof number);
        memcpy(head + sizeof number, &details, sizeof details);
        if (rtz_real.send(monitor->pair, head, sizeof head, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
                (void)rtz_real.send(monitor->pair, address, strlen(address), ZMQ_DONTWAIT);
}

static RtzMonitor *exchange(RtzSocket *socket, RtzMonitor *monitor)
{
        (void)pthread_mutex_lock(&lock);
        RtzMonitor *old = socket->monitor;
        socket->monitor = monitor;
        (void)pthread_mutex_unlock(&lock);
        return old;
}

static void free_monitor(RtzMonitor *monitor)
{
        if (!monitor)
                return;
        if (monitor->pair)
                (void)rtz_real.close(monitor->pair);
        free(monitor->address);
        free(monitor);
}

static void *open_pair(RtzSocket *socket, const char *address)
{
        int linger = 0;
        void *pair = rtz_real.socket(socket->context->handle, ZMQ_PAIR);
        if (!pair)
                return NULL;
        (void)rtz_real.setsockopt(pair, ZMQ_LINGER, &linger, sizeof linger);
        if (rtz_real.bind(pair, address) < 0) {
                int error = errno;
                (void)rtz_real.close(pair);
                errno = error;
                return NULL;
        }
        return pair;
}

int rtz_monitor_set(RtzSocket *socket, const char *address, int events)
{
        rtz_monitor_close(socket);
        if (!address)
                return 0;
        if (strncmp(address, "inproc://", 9) != 0)
                return -EPROTONOSUPPORT;
        RtzMonitor *monitor = calloc(1, sizeof *monitor);
        char *copy = strdup(address);
        if (!monitor || !copy) {
                free(monitor);
                free(copy);
                return -ENOMEM;
        }
        *monitor = (RtzMonitor){ .address = copy, .events = events };
        if (socket->kind == RTZ_SHM && !(monitor->pair = open_pair(socket, address))) {
                free_monitor(monitor);
                return -errno;
        }
        (void)exchange(socket, monitor);
        return 0;
}

void rtz_monitor_pass(RtzSocket *socket)
{
        RtzMonitor *monitor = exchange(socket, NULL);
        if (!monitor)
                return;
        if (monitor->pair)
                (void)rtz_real.close(monitor->pair); /* of an attempt that failed */
        monitor->pair = NULL;
        (void)rtz_real.socket_monitor(socket->handle, monitor->address, monitor->events);
        free_monitor(monitor);
}

void rtz_monitor_open(RtzSocket *socket)
{
        RtzMonitor *monitor = socket->monitor;
        if (!monitor || monitor->pair)
                return;
        void *pair = open_pair(socket, monitor->address);
        (void)pthread_mutex_lock(&lock);
        monitor->pair = pair;
        (void)pthread_mutex_unlock(&lock);
}

void rtz_monitor_close(RtzSocket *socket)
{
        RtzMonitor *monitor = exchange(socket, NULL);
        send_event(monitor, ZMQ_EVENT_MONITOR_STOPPED, 0, "");
        free_monitor(monitor);
}

/* -- events ------------------------------------------------------------------------------------ */

static void tell(const RtzEndpoint *endpoint, int event, int value)
{
        if (endpoint->socket)
                send_event(endpoint->socket->monitor, event, value, endpoint->address);
}

void rtz_monitor_event(RtzEndpoint *endpoint, int event, int value)
{
        (void)pthread_mutex_lock(&lock);
        tell(endpoint, event, value);
        (void)pthread_mutex_unlock(&lock);
}

void rtz_monitor_tell(void *data, const RtWay *way, int socket, bool is_up)
{
        const RtzEndpoint *endpoint = data;
        (void)pthread_mutex_lock(&lock);
        if (is_up) {
                tell(endpoint, way->listener < 0 ? ZMQ_EVENT_CONNECTED : ZMQ_EVENT_ACCEPTED,
                     socket);
                tell(endpoint, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
        } else {
                tell(endpoint, ZMQ_EVENT_DISCONNECTED, socket);
        }
        (void)pthread_mutex_unlock(&lock);
}

void rtz_monitor_part(RtzEndpoint *endpoint)
{
        (void)pthread_mutex_lock(&lock);
        endpoint->socket = NULL;
        (void)pthread_mutex_unlock(&lock);
}
