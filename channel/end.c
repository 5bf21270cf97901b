/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opening, closing, and the user's side of connections that come and go. */

#include "end.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attendant.h"
#include "generation.h"
#include "listen.h"

/* -- what an end consists of ------------------------------------------------------------------- */

static unsigned ways_of(const RtSpec *spec)
{
        return spec->role == RT_ROLE_PAIRS ? 1
                                           : spec->n_accepts * spec->connections + spec->connects;
}

static int make_ring(rtchannel *end, RtSegment *segment, RtWriter *writer)
{
        int r = rt_segment_create("rtchannel-ring", end->spec.shape.size, RT_ONE_WRITER, segment);
        if (r == 0)
                rt_writer_init(writer, segment->data, &end->spec.shape);
        return r;
}

static int make_ways(rtchannel *end)
{
        const RtSpec *spec = &end->spec;
        end->n_ways = ways_of(spec);
        end->ways = calloc(end->n_ways + 1, sizeof *end->ways); /* there may be none */
        if (!end->ways)
                return -ENOMEM;
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                bool accepts = i < spec->n_accepts * spec->connections;
                *way = (RtWay){
                        .accepts = accepts,
                        .connects = spec->role == RT_ROLE_PAIRS ? spec->connects : !accepts,
                        .listener = accepts ? (int)(i / spec->connections) : -1,
                        .ring = RT_NO_SEGMENT,
                        .most = spec->shape.depth,
                        .greeting_socket = -1,
                        .greeting_control = RT_NO_SEGMENT,
                        .greeting_wake = RT_NO_SEGMENT,
                };
        }
        for (unsigned i = 0; i < end->n_ways && end->sends && !end->shares; i++) {
                int r = make_ring(end, &end->ways[i].ring, &end->ways[i].writer);
                if (r < 0)
                        return r;
        }
        return end->sends && end->shares ? make_ring(end, &end->ring, &end->writer) : 0;
}

static int make_statistics(rtchannel *end)
{
        int r = rt_segment_create(RT_STATISTICS_MEMFD, RT_STATISTICS_SIZE, RT_ONE_WRITER,
                                  &end->statistics_segment);
        if (r < 0)
                return r;
        end->statistics = end->statistics_segment.data;
        *end->statistics = (RtStatisticsPage){
                .version = RT_STATISTICS_VERSION,
                .pid = (uint32_t)getpid(),
                .message_size = end->spec.shape.message_size,
                .depth = end->spec.shape.depth,
        };
        memcpy(end->statistics->magic, RT_STATISTICS_MAGIC, sizeof end->statistics->magic);
        (void)snprintf(end->statistics->channel, sizeof end->statistics->channel, "%s",
                       end->spec.name);
        (void)snprintf(end->statistics->role, sizeof end->statistics->role, "%s",
                       rt_role_name(end->spec.role));
        return 0;
}

static int make_bell(rtchannel *end)
{
        struct epoll_event event = { .events = EPOLLIN };
        end->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        end->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (end->bell < 0 || end->epoll < 0 ||
            epoll_ctl(end->epoll, EPOLL_CTL_ADD, end->bell, &event) < 0)
                return -errno;
        return 0;
}

static bool is_locked(const rtchannel *end)
{
        bool locked = end->statistics_segment.locked && (!end->ring.data || end->ring.locked);
        for (unsigned i = 0; i < end->n_ways; i++)
                locked = locked && (!end->ways[i].ring.data || end->ways[i].ring.locked);
        return locked;
}

static int prepare(rtchannel *end, const RtOpening *opening)
{
        end->process = rt_generation();
        if (!end->process)
                return -ENOMEM;
        end->generation = *end->process;
        int r = make_ways(end);
        if (r == 0)
                r = make_statistics(end);
        if (r == 0)
                r = make_bell(end);
        if (r == 0)
                r = rt_listen(end, opening);
        if (r == 0 && opening->spec.connects)
                r = rt_connect_path(end, opening);
        if (r == 0)
                end->statistics->numbers.locked = is_locked(end);
        return r;
}

/* -- open and close ---------------------------------------------------------------------------- */

static void close_fd(int fd)
{
        if (fd >= 0)
                (void)close(fd);
}

static void free_end(rtchannel *end, bool in_child)
{
        for (unsigned i = 0; i < end->n_ways && end->ways; i++) {
                rt_way_release(&end->ways[i], in_child);
                rt_segment_release(&end->ways[i].ring, in_child);
        }
        rt_segment_release(&end->ring, in_child);
        rt_segment_release(&end->statistics_segment, in_child);
        for (unsigned i = 0; i < end->n_listeners; i++)
                if (end->listeners[i].is_ours)
                        close_fd(end->listeners[i].fd);
        close_fd(end->bell);
        close_fd(end->epoll);
        free(end->listeners);
        free(end->ways);
        free(end);
}

int rt_end_open(const RtOpening *opening, rtchannel **ret)
{
        const RtSpec *spec = &opening->spec;
        rtchannel *end = calloc(1, sizeof *end);
        if (!end)
                return -ENOMEM;
        *end = (rtchannel){
                .spec = *spec,
                .watcher = opening->watcher,
                .sends = rt_role_sends(spec->role),
                .receives = rt_role_receives(spec->role),
                .shares = rt_role_shares(spec->role),
                .admits = rt_role_admits(spec->role),
                .ring = RT_NO_SEGMENT,
                .statistics_segment = RT_NO_SEGMENT,
                .bell = -1,
                .epoll = -1,
        };
        if (opening->identity_size <= RT_IDENTITY_MAX && opening->identity_size > 0) {
                memcpy(end->identity, opening->identity, opening->identity_size);
                end->identity_size = (uint32_t)opening->identity_size;
        }
        int r = prepare(end, opening);
        if (r == 0)
                r = rt_attendant_add(end);
        if (r < 0) {
                for (unsigned i = 0; i < end->n_listeners; i++)
                        end->listeners[i].is_ours = false; /* still the caller's */
                free_end(end, false);
                return r;
        }
        rt_end_refresh(end);
        *ret = end;
        return 0;
}

