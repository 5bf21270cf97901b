/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transfer.h"

enum {
        ROUND_OUT = 64, /* messages in one round */
        ROUND_IN = 32, /* messages in one millisecond: what comes from outside is work for others */
};
static const int64_t pause_after = 1000 * 1000;

/* -- opening ----------------------------------------------------------------------------------- */

static const struct {
        int type;
        bool out, in; /* neither: there is no bridge for it */
} roles[RT_ROLES] = {
        [RT_ROLE_SUBSCRIBES] = { ZMQ_PUB, .out = true },
        [RT_ROLE_CALLS] = { ZMQ_ROUTER, .out = true, .in = true },
        [RT_ROLE_PUSHES] = { ZMQ_PULL, .in = true },
        [RT_ROLE_PAIRS] = { ZMQ_PAIR, .out = true, .in = true },
};

static int set(void *socket, int option, int value)
{
        return zmq_setsockopt(socket, option, &value, sizeof value) < 0 ? -errno : 0;
}

/* Queues towards one peer take about 16 MiB at most, and a thousand messages. */
static int set_limits(const RtBridge *bridge)
{
        enum { BYTES = 16 << 20, MESSAGES = 1000, LEAST = 64 << 10 };
        int64_t size = bridge->end->spec.shape.message_size;
        int64_t most = BYTES / size < 1 ? 1 : BYTES / size > MESSAGES ? MESSAGES : BYTES / size;
        /* What is a little too long is counted; who sends what is far too long is cut off. */
        int64_t longest = 2 * size < LEAST ? LEAST : 2 * size;
        int r = set(bridge->socket, ZMQ_SNDHWM, (int)most);
        if (r == 0)
                r = set(bridge->socket, ZMQ_RCVHWM, (int)most);
        if (r == 0 && zmq_setsockopt(bridge->socket, ZMQ_MAXMSGSIZE, &longest, sizeof longest) < 0)
                r = -errno;
        return r;
}

static int set_options(const RtBridge *bridge, int type)
{
        static const struct {
                int option, value;
        } options[] = {
                { ZMQ_LINGER, 500 }, /* ms */
                { ZMQ_IPV6, 1 },
                /* A peer that is gone without a word is noticed. */
                { ZMQ_HEARTBEAT_IVL, 5000 },
                { ZMQ_HEARTBEAT_TIMEOUT, 10000 },
        };
        int r = set_limits(bridge);
        for (size_t i = 0; i < sizeof options / sizeof options[0] && r == 0; i++)
                r = set(bridge->socket, options[i].option, options[i].value);
        /* So that we are told of replies that go nowhere. */
        if (r == 0 && type == ZMQ_ROUTER)
                r = set(bridge->socket, ZMQ_ROUTER_MANDATORY, 1);
        return r;
}

static int bind_outside(RtBridge *bridge, const char *endpoint, int type)
{
        bridge->context = zmq_ctx_new();
        bridge->socket = bridge->context ? zmq_socket(bridge->context, type) : NULL;
        if (!bridge->socket)
                return -errno;
        int r = set_options(bridge, type);
        return r < 0 ? r : zmq_bind(bridge->socket, endpoint) < 0 ? -errno : 0;
}

int rt_bridge_open(rtchannel *end, const char *endpoint, int64_t timeout, RtBridge **ret)
{
        RtRole role = end->spec.role;
        if (!roles[role].out && !roles[role].in)
                return -EOPNOTSUPP;
        if (role == RT_ROLE_SUBSCRIBES && !end->spec.shape.overwrite)
                return -EBUSY;
        RtBridge *bridge = calloc(1, sizeof *bridge);
        if (!bridge)
                return -ENOMEM;
        bridge->end = end;
        bridge->goes_out = roles[role].out;
        bridge->comes_in = roles[role].in;
        bridge->timeout = timeout;
        bridge->buffer = malloc(end->spec.shape.capacity);
        bridge->held.data = malloc(end->spec.shape.capacity);
        int r = bridge->buffer && bridge->held.data
                        ? bind_outside(bridge, endpoint, roles[role].type)
                        : -ENOMEM;
        if (r == 0)
                r = rtchannel_fd(end) < 0 ? rtchannel_fd(end) : 0;
        if (r < 0) {
                bridge->end = NULL; /* still the caller's */
                rt_bridge_close(bridge);
                return r;
        }
        *ret = bridge;
        return 0;
}

