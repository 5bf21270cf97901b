/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "play.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static const int64_t soon = 2 * 1000 * 1000, patience = 20 * INT64_C(1000000000);

/* -- messages ---------------------------------------------------------------------------------- */

static uint64_t word_of(uint64_t sender, uint64_t number, unsigned i)
{
        return (sender * 1000003 + number) * UINT64_C(0x9e3779b97f4a7c15) + i;
}

void play_fill(uint64_t words[static PLAY_WORDS], uint64_t sender, uint64_t number)
{
        words[0] = sender;
        words[1] = number;
        for (unsigned i = 2; i < PLAY_WORDS; i++)
                words[i] = word_of(sender, number, i);
}

const char *play_check(Seen *seen, const uint64_t words[static PLAY_WORDS], uint64_t size,
                       uint64_t lost, uint64_t first)
{
        uint64_t sender = words[0], number = words[1];
        if (size != PLAY_WORDS * sizeof *words)
                return "a message has another size";
        for (unsigned i = 2; i < PLAY_WORDS; i++)
                if (words[i] != word_of(sender, number, i))
                        return "a message is torn";
        if (seen->begun && sender < seen->sender)
                return "a message is of a sender that is gone";
        if (!seen->begun || sender != seen->sender)
                *seen = (Seen){ sender, first == UINT64_MAX ? number - lost : first, true };
        if (number != seen->next + lost)
                return number < seen->next + lost ? "a message came again"
                                                  : "a message is missing that is not counted";
        seen->next = number + 1;
        return NULL;
}

/* -- the part ---------------------------------------------------------------------------------- */

static _Thread_local char failure[128];

static const char *failed(const char *what, int r)
{
        (void)snprintf(failure, sizeof failure, "%s: %s", what, strerror(-r));
        return failure;
}

static const char *send_one(rtchannel *end, uint64_t sender, uint64_t number)
{
        uint64_t words[PLAY_WORDS];
        play_fill(words, sender, number);
        int r = rtchannel_send(end, words, sizeof words, rtchannel_in(patience));
        return r < 0 ? failed("rtchannel_send", r) : NULL;
}

static const char *lend_one(rtchannel *end, uint64_t sender, uint64_t number)
{
        void *data;
        int r = rtchannel_loan(end, &data, rtchannel_in(patience));
        if (r == 0)
                r = rtchannel_cancel(end);
        if (r == 0)
                r = rtchannel_loan(end, &data, rtchannel_in(patience));
        if (r < 0)
                return failed("rtchannel_loan", r);
        play_fill(data, sender, number);
        r = rtchannel_commit(end, PLAY_WORDS * sizeof(uint64_t));
        return r < 0 ? failed("rtchannel_commit", r) : NULL;
}

static const char *receive_one(rtchannel *end, Seen *seen)
{
        uint64_t words[PLAY_WORDS];
        rtchannel_message message;
        int r = rtchannel_receive(end, words, sizeof words, &message, rtchannel_in(patience));
        return r < 0 ? failed("rtchannel_receive", r)
                     : play_check(seen, words, message.size, message.lost, UINT64_MAX);
}

static const char *borrow_one(rtchannel *end, Seen *seen)
{
        rtchannel_properties properties;
        rtchannel_message message;
        const void *data;
        uint64_t words[PLAY_WORDS];
        (void)rtchannel_get_properties(end, &properties);
        int r = rtchannel_borrow(end, &data, &message, rtchannel_in(patience));
        if (r < 0)
                return failed("rtchannel_borrow", r);
        memcpy(words, data, sizeof words);
        r = rtchannel_release(end);
        if (r == -ESTALE && properties.overwrite) {
                seen->next += message.lost + 1;
                return NULL;
        }
        return r < 0 ? failed("rtchannel_release", r)
                     : play_check(seen, words, message.size, message.lost, UINT64_MAX);
}

static const char *poll_one(rtchannel *end, Seen *seen)
{
        struct pollfd fd = { .fd = rtchannel_fd(end), .events = POLLIN };
        uint64_t words[PLAY_WORDS];
        rtchannel_message message;
        for (int64_t until = rtchannel_in(patience); rtchannel_now() < until;) {
                int r = rtchannel_receive(end, words, sizeof words, &message, RTCHANNEL_NOW);
                if (r == 0)
                        return play_check(seen, words, message.size, message.lost, UINT64_MAX);
                if (r != -EAGAIN)
                        return failed("rtchannel_receive", r);
                if (poll(&fd, 1, 1000) < 0 && errno != EINTR)
                        return failed("poll", -errno);
        }
        return "nothing came that rtchannel_fd() told of";
}

static const char *call_one(rtchannel *end, uint64_t sender, uint64_t number)
{
        uint64_t words[PLAY_WORDS], reply[PLAY_WORDS];
        rtchannel_message message;
        play_fill(words, sender, number);
        int r = rtchannel_call(end, words, sizeof words, reply, sizeof reply, &message,
                               rtchannel_in(patience));
        if (r < 0)
                return failed("rtchannel_call", r);
        return message.size == sizeof reply && memcmp(words, reply, sizeof reply) == 0
                       ? NULL
                       : "a reply is of another request";
}

