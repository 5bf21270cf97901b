/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The functions of libzmq that this library stands before. For a socket that is not of channels
 * each is a look into a table and a call. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "context.h"
#include "monitor.h"
#include "open.h"
#include "polling.h"
#include "proxy.h"
#include "real.h"
#include "receive.h"
#include "send.h"
#include "table.h"

#pragma GCC visibility push(default)

static RtzSocket *shm_of(const void *handle)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket && socket->kind == RTZ_SHM ? socket : NULL;
}

static int result(int r)
{
        if (r >= 0)
                return r;
        errno = -r;
        return -1;
}

/* -- sockets ----------------------------------------------------------------------------------- */

void *zmq_socket(void *context, int type)
{
        return rtz_open(context, type);
}

int zmq_close(void *handle)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket ? result(rtz_close(socket)) : rtz_real.close(handle);
}

int zmq_bind(void *handle, const char *address)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket ? result(rtz_join(socket, address, true)) : rtz_real.bind(handle, address);
}

int zmq_connect(void *handle, const char *address)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket ? result(rtz_join(socket, address, false))
                      : rtz_real.connect(handle, address);
}

int zmq_unbind(void *handle, const char *address)
{
        RtzSocket *socket = shm_of(handle);
        return socket ? result(rtz_leave(socket, address, true)) : rtz_real.unbind(handle, address);
}

int zmq_disconnect(void *handle, const char *address)
{
        RtzSocket *socket = shm_of(handle);
        return socket ? result(rtz_leave(socket, address, false))
                      : rtz_real.disconnect(handle, address);
}

int zmq_setsockopt(void *handle, int option, const void *value, size_t size)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket ? result(rtz_set(socket, option, value, size))
                      : rtz_real.setsockopt(handle, option, value, size);
}

int zmq_getsockopt(void *handle, int option, void *value, size_t *size)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket ? result(rtz_get(socket, option, value, size))
                      : rtz_real.getsockopt(handle, option, value, size);
}

int zmq_socket_monitor(void *handle, const char *address, int events)
{
        RtzSocket *socket = rtz_table_find(handle);
        return socket && socket->kind != RTZ_REAL
                       ? result(rtz_monitor_set(socket, address, events))
                       : rtz_real.socket_monitor(handle, address, events);
}

/* -- sending ----------------------------------------------------------------------------------- */

int zmq_send(void *handle, const void *data, size_t size, int flags)
{
        RtzSocket *socket = shm_of(handle);
        return socket ? result(rtz_send(socket, data, size, flags))
                      : rtz_real.send(handle, data, size, flags);
}

int zmq_send_const(void *handle, const void *data, size_t size, int flags)
{
        RtzSocket *socket = shm_of(handle);
        return socket ? result(rtz_send(socket, data, size, flags))
                      : rtz_real.send_const(handle, data, size, flags);
}

int zmq_msg_send(zmq_msg_t *message, void *handle, int flags)
{
        RtzSocket *socket = shm_of(handle);
        if (!socket)
                return rtz_real.msg_send(message, handle, flags);
        int r = rtz_send(socket, zmq_msg_data(message), zmq_msg_size(message), flags);
        if (r >= 0) {
                /* The message is the caller's again, and empty. */
                (void)zmq_msg_close(message);
                (void)zmq_msg_init(message);
        }
        return result(r);
}

int zmq_sendmsg(void *handle, zmq_msg_t *message, int flags)
{
        return zmq_msg_send(message, handle, flags);
}

int zmq_sendiov(void *handle, struct iovec *parts, size_t n, int flags)
{
        RtzSocket *socket = shm_of(handle);
        if (!socket)
                return rtz_real.sendiov(handle, parts, n, flags);
        int r = n == 0 || !parts ? -EINVAL : 0;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = rtz_send(socket, parts[i].iov_base, parts[i].iov_len,
                             i + 1 < n ? flags : flags & ~ZMQ_SNDMORE);
        return result(r);
}

