/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proxy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <zmq.h>

/* Messages that are forwarded before it is the other side's turn. */
enum { BURST = 1000 };

typedef struct Traffic {
        uint64_t messages, bytes;
} Traffic;

typedef struct Side {
        void *socket;
        Traffic received, sent;
} Side;

typedef struct Proxy {
        Side front, back;
        void *capture, *control;
        bool is_paused, is_terminated;
} Proxy;

/* -- forwarding -------------------------------------------------------------------------------- */

static int copy_to(void *capture, zmq_msg_t *message, int flags)
{
        zmq_msg_t copy;
        if (!capture)
                return 0;
        if (zmq_msg_init(&copy) < 0 || zmq_msg_copy(&copy, message) < 0)
                return -errno;
        int r = zmq_msg_send(&copy, capture, flags) < 0 ? -errno : 0;
        if (r < 0)
                (void)zmq_msg_close(&copy);
        return r;
}

static int forward_part(Proxy *proxy, Side *from, Side *to, zmq_msg_t *message, int flags)
{
        if (zmq_msg_recv(message, from->socket, flags) < 0)
                return -errno;
        size_t size = zmq_msg_size(message);
        bool more = zmq_msg_more(message);
        int r = copy_to(proxy->capture, message, more ? ZMQ_SNDMORE : 0);
        if (r < 0)
                return r;
        if (zmq_msg_send(message, to->socket, more ? ZMQ_SNDMORE : 0) < 0)
                return -errno;
        from->received.bytes += size;
        to->sent.bytes += size;
        return more;
}

/* Whole messages, until there is none or it is the other's turn. */
static int forward(Proxy *proxy, Side *from, Side *to)
{
        zmq_msg_t message;
        int r = 0;
        (void)zmq_msg_init(&message);
        for (int i = 0; i < BURST && r >= 0; i++) {
                r = forward_part(proxy, from, to, &message, ZMQ_DONTWAIT);
                while (r > 0)
                        r = forward_part(proxy, from, to, &message, 0);
                if (r == 0) {
                        from->received.messages++;
                        to->sent.messages++;
                        zmq_pollitem_t item = { to->socket, 0, ZMQ_POLLOUT, 0 };
                        if (zmq_poll(&item, 1, 0) <= 0)
                                break;
                }
        }
        (void)zmq_msg_close(&message);
        return r == -EAGAIN ? 0 : r;
}

/* -- steering ---------------------------------------------------------------------------------- */

/* Eight numbers: messages and bytes that the front received, sent, and so for the back. */
static int tell(const Proxy *proxy)
{
        const Traffic *all[] = { &proxy->front.received, &proxy->front.sent, &proxy->back.received,
                                 &proxy->back.sent };
        for (int i = 0; i < 8; i++) {
                const Traffic *traffic = all[i / 2];
                const uint64_t *number = i % 2 ? &traffic->bytes : &traffic->messages;
                if (zmq_send(proxy->control, number, sizeof *number, i < 7 ? ZMQ_SNDMORE : 0) < 0)
                        return -errno;
        }
        return 0;
}

static int obey(Proxy *proxy)
{
        char word[16];
        int type, n = zmq_recv(proxy->control, word, sizeof word - 1, 0);
        size_t size = sizeof type;
        if (n < 0)
                return -errno;
        word[(size_t)n < sizeof word ? (size_t)n : sizeof word - 1] = 0;
        if (strcmp(word, "STATISTICS") == 0)
                return tell(proxy);
        if (strcmp(word, "PAUSE") == 0)
                proxy->is_paused = true;
        else if (strcmp(word, "RESUME") == 0)
                proxy->is_paused = false;
        else if (strcmp(word, "TERMINATE") == 0)
                proxy->is_terminated = true;
        /* A REP has to answer, whatever it was. */
        if (zmq_getsockopt(proxy->control, ZMQ_TYPE, &type, &size) == 0 && type == ZMQ_REP &&
            zmq_send(proxy->control, "", 0, 0) < 0)
                return -errno;
        return 0;
}

static bool has_room(const Side *side)
{
        zmq_pollitem_t item = { side->socket, 0, ZMQ_POLLOUT, 0 };
        return zmq_poll(&item, 1, 0) > 0;
}

/* Where a side has something but the other has no room, only that room is waited for: whoever finds
 * the same again and again would not sleep. */
static int run_once(Proxy *proxy)
{
        bool is_one = proxy->front.socket == proxy->back.socket; /* a REP that echoes */
        bool front_can = !proxy->is_paused && (is_one || has_room(&proxy->back));
        bool back_can = !proxy->is_paused && !is_one && has_room(&proxy->front);
        zmq_pollitem_t items[] = {
                { proxy->front.socket, 0, (short)((front_can ? ZMQ_POLLIN : 0)), 0 },
                { proxy->back.socket, 0, (short)((back_can ? ZMQ_POLLIN : 0)), 0 },
                { proxy->control, 0, ZMQ_POLLIN, 0 },
        };
        if (!proxy->is_paused && !front_can)
                items[1].events |= ZMQ_POLLOUT;
        if (!proxy->is_paused && !back_can && !is_one)
                items[0].events |= ZMQ_POLLOUT;
        if (zmq_poll(items, proxy->control ? 3 : 2, -1) < 0)
                return -errno;
        if (items[2].revents & ZMQ_POLLIN) {
                int r = obey(proxy);
                if (r < 0 || proxy->is_terminated || proxy->is_paused)
                        return r;
        }
        int r = items[0].revents & ZMQ_POLLIN ? forward(proxy, &proxy->front, &proxy->back) : 0;
        if (r == 0 && items[1].revents & ZMQ_POLLIN)
                r = forward(proxy, &proxy->back, &proxy->front);
        return r;
}

int rtz_proxy(void *frontend, void *backend, void *capture, void *control)
{
        Proxy proxy = { .front.socket = frontend,
                        .back.socket = backend,
                        .capture = capture,
                        .control = control };
        int r = 0;
        while (r == 0 && !proxy.is_terminated)
                r = run_once(&proxy);
        return r;
}
