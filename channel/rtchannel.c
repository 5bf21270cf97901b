/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Public functions that neither send nor receive. */

#include "rtchannel.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "attendant.h"
#include "listen.h"
#include "transfer.h"
#include "wait.h"

int rtchannel_open(const char *name, rtchannel **ret)
{
        RtOpening opening = { 0 };
        char path[4096];
        int n = snprintf(path, sizeof path, "%s/channels.conf", rt_channel_folder());
        if (n < 0 || (size_t)n >= sizeof path)
                return -ENAMETOOLONG;
        int r = rt_spec_read(path, name, &opening.spec);
        return r < 0 ? r : rt_end_open(&opening, ret);
}

int64_t rtchannel_now(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t rtchannel_in(int64_t nanoseconds)
{
        int64_t deadline;
        return __builtin_add_overflow(rtchannel_now(), nanoseconds, &deadline) ? RTCHANNEL_FOREVER
                                                                               : deadline;
}

/* -- waiting ----------------------------------------------------------------------------------- */

int rtchannel_fd(rtchannel *end)
{
        int r = rt_enter(end);
        if (r < 0)
                return r;
        uint64_t one = 1;
        if (!end->is_polled) {
                end->is_polled = true;
                (void)rt_bell_arm(end, RT_WANT_DATA, NULL);
                (void)!write(end->bell, &one, sizeof one); /* who knows what came before */
        }
        return end->epoll;
}

int rtchannel_wait_peer(rtchannel *end, int64_t deadline)
{
        RtWait wait = { .end = end, .want = RT_WANT_PEER, .deadline = deadline };
        int r = rt_enter(end);
        while (r == 0 && end->statistics->numbers.peers == 0) {
                r = rt_wait(&wait);
                rt_end_refresh(end);
        }
        return r;
}

int rtchannel_event_next(rtchannel *end, rtchannel_event *ret_event)
{
        int r = rt_enter(end);
        if (r < 0)
                return r;
        end->tells_events = true;
        for (unsigned i = 0; i < end->n_ways; i++) {
                rtchannel_event *events[] = { &end->ways[i].down, &end->ways[i].up };
                /* What comes first is told first: a way whose peer is there has lost another
                 * before. */
                bool is_up = end->ways[i].link;
                for (int k = 0; k < 2; k++) {
                        rtchannel_event *event = events[is_up ? k : 1 - k];
                        if (!event->type)
                                continue;
                        *ret_event = *event;
                        *event = (rtchannel_event){ 0 };
                        return 1;
                }
        }
        /* An end that only sends has no other occasion to quieten its descriptor. */
        if (end->is_polled)
                (void)rt_bell_arm(end, RT_WANT_DATA, NULL);
        return 0;
}

int rtchannel_interrupt(rtchannel *end)
{
        uint64_t one = 1;
        int saved = errno;
        if (*end->process != end->generation)
                return -ECHILD;
        atomic_store_explicit(&end->interrupted, true, memory_order_seq_cst);
        atomic_fetch_add_explicit(&end->changes, 1, memory_order_seq_cst);
        rt_futex_wake(&end->changes);
        (void)!write(end->bell, &one, sizeof one);
        rt_attendant_poke(); /* wakes who sleeps on a peer's word */
        errno = saved;
        return 0;
}

/* -- looking ----------------------------------------------------------------------------------- */

const char *rtchannel_peer(const rtchannel *end, uint64_t from)
{
        uint64_t listener = from >> 8 & 0xff; /* counted from 1 */
        return listener > 0 && listener <= end->spec.n_accepts
                       ? end->spec.accepts[listener - 1].name
                       : NULL;
}

int rtchannel_get_statistics(const rtchannel *end, rtchannel_statistics *ret_statistics)
{
        if (*end->process != end->generation)
                return -ECHILD;
        *ret_statistics = end->statistics->numbers;
        return 0;
}

int rtchannel_get_properties(const rtchannel *end, rtchannel_properties *ret_properties)
{
        const RtSpec *spec = &end->spec;
        *ret_properties = (rtchannel_properties){
                .message_size = spec->shape.message_size,
                .depth = spec->shape.depth,
                .overwrite = spec->shape.overwrite,
                .spin = spec->spin,
                .peers = end->n_ways,
                .sends = end->sends,
                .receives = end->receives,
                .role = rt_role_name(spec->role),
        };
        return 0;
}
