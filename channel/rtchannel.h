/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RTCHANNEL_H
#define RTCHANNEL_H

/* Messages between containers through shared memory; rtchannel(3).
 *
 * An rtchannel is one end of a channel. What the channel is like, and which end of it this is, was
 * declared by the descriptors and is read from /run/rtcontainers/channels.conf when it is opened.
 *
 * Functions return 0 or more, or a negative errno. Apart from rtchannel_interrupt(), an end may be
 * used by one thread at a time; different ends are independent. Once an end is open, sending and
 * receiving allocate nothing, take no lock and make no system call unless they sleep or wake a
 * peer that sleeps. Connections are made and ended by a thread of the library, "rtchannel", of
 * policy "other": real-time threads only find them made.
 *
 * Deadlines are times of CLOCK_MONOTONIC in nanoseconds. One that has passed, such as
 * RTCHANNEL_NOW, makes a call return at once. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct rtchannel rtchannel;

#define RTCHANNEL_NOW INT64_C(0)
#define RTCHANNEL_FOREVER INT64_MAX

/* What came with a message. */
typedef struct rtchannel_message {
        size_t size;   /* bytes */
        uint64_t lost; /* messages that were overwritten before this one was received */
        uint64_t tag;  /* of a request, and of the reply to it */
        uint64_t from; /* the connection it came by, for rtchannel_peer() and rtchannel_reply() */
        int64_t sent;  /* when it was committed; the sender says so */
} rtchannel_message;

typedef enum rtchannel_event_type {
        RTCHANNEL_CONNECTED = 1, /* a peer is there */
        RTCHANNEL_DISCONNECTED,  /* it has ended, or closed its end */
        RTCHANNEL_BROKEN,        /* it has broken the protocol; the connection is closed */
} rtchannel_event_type;

typedef struct rtchannel_event {
        rtchannel_event_type type;
        uint64_t from; /* the connection, for rtchannel_peer() */
        uint64_t lost; /* what was sent to the peer and never read by it */
} rtchannel_event;

/* The buckets of the latency histogram: bucket 2 n + h counts latencies of 2^n ns and more, from
 * 1.5 × 2^n on where h is 1; the last one also all longer ones. */
#define RTCHANNEL_BUCKETS 72

typedef struct rtchannel_statistics {
        uint64_t sent;        /* messages committed */
        uint64_t refused;     /* sends that found no room by their deadline */
        uint64_t unread;      /* sent, but the peer went away without reading them */
        uint64_t received;    /* messages received */
        uint64_t lost;        /* overwritten before they were received */
        uint64_t expired;     /* requests dropped as nobody waits for the reply any more */
        uint64_t stale;       /* replies dropped as they came after the caller had given up */
        uint64_t connects;    /* connections made */
        uint64_t disconnects; /* connections ended, broken ones included */
        uint64_t broken;      /* connections closed as the peer broke the protocol */
        uint64_t peers;       /* connections now */
        uint64_t high_water;  /* most messages that were waiting for a peer */
        uint64_t locked;      /* 1 if all its memory could be locked, else 0 */
        uint64_t latency_max; /* ns, from commit to reception */
        uint64_t latency_sum; /* ns */
        uint64_t latencies[RTCHANNEL_BUCKETS];
} rtchannel_statistics;

typedef struct rtchannel_properties {
        size_t message_size; /* bytes of a message at most */
        unsigned depth;      /* messages that wait at most */
        int overwrite;       /* whether a slow receiver loses the oldest, or sending is refused */
        int64_t spin;        /* ns that a wait looks for a message before it sleeps */
        unsigned peers;      /* connections at most */
        int sends, receives; /* what this end can do */
        const char *role;    /* "publishes", "subscribes", …; lives as long as the end */
} rtchannel_properties;

/* Opens the end that this container has of the channel. Does not wait for any peer: what is pushed,
 * requested or sent to the other end of a pair waits for it in the channel. The caller closes it.
 * -ENOENT: no such channel is declared here; -EINVAL: the configuration is damaged; -ENOTSOCK: it
 * listens, but the service manager has passed no socket; -EADDRINUSE: this process listens at it
 * already; -ENOMEM, -EMFILE, … */
int rtchannel_open(const char *name, rtchannel **ret);

/* What has been sent can still be received by peers that are connected, or were about to be.
 * Takes NULL. Returns NULL. */
rtchannel *rtchannel_close(rtchannel *end);

