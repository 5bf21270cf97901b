/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* nng, requests and replies. */

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>

#include "side.h"

static void check(const char *what, int r)
{
        if (__builtin_expect(r != 0, 0)) {
                char text[256];
                (void)snprintf(text, sizeof text, "%s: %s", what, nng_strerror(r));
                fail(text, 0);
        }
}

static void open_socket(Side *side)
{
        nng_socket *socket = malloc(sizeof *socket);
        if (!socket)
                fail("malloc", 0);
        side->state = socket;
        check("nng_open", side->role == ASKS ? nng_req0_open(socket) : nng_rep0_open(socket));
        check("NNG_OPT_RECVMAXSZ", nng_socket_set_size(*socket, NNG_OPT_RECVMAXSZ, 0));
        check(side->place, side->role == ASKS ? nng_dial(*socket, side->place, NULL, 0)
                                              : nng_listen(*socket, side->place, NULL, 0));
}

static void send_out(Side *side)
{
        const nng_socket *socket = side->state;
        check("nng_send", nng_send(*socket, side->out, side->size, 0));
}

static void receive_in(Side *side)
{
        const nng_socket *socket = side->state;
        size_t size = side->size;
        check("nng_recv", nng_recv(*socket, side->in, &size, 0));
}

static void ask(Side *side)
{
        put_count(side->out, ++side->count);
        send_out(side);
        receive_in(side);
        expect_count(side, side->in);
}

static void answer(Side *side)
{
        receive_in(side);
        put_count(side->out, get_count(side->in));
        send_out(side);
}

const Contender contenders[] = {
        { .name = "nng", .open = open_socket, .ask = ask, .answer = answer },
        { 0 },
};
