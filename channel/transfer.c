/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sending and receiving. */

#include "transfer.h"

#include <errno.h>

#include "wait.h"

int rt_enter(rtchannel *end)
{
        if (*end->process != end->generation)
                return -ECHILD;
        rt_end_refresh(end);
        return 0;
}

/* -- sending ----------------------------------------------------------------------------------- */

RtWay *rt_send_way(rtchannel *end)
{
        if (end->shares)
                return NULL;
        for (unsigned i = 0; i < end->n_ways; i++)
                if (end->ways[i].link)
                        return &end->ways[i];
        return &end->ways[0];
}

static bool is_late(int r)
{
        return r == -EAGAIN || r == -ETIMEDOUT;
}

static uint32_t epoch_of(const RtWay *way)
{
        return way && way->link ? way->link->epoch : 0;
}

/* A reply is for one caller only. */
static bool is_lost(const rtchannel *end, const RtWay *way, uint32_t to)
{
        return end->spec.role == RT_ROLE_SERVES && epoch_of(way) != to;
}

static int wait_for_room(rtchannel *end, RtWay *way, int64_t deadline)
{
        uint32_t to = epoch_of(way);
        RtWait wait = { .end = end, .want = RT_WANT_ROOM, .way = way, .deadline = deadline };
        while (!rt_has_room(end, way)) {
                int r = rt_wait(&wait);
                if (is_late(r)) {
                        if (end->is_polled && rt_bell_arm(end, RT_WANT_ROOM, way) &&
                            rt_has_room(end, way))
                                break;
                        end->statistics->numbers.refused++;
                }
                if (r < 0)
                        return r;
                rt_end_refresh(end);
                if (is_lost(end, way, to))
                        break;
        }
        return is_lost(end, way, to) ? -ECONNRESET : 0;
}

int rt_begin(rtchannel *end, RtWay *way, int64_t deadline)
{
        if (end->lent)
                return -EBUSY;
        int r = wait_for_room(end, way, deadline);
        if (r < 0)
                return r;
        end->is_room_polled = false;
        end->lent_way = way;
        end->lent_to = epoch_of(way);
        end->lent = way ? &way->writer : &end->writer;
        end->lent_head = (RtMessageHead){ 0 };
        (void)rt_writer_begin(end->lent);
        return 0;
}

void rt_finish(rtchannel *end)
{
        RtWriter *writer = end->lent;
        end->now = rtchannel_now();
        end->lent_head.sent = (uint64_t)end->now;
        end->lent = NULL;
        end->statistics->numbers.sent++;
        rt_writer_commit(writer, &end->lent_head);
        rt_wake_readers(end, end->lent_way);
}

int rt_send(rtchannel *end, RtWay *way, const void *data, size_t size, const RtMessageHead *head,
            int64_t deadline)
{
        if (size > end->spec.shape.message_size)
                return -EMSGSIZE;
        int r = rt_begin(end, way, deadline);
        if (r < 0)
                return r;
        rt_writer_put(end->lent, data, size);
        end->lent_head = *head;
        end->lent_head.size = (uint32_t)size;
        rt_finish(end);
        return 0;
}

/* Who serves sends replies only, and who calls requests. */
int rt_enter_to_send(rtchannel *end)
{
        if (!end->sends || end->spec.role == RT_ROLE_SERVES)
                return -EOPNOTSUPP;
        return rt_enter(end);
}

int rtchannel_send(rtchannel *end, const void *data, size_t size, int64_t deadline)
{
        if (end->spec.role == RT_ROLE_CALLS)
                return rtchannel_request(end, data, size, RTCHANNEL_FOREVER, NULL, deadline);
        int r = rt_enter_to_send(end);
        if (r < 0)
                return r;
        const RtMessageHead head = { 0 };
        return rt_send(end, rt_send_way(end), data, size, &head, deadline);
}

int rtchannel_loan(rtchannel *end, void **ret_data, int64_t deadline)
{
        int r = rt_enter_to_send(end);
        if (r == 0)
                r = rt_begin(end, rt_send_way(end), deadline);
        if (r < 0)
                return r;
        if (end->spec.role == RT_ROLE_CALLS)
                end->lent_head.tag = ++end->next_tag;
        *ret_data = end->lent->slot->data;
        return 0;
}

int rtchannel_commit(rtchannel *end, size_t size)
{
        int r = rt_enter(end);
        if (r < 0)
                return r;
        if (!end->lent)
                return -EINVAL;
        if (size > end->spec.shape.message_size)
                return -EMSGSIZE;
        if (is_lost(end, end->lent_way, end->lent_to)) {
                end->lent = NULL;
                return -ECONNRESET;
        }
        end->lent_head.size = (uint32_t)size;
        rt_finish(end);
        return 0;
}

int rtchannel_cancel(rtchannel *end)
{
        int r = rt_enter(end);
        if (r < 0)
                return r;
        if (!end->lent)
                return -EINVAL;
        end->lent = NULL;
        return 0;
}

/* -- receiving --------------------------------------------------------------------------------- */

void rt_take(rtchannel *end, RtWay *way)
{
        rt_reader_take(&way->link->reader, way->link->own);
        rt_wake_writer(end, way);
}

/* Whether anybody still wants it; else it is dropped. */
static bool is_wanted(rtchannel *end, RtWay *way, const RtMessage *message, uint64_t tag)
{
        rtchannel_statistics *numbers = &end->statistics->numbers;
        if (end->spec.role == RT_ROLE_SERVES && message->expires != 0 &&
            (int64_t)message->expires <= rtchannel_now()) {
                numbers->expired++;
        } else if (tag != 0 && message->tag != tag) {
                numbers->stale++;
        } else {
                return true;
        }
        rt_take(end, way);
        return false;
}

