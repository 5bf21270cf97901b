/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attendant.h"

/* Soon, as a peer that restarts is there again in no time; but not at once, for one that connects
 * and hangs up for ever. */
static const int64_t reconnect_after = 1000 * 1000, retry_after = 50 * 1000 * 1000;

static RtRing *ring_of(rtchannel *end, RtWay *way)
{
        return end->shares ? end->ring.data : way->ring.data;
}

/* -- freeing ----------------------------------------------------------------------------------- */

static void free_link(RtLink *link)
{
        if (!link)
                return;
        rt_segment_release(&link->own_control, false);
        rt_segment_release(&link->peer_control, false);
        rt_segment_release(&link->peer_ring, false);
        rt_segment_release(&link->wake_page, false);
        /* Not only close(): a child of this process may still have the socket. */
        if (link->socket >= 0) {
                (void)shutdown(link->socket, SHUT_RDWR);
                (void)close(link->socket);
        }
        free(link);
}

/* The socket has ended, or the user has had enough of the peer. */
static void detach(rtchannel *end, RtWay *way)
{
        RtLink *link = way->attached;
        (void)rt_attendant_watch(end, RT_WATCH_LINK, (unsigned)(way - end->ways), link->socket, 0);
        (void)epoll_ctl(end->epoll, EPOLL_CTL_DEL, link->socket, NULL);
        way->attached = NULL;
        way->retry = rtchannel_now() + reconnect_after;
        if (atomic_load_explicit(&link->broken, memory_order_acquire)) {
                way->resume = link->resume;
                return;
        }
        if (end->sends && !end->shares && !link->is_deaf)
                way->resume = atomic_load_explicit(&ring_of(end, way)->head, memory_order_acquire);
        link->resume = way->resume;
        atomic_store_explicit(&link->gone, true, memory_order_release);
        rt_end_notify(end);
}

static void free_retired(rtchannel *end, RtWay *way)
{
        RtLink *link = atomic_exchange_explicit(&way->retired, NULL, memory_order_acq_rel);
        while (link) {
                RtLink *next = link->next_retired;
                if (link == way->attached)
                        detach(end, way);
                free_link(link);
                link = next;
        }
}

static void drop_greeting(rtchannel *end, RtWay *way)
{
        RtControl *control = way->greeting_control.data;
        if (control)
                atomic_store_explicit(&control->begin, RT_WITHDRAWN, memory_order_release);
        if (way->greeting_socket >= 0) {
                rt_attendant_watch(end, RT_WATCH_GREETING, (unsigned)(way - end->ways),
                                   way->greeting_socket, 0);
                (void)close(way->greeting_socket);
        }
        way->greeting_socket = -1;
        rt_segment_release(&way->greeting_control, false);
        rt_segment_release(&way->greeting_wake, false);
        if (way->connects)
                way->retry = rtchannel_now() + retry_after;
}

static void free_list(RtLink *link)
{
        while (link) {
                RtLink *next = link->next_retired;
                free_link(link);
                link = next;
        }
}

void rt_way_release(RtWay *way, bool in_child)
{
        if (way->greeting_socket >= 0)
                (void)close(way->greeting_socket);
        if (in_child) {
                if (way->link)
                        (void)close(way->link->socket);
                return;
        }
        free_list(atomic_exchange(&way->retired, NULL));
        free_link(atomic_exchange(&way->next, NULL));
        free_link(way->link);
        way->link = NULL;
        rt_segment_release(&way->greeting_control, false);
        rt_segment_release(&way->greeting_wake, false);
}

/* -- greeting ---------------------------------------------------------------------------------- */

/* Where a peer begins, unless the user says so when it notices the peer: it may be sending now. */
static uint64_t start_of(const rtchannel *end, const RtWay *way)
{
        return rt_role_begins(end->spec.role) ? 0 : way->resume;
}

static int greet(rtchannel *end, RtWay *way, int socket, const RtSegment *control,
                 const RtSegment *wake)
{
        RtHello hello;
        rt_hello_init(&hello, &end->spec);
        hello.start = start_of(end, way);
        hello.identity_size = end->identity_size;
        memcpy(hello.identity, end->identity, sizeof hello.identity);
        const int fds[RT_HELLO_FDS] = {
                [RT_HELLO_CONTROL] = control->fd,
                [RT_HELLO_WAKE] = wake ? wake->fd : -1,
                [RT_HELLO_RING] = !end->sends   ? -1
                                  : end->shares ? end->ring.fd
                                                : way->ring.fd,
        };
        return rt_hello_send(socket, &hello, fds);
}

static int take_segment(RtGreeting *greeting, RtHelloFd which, size_t size, RtAccess access,
                        RtSegment *ret)
{
        int fd = greeting->fds[which];
        greeting->fds[which] = -1;
        return fd < 0 ? 0 : rt_segment_attach(fd, size, access, ret);
}