/* -- receiving --------------------------------------------------------------------------------- */

int zmq_recv(void *handle, void *buffer, size_t size, int flags)
{
        RtzSocket *socket = shm_of(handle);
        if (!socket)
                return rtz_real.recv(handle, buffer, size, flags);
        return result(rtz_receive(socket, &(RtzSink){ .buffer = buffer, .size = size }, flags));
}

int zmq_msg_recv(zmq_msg_t *message, void *handle, int flags)
{
        RtzSocket *socket = shm_of(handle);
        if (!socket)
                return rtz_real.msg_recv(message, handle, flags);
        return result(rtz_receive(socket, &(RtzSink){ .message = message }, flags));
}

int zmq_recvmsg(void *handle, zmq_msg_t *message, int flags)
{
        return zmq_msg_recv(message, handle, flags);
}

/* The parts are the caller's, to be released by free(). */
int zmq_recviov(void *handle, struct iovec *parts, size_t *n, int flags)
{
        RtzSocket *socket = shm_of(handle);
        if (!socket)
                return rtz_real.recviov(handle, parts, n, flags);
        size_t most = n ? *n : 0;
        if (!parts || most == 0)
                return result(-EINVAL);
        *n = 0;
        do {
                zmq_msg_t message;
                (void)zmq_msg_init(&message);
                int r = rtz_receive(socket, &(RtzSink){ .message = &message }, flags);
                if (r >= 0) {
                        parts[*n].iov_len = (size_t)r;
                        parts[*n].iov_base = malloc((size_t)r + 1);
                        if (!parts[*n].iov_base)
                                r = -ENOMEM;
                        else
                                memcpy(parts[*n].iov_base, zmq_msg_data(&message), (size_t)r);
                }
                (void)zmq_msg_close(&message);
                if (r < 0)
                        return result(r);
                ++*n;
        } while (*n < most && socket->has_more);
        return (int)*n;
}

/* -- waiting ----------------------------------------------------------------------------------- */

int zmq_poll(zmq_pollitem_t *items, int n, long timeout)
{
        return items && n > 0 && rtz_has_shm(items, n) ? result(rtz_poll(items, n, timeout))
                                                       : rtz_real.poll(items, n, timeout);
}

int zmq_proxy(void *frontend, void *backend, void *capture)
{
        return shm_of(frontend) || shm_of(backend) || shm_of(capture)
                       ? result(rtz_proxy(frontend, backend, capture, NULL))
                       : rtz_real.proxy(frontend, backend, capture);
}

int zmq_proxy_steerable(void *frontend, void *backend, void *capture, void *control)
{
        return shm_of(frontend) || shm_of(backend) || shm_of(capture) || shm_of(control)
                       ? result(rtz_proxy(frontend, backend, capture, control))
                       : rtz_real.proxy_steerable(frontend, backend, capture, control);
}

int zmq_device(int type, void *frontend, void *backend)
{
        return shm_of(frontend) || shm_of(backend)
                       ? result(rtz_proxy(frontend, backend, NULL, NULL))
                       : rtz_real.device(type, frontend, backend);
}

/* -- contexts ---------------------------------------------------------------------------------- */

int zmq_ctx_shutdown(void *context)
{
        rtz_context_end(context);
        return rtz_real.ctx_shutdown(context);
}

int zmq_ctx_term(void *handle)
{
        RtzContext *context = rtz_context_leave(handle);
        int r = rtz_real.ctx_term(handle), error = errno;
        if (r < 0 && error == EINTR) {
                rtz_context_stay(context);
        } else {
                rtz_context_flush(context);
                rtz_context_forget(context);
        }
        errno = error;
        return r;
}

int zmq_ctx_destroy(void *context)
{
        return zmq_ctx_term(context);
}

int zmq_term(void *context)
{
        return zmq_ctx_term(context);
}