/* Bounded: as many messages are dropped in one go as fit into all rings. */
static int look_at(rtchannel *end, RtWay *way, uint64_t tag, RtMessage *ret)
{
        for (unsigned i = 0; i < end->spec.shape.slots && way->link; i++) {
                int r = rt_reader_peek(&way->link->reader, ret);
                if (r > 0 && rt_bytes_of(ret) > end->spec.shape.message_size)
                        r = -EPROTO;
                if (r < 0) {
                        rt_link_break(end, way);
                        return 0;
                }
                if (r == 0)
                        return 0;
                if (is_wanted(end, way, ret, tag))
                        return 1;
        }
        return 0;
}

static int tell_reset(rtchannel *end)
{
        end->is_reset = false;
        return -ECONNRESET;
}

/* The ways take turns, so that no peer can starve another. */
int rt_find(rtchannel *end, uint64_t tag, RtWay **ret_way, RtMessage *ret)
{
        unsigned n = end->n_ways;
        if (end->is_reset)
                return tell_reset(end); /* before anything of the next peer */
        for (unsigned i = 0; i < n; i++) {
                unsigned index = end->turn + i < n ? end->turn + i : end->turn + i - n;
                RtWay *way = &end->ways[index];
                if (!way->link || look_at(end, way, tag, ret) == 0)
                        continue;
                *ret_way = way;
                return 0;
        }
        rt_end_refresh(end);
        return end->is_reset ? tell_reset(end) : -EAGAIN;
}

int rt_peek(rtchannel *end, uint64_t tag, RtWay **ret_way, RtMessage *ret, int64_t deadline)
{
        RtWait wait = { .end = end, .want = RT_WANT_DATA, .deadline = deadline };
        if (end->borrowed)
                return -EBUSY;
        for (;;) {
                int r = rt_find(end, tag, ret_way, ret);
                if (r != -EAGAIN)
                        return r;
                r = rt_wait(&wait);
                if (is_late(r) && end->is_polled && rt_bell_arm(end, RT_WANT_DATA, NULL)) {
                        rt_end_refresh(end);
                        int found = rt_find(end, tag, ret_way, ret);
                        return found == -EAGAIN ? r : found;
                }
                if (r < 0)
                        return r;
                rt_end_refresh(end);
        }
}

static void go_past(rtchannel *end, const RtWay *way)
{
        unsigned next = (unsigned)(way - end->ways) + 1;
        end->turn = next < end->n_ways ? next : 0;
}

void rt_received(rtchannel *end, RtWay *way, const RtMessage *message, rtchannel_message *ret)
{
        rtchannel_statistics *numbers = &end->statistics->numbers;
        uint64_t lost = way->link->reader.lost;
        numbers->received++;
        numbers->lost += lost;
        end->now = rtchannel_now();
        /* The sender may say anything. */
        rt_count_latency(numbers, (int64_t)((uint64_t)end->now - message->sent));
        go_past(end, way);
        if (ret)
                *ret = (rtchannel_message){
                        .size = message->size,
                        .lost = lost,
                        .tag = message->tag,
                        .from = way->link->address,
                        .sent = (int64_t)message->sent,
                };
}

int rt_receive(rtchannel *end, uint64_t tag, void *buffer, size_t size,
               rtchannel_message *ret_message, int64_t deadline)
{
        RtWay *way;
        RtMessage message;
        RtWait wait = { .end = end, .want = RT_WANT_DATA, .deadline = deadline };
        for (int tries = 1;; tries++) {
                int r = rt_peek(end, tag, &way, &message, deadline);
                if (r < 0)
                        return r;
                message.size = rt_bytes_of(&message);
                if (message.size > size) {
                        if (ret_message)
                                *ret_message = (rtchannel_message){ .size = message.size };
                        go_past(end, way);
                        return -EMSGSIZE;
                }
                if (rt_reader_copy(&way->link->reader, &message, buffer))
                        break;
                /* Overwritten; whose sender is always faster gets no longer than any other. */
                r = tries < 4 ? 0 : rt_wait(&wait);
                if (r < 0)
                        return r;
        }
        rt_received(end, way, &message, ret_message);
        rt_take(end, way);
        return 0;
}

int rt_enter_to_receive(rtchannel *end)
{
        return end->receives ? rt_enter(end) : -EOPNOTSUPP;
}

int rtchannel_receive(rtchannel *end, void *buffer, size_t size, rtchannel_message *ret_message,
                      int64_t deadline)
{
        int r = rt_enter_to_receive(end);
        return r < 0 ? r : rt_receive(end, 0, buffer, size, ret_message, deadline);
}

int rtchannel_borrow(rtchannel *end, const void **ret_data, rtchannel_message *ret_message,
                     int64_t deadline)
{
        RtWay *way;
        RtMessage message;
        int r = rt_enter_to_receive(end);
        if (r == 0)
                r = rt_peek(end, 0, &way, &message, deadline);
        if (r < 0)
                return r;
        message.size = rt_bytes_of(&message);
        rt_received(end, way, &message, ret_message);
        end->borrowed = way;
        *ret_data = message.data;
        return 0;
}

int rtchannel_release(rtchannel *end)
{
        int r = rt_enter(end);
        if (r < 0)
                return r;
        RtWay *way = end->borrowed;
        if (!way)
                return -EINVAL;
        bool intact = rt_reader_is_intact(&way->link->reader);
        end->borrowed = NULL;
        rt_take(end, way);
        return intact ? 0 : -ESTALE;
}
