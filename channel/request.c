/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests and replies. A reply bears its request's tag; a request says until when it matters. */

#include <errno.h>

#include "transfer.h"

RtWay *rt_way_of(const rtchannel *end, uint64_t from)
{
        uint64_t index = from & 0xff;
        if (index >= end->n_ways)
                return NULL;
        RtWay *way = &end->ways[index];
        return way->link && way->link->epoch == from >> 16 && !way->link->gone && !way->link->broken
                       ? way
                       : NULL;
}

int rtchannel_request(rtchannel *end, const void *data, size_t size, int64_t expires,
                      uint64_t *ret_tag, int64_t deadline)
{
        int r = end->spec.role == RT_ROLE_CALLS ? rt_enter(end) : -EOPNOTSUPP;
        if (r < 0)
                return r;
        const RtMessageHead head = {
                .tag = end->next_tag + 1,
                .expires = expires == RTCHANNEL_FOREVER ? 0
                           : expires > 0                ? (uint64_t)expires
                                                        : 1,
        };
        r = rt_send(end, rt_send_way(end), data, size, &head, deadline);
        if (r < 0)
                return r;
        end->next_tag = head.tag;
        if (ret_tag)
                *ret_tag = head.tag;
        return 0;
}

int rtchannel_call(rtchannel *end, const void *request, size_t request_size, void *reply,
                   size_t reply_size, rtchannel_message *ret_reply, int64_t deadline)
{
        uint64_t tag;
        int r = end->spec.role == RT_ROLE_CALLS ? rt_enter(end) : -EOPNOTSUPP;
        if (r == 0 && end->borrowed)
                r = -EBUSY;
        if (r == 0)
                r = rtchannel_request(end, request, request_size, deadline, &tag, deadline);
        if (r < 0)
                return r;
        end->is_reset = false; /* of a server that this request was not for */
        /* A server that went away before it could have had the request: the next one gets it. */
        const RtWay *way = rt_send_way(end);
        uint64_t position = way->writer.head;
        do {
                r = rt_receive(end, tag, reply, reply_size, ret_reply, deadline);
        } while (r == -ECONNRESET && way->floor < position);
        return r;
}

static int enter_to_reply(rtchannel *end, const rtchannel_message *request, RtWay **ret)
{
        int r = end->spec.role == RT_ROLE_SERVES ? rt_enter(end) : -EOPNOTSUPP;
        if (r < 0)
                return r;
        *ret = rt_way_of(end, request->from);
        return *ret ? 0 : -ECONNRESET;
}

int rtchannel_reply(rtchannel *end, const rtchannel_message *request, const void *data, size_t size,
                    int64_t deadline)
{
        RtWay *way;
        int r = enter_to_reply(end, request, &way);
        const RtMessageHead head = { .tag = request->tag };
        return r < 0 ? r : rt_send(end, way, data, size, &head, deadline);
}

int rtchannel_loan_reply(rtchannel *end, const rtchannel_message *request, void **ret_data,
                         int64_t deadline)
{
        RtWay *way;
        int r = enter_to_reply(end, request, &way);
        if (r == 0)
                r = rt_begin(end, way, deadline);
        if (r < 0)
                return r;
        end->lent_head.tag = request->tag;
        *ret_data = end->lent->slot->data;
        return 0;
}