/* Maps what the peer has sent. */
static int attach(rtchannel *end, RtGreeting *greeting, RtLink *link)
{
        int r = take_segment(greeting, RT_HELLO_CONTROL, RT_PAGE, RT_ONE_WRITER,
                             &link->peer_control);
        if (r == 0)
                r = take_segment(greeting, RT_HELLO_WAKE, RT_PAGE, RT_BOTH_WRITE, &link->wake_page);
        if (r == 0)
                r = take_segment(greeting, RT_HELLO_RING, end->spec.shape.size, RT_ONE_WRITER,
                                 &link->peer_ring);
        if (r < 0)
                return r;
        link->peer = link->peer_control.data;
        if (end->receives && rt_role_begins((RtRole)greeting->hello.role))
                rt_reader_init_later(&link->reader, link->peer_ring.data, &end->spec.shape,
                                     &link->peer->begin);
        else if (end->receives)
                rt_reader_init(&link->reader, link->peer_ring.data, &end->spec.shape,
                               greeting->hello.start);
        link->identity_size = greeting->hello.identity_size;
        memcpy(link->identity, greeting->hello.identity, sizeof link->identity);
        return 0;
}

/* From now on the peer may look at our page. */
static void set_own(RtLink *link, const RtGreeting *greeting)
{
        link->own = link->own_control.data;
        atomic_store_explicit(&link->own->tail, greeting->hello.start, memory_order_release);
}

/* We have listened: makes our part. */
static int make_answer(rtchannel *end, RtWay *way, const RtGreeting *greeting, RtLink *link)
{
        RtWakePage *page = link->wake_page.data;
        int r = rt_segment_create("rtchannel-control", RT_PAGE, RT_ONE_WRITER, &link->own_control);
        if (r < 0)
                return r;
        link->own_words = &page->listening;
        link->peer_words = &page->connecting;
        link->start = start_of(end, way);
        set_own(link, greeting);
        return 0;
}

/* We have connected: what we have sent is the connection's. */
static void complete(RtWay *way, const RtGreeting *greeting, RtLink *link)
{
        link->own_control = way->greeting_control;
        link->wake_page = way->greeting_wake;
        way->greeting_control = way->greeting_wake = RT_NO_SEGMENT;
        RtWakePage *page = link->wake_page.data;
        link->own_words = &page->connecting;
        link->peer_words = &page->listening;
        link->start = way->resume;
        set_own(link, greeting);
}