rtchannel *rtchannel_close(rtchannel *end)
{
        if (!end)
                return NULL;
        bool in_child = *end->process != end->generation;
        if (!in_child)
                rt_attendant_remove(end);
        free_end(end, in_child);
        return NULL;
}

/* -- connections, as the user sees them -------------------------------------------------------- */

/* What was sent to the peer and has not been read: it never will be. */
static uint64_t unread_by(const rtchannel *end, RtWay *way, const RtLink *link)
{
        if (!end->sends || end->shares)
                return 0;
        uint64_t tail = atomic_load_explicit(&link->peer->tail, memory_order_acquire);
        if (tail < link->start)
                tail = link->start;
        way->floor = rt_link_resume(link);
        return tail < way->floor ? way->floor - tail : 0;
}

static void retire(rtchannel *end, RtWay *way)
{
        RtLink *link = way->link;
        rtchannel_statistics *numbers = &end->statistics->numbers;
        way->down = (rtchannel_event){
                .type = link->broken ? RTCHANNEL_BROKEN : RTCHANNEL_DISCONNECTED,
                .from = link->address,
                .lost = unread_by(end, way, link),
        };
        numbers->unread += way->down.lost;
        numbers->disconnects++;
        numbers->broken += link->broken;
        numbers->peers--;
        end->is_reset = end->n_ways == 1;
        way->link = NULL;
        link->next_retired = atomic_load_explicit(&way->retired, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&way->retired, &link->next_retired, link,
                                                      memory_order_acq_rel, memory_order_relaxed))
                ; /* the attendant took the list meanwhile: at most a second round */
}

/* From its next message on the ring is for the peer: the user minds its tail from here on, and
 * whatever was for others is before. */
static void admit(rtchannel *end, RtWay *way, RtLink *link)
{
        link->start = rt_writer_admit(end->shares ? &end->writer : &way->writer, link->own);
}

static void adopt(rtchannel *end, RtWay *way, RtLink *link)
{
        rtchannel_statistics *numbers = &end->statistics->numbers;
        if (end->admits)
                admit(end, way, link);
        /* What was for one whose connection came to nothing. */
        bool waits = end->sends && !end->admits && link->start > way->floor;
        uint64_t unread = waits ? link->start - way->floor : 0;
        way->link = link;
        way->floor = link->start;
        way->up = (rtchannel_event){ .type = RTCHANNEL_CONNECTED, .from = link->address };
        numbers->connects++;
        numbers->peers++;
        numbers->unread += unread;
        if (!link->own_control.locked || !link->peer_control.locked || !link->wake_page.locked ||
            (link->peer_ring.data && !link->peer_ring.locked))
                numbers->locked = 0;
        if (end->is_polled)
                atomic_fetch_add_explicit(&link->own->data_bell, 1, memory_order_seq_cst);
}

/* Whether nothing more can be received by the way's connection. What is borrowed stays mapped. */
static bool is_over(const rtchannel *end, const RtWay *way)
{
        RtLink *link = way->link;
        if (end->borrowed == way)
                return false;
        return link->broken || (atomic_load_explicit(&link->gone, memory_order_acquire) &&
                                !(end->receives && rt_reader_is_ready(&link->reader)));
}

void rt_end_look(rtchannel *end)
{
        uint32_t changes = atomic_load_explicit(&end->changes, memory_order_acquire);
        bool has_news = false;
        end->is_draining = false;
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                if (way->link && is_over(end, way)) {
                        retire(end, way);
                        has_news = true;
                }
                RtLink *next = way->link ? NULL
                                         : atomic_exchange_explicit(&way->next, NULL,
                                                                    memory_order_acq_rel);
                if (next) {
                        adopt(end, way, next);
                        has_news = true;
                        /* It may have come and gone since we last looked. */
                        if (is_over(end, way))
                                retire(end, way);
                }
                if (way->link && (way->link->broken || way->link->gone))
                        end->is_draining = true;
        }
        end->seen = changes;
        atomic_store_explicit(&end->answered, changes, memory_order_release);
        if (has_news)
                rt_attendant_poke(); /* it frees what was, and makes what can be now */
}

void rt_link_break(rtchannel *end, RtWay *way)
{
        RtLink *link = way->link;
        int open = RT_NOT_ENDED;
        if (link->broken)
                return; /* what is borrowed keeps it here */
        link->broken_at = end->sends && !end->shares ? way->writer.head : 0;
        (void)atomic_compare_exchange_strong_explicit(&link->ending, &open, RT_ENDED_BY_USER,
                                                      memory_order_acq_rel, memory_order_acquire);
        atomic_store_explicit(&link->broken, true, memory_order_release);
        (void)epoll_ctl(end->epoll, EPOLL_CTL_DEL, link->socket, NULL);
        (void)shutdown(link->socket, SHUT_RDWR);
        end->is_draining = true;
        rt_end_look(end);
}
