/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* iceoryx, client and server, with copies as the others have them: asleep in a wait set, or looking
 * again and again. Needs its daemon. */

#include <iceoryx_binding_c/client.h>
#include <iceoryx_binding_c/notification_info.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/server.h>
#include <iceoryx_binding_c/wait_set.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "side.h"

typedef struct Ends {
        iox_client_storage_t client_storage;
        iox_server_storage_t server_storage;
        iox_ws_storage_t wait_storage;
        iox_client_t client;
        iox_server_t server;
        iox_ws_t wait; /* NULL: looks again and again */
} Ends;

static void check(const char *what, int result, int success)
{
        if (__builtin_expect(result != success, 0)) {
                char text[64];
                (void)snprintf(text, sizeof text, "%s: result %d", what, result);
                fail(text, 0);
        }
}

static void connect_client(Ends *ends, const char *place)
{
        iox_client_options_t options;
        iox_client_options_init(&options);
        ends->client = iox_client_init(&ends->client_storage, "bench", "channels", place, &options);
        for (int i = 0; iox_client_get_connection_state(ends->client) != ConnectionState_CONNECTED;
             i++) {
                if (i == 500)
                        fail("the server was not found", 0);
                (void)usleep(10000);
        }
}

static void open_polling(Side *side)
{
        char name[64];
        Ends *ends = calloc(1, sizeof *ends);
        if (!ends)
                fail("calloc", 0);
        (void)snprintf(name, sizeof name, "bench-%d", (int)getpid());
        iox_runtime_init(name);
        side->state = ends;
        if (side->role == ASKS) {
                connect_client(ends, side->place);
                return;
        }
        iox_server_options_t options;
        iox_server_options_init(&options);
        ends->server =
                iox_server_init(&ends->server_storage, "bench", "channels", side->place, &options);
}

static void open_sleeping(Side *side)
{
        open_polling(side);
        Ends *ends = side->state;
        ends->wait = iox_ws_init(&ends->wait_storage);
        check("iox_ws_attach",
              side->role == ASKS
                      ? (int)iox_ws_attach_client_state(ends->wait, ends->client,
                                                        ClientState_HAS_RESPONSE, 0, NULL)
                      : (int)iox_ws_attach_server_state(ends->wait, ends->server,
                                                        ServerState_HAS_REQUEST, 0, NULL),
              WaitSetResult_SUCCESS);
}

static void pause_or_sleep(const Ends *ends)
{
        iox_notification_info_t info;
        uint64_t missed;
        if (ends->wait)
                (void)iox_ws_wait(ends->wait, &info, 1, &missed);
#if defined(__x86_64__) || defined(__i386__)
        else
                __builtin_ia32_pause();
#endif
}

static void ask(Side *side)
{
        const Ends *ends = side->state;
        void *request;
        const void *reply;
        check("iox_client_loan_request",
              (int)iox_client_loan_request(ends->client, &request, (uint32_t)side->size),
              AllocationResult_SUCCESS);
        put_count(side->out, ++side->count);
        memcpy(request, side->out, side->size);
        check("iox_client_send", (int)iox_client_send(ends->client, request),
              ClientSendResult_SUCCESS);
        while (iox_client_take_response(ends->client, &reply) != ChunkReceiveResult_SUCCESS)
                pause_or_sleep(ends);
        memcpy(side->in, reply, side->size);
        iox_client_release_response(ends->client, reply);
        expect_count(side, side->in);
}

static void answer(Side *side)
{
        const Ends *ends = side->state;
        const void *request;
        void *reply;
        while (iox_server_take_request(ends->server, &request) != ServerRequestResult_SUCCESS)
                pause_or_sleep(ends);
        memcpy(side->in, request, side->size);
        put_count(side->out, get_count(side->in));
        check("iox_server_loan_response",
              (int)iox_server_loan_response(ends->server, request, &reply, (uint32_t)side->size),
              AllocationResult_SUCCESS);
        memcpy(reply, side->out, side->size);
        check("iox_server_send", (int)iox_server_send(ends->server, reply),
              ServerSendResult_SUCCESS);
        iox_server_release_request(ends->server, request);
}

const Contender contenders[] = {
        { .name = "sleeping", .open = open_sleeping, .ask = ask, .answer = answer },
        { .name = "polling", .open = open_polling, .ask = ask, .answer = answer },
        { 0 },
};
