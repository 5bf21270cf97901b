/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attendant.h"
#include "socket.h"

/* When a way is used again. Soon, as a peer that restarts is there again in no time; but not at
 * once, for one that connects and hangs up for ever. */
static const int64_t reconnect_after = 1000 * 1000, /* it has worked before */
        refuse_for = 10 * 1000 * 1000,  /* who connected did not come to an end with it */
        retry_after = 50 * 1000 * 1000; /* nobody is there, or we lack something */

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
        if (link->socket >= 0)
                rt_socket_close(link->socket);
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
        int open = RT_NOT_ENDED;
        link->gone_at = way->resume;
        if (end->sends && !end->shares && !link->is_deaf) {
                const RtRing *ring = way->ring.data;
                link->gone_at = atomic_load_explicit(&ring->head, memory_order_acquire);
        }
        bool is_first =
                atomic_compare_exchange_strong_explicit(&link->ending, &open, RT_ENDED_BY_SOCKET,
                                                        memory_order_acq_rel, memory_order_acquire);
        way->resume = rt_link_resume(link);
        if (end->watcher.tell)
                end->watcher.tell(end->watcher.data, way, link->socket, false);
        if (!is_first)
                return; /* the user knows */
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
                rt_socket_close(way->greeting_socket);
        }
        way->greeting_socket = -1;
        atomic_store_explicit(&way->is_offered, false, memory_order_relaxed);
        rt_segment_release(&way->greeting_control, false);
        rt_segment_release(&way->greeting_wake, false);
        way->retry = rtchannel_now() + (way->listener < 0 ? retry_after : refuse_for);
}

static void free_list(RtLink *link)
{
        while (link) {
                RtLink *next = link->next_retired;
                free_link(link);
                link = next;
        }
}

static void release_in_child(RtWay *way)
{
        RtSegment *segments[] = { &way->greeting_control, &way->greeting_wake,
                                  way->link ? &way->link->own_control : NULL,
                                  way->link ? &way->link->wake_page : NULL };
        for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
                if (segments[i])
                        rt_segment_release(segments[i], true);
        if (way->greeting_socket >= 0)
                (void)close(way->greeting_socket);
        if (way->link)
                (void)close(way->link->socket);
}

void rt_way_release(RtWay *way, bool in_child)
{
        if (in_child) {
                release_in_child(way);
                return;
        }
        if (way->greeting_socket >= 0)
                rt_socket_close(way->greeting_socket);
        free_list(atomic_exchange(&way->retired, NULL));
        free_link(atomic_exchange(&way->next, NULL));
        free_link(way->link);
        way->link = NULL;
        rt_segment_release(&way->greeting_control, false);
        rt_segment_release(&way->greeting_wake, false);
}

/* -- greeting ---------------------------------------------------------------------------------- */

static int greet(rtchannel *end, RtWay *way, int socket, const RtSegment *control,
                 const RtSegment *wake)
{
        RtHello hello;
        rt_hello_init(&hello, &end->spec);
        hello.start = way->resume;
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
        if (end->receives && rt_role_is_admitted(end->spec.role))
                rt_reader_init_admitted(&link->reader, link->peer_ring.data, &end->spec.shape,
                                        link->peer);
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
static int make_answer(RtWay *way, const RtGreeting *greeting, RtLink *link)
{
        RtWakePage *page = link->wake_page.data;
        int r = rt_segment_create("rtchannel-control", RT_PAGE, RT_ONE_WRITER, &link->own_control);
        if (r < 0)
                return r;
        link->own_words = &page->listening;
        link->peer_words = &page->connecting;
        link->start = way->resume;
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

/* The answer to who has connected. It may have left messages nevertheless. */
static void answer(rtchannel *end, RtWay *way, int socket, RtLink *link)
{
        link->is_deaf = greet(end, way, socket, &link->own_control, NULL) < 0;
}

/* Hands the connection over to the user. A publisher answers afterwards, so that its user knows of
 * the peer before the peer does; who receives has answered before, see meet(). */
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
        if (end->watcher.tell)
                end->watcher.tell(end->watcher.data, way, link->socket, true);
        if (way->listener >= 0 && !end->receives)
                answer(end, way, link->socket, link);
        else
                nudge(link);
        if (link->is_deaf)
                (void)shutdown(link->socket, SHUT_RDWR);
}

/* Whether the peer has hung up while it waited for us, and left no messages. One that has answered
 * us may have taken ours, however quickly it left. */
static bool is_past(const rtchannel *end, const RtWay *way, RtLink *link)
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
                r = make_answer(way, greeting, link);
        else if (r == 0)
                complete(way, greeting, link);
        /* Our user must not take messages of a peer that may never learn of it, if we die now: it
         * would send them again, to the next one. */
        if (r == 0 && way->listener >= 0 && end->receives)
                answer(end, way, way->greeting_socket, link);
        if (r == 0 && way->listener >= 0 && (link->is_deaf || !end->receives) &&
            is_past(end, way, link))
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
        bool is_answer = way->listener < 0 && r != -ECONNRESET;
        if (r == 0) {
                r = meet(end, way, &greeting, &link);
                rt_greeting_release(&greeting);
        }
        /* Who has answered us may have taken what waited, whatever came of its answer. */
        if (r < 0 && is_answer && end->sends && !end->shares)
                way->resume = atomic_load_explicit(&((RtRing *)way->ring.data)->head,
                                                   memory_order_acquire);
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
        if (r < 0) {
                drop_greeting(end, way);
                return;
        }
        atomic_store_explicit(&way->is_offered, true, memory_order_relaxed);
        expect_greeting(end, way, socket, -1);
}