static const char *serve_one(rtchannel *end, Seen *seen, bool by_loan)
{
        const void *request;
        void *reply;
        rtchannel_message message;
        uint64_t words[PLAY_WORDS];
        int r = rtchannel_borrow(end, &request, &message, rtchannel_in(patience));
        if (r < 0)
                return failed("rtchannel_borrow", r);
        memcpy(words, request, sizeof words);
        if (by_loan) {
                r = rtchannel_loan_reply(end, &message, &reply, rtchannel_in(patience));
                if (r == 0) {
                        memcpy(reply, words, sizeof words);
                        r = rtchannel_commit(end, sizeof words);
                }
        } else {
                r = rtchannel_reply(end, &message, words, sizeof words, rtchannel_in(patience));
        }
        (void)rtchannel_release(end);
        if (seen->begun && words[1] > seen->next)
                seen->next = words[1]; /* those between were given up by who called */
        return r < 0 ? failed("the reply", r)
                     : play_check(seen, words, message.size, message.lost, UINT64_MAX);
}

typedef struct Play {
        rtchannel *end;
        uint64_t sender;
        Seen seen;
} Play;

static const char *play_act(Play *play, RtRole role, uint64_t i)
{
        const char *wrong = NULL;
        switch (role) {
        case RT_ROLE_PUBLISHES:
        case RT_ROLE_PUSHES:
                return i % 2 ? lend_one(play->end, play->sender, i)
                             : send_one(play->end, play->sender, i);
        case RT_ROLE_SUBSCRIBES:
        case RT_ROLE_PULLS:
                return i % 3 == 0   ? receive_one(play->end, &play->seen)
                       : i % 3 == 1 ? borrow_one(play->end, &play->seen)
                                    : poll_one(play->end, &play->seen);
        case RT_ROLE_CALLS:
                return call_one(play->end, play->sender, i);
        case RT_ROLE_SERVES:
                return serve_one(play->end, &play->seen, i % 2);
        default:
                wrong = send_one(play->end, play->sender, i);
                return wrong ? wrong : receive_one(play->end, &play->seen);
        }
}

const char *play_part(rtchannel *end, uint64_t sender)
{
        Play play = { .end = end, .sender = sender };
        rtchannel_event event;
        int r = rtchannel_wait_peer(end, rtchannel_in(patience));
        if (r < 0)
                return failed("rtchannel_wait_peer", r);
        while (rtchannel_event_next(end, &event) > 0)
                ;
        for (uint64_t i = 0; i < 4; i++) {
                const char *wrong = play_act(&play, end->spec.role, i);
                if (wrong)
                        return wrong;
        }
        return NULL;
}

/* -- the counterpart --------------------------------------------------------------------------- */

static bool is_expected(int r)
{
        return r == -ETIMEDOUT || r == -EAGAIN || r == -ECONNRESET || r == -EINTR ||
               r == -ECANCELED;
}

static const char *send_along(Partner *partner)
{
        uint64_t words[PLAY_WORDS];
        play_fill(words, partner->sender, partner->sent);
        int r = rtchannel_send(partner->end, words, sizeof words, rtchannel_in(soon));
        if (r < 0)
                return is_expected(r) ? NULL : failed("rtchannel_send", r);
        partner->sent++;
        return NULL;
}

static const char *receive_along(Partner *partner, rtchannel_message *message,
                                 uint64_t words[static PLAY_WORDS], bool *got)
{
        int r = rtchannel_receive(partner->end, words, PLAY_WORDS * sizeof *words, message,
                                  rtchannel_in(soon));
        partner->resets += r == -ECONNRESET;
        *got = r == 0;
        if (r < 0)
                return is_expected(r) ? NULL : failed("rtchannel_receive", r);
        return play_check(&partner->seen, words, message->size, message->lost, 0);
}

static const char *serve_along(Partner *partner)
{
        rtchannel_message message;
        uint64_t words[PLAY_WORDS];
        bool got;
        const char *wrong = receive_along(partner, &message, words, &got);
        if (wrong || !got)
                return wrong;
        int r = rtchannel_reply(partner->end, &message, words, sizeof words, rtchannel_in(soon));
        return r < 0 && !is_expected(r) ? failed("rtchannel_reply", r) : NULL;
}

static const char *call_along(Partner *partner)
{
        uint64_t words[PLAY_WORDS], reply[PLAY_WORDS];
        rtchannel_message message;
        play_fill(words, partner->sender, partner->sent++);
        int r = rtchannel_call(partner->end, words, sizeof words, reply, sizeof reply, &message,
                               rtchannel_in(soon));
        partner->resets += r == -ECONNRESET;
        if (r < 0)
                return is_expected(r) ? NULL : failed("rtchannel_call", r);
        return message.size == sizeof reply && memcmp(words, reply, sizeof reply) == 0
                       ? NULL
                       : "a reply is of another request";
}

const char *play_along(Partner *partner)
{
        rtchannel_message message;
        uint64_t words[PLAY_WORDS];
        bool got;
        const char *wrong = NULL;
        switch (partner->end->spec.role) {
        case RT_ROLE_PUBLISHES:
        case RT_ROLE_PUSHES:
                return send_along(partner);
        case RT_ROLE_SUBSCRIBES:
        case RT_ROLE_PULLS:
                return receive_along(partner, &message, words, &got);
        case RT_ROLE_CALLS:
                return call_along(partner);
        case RT_ROLE_SERVES:
                return serve_along(partner);
        default:
                wrong = send_along(partner);
                return wrong ? wrong : receive_along(partner, &message, words, &got);
        }
}
