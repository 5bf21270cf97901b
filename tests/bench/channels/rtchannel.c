/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* librtchannel, as a program of a container uses it. */

#include <rtchannel.h>

#include "side.h"

static void open_end(Side *side)
{
        rtchannel *end;
        int r = rtchannel_open(side->place, &end);
        if (r < 0)
                fail("rtchannel_open", r);
        side->state = end;
        if (side->role == ASKS || side->role == PUSHES || side->role == SUBSCRIBES)
                r = rtchannel_wait_peer(end, rtchannel_in(5000000000));
        if (r < 0)
                fail("rtchannel_wait_peer", r);
}

static void check(const char *what, int r)
{
        if (__builtin_expect(r < 0, 0))
                fail(what, r);
}

/* -- with copies ------------------------------------------------------------------------------- */

static void ask(Side *side)
{
        put_count(side->out, ++side->count);
        check("rtchannel_call", rtchannel_call(side->state, side->out, side->size, side->in,
                                               side->size, NULL, RTCHANNEL_FOREVER));
        expect_count(side, side->in);
}

static void answer(Side *side)
{
        rtchannel_message request;
        check("rtchannel_receive",
              rtchannel_receive(side->state, side->in, side->size, &request, RTCHANNEL_FOREVER));
        put_count(side->out, get_count(side->in));
        check("rtchannel_reply",
              rtchannel_reply(side->state, &request, side->out, side->size, RTCHANNEL_FOREVER));
}

static void send_copy(Side *side)
{
        put_count(side->out, ++side->count);
        check("rtchannel_send",
              rtchannel_send(side->state, side->out, side->size, RTCHANNEL_FOREVER));
}

static void receive_copy(Side *side)
{
        check("rtchannel_receive",
              rtchannel_receive(side->state, side->in, side->size, NULL, RTCHANNEL_FOREVER));
        side->count++;
        if (side->role == PULLS)
                expect_count(side, side->in);
}

/* -- with loans: the message is made where it lies, and only its first bytes are looked at ------
 */

static void send_loan(Side *side)
{
        void *data;
        check("rtchannel_loan", rtchannel_loan(side->state, &data, RTCHANNEL_FOREVER));
        put_count(data, ++side->count);
        check("rtchannel_commit", rtchannel_commit(side->state, side->size));
}

static void receive_loan(Side *side)
{
        const void *data;
        check("rtchannel_borrow", rtchannel_borrow(side->state, &data, NULL, RTCHANNEL_FOREVER));
        side->count++;
        expect_count(side, data);
        check("rtchannel_release", rtchannel_release(side->state));
}

static void ask_loan(Side *side)
{
        const void *reply;
        send_loan(side);
        check("rtchannel_borrow", rtchannel_borrow(side->state, &reply, NULL, RTCHANNEL_FOREVER));
        expect_count(side, reply);
        check("rtchannel_release", rtchannel_release(side->state));
}

static void answer_loan(Side *side)
{
        rtchannel_message message;
        const void *request;
        void *reply;
        check("rtchannel_borrow",
              rtchannel_borrow(side->state, &request, &message, RTCHANNEL_FOREVER));
        check("rtchannel_loan_reply",
              rtchannel_loan_reply(side->state, &message, &reply, RTCHANNEL_FOREVER));
        put_count(reply, get_count(request));
        check("rtchannel_commit", rtchannel_commit(side->state, side->size));
        check("rtchannel_release", rtchannel_release(side->state));
}

const Contender contenders[] = {
        { "copy", open_end, ask, answer, send_copy, receive_copy },
        { "loan", open_end, ask_loan, answer_loan, send_loan, receive_loan },
        { 0 },
};
