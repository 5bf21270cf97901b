/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <zmq.h>

/* A socket with nothing to wait on looks around this often: it can only be ended. */
static const int64_t blind_wait = 50 * 1000 * 1000;

enum { MOST_POLLED = 32 };

int rtz_enter(RtzSocket *socket)
{
        if (__builtin_expect(atomic_load_explicit(&socket->ended, memory_order_relaxed), 0))
                return -ETERM;
        for (RtzEndpoint *endpoint = socket->endpoints; endpoint; endpoint = endpoint->next) {
                int r = rt_enter(endpoint->end);
                if (r < 0)
                        return r;
                rtz_endpoint_refresh(endpoint);
        }
        return 0;
}

void rtz_ask(RtzSocket *socket, RtWant want)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next) {
                (void)rtchannel_fd(at->end);
                rtz_endpoint_refresh(at); /* that may have looked at new peers */
                rt_bell_ask(at->end, want);
        }
}

/* -- waiting ----------------------------------------------------------------------------------- */

static int wait_for_one(rtchannel *end, RtWait *wait)
{
        wait->end = end;
        int r = rt_wait(wait);
        return r == -ETIMEDOUT ? -EAGAIN : r == -ECANCELED ? 0 : r;
}

static bool is_worth_trying(RtzSocket *socket, RtWant want)
{
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next) {
                const rtchannel *end = at->end;
                if (atomic_load_explicit(&end->changes, memory_order_acquire) != end->seen)
                        return true;
                if (want == RT_WANT_ROOM && rt_has_room(at->end, NULL))
                        return true;
                for (unsigned i = 0; want == RT_WANT_DATA && i < end->n_ways; i++)
                        if (end->ways[i].link && rt_reader_is_ready(&end->ways[i].link->reader))
                                return true;
        }
        return false;
}

/* Bells bring all ends together. One that is not among the first of very many is found when the
 * others ring, or soon. */
static int wait_for_any(RtzSocket *socket, RtWant want, int64_t deadline)
{
        struct pollfd fds[MOST_POLLED];
        nfds_t n = 0;
        int64_t now = rtchannel_now(), until = deadline;
        if (deadline <= now)
                return -EAGAIN;
        for (RtzEndpoint *at = socket->endpoints; at; at = at->next) {
                int fd = rtchannel_fd(at->end);
                if (fd >= 0 && n < MOST_POLLED)
                        fds[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
        rtz_ask(socket, want);
        /* Asking silences also the bell of who has ended the socket since. */
        if (atomic_load_explicit(&socket->ended, memory_order_seq_cst) ||
            is_worth_trying(socket, want))
                return 0;
        if ((n == 0 || n == MOST_POLLED) && until - now > blind_wait)
                until = now + blind_wait;
        struct timespec time = { .tv_sec = (until - now) / 1000000000,
                                 .tv_nsec = (until - now) % 1000000000 };
        return ppoll(fds, n, &time, NULL) < 0 && errno == EINTR ? -EINTR : 0;
}

int rtz_wait(RtzSocket *socket, RtWait *wait)
{
        int r;
        if (wait->end)
                r = wait_for_one(wait->end, wait);
        else if (wait->deadline == RTCHANNEL_NOW)
                r = -EAGAIN;
        else if (socket->n_endpoints == 1)
                r = wait_for_one(socket->endpoints->end, wait);
        else
                r = wait_for_any(socket, wait->want, wait->deadline);
        return r < 0 ? r : rtz_enter(socket);
}

void rtz_socket_free(RtzSocket *socket)
{
        rtz_subscriptions_free(&socket->subscriptions);
        rtz_frames_free(&socket->out);
        rtz_frames_free(&socket->in);
        rtz_frames_free(&socket->envelope);
        free(socket->scratch);
        free(socket);
}
