/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An ordinary ZeroMQ program. It knows nothing of shm://, and meets it in an endpoint only. */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <zmq.h>

#include "side.h"

static void *context; /* both threads', for inproc:// */

static void make_context(void)
{
        context = zmq_ctx_new();
}

static int type_of(Role role)
{
        static const int types[] = {
                [ASKS] = ZMQ_REQ,   [ANSWERS] = ZMQ_REP,   [PUSHES] = ZMQ_PUSH,
                [PULLS] = ZMQ_PULL, [PUBLISHES] = ZMQ_PUB, [SUBSCRIBES] = ZMQ_SUB,
        };
        return types[role];
}

static void check(const char *what, int r)
{
        if (__builtin_expect(r < 0, 0)) {
                (void)zmq_strerror(errno);
                fail(what, errno);
        }
}

static void open_socket(Side *side)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, make_context);
        void *socket = context ? zmq_socket(context, type_of(side->role)) : NULL;
        if (!socket)
                fail("zmq_socket", errno);
        /* The usual 1000 messages, but not a gigabyte of them. */
        int most = side->size > 4096 ? 64 : 1000;
        check("ZMQ_SNDHWM", zmq_setsockopt(socket, ZMQ_SNDHWM, &most, sizeof most));
        check("ZMQ_RCVHWM", zmq_setsockopt(socket, ZMQ_RCVHWM, &most, sizeof most));
        if (side->role == SUBSCRIBES)
                check("ZMQ_SUBSCRIBE", zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0));
        bool binds = side->role == ANSWERS || side->role == PULLS || side->role == PUBLISHES;
        check(side->place,
              binds ? zmq_bind(socket, side->place) : zmq_connect(socket, side->place));
        side->state = socket;
}

static void send_out(Side *side)
{
        check("zmq_send", zmq_send(side->state, side->out, side->size, 0));
}

static void receive_in(Side *side)
{
        int size = zmq_recv(side->state, side->in, side->size, 0);
        check("zmq_recv", size);
        if ((size_t)size != side->size)
                fail("a message of another size came", 0);
}

static void ask(Side *side)
{
        put_count(side->out, ++side->count);
        send_out(side);
        receive_in(side);
        expect_count(side, side->in);
}

static void answer(Side *side)
{
        receive_in(side);
        put_count(side->out, get_count(side->in));
        send_out(side);
}

static void send_next(Side *side)
{
        put_count(side->out, ++side->count);
        send_out(side);
}

static void receive_next(Side *side)
{
        receive_in(side);
        side->count++;
        if (side->role == PULLS)
                expect_count(side, side->in);
}

const Contender contenders[] = {
        { "zmq", open_socket, ask, answer, send_next, receive_next },
        { 0 },
};