RtBridge *rt_bridge_close(RtBridge *bridge)
{
        if (!bridge)
                return NULL;
        rtchannel_close(bridge->end);
        if (bridge->socket)
                (void)zmq_close(bridge->socket);
        if (bridge->context)
                (void)zmq_ctx_term(bridge->context);
        free(bridge->buffer);
        free(bridge->held.data);
        free(bridge);
        return NULL;
}

int rt_bridge_outside_fd(const RtBridge *bridge)
{
        int fd = -1;
        size_t size = sizeof fd;
        return zmq_getsockopt(bridge->socket, ZMQ_FD, &fd, &size) < 0 ? -errno : fd;
}

int rt_bridge_inside_fd(const RtBridge *bridge)
{
        return rtchannel_fd(bridge->end);
}

/* -- from the inside out ----------------------------------------------------------------------- */

/* The parts of what is in the buffer, after those that lead to its client. Of a reply, ZeroMQ
 * programs inside send an empty part first, which is the end of the client's envelope. */
static int add_parts(const RtBridge *bridge, const RtMessage *message, bool is_reply,
                     RtPiece *pieces)
{
        RtPiece parts[RT_PARTS_MAX];
        if (message->frames == 0) {
                *pieces = (RtPiece){ bridge->buffer, message->size };
                return 1;
        }
        int n = rt_pieces_unpack(bridge->buffer, message->size, message->frames, parts);
        int first = is_reply && n > 1 && parts[0].size == 0;
        for (int i = first; i < n; i++)
                pieces[i - first] = parts[i];
        return n < 0 ? n : n - first;
}

static int send_out(RtBridge *bridge, const RtMessage *message)
{
        RtPiece pieces[RT_CALLER_PARTS + RT_PARTS_MAX];
        bool is_reply = bridge->end->spec.role == RT_ROLE_CALLS;
        unsigned n = 0;
        if (is_reply) {
                const RtCaller *caller = rt_pending_take(&bridge->pending, message->tag);
                if (!caller) {
                        bridge->counts.late++;
                        return 0;
                }
                n = rt_caller_write(caller, pieces);
        }
        int parts = add_parts(bridge, message, is_reply, pieces + n);
        if (parts < 0) {
                bridge->counts.malformed++;
                return 0;
        }
        int r = rt_pieces_send(pieces, n + (unsigned)parts, bridge->socket);
        if (r == -EAGAIN || r == -EHOSTUNREACH) {
                bridge->counts.dropped++;
                return 0;
        }
        bridge->counts.out += r == 0;
        return r;
}

/* Takes the next message out of the channel before anything else is done with it. */
static int take_out(RtBridge *bridge, RtMessage *ret)
{
        RtWay *way;
        rtchannel_message info;
        for (;;) {
                int r = rt_peek(bridge->end, 0, &way, ret, RTCHANNEL_NOW);
                if (r < 0)
                        return r;
                if (rt_reader_copy(&way->link->reader, ret, bridge->buffer))
                        break;
        }
        rt_received(bridge->end, way, ret, &info);
        rt_take(bridge->end, way);
        bridge->counts.lost += info.lost;
        return 0;
}

/* Returns 1 if there may be more. */
static int go_out(RtBridge *bridge)
{
        int r = rt_enter(bridge->end);
        for (int i = 0; i < ROUND_OUT && r == 0; i++) {
                RtMessage message;
                r = take_out(bridge, &message);
                if (r == -EAGAIN)
                        return 0;
                if (r == -ECONNRESET)
                        r = 0; /* the peer is gone; another will come */
                else if (r == 0)
                        r = send_out(bridge, &message);
        }
        return r < 0 ? r : 1;
}

/* -- from the outside in ----------------------------------------------------------------------- */

/* How many of the parts lead back to the client: its identity, and the envelope up to an empty
 * part, which a DEALER may leave out. */
static unsigned caller_parts(RtParts *parts)
{
        for (unsigned i = 1; i < parts->n; i++)
                if (rt_parts_get(parts, i).size == 0)
                        return i + 1;
        return 1;
}

