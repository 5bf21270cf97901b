/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "send.h"

#include <errno.h>
#include <string.h>

#include "receive.h"
#include "router.h"
#include <zmq.h>

/* A message on its way; what is known when its last frame comes. */
typedef struct Last {
        const void *data;
        size_t size;
        int64_t deadline;
} Last;

static int emit(RtzSocket *socket, RtzEndpoint *endpoint, RtWay *way, const Last *last,
                uint64_t tag)
{
        rtchannel *end = endpoint->end;
        if (!rtz_frames_fit(&socket->out, last->size, &end->spec.shape, endpoint->implies))
                return -EMSGSIZE;
        int r = rt_begin(end, way, RTCHANNEL_NOW);
        if (r < 0)
                return r;
        rtz_frames_emit(&socket->out, last->data, last->size, end, endpoint->implies, tag);
        return 0;
}

/* -- to whoever has room ----------------------------------------------------------------------- */

static void next_turn(RtzSocket *socket)
{
        RtzEndpoint *at = socket->send_turn;
        if (!at || ++socket->send_way < at->end->n_ways)
                return;
        socket->send_way = 0;
        socket->send_turn = at->next ? at->next : socket->endpoints;
}

/* The next way in turn that has room; NULL: none has. The turn stays with it. */
static RtWay *choose(RtzSocket *socket)
{
        unsigned ways = 0;
        if (!socket->send_turn) {
                socket->send_turn = socket->endpoints;
                socket->send_way = 0;
        }
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                ways += at->end->n_ways;
        for (unsigned i = 0; i < ways; i++) {
                RtzEndpoint *at = socket->send_turn;
                if (rt_has_room(at->end, &at->end->ways[socket->send_way]))
                        return &at->end->ways[socket->send_way];
                next_turn(socket);
        }
        return NULL;
}

