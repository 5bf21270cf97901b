/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "real.h"
#include "router.h"

/* A message that has been found and lies where it was sent. */
typedef struct Found {
        RtzEndpoint *endpoint;
        RtWay *way;
        RtMessage message;
} Found;

static RtzPeer *peer_of(const Found *found)
{
        return &found->endpoint->peers[found->way - found->endpoint->end->ways];
}

static const RtReader *reader_of(const Found *found)
{
        return &found->way->link->reader;
}

static void take(const Found *found)
{
        rt_received(found->endpoint->end, found->way, &found->message, NULL);
        rt_take(found->endpoint->end, found->way);
}

/* -- is it wanted? ----------------------------------------------------------------------------- */

static int is_subscribed(RtzSocket *socket, const Found *found)
{
        const RtzSubscriptions *subscriptions = &socket->subscriptions;
        size_t size;
        if (subscriptions->n == 0)
                return 0;
        int r = rtz_first_copy(reader_of(found), &found->message, socket->scratch,
                               subscriptions->longest, &size);
        if (r <= 0)
                return r < 0 ? r : -EAGAIN; /* overwritten: it is no more what was peeked */
        return rtz_is_subscribed(subscriptions, socket->scratch, size) != socket->options.inverts;
}

static bool is_reply(const RtzSocket *socket, const Found *found)
{
        const RtzTarget *request = &socket->request;
        return socket->is_answering && found->endpoint == request->endpoint &&
               found->way == &found->endpoint->end->ways[request->way] &&
               (found->message.tag == 0 || found->message.tag == request->tag);
}

/* 1, 0, -EAGAIN or -EPROTO. */
static int is_wanted(RtzSocket *socket, const Found *found)
{
        switch (socket->type) {
        case ZMQ_SUB:
                return is_subscribed(socket, found);
        case ZMQ_REQ:
                return is_reply(socket, found);
        case ZMQ_ROUTER:
                return !peer_of(found)->is_ignored;
        default:
                return 1;
        }
}

/* Of a conflating socket only the newest message counts. */
static void conflate(const Found *found)
{
        RtReader *reader = &found->way->link->reader;
        RtMessage next;
        for (uint32_t i = 0; i < reader->shape->slots; i++) {
                uint64_t head = atomic_load_explicit(&reader->ring->head, memory_order_acquire);
                if (head <= reader->tail + 1 || rt_reader_peek(reader, &next) <= 0)
                        return;
                rt_take(found->endpoint->end, found->way);
        }
}

/* -- finding ----------------------------------------------------------------------------------- */

/* What an end has; 0, or -EAGAIN. */
static int peek(RtzSocket *socket, RtzEndpoint *endpoint, Found *found)
{
        rtchannel *end = endpoint->end;
        found->endpoint = endpoint;
        for (uint32_t i = 0; i < end->spec.shape.slots; i++) {
                int r = rt_find(end, 0, &found->way, &found->message);
                rtz_endpoint_refresh(endpoint);
                if (r == -ECONNRESET)
                        continue; /* peers may come again */
                if (r < 0)
                        return -EAGAIN;
                if (socket->options.conflate) {
                        conflate(found);
                        r = rt_find(end, 0, &found->way, &found->message);
                        if (r < 0)
                                continue;
                }
                r = is_wanted(socket, found);
                if (r > 0)
                        return 0;
                if (r == -EPROTO)
                        rt_link_break(end, found->way);
                else if (r == 0)
                        rt_take(end, found->way);
        }
        return -EAGAIN;
}

/* The ends take turns. */
static int find(RtzSocket *socket, Found *found)
{
        RtzEndpoint *at = socket->turn ? socket->turn : socket->endpoints;
        for (unsigned i = 0; i < socket->n_endpoints; i++) {
                RtzEndpoint *next = at->next ? at->next : socket->endpoints;
                if (at->end->receives && peek(socket, at, found) == 0) {
                        socket->turn = next;
                        return 0;
                }
                at = next;
        }
        return -EAGAIN;
}