/* Not before the user has noticed the last connection, however short it was. */
static bool is_idle(const RtWay *way)
{
        return !way->attached && way->greeting_socket < 0 &&
               !atomic_load_explicit(&way->next, memory_order_acquire);
}

/* To a pair any peer may come. One that does takes precedence over one that has not answered us. */
static bool is_unanswered_pair(const rtchannel *end, const RtWay *way)
{
        return end->spec.role == RT_ROLE_PAIRS && way->listener < 0 && way->greeting_socket >= 0;
}

static RtWay *free_pair(rtchannel *end, int64_t now)
{
        RtWay *way = &end->ways[0];
        if (is_unanswered_pair(end, way))
                rt_greeting_ready(end, 0); /* it may just have answered */
        if (is_unanswered_pair(end, way))
                return way;
        return is_idle(way) && (way->retry <= now || way->listener < 0) ? way : NULL;
}

static RtWay *free_way(rtchannel *end, unsigned listener, int64_t now)
{
        if (end->spec.role == RT_ROLE_PAIRS)
                return free_pair(end, now);
        for (unsigned i = 0; i < end->n_ways; i++)
                if (end->ways[i].listener == (int)listener && is_idle(&end->ways[i]) &&
                    end->ways[i].retry <= now)
                        return &end->ways[i];
        return NULL;
}

static void pause_listener(rtchannel *end, unsigned index)
{
        RtListener *listener = &end->listeners[index];
        if (!listener->is_paused)
                rt_attendant_watch(end, RT_WATCH_LISTENER, index, listener->fd, 0);
        listener->is_paused = true;
}

/* Who connects while there is no way for it waits in the socket's queue. One round for each way at
 * most: whoever hangs up at once and comes again has to wait. */
void rt_listener_ready(rtchannel *end, unsigned index)
{
        int64_t now = rtchannel_now();
        RtWay *way;
        while ((way = free_way(end, index, now))) {
                int socket =
                        accept4(end->listeners[index].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (socket >= 0 && way->greeting_socket >= 0)
                        drop_greeting(end, way);
                if (socket >= 0)
                        expect_greeting(end, way, socket, (int)index);
                else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
                        return;
                else {
                        way->retry = now + retry_after;
                        break;
                }
        }
        pause_listener(end, index);
}

void rt_link_ended(rtchannel *end, unsigned index)
{
        if (end->ways[index].attached)
                detach(end, &end->ways[index]);
}

void rt_links_serve(rtchannel *end, int64_t now)
{
        for (unsigned i = 0; i < end->n_ways; i++) {
                RtWay *way = &end->ways[i];
                free_retired(end, way);
                if (way->connects && is_idle(way) && way->retry <= now)
                        connect_way(end, way);
        }
        for (unsigned i = 0; i < end->n_listeners; i++) {
                RtListener *listener = &end->listeners[i];
                if (listener->fd < 0 || !listener->is_paused || !free_way(end, i, now))
                        continue;
                listener->is_paused = false;
                (void)rt_attendant_watch(end, RT_WATCH_LISTENER, i, listener->fd, EPOLLIN);
                rt_listener_ready(end, i);
        }
}

/* Whether somebody may wait for the way at a socket that is not watched. */
static bool is_waited_for(const rtchannel *end, const RtWay *way)
{
        bool is_pair = end->spec.role == RT_ROLE_PAIRS;
        for (unsigned i = 0; way->accepts && i < end->n_listeners; i++)
                if ((is_pair || way->listener == (int)i) && end->listeners[i].is_paused &&
                    end->listeners[i].fd >= 0)
                        return true;
        return false;
}

int64_t rt_links_due(const rtchannel *end)
{
        int64_t due = INT64_MAX;
        for (unsigned i = 0; i < end->n_ways; i++) {
                const RtWay *way = &end->ways[i];
                bool is_due = is_idle(way)
                                      ? way->connects || is_waited_for(end, way)
                                      : is_unanswered_pair(end, way) && is_waited_for(end, way);
                if (is_due && way->retry > 0 && way->retry < due)
                        due = way->retry;
        }
        return due;
}