/* Our user may have sent before it could know of the peer, which then sleeps over it. */
static void nudge(const RtLink *link)
{
        atomic_fetch_add_explicit(&link->peer_words->data, 1, memory_order_seq_cst);
        rt_futex_wake(&link->peer_words->data);
        (void)send(link->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Hands the connection over to the user. A peer that waits for our hello gets it afterwards: once
 * it knows that it is connected, our user does too. */
static void establish(rtchannel *end, RtWay *way, RtLink *link)
{
        struct epoll_event event = { .events = EPOLLIN };
        unsigned index = (unsigned)(way - end->ways);
        rt_attendant_watch(end, RT_WATCH_GREETING, index, way->greeting_socket, 0);
        link->socket = way->greeting_socket;
        link->epoch = ++end->epochs;
        link->address = (uint64_t)link->epoch << 16 | (uint64_t)(way->listener + 1) << 8 | index;
        way->greeting_socket = -1;
        way->attached = link;
        (void)epoll_ctl(end->epoll, EPOLL_CTL_ADD, link->socket, &event);
        atomic_store_explicit(&way->next, link, memory_order_release);
        (void)rt_attendant_watch(end, RT_WATCH_LINK, index, link->socket, EPOLLRDHUP);
        rt_end_notify(end);
        if (way->listener < 0)
                nudge(link);
        if (way->listener >= 0 && greet(end, way, link->socket, &link->own_control, NULL) < 0) {
                link->is_deaf = true; /* but it may have left messages */
                (void)shutdown(link->socket, SHUT_RDWR);
        }
}

/* Whether the peer has hung up while it waited for us, and left no messages. */
static bool is_past(const rtchannel *end, const RtWay *way, const RtLink *link)
{
        char byte;
        if (recv(way->greeting_socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0)
                return false;
        return atomic_load_explicit(&link->peer->begin, memory_order_acquire) == RT_WITHDRAWN ||
               !(end->receives && rt_reader_is_ready(&link->reader));
}

static int meet(rtchannel *end, RtWay *way, RtGreeting *greeting, RtLink **ret)
{
        RtLink *link = calloc(1, sizeof *link);
        if (!link)
                return -ENOMEM;
        *link = (RtLink){ .socket = -1,
                          .own_control = RT_NO_SEGMENT,
                          .peer_control = RT_NO_SEGMENT,
                          .peer_ring = RT_NO_SEGMENT,
                          .wake_page = RT_NO_SEGMENT };
        int r = attach(end, greeting, link);
        if (r == 0 && way->listener >= 0)
                r = make_answer(end, way, greeting, link);
        else if (r == 0)
                complete(way, greeting, link);
        if (r == 0 && is_past(end, way, link))
                r = -ECONNRESET;
        if (r < 0) {
                free_link(link);
                return r;
        }
        *ret = link;
        return 0;
}

void rt_greeting_ready(rtchannel *end, unsigned index)
{
        RtWay *way = &end->ways[index];
        RtGreeting greeting;
        RtLink *link = NULL;
        if (way->greeting_socket < 0)
                return;
        int r = rt_hello_receive(way->greeting_socket, &end->spec, way->listener >= 0, &greeting);
        if (r == -EAGAIN)
                return;
        if (r == 0) {
                r = meet(end, way, &greeting, &link);
                rt_greeting_release(&greeting);
        }
        if (r < 0)
                drop_greeting(end, way);
        else
                establish(end, way, link);
}

/* -- meeting ----------------------------------------------------------------------------------- */

/* Watches for the hello, which may be there already. */
static void expect_greeting(rtchannel *end, RtWay *way, int socket, int listener)
{
        unsigned index = (unsigned)(way - end->ways);
        way->listener = listener;
        way->greeting_socket = socket;
        (void)rt_attendant_watch(end, RT_WATCH_GREETING, index, socket, EPOLLIN);
        rt_greeting_ready(end, index);
}

static void connect_way(rtchannel *end, RtWay *way)
{
        way->retry = 0;
        int socket = rt_connect(end->path);
        if (socket < 0) {
                way->retry = rtchannel_now() + retry_after;
                return;
        }
        way->listener = -1;
        way->greeting_socket = socket;
        int r = rt_segment_create("rtchannel-control", RT_PAGE, RT_ONE_WRITER,
                                  &way->greeting_control);
        if (r == 0)
                r = rt_segment_create("rtchannel-wake", RT_PAGE, RT_BOTH_WRITE,
                                      &way->greeting_wake);
        if (r == 0)
                r = greet(end, way, socket, &way->greeting_control, &way->greeting_wake);
        if (r < 0)
                drop_greeting(end, way);
        else
                expect_greeting(end, way, socket, -1);
}

/* Somebody who comes to a pair takes precedence over one who has not answered us. */
static RtWay *free_way(rtchannel *end, unsigned listener)
{
        bool is_pair = end->spec.role == RT_ROLE_PAIRS;
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                if (way->accepts && (is_pair || way->listener == (int)listener) && !way->attached &&
                    (way->greeting_socket < 0 || (is_pair && way->listener < 0)) &&
                    !atomic_load_explicit(&way->next, memory_order_acquire))
                        return way;
        }
        return NULL;
}

/* Who connects while there is no way for it waits in the socket's queue. */
void rt_listener_ready(rtchannel *end, unsigned index)
{
        RtListener *listener = &end->listeners[index];
        for (;;) {
                RtWay *way = free_way(end, index);
                if (way && way->greeting_socket >= 0) {
                        /* Unless that one has just answered. */
                        rt_greeting_ready(end, (unsigned)(way - end->ways));
                        way = free_way(end, index);
                }
                int socket =
                        way ? accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
                if (!way && !listener->is_paused) {
                        rt_attendant_watch(end, RT_WATCH_LISTENER, index, listener->fd, 0);
                        listener->is_paused = true;
                }
                if (socket < 0)
                        return;
                if (way->greeting_socket >= 0)
                        drop_greeting(end, way);
                expect_greeting(end, way, socket, (int)index);
        }
}

void rt_link_ended(rtchannel *end, unsigned index)
{
        if (end->ways[index].attached)
                detach(end, &end->ways[index]);
}

/* Not before the user has noticed the last connection, however short it was. */
static bool may_connect(const RtWay *way)
{
        return way->connects && !way->attached && way->greeting_socket < 0 &&
               !atomic_load_explicit(&way->next, memory_order_acquire);
}

void rt_links_serve(rtchannel *end, int64_t now)
{
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                free_retired(end, way);
                if (may_connect(way) && way->retry <= now)
                        connect_way(end, way);
        }
        for (unsigned i = 0; i < end->n_listeners; i++) {
                RtListener *listener = &end->listeners[i];
                if (listener->fd < 0 || !listener->is_paused || !free_way(end, i))
                        continue;
                listener->is_paused = false;
                (void)rt_attendant_watch(end, RT_WATCH_LISTENER, i, listener->fd, EPOLLIN);
                rt_listener_ready(end, i);
        }
}

int64_t rt_links_due(const rtchannel *end)
{
        int64_t due = INT64_MAX;
        for (unsigned i = 0; i < end->n_ways; i++) {
                const RtWay *way = &end->ways[i];
                if (may_connect(way) && way->retry > 0 && way->retry < due)
                        due = way->retry;
        }
        return due;
}
