/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An end of a channel, as the library's own files see it.
 *
 * Two threads share an end: its user, who must never wait for anybody, and the attendant, who makes
 * and ends connections. They meet in few places, each with one writer or an exchange:
 *
 *   attendant ── way.next ─────────► user     a connection that has been made
 *   attendant ── link.gone ────────► user     its peer is gone
 *   user ─────── way.retired ──────► attendant  what the user has done with, to be freed
 *   attendant ── end.changes ──────► user     raised after each of these: look at all ways
 *
 * What is sent lies in rings that live as long as the end; a connection (link) is what belongs to
 * one peer: control pages, its ring, the socket. */

#include "futex.h"
#include "handshake.h"
#include "ring.h"
#include "rtchannel.h"
#include "segment.h"
#include "statistics.h"

typedef enum RtEnding {
        RT_NOT_ENDED,
        RT_ENDED_BY_SOCKET,
        RT_ENDED_BY_USER,
} RtEnding;

/* One connection. Made by the attendant, used by the user, freed by the attendant. */
typedef struct RtLink {
        int socket;
        RtSegment own_control, peer_control, peer_ring, wake_page;
        RtControl *own;
        const RtControl *peer;
        RtWords *own_words, *peer_words; /* where we sleep, and where it does */
        RtReader reader;                 /* of peer_ring, if the end receives */
        uint64_t start;                  /* where the peer's reader begins in our ring; the user's
                                            to say if the end admits */
        uint32_t served_data, served_room, served_data_bell, served_room_bell;
        uint32_t epoch;      /* counts the connections of the end, from 1 */
        uint64_t address;    /* what messages are from: epoch << 16 | (listener + 1) << 8 | way */
        bool is_deaf;        /* it ended before our hello: the peer got nothing of us */
        _Atomic bool broken; /* the peer broke the protocol; set by the user */
        _Atomic bool gone;   /* the socket has ended */
        _Atomic int ending;  /* RtEnding: who found first that it is over */
        /* Head of our ring when the attendant did, and when the user did. */
        _Atomic uint64_t gone_at, broken_at;
        uint64_t known_tail; /* of the peer, as last looked at */
        struct RtLink *next_retired;
        uint32_t identity_size;
        uint8_t identity[RT_IDENTITY_MAX + 1];
} RtLink;

/* Of a connection that has ended: where the next peer begins in our ring. Attendant and user may
 * end it at the same time, and must not have two opinions. */
static inline uint64_t rt_link_resume(const RtLink *link)
{
        int ending = atomic_load_explicit(&link->ending, memory_order_acquire);
        return atomic_load_explicit(ending == RT_ENDED_BY_USER ? &link->broken_at : &link->gone_at,
                                    memory_order_relaxed);
}

/* A place for one connection at a time: of one peer that may come, or with one that we connect to.
 * A pair has only one, for whoever is there. */
typedef struct RtWay {
        bool accepts, connects;
        int listener;   /* index of the socket that the peer comes by; -1: we connect to it */
        RtSegment ring; /* what we send by this way; none if shared or receiving only */
        RtWriter writer;
        uint64_t floor; /* messages before it are for nobody; while there is no link */
        uint32_t most;  /* messages that may wait in it; the depth, unless the ZeroMQ face says less
                         */
        RtLink *link;   /* user's */
        RtLink *_Atomic next;
        RtLink *_Atomic retired; /* list */
        _Atomic bool
                is_offered; /* whoever accepts our hello finds what we have sent, even without us */

        /* The attendant's alone. */
        RtLink *attached;                          /* whose socket is watched */
        int greeting_socket;                       /* connected, hello not received yet; -1: none */
        RtSegment greeting_control, greeting_wake; /* sent with our hello */
        int64_t retry;   /* when to connect, or to accept from the listener, again; 0: at once */
        uint64_t resume; /* where the next peer begins in our ring */

        /* Events that have not been taken; type 0: none. */
        rtchannel_event down, up;
} RtWay;

typedef struct RtListener {
        int fd;
        const RtAccepted *accepted;
        bool is_paused; /* not watched, as there is no way for another connection yet */
        bool is_ours;   /* to be closed with the end */
} RtListener;

/* Told by the attendant, with its lock held, when a connection has been made or has ended. */
typedef struct RtWatcher {
        void (*tell)(void *data, const RtWay *way, int socket, bool is_up); /* NULL: nobody */
        void *data;
} RtWatcher;

struct rtchannel {
        RtSpec spec;
        bool sends, receives, shares, admits;
        char path[108]; /* of the socket to connect to */

        unsigned n_ways, n_listeners;
        RtWay *ways;
        RtListener *listeners;
        RtSegment ring; /* shared by all peers */
        RtWriter writer;

        /* The user's. */
        int64_t now;       /* as last read from the clock */
        uint32_t seen;     /* changes that have been looked at */
        bool is_draining;  /* a link is gone, but not empty */
        unsigned turn;     /* way to receive from first */
        uint64_t next_tag; /* of requests */
        bool is_reset;     /* the only peer went away, which has not been told yet */
        RtWriter *lent;    /* ring of the loan; NULL: none */
        RtWay *lent_way;   /* of it; NULL: all, of a shared ring */
        uint32_t lent_to;  /* epoch of the connection that it was begun for; 0: none */
        RtMessageHead lent_head;
        RtWay *borrowed;     /* NULL: nothing is */
        bool is_polled;      /* somebody has asked for the descriptor */
        bool is_room_polled; /* a send was refused since, */
        RtWay *polled_way;   /* by this way's ring, or the shared one (NULL) */
        bool tells_events;   /* somebody takes them: the descriptor tells of them */

        /* Shared with other threads. */
        _Atomic uint32_t changes;                /* futex */
        _Atomic uint32_t answered;               /* changes that the user has seen */
        _Atomic(const _Atomic uint32_t *) sleep; /* where the user sleeps */
        _Atomic bool interrupted;
        int bell;  /* eventfd: readable when there are changes */
        int epoll; /* of bell and all sockets: rtchannel_fd() */

        RtSegment statistics_segment;
        RtStatisticsPage *statistics;

        uint32_t epochs; /* attendant's */
        uint8_t identity[RT_IDENTITY_MAX + 1];
        uint32_t identity_size;
        const uint32_t *process; /* generation.h: not `generation` in a child */
        uint32_t generation;
        RtWatcher watcher;
        struct rtchannel *next; /* attendant's list */
        uint64_t id;            /* attendant's */
};

/* How to open an end otherwise than by the container's configuration: in tests, and for ad hoc
 * endpoints of the ZeroMQ face. */
typedef struct RtOpening {
        RtSpec spec;
        const char *connect_path; /* NULL: as spec.connects says, in the usual folder */
        /* Listening sockets for spec.accepts, in that order, -1 for none; taken over on success.
         * NULL: those passed by systemd. */
        const int *listeners;
        const void *identity; /* what its peers get to see in their links */
        size_t identity_size;
        RtWatcher watcher;
} RtOpening;

int rt_end_open(const RtOpening *opening, rtchannel **ret);

/* The user's look at the ways when there were changes. Cheap when there were none. */
void rt_end_look(rtchannel *end);
static inline void rt_end_refresh(rtchannel *end)
{
        if (__builtin_expect(end->is_draining ||
                                     atomic_load_explicit(&end->changes, memory_order_acquire) !=
                                             end->seen,
                             0))
                rt_end_look(end);
}

/* The peer of the way has broken the protocol: no more of it. */
void rt_link_break(rtchannel *end, RtWay *way);

/* Raises end->changes and wakes whoever waits; for other threads than the user. */
void rt_end_notify(rtchannel *end);