/* Makes what has come ready for the channel. False if it cannot be. */
static bool hold(RtBridge *bridge)
{
        RtParts *parts = &bridge->parts;
        RtHeld *held = &bridge->held;
        RtPiece pieces[RT_PARTS_MAX]; /* the identity makes room for an empty part */
        bool is_request = bridge->end->spec.role == RT_ROLE_CALLS;
        unsigned first = is_request ? caller_parts(parts) : 0, n = 0;
        if (parts->is_cut || parts->n == first || !rt_caller_read(&held->caller, parts, first)) {
                bridge->counts.malformed++;
                return false;
        }
        /* A request of one part is what plain programs take, who know of no envelope. */
        if (is_request && parts->n > first + 1)
                pieces[n++] = (RtPiece){ NULL, 0 };
        while (first < parts->n)
                pieces[n++] = rt_parts_get(parts, first++);
        held->frames = n > 1 ? n : 0;
        held->size = rt_pieces_pack(pieces, n, &bridge->end->spec.shape, held->data);
        held->is_there = held->size > 0 || (n == 1 && pieces[0].size == 0);
        held->caller.expires = rtchannel_in(bridge->timeout);
        bridge->counts.too_long += !held->is_there;
        return held->is_there;
}

/* Requests to a server that is gone get no reply. First of all, as what is sent afterwards may be
 * for the next one. */
static int look_at_peers(RtBridge *bridge)
{
        rtchannel_event event;
        int r;
        while ((r = rtchannel_event_next(bridge->end, &event)) > 0)
                if (event.type != RTCHANNEL_CONNECTED)
                        bridge->counts.unanswered +=
                                rt_pending_expire(&bridge->pending, RTCHANNEL_FOREVER);
        return r;
}

/* -EAGAIN: there is no room. */
static int pass_on(RtBridge *bridge)
{
        rtchannel *end = bridge->end;
        RtHeld *held = &bridge->held;
        RtMessageHead head = { .frames = held->frames, .size = (uint32_t)held->size };
        bool is_request = end->spec.role == RT_ROLE_CALLS;
        int r = look_at_peers(bridge);
        if (is_request) {
                if (!rt_pending_has_room(&bridge->pending))
                        return -EAGAIN;
                head.tag = end->next_tag + 1;
                head.expires = (uint64_t)held->caller.expires;
        }
        if (r == 0)
                r = rt_begin(end, rt_send_way(end), RTCHANNEL_NOW);
        if (r < 0)
                return r;
        rt_writer_put(end->lent, held->data, held->size);
        end->lent_head = head;
        rt_finish(end);
        if (is_request) {
                end->next_tag = held->caller.tag = head.tag;
                rt_pending_add(&bridge->pending, &held->caller);
        }
        held->is_there = false;
        bridge->counts.in++;
        return 0;
}

/* Returns 1 if there may be more, now or after the pause. */
static int come_in(RtBridge *bridge, int64_t now)
{
        if (now < bridge->paused)
                return 1;
        for (int i = 0; i < ROUND_IN; i++) {
                int r = bridge->held.is_there ? pass_on(bridge) : 0;
                if (r == -EAGAIN)
                        return 0;
                if (r == 0)
                        r = rt_parts_receive(&bridge->parts, bridge->socket);
                if (r == -EAGAIN)
                        return 0;
                if (r < 0)
                        return r;
                (void)hold(bridge);
                rt_parts_release(&bridge->parts);
        }
        bridge->paused = now + pause_after;
        return 1;
}

/* -- rounds ------------------------------------------------------------------------------------ */

/* ZMQ_FD tells only of changes; this is how to know whether there is something. */
static bool is_readable(const RtBridge *bridge)
{
        int events = 0;
        size_t size = sizeof events;
        return zmq_getsockopt(bridge->socket, ZMQ_EVENTS, &events, &size) == 0 &&
               events & ZMQ_POLLIN;
}

int rt_bridge_round(RtBridge *bridge, int64_t *ret_due)
{
        int64_t now = rtchannel_now(), due = INT64_MAX;
        int out = bridge->goes_out ? go_out(bridge) : 0;
        if (out < 0)
                return out;
        bridge->counts.unanswered += rt_pending_expire(&bridge->pending, now);
        int in = look_at_peers(bridge);
        if (in == 0 && bridge->comes_in)
                in = come_in(bridge, now);
        if (in < 0)
                return in;
        if (rt_pending_due(&bridge->pending) < due)
                due = rt_pending_due(&bridge->pending);
        bool readable = is_readable(bridge);
        if (in > 0 && bridge->paused < due)
                due = bridge->paused;
        if (out > 0 || (in == 0 && readable && bridge->comes_in && !bridge->held.is_there))
                due = now;
        *ret_due = due;
        return 0;
}