static int wait_to_choose(RtzSocket *socket, int64_t deadline, RtWay **ret)
{
        RtWait wait = { .want = RT_WANT_ROOM, .deadline = deadline };
        while (!(*ret = choose(socket))) {
                int r = rtz_wait(socket, &wait);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int send_to_any(RtzSocket *socket, const Last *last, RtzTarget *ret_target)
{
        RtWay *way;
        for (;;) {
                int r = wait_to_choose(socket, last->deadline, &way);
                if (r < 0)
                        return r;
                RtzEndpoint *endpoint = socket->send_turn;
                unsigned index = socket->send_way;
                uint64_t tag = endpoint->implies ? endpoint->peers[index].tag : 0;
                if (socket->type == ZMQ_REQ)
                        tag = ++endpoint->end->next_tag;
                r = emit(socket, endpoint, way, last, tag);
                if (r == -EAGAIN)
                        continue; /* the peer has gone meanwhile, and its messages with it */
                if (r < 0)
                        return r;
                if (ret_target)
                        *ret_target = (RtzTarget){ .endpoint = endpoint,
                                                   .way = index,
                                                   .epoch = endpoint->peers[index].epoch,
                                                   .tag = tag };
                next_turn(socket);
                return 0;
        }
}

/* -- to one ------------------------------------------------------------------------------------ */

/* A ROUTER or REP drops what it cannot send, unless it is told to say so. */
static int send_to_target(RtzSocket *socket, const Last *last)
{
        RtzTarget *target = &socket->target;
        bool mandatory = socket->type == ZMQ_ROUTER && socket->options.mandatory;
        RtWait wait = { .want = RT_WANT_ROOM, .deadline = last->deadline };
        for (;;) {
                RtWay *way = rtz_target_way(target);
                int r = way ? emit(socket, target->endpoint, way, last, target->tag)
                            : -EHOSTUNREACH;
                if (r == 0 || r == -EMSGSIZE)
                        return r;
                if (!mandatory || r != -EAGAIN) {
                        rtz_frames_clear(&socket->out);
                        return mandatory ? r : 0;
                }
                wait.end = target->endpoint->end;
                wait.way = way;
                r = rtz_wait(socket, &wait);
                if (r < 0)
                        return r;
        }
}

/* -- to all ------------------------------------------------------------------------------------ */

/* Over a channel that stands for a real connection, a message is dropped where nobody has room. */
static bool is_any_reading(const RtzEndpoint *endpoint)
{
        const rtchannel *end = endpoint->end;
        bool is_alone = true;
        if (!endpoint->is_remapped)
                return true;
        for (unsigned i = 0; i < end->n_ways; i++) {
                const RtLink *link = end->ways[i].link;
                if (!link)
                        continue;
                int64_t waiting = rt_writer_waiting(&end->writer, end->ways[i].floor, link->peer);
                if (waiting >= 0 && (uint64_t)waiting < end->ways[i].most)
                        return true;
                is_alone = false;
        }
        return is_alone;
}

static int publish(RtzSocket *socket, const Last *last)
{
        RtzFrames *out = &socket->out;
        uint32_t used = out->used, n = out->n;
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next) {
                out->used = used;
                out->n = n;
                int r = is_any_reading(at) ? emit(socket, at, NULL, last, 0) : 0;
                if (r < 0 && r != -EAGAIN)
                        return r;
        }
        rtz_frames_clear(out);
        return 0;
}

/* -- the beginning of a message ---------------------------------------------------------------- */

static int begin_request(RtzSocket *socket)
{
        if (socket->is_answering) {
                if (!socket->options.relaxed)
                        return -EFSM;
                socket->is_answering = false;
        }
        rtz_frames_clear(&socket->out);
        rtz_receive_none(socket);
        if (socket->options.correlates) {
                uint32_t id = ++socket->request_id;
                int r = rtz_frames_add(&socket->out, &id, sizeof id);
                if (r < 0)
                        return r;
        }
        return rtz_frames_add(&socket->out, NULL, 0);
}

static int begin_reply(RtzSocket *socket)
{
        if (!socket->is_answering)
                return -EFSM;
        socket->target = socket->request;
        const unsigned char *at = socket->envelope.bytes;
        rtz_frames_clear(&socket->out);
        for (uint32_t i = 0; i < socket->envelope.n; i++) {
                int r = rtz_frames_add(&socket->out, at, socket->envelope.sizes[i]);
                if (r < 0)
                        return r;
                at += socket->envelope.sizes[i];
        }
        return 0;
}

/* Its first frame says to whom. Returns 1: it goes no further. */
static int begin_routed(RtzSocket *socket, const Last *first, bool more)
{
        RtzTarget target = { 0 };
        rtz_frames_clear(&socket->out);
        int r = rtz_router_find(socket, first->data, first->size, &target);
        if (!more)
                return 1; /* a name alone is no message */
        if (r < 0 && socket->options.mandatory)
                return r;
        RtWait wait = { .want = RT_WANT_ROOM, .deadline = first->deadline };
        while (r == 0 && socket->options.mandatory) {
                RtWay *way = rtz_target_way(&target);
                if (!way)
                        return -EHOSTUNREACH;
                if (rt_has_room(target.endpoint->end, way))
                        break;
                wait.end = target.endpoint->end;
                wait.way = way;
                r = rtz_wait(socket, &wait);
        }
        if (r < 0 && socket->options.mandatory)
                return r;
        socket->target = target;
        socket->is_sending = true;
        return 1;
}

static int begin(RtzSocket *socket, const Last *first, bool more)
{
        RtWay *way;
        switch (socket->type) {
        case ZMQ_REQ:
                return begin_request(socket);
        case ZMQ_REP:
                return begin_reply(socket);
        case ZMQ_ROUTER:
                return begin_routed(socket, first, more);
        case ZMQ_PUB:
                return 0;
        default:
                /* One that cannot be sent is refused at its first frame. */
                return more ? wait_to_choose(socket, first->deadline, &way) : 0;
        }
}

static int finish(RtzSocket *socket, const Last *last)
{
        RtzTarget target;
        int r;
        switch (socket->type) {
        case ZMQ_REQ:
                r = send_to_any(socket, last, &target);
                if (r == 0) {
                        socket->request = target;
                        socket->is_answering = true;
                }
                return r;
        case ZMQ_REP:
                r = send_to_target(socket, last);
                if (r == 0)
                        socket->is_answering = false;
                return r;
        case ZMQ_ROUTER:
                return send_to_target(socket, last);
        case ZMQ_PUB:
                return publish(socket, last);
        default:
                return send_to_any(socket, last, NULL);
        }
}

int rtz_send(RtzSocket *socket, const void *data, size_t size, int flags)
{
        bool more = flags & ZMQ_SNDMORE;
        int r = rtz_enter(socket);
        if (r < 0)
                return r;
        if (socket->type == ZMQ_PULL || socket->type == ZMQ_SUB)
                return -ENOTSUP;
        const Last frame = { data, size,
                             rtz_deadline(socket->options.send_timeout, flags & ZMQ_DONTWAIT) };
        if (!socket->is_sending) {
                r = begin(socket, &frame, more);
                if (r != 0)
                        return r < 0 ? r : (int)size;
                socket->is_sending = more || socket->type == ZMQ_REQ || socket->type == ZMQ_REP;
        }
        r = more ? rtz_frames_add(&socket->out, data, size) : finish(socket, &frame);
        if (r == -EMSGSIZE || (r == 0 && !more)) {
                rtz_frames_clear(&socket->out);
                socket->is_sending = false;
        }
        return r < 0 ? r : (int)size;
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool is_room(RtzSocket *socket)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                if (at->end->sends && rt_has_room(at->end, NULL))
                        return true;
        return false;
}

bool rtz_can_send(RtzSocket *socket)
{
        switch (socket->type) {
        case ZMQ_PULL:
        case ZMQ_SUB:
                return false;
        case ZMQ_PUB:
                return true;
        case ZMQ_REP:
                return socket->is_answering;
        case ZMQ_REQ:
                return (!socket->is_answering || socket->options.relaxed) && is_room(socket);
        case ZMQ_ROUTER:
                return !socket->options.mandatory || is_room(socket);
        default:
                return is_room(socket);
        }
}