static int wait_to_find(RtzSocket *socket, int64_t deadline, Found *found)
{
        RtWait wait = { .want = RT_WANT_DATA, .deadline = deadline };
        while (find(socket, found) < 0) {
                if (deadline == RTCHANNEL_NOW && socket->fd >= 0) {
                        rtz_ask(socket, RT_WANT_DATA);
                        if (find(socket, found) == 0)
                                break;
                }
                int r = rtz_wait(socket, &wait);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* -- delivering -------------------------------------------------------------------------------- */

/* Makes a place of that size. */
static int open_sink(const RtzSink *sink, size_t size, void **ret)
{
        *ret = sink->buffer;
        if (!sink->message)
                return 0;
        zmq_msg_t message;
        if (zmq_msg_init_size(&message, size) < 0)
                return -ENOMEM;
        (void)zmq_msg_move(sink->message, &message);
        (void)zmq_msg_close(&message);
        *ret = zmq_msg_data(sink->message);
        return 0;
}

static int deliver(RtzSocket *socket, const RtzSink *sink, const void *data, size_t size, bool more)
{
        void *to;
        int r = open_sink(sink, size, &to);
        if (r < 0)
                return r;
        size_t most = sink->message || size < sink->size ? size : sink->size;
        if (most > 0)
                memcpy(to, data, most);
        if (more && sink->message)
                rtz_set_more(sink->message);
        socket->has_more = more;
        return (int)size;
}

/* A whole message has been received. */
static void turn_round(RtzSocket *socket)
{
        if (socket->type == ZMQ_REP)
                socket->is_answering = true;
        else if (socket->type == ZMQ_REQ)
                socket->is_answering = false;
}

/* The next frame of the message that is being handed out. */
static int hand_out(RtzSocket *socket, const RtzSink *sink)
{
        RtzFrames *in = &socket->in;
        uint32_t size = in->sizes[socket->in_next];
        bool more = socket->in_next + 1 < in->n;
        int r = deliver(socket, sink, in->bytes + socket->in_at, size, more);
        if (r < 0)
                return r;
        socket->in_at += size;
        socket->in_next++;
        if (!more) {
                rtz_frames_clear(in);
                turn_round(socket);
        }
        return r;
}

/* A message of one frame goes straight to where it is wanted. -EAGAIN: it was overwritten. */
static int deliver_plain(RtzSocket *socket, const RtzSink *sink, const Found *found)
{
        RtMessage message = found->message;
        void *to;
        int r = open_sink(sink, message.size, &to);
        if (r < 0)
                return r;
        if (!sink->message && message.size > sink->size)
                message.size = (uint32_t)sink->size;
        if (!rt_reader_copy(reader_of(found), &message, to))
                return -EAGAIN;
        socket->has_more = false;
        r = (int)found->message.size;
        take(found);
        return r;
}

/* Copies it as a whole, so that it stays one message whatever becomes of its sender. 1; 0: it was
 * overwritten; -EAGAIN: it was none. */
static int bring_in(RtzSocket *socket, const Found *found)
{
        const RtzEndpoint *endpoint = found->endpoint;
        int r = rtz_frames_copy(&socket->in, reader_of(found), &found->message, endpoint->implies);
        if (r == -EPROTO)
                rt_link_break(endpoint->end, found->way);
        else if (r == 1)
                take(found);
        socket->in_next = socket->in_at = 0;
        if (r <= 0)
                rtz_frames_clear(&socket->in);
        return r == -EPROTO ? 0 : r;
}

static void skip(RtzSocket *socket, uint32_t n)
{
        for (uint32_t i = 0; i < n; i++)
                socket->in_at += socket->in.sizes[socket->in_next++];
}

/* -- what the types make of it ----------------------------------------------------------------- */

static void note_request(RtzSocket *socket, const Found *found)
{
        socket->request = (RtzTarget){
                .endpoint = found->endpoint,
                .way = (unsigned)(found->way - found->endpoint->end->ways),
                .epoch = found->way->link->epoch,
                .tag = found->message.tag,
        };
}

static int open_plain_request(RtzSocket *socket, const Found *found)
{
        rtz_frames_clear(&socket->envelope);
        int r = found->endpoint->implies ? rtz_frames_add(&socket->envelope, NULL, 0) : 0;
        if (r == 0)
                note_request(socket, found);
        return r;
}

/* The envelope goes up to the first empty frame. False: there is none, or nothing behind it. */
static bool open_envelope(RtzSocket *socket)
{
        const RtzFrames *in = &socket->in;
        rtz_frames_clear(&socket->envelope);
        while (socket->in_next + 1 < in->n) {
                uint32_t size = in->sizes[socket->in_next];
                if (rtz_frames_add(&socket->envelope, in->bytes + socket->in_at, size) < 0)
                        return false;
                skip(socket, 1);
                if (size == 0)
                        return true;
        }
        return false;
}

/* Whether the reply is to the request, and well formed. */
static bool open_reply(RtzSocket *socket)
{
        const RtzFrames *in = &socket->in;
        uint32_t before = socket->options.correlates ? 2 : 1;
        if (in->n <= before || in->sizes[before - 1] != 0)
                return false;
        if (before == 2 && (in->sizes[0] != sizeof socket->request_id ||
                            memcmp(in->bytes, &socket->request_id, sizeof socket->request_id) != 0))
                return false;
        skip(socket, before);
        return true;
}

/* Puts the name of the sender before the frames. */
static int deliver_name(RtzSocket *socket, const RtzSink *sink, const RtzPeer *peer, uint64_t tag)
{
        unsigned char id[RTZ_ID_MAX + sizeof tag];
        size_t size = rtz_router_id(peer, tag, id);
        return deliver(socket, sink, id, size, true);
}

/* Whether nothing but the one frame is to be seen. */
static bool is_direct(const RtzSocket *socket, const Found *found)
{
        bool plain = found->message.frames == 0;
        switch (socket->type) {
        case ZMQ_ROUTER:
                return false;
        case ZMQ_REQ:
                return plain && !socket->options.correlates;
        case ZMQ_REP:
                return plain && found->endpoint->implies;
        default:
                return found->message.frames == 1 || (plain && !found->endpoint->implies);
        }
}

static int receive_direct(RtzSocket *socket, const RtzSink *sink, const Found *found)
{
        uint64_t tag = found->message.tag;
        RtzPeer *peer = peer_of(found);
        if (socket->type == ZMQ_REP) {
                int r = open_plain_request(socket, found);
                if (r < 0)
                        return r;
        }
        int r = deliver_plain(socket, sink, found);
        if (r < 0)
                return r;
        peer->tag = tag;
        turn_round(socket);
        return r;
}

/* Returns -EAGAIN if the message was none. */
static int receive_parts(RtzSocket *socket, const RtzSink *sink, const Found *found)
{
        uint64_t tag = found->message.tag;
        RtzPeer peer = *peer_of(found);
        if (socket->type == ZMQ_REP)
                note_request(socket, found);
        int r = bring_in(socket, found);
        if (r <= 0)
                return r < 0 ? r : -EAGAIN;
        peer_of(found)->tag = tag;
        bool is_fine = socket->type == ZMQ_REP   ? open_envelope(socket)
                       : socket->type == ZMQ_REQ ? open_reply(socket)
                                                 : true;
        if (!is_fine) {
                rtz_frames_clear(&socket->in);
                return -EAGAIN;
        }
        return socket->type == ZMQ_ROUTER ? deliver_name(socket, sink, &peer, tag)
                                          : hand_out(socket, sink);
}

int rtz_receive(RtzSocket *socket, const RtzSink *sink, int flags)
{
        Found found;
        int r = rtz_enter(socket);
        if (r < 0)
                return r;
        if (socket->type == ZMQ_PUSH || socket->type == ZMQ_PUB)
                return -ENOTSUP;
        if (socket->in.n > 0)
                return hand_out(socket, sink);
        if ((socket->type == ZMQ_REQ && !socket->is_answering) ||
            (socket->type == ZMQ_REP && socket->is_answering))
                return -EFSM;
        int64_t deadline = rtz_deadline(socket->options.receive_timeout, flags & ZMQ_DONTWAIT);
        for (;;) {
                r = wait_to_find(socket, deadline, &found);
                if (r < 0)
                        return r;
                r = is_direct(socket, &found) ? receive_direct(socket, sink, &found)
                                              : receive_parts(socket, sink, &found);
                if (r != -EAGAIN)
                        return r;
        }
}

/* -- looking ----------------------------------------------------------------------------------- */

bool rtz_may_receive(const RtzSocket *socket)
{
        return socket->type != ZMQ_PUSH && socket->type != ZMQ_PUB &&
               (socket->type != ZMQ_REQ || socket->is_answering) &&
               (socket->type != ZMQ_REP || !socket->is_answering);
}

bool rtz_can_receive(RtzSocket *socket)
{
        Found found;
        if (socket->in.n > 0)
                return true;
        return rtz_may_receive(socket) && find(socket, &found) == 0;
}

void rtz_receive_none(RtzSocket *socket)
{
        Found found;
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                while (at->end->receives && peek(socket, at, &found) == 0)
                        rt_take(at->end, found.way);
        rtz_frames_clear(&socket->in);
        socket->in_next = socket->in_at = 0;
}

void rtz_drop_unwanted(RtzSocket *socket)
{
        Found found;
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next)
                (void)peek(socket, at, &found);
}
