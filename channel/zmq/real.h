/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The functions of the real libzmq that ours stand before. They are looked up in the library
 * itself, as the next one in the order of search may be anything, or nothing in a program that
 * loads libzmq later. */

#include <zmq.h>

#define RTZ_EACH_REAL(X)                                                                           \
        X(void *, socket, (void *, int))                                                           \
        X(int, close, (void *))                                                                    \
        X(int, bind, (void *, const char *))                                                       \
        X(int, connect, (void *, const char *))                                                    \
        X(int, unbind, (void *, const char *))                                                     \
        X(int, disconnect, (void *, const char *))                                                 \
        X(int, send, (void *, const void *, size_t, int))                                          \
        X(int, send_const, (void *, const void *, size_t, int))                                    \
        X(int, recv, (void *, void *, size_t, int))                                                \
        X(int, msg_send, (zmq_msg_t *, void *, int))                                               \
        X(int, msg_recv, (zmq_msg_t *, void *, int))                                               \
        X(int, sendmsg, (void *, zmq_msg_t *, int))                                                \
        X(int, recvmsg, (void *, zmq_msg_t *, int))                                                \
        X(int, sendiov, (void *, struct iovec *, size_t, int))                                     \
        X(int, recviov, (void *, struct iovec *, size_t *, int))                                   \
        X(int, setsockopt, (void *, int, const void *, size_t))                                    \
        X(int, getsockopt, (void *, int, void *, size_t *))                                        \
        X(int, poll, (zmq_pollitem_t *, int, long))                                                \
        X(int, proxy, (void *, void *, void *))                                                    \
        X(int, proxy_steerable, (void *, void *, void *, void *))                                  \
        X(int, device, (int, void *, void *))                                                      \
        X(int, socket_monitor, (void *, const char *, int))                                        \
        X(int, ctx_term, (void *))                                                                 \
        X(int, ctx_destroy, (void *))                                                              \
        X(int, term, (void *))                                                                     \
        X(int, ctx_shutdown, (void *))

#define RTZ_REAL_FIELD(type, name, arguments) type(*name) arguments;
typedef struct RtzReal {
        RTZ_EACH_REAL(RTZ_REAL_FIELD)
} RtzReal;

/* Set before main(); ends the program if libzmq lacks one of them. */
extern RtzReal rtz_real;

/* Sets the flag of a message that zmq_msg_more() tells. libzmq has no function for it: where it
 * lies is found out with a real pair of sockets, once. Returns 0, or -EOPNOTSUPP if this libzmq
 * keeps it in an unknown way; then nothing may be received. */
int rtz_more_init(void);
void rtz_set_more(zmq_msg_t *message);