/* Now, as deadlines count; and the deadline so many nanoseconds from now. */
int64_t rtchannel_now(void);
int64_t rtchannel_in(int64_t nanoseconds);

/* -- copying ------------------------------------------------------------------------------------
 *
 * Both return -EAGAIN or -ETIMEDOUT if the deadline was RTCHANNEL_NOW or has passed, -EINTR after a
 * signal, -ECANCELED after rtchannel_interrupt(), -ECHILD in a child of the process that opened
 * the end, -EOPNOTSUPP if this end does not send or receive, -EBUSY while it holds a loan. */

/* Sends a copy. Waits for room if the channel refuses rather than overwrites; with several
 * subscribers, for room at all of them. -EMSGSIZE: longer than message_size. */
int rtchannel_send(rtchannel *end, const void *data, size_t size, int64_t deadline);

/* Receives a copy. ret_message may be NULL. -EMSGSIZE: the message is longer than the buffer; it
 * stays, and ret_message has its size. -ECONNRESET, once: the only peer that an end can have went
 * away, and all that it had sent has been received. */
int rtchannel_receive(rtchannel *end, void *buffer, size_t size, rtchannel_message *ret_message,
                      int64_t deadline);

/* -- without copies ---------------------------------------------------------------------------- */

/* Lends the memory of the next message, of message_size bytes, aligned to 8 bytes, to be filled and
 * committed or cancelled. An end has one loan of each kind at a time. */
int rtchannel_loan(rtchannel *end, void **ret_data, int64_t deadline);
int rtchannel_commit(rtchannel *end, size_t size);
int rtchannel_cancel(rtchannel *end);

/* Lends a received message where it lies, until it is released. The sender can still write there:
 * a malicious one always, and any on a channel that overwrites, as soon as it is depth messages
 * ahead. Then rtchannel_release() returns -ESTALE: what was read was not one message. */
int rtchannel_borrow(rtchannel *end, const void **ret_data, rtchannel_message *ret_message,
                     int64_t deadline);
int rtchannel_release(rtchannel *end);

/* -- requests and replies ---------------------------------------------------------------------- */

/* Sends a request and waits for its reply. Replies to earlier requests are dropped. A server that
 * comes upon a request after its deadline drops it. -ECONNRESET: the server went away meanwhile. */
int rtchannel_call(rtchannel *end, const void *request, size_t request_size, void *reply,
                   size_t reply_size, rtchannel_message *ret_reply, int64_t deadline);

/* Sends a request whose reply, with the same tag, is to be received later. `expires` is when nobody
 * will wait for it any more, RTCHANNEL_FOREVER for never. */
int rtchannel_request(rtchannel *end, const void *data, size_t size, int64_t expires,
                      uint64_t *ret_tag, int64_t deadline);

/* Replies to a request that was received or borrowed before. -ECONNRESET: its caller is gone. */
int rtchannel_reply(rtchannel *end, const rtchannel_message *request, const void *data, size_t size,
                    int64_t deadline);
/* The same without a copy, up to rtchannel_commit(), which returns -ECONNRESET, and ends the loan,
 * if the caller is gone. */
int rtchannel_loan_reply(rtchannel *end, const rtchannel_message *request, void **ret_data,
                         int64_t deadline);

/* -- waiting ----------------------------------------------------------------------------------- */

/* A descriptor that is readable while there may be something to receive, or an event if this end's
 * events are taken, and when there is room after a send was refused; for poll(2), epoll(7),
 * sd_event_add_io(3), zmq_poll(3). Receive until -EAGAIN, or one message for each time. It belongs
 * to the end. */
int rtchannel_fd(rtchannel *end);

/* Waits until at least one peer is connected. */
int rtchannel_wait_peer(rtchannel *end, int64_t deadline);

/* Takes the next event. Returns 1, or 0 if there is none. */
int rtchannel_event_next(rtchannel *end, rtchannel_event *ret_event);

/* Makes the call that waits on this end return -ECANCELED, or else the next one that does not find
 * at once what it is for. May be called by any thread and by signal handlers while the end is open.
 */
int rtchannel_interrupt(rtchannel *end);

/* -- looking ----------------------------------------------------------------------------------- */

/* Name of the container at the other end of a connection, NULL if it is not known: only the end
 * that listens knows it. Lives as long as the end. */
const char *rtchannel_peer(const rtchannel *end, uint64_t from);
int rtchannel_get_statistics(const rtchannel *end, rtchannel_statistics *ret_statistics);
int rtchannel_get_properties(const rtchannel *end, rtchannel_properties *ret_properties);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
