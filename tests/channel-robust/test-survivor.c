/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an end owes its user whatever its peers do: cases that once went wrong. */

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "open-things.h"
#include "raw.h"
#include "transfer.h"

#define REFUSE "message_size=64 depth=2 full=refuse spin=0 connections=1"
#define OVERWRITE "message_size=64 depth=2 full=overwrite spin=0 connections=1"

static const int64_t second = 1000000000;

/* -- calls that the tests meddle with (--wrap) ------------------------------------------------- */

static _Atomic bool all_copies_fail;
static _Atomic int dead_listener = -1, accept_error;
static _Atomic unsigned accepts;

bool __real_rt_reader_copy(const RtReader *reader, const RtMessage *message, void *buffer);
bool __wrap_rt_reader_copy(const RtReader *reader, const RtMessage *message, void *buffer);
bool __wrap_rt_reader_copy(const RtReader *reader, const RtMessage *message, void *buffer)
{
        return __real_rt_reader_copy(reader, message, buffer) && !all_copies_fail;
}

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
        int pair[2];
        accepts++;
        if (accept_error) {
                errno = accept_error;
                return -1;
        }
        if (fd != dead_listener || socketpair(AF_UNIX, SOCK_SEQPACKET | flags, 0, pair) < 0)
                return __real_accept4(fd, address, size, flags);
        (void)close(pair[1]);
        return pair[0];
}

/* -- fixture ----------------------------------------------------------------------------------- */

static int send_number(rtchannel *end, uint64_t number)
{
        return rtchannel_send(end, &number, sizeof number, RTCHANNEL_NOW);
}

/* The next message, -1 if there is none in time; else the error. */
static int64_t receive_number(rtchannel *end, int64_t patience)
{
        uint64_t number = 0;
        int r = rtchannel_receive(end, &number, sizeof number, NULL, rtchannel_in(patience));
        return r == -ETIMEDOUT ? -1 : r < 0 ? r : (int64_t)number;
}

static bool has_event(rtchannel *end, rtchannel_event_type type)
{
        rtchannel_event event;
        while (rtchannel_event_next(end, &event) > 0)
                if (event.type == type)
                        return true;
        return false;
}

/* Until the attendant has made the next connection of the way, without the user's knowledge. */
static void await_next(rtchannel *end)
{
        for (int i = 0; i < 5000 && !end->ways[0].next; i++)
                (void)usleep(1000);
        ck_assert(end->ways[0].next);
}

/* -- what a hostile sender sends --------------------------------------------------------------- */

START_TEST(a_message_longer_than_declared_keeps_nobody_waiting_and_ends_the_connection)
{
        Wire wire = wire_new(REFUSE, 2);
        rtchannel *puller = wire_listen(&wire, "pulls"), *decent;
        char longer[65] = { 0 };
        Raw raw;
        raw_init(&raw, &wire, "pushes", true);
        ck_assert_int_eq(raw_meet(&raw, &wire, 'a'), 0);
        decent = wire_connect(&wire, "pushes", 'b');
        ck_assert(wire_wait_peers(puller, 2) && wire_wait_peers(decent, 1));
        raw_send(&raw, 0, longer, sizeof longer);
        ck_assert_int_eq(send_number(decent, 7), 0);
        ck_assert_int_eq(receive_number(puller, second), 7);
        ck_assert_int_eq(receive_number(puller, second / 100), -1);
        ck_assert(has_event(puller, RTCHANNEL_BROKEN));
        raw_free(&raw);
        rtchannel_close(decent);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(a_sender_that_overwrites_each_copy_does_not_hold_the_receiver_beyond_its_deadline)
{
        Ends ends = ends_new(OVERWRITE, "pulls", "pushes");
        char buffer[64];
        ck_assert_int_eq(send_number(ends.connecting, 7), 0);
        all_copies_fail = true;
        ck_assert_int_eq(
                rtchannel_receive(ends.listening, buffer, sizeof buffer, NULL, RTCHANNEL_NOW),
                -EAGAIN);
        ck_assert_int_eq(rtchannel_receive(ends.listening, buffer, sizeof buffer, NULL,
                                           rtchannel_in(second / 100)),
                         -ETIMEDOUT);
        all_copies_fail = false;
        ck_assert_int_eq(receive_number(ends.listening, second), 7);
        ends_free(&ends);
}
END_TEST

START_TEST(a_sequence_from_the_future_breaks_the_protocol_instead_of_being_looked_at_for_ever)
{
        alignas(64) static unsigned char memory[RT_PAGE];
        RtRing *ring = (RtRing *)(void *)memory;
        RtShape shape;
        RtReader reader;
        RtMessage message;
        ck_assert(rt_shape(64, 2, true, &shape));
        rt_reader_init(&reader, ring, &shape, 0);
        ((RtSlot *)(void *)ring->slots)->sequence = 1000;
        ring->head = 1;
        ck_assert_int_eq(rt_reader_peek(&reader, &message), -EPROTO);
        ring->head = UINT64_MAX;
        ck_assert_int_eq(rt_reader_peek(&reader, &message), -EPROTO);
}
END_TEST

/* -- peers that come and go -------------------------------------------------------------------- */

START_TEST(who_subscribes_late_gets_what_comes_from_then_on_and_nothing_that_is_overwritten)
{
        static const char *geometries[] = { REFUSE, OVERWRITE };
        Wire wire = wire_new(geometries[_i], 1);
        rtchannel *publisher = wire_connect(&wire, "publishes", 'a'), *subscriber;
        for (unsigned i = 0; i < 10; i++)
                ck_assert_int_eq(send_number(publisher, i), 0);
        subscriber = wire_listen(&wire, "subscribes");
        ck_assert(wire_wait_peers(subscriber, 1) && wire_wait_peers(publisher, 1));
        ck_assert_int_eq(receive_number(subscriber, second / 100), -1);
        for (unsigned i = 10; i < 15; i++) {
                ck_assert_int_eq(send_number(publisher, i), 0);
                ck_assert_int_eq(receive_number(subscriber, second), i);
        }
        ck_assert(!has_event(subscriber, RTCHANNEL_BROKEN));
        rtchannel_close(subscriber);
        rtchannel_close(publisher);
        wire_free(&wire);
}
END_TEST

START_TEST(what_belonged_to_a_peer_is_given_back_though_nobody_comes_after_it)
{
        Wire wire = wire_new(REFUSE, 1);
        rtchannel *puller = wire_connect(&wire, "pulls", 'a');
        unsigned before = open_things().mappings, now;
        rtchannel *pusher = wire_listen(&wire, "pushes");
        ck_assert(wire_wait_peers(puller, 1) && wire_wait_peers(pusher, 1));
        rtchannel_close(pusher);
        (void)usleep(200000); /* by now it has connected to the socket where nobody answers */
        ck_assert(wire_wait_peers(puller, 0));
        for (int i = 0; i < 1000 && (now = open_things().mappings) > before; i++)
                (void)usleep(1000);
        ck_assert_uint_le(now, before);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(a_restart_of_the_sender_is_told_before_its_new_messages)
{
        Wire wire = wire_new(REFUSE, 1);
        rtchannel *puller = wire_listen(&wire, "pulls");
        rtchannel *pusher = wire_connect(&wire, "pushes", 'a');
        ck_assert(wire_wait_peers(puller, 1) && wire_wait_peers(pusher, 1));
        ck_assert_int_eq(send_number(pusher, 1), 0);
        rtchannel_close(pusher);
        pusher = wire_connect(&wire, "pushes", 'a');
        ck_assert_int_eq(send_number(pusher, 2), 0);
        await_next(puller);
        ck_assert_int_eq(receive_number(puller, second), 1);
        ck_assert_int_eq(receive_number(puller, second), -ECONNRESET);
        ck_assert_int_eq(receive_number(puller, second), 2);
        rtchannel_close(pusher);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

static void *answer_one(void *server)
{
        uint64_t number;
        rtchannel_message request;
        int r = rtchannel_receive(server, &number, sizeof number, &request,
                                  rtchannel_in(5 * second));
        if (r == 0)
                (void)rtchannel_reply(server, &request, &number, sizeof number,
                                      rtchannel_in(5 * second));
        return NULL;
}

START_TEST(a_call_does_not_fail_for_a_server_that_was_replaced_before_it)
{
        Wire wire = wire_new(REFUSE, 1);
        rtchannel *server = wire_listen(&wire, "serves");
        rtchannel *client = wire_connect(&wire, "calls", 'a');
        uint64_t number = 7;
        pthread_t thread;
        ck_assert(wire_wait_peers(server, 1) && wire_wait_peers(client, 1));
        rtchannel_close(server);
        server = wire_listen(&wire, "serves");
        await_next(client);
        ck_assert_int_eq(pthread_create(&thread, NULL, answer_one, server), 0);
        ck_assert_int_eq(rtchannel_call(client, &number, sizeof number, &number, sizeof number,
                                        NULL, rtchannel_in(5 * second)),
                         0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        rtchannel_close(client);
        rtchannel_close(server);
        wire_free(&wire);
}
END_TEST

/* -- replies are for one client only ----------------------------------------------------------- */

typedef struct Shop {
        Wire wire;
        rtchannel *server, *client;
        rtchannel_message request;
} Shop;

static Shop shop_new(void)
{
        Shop shop = { .wire = wire_new("message_size=64 depth=1 full=refuse spin=0 connections=1",
                                       1) };
        uint64_t number = 1;
        shop.server = wire_listen(&shop.wire, "serves");
        shop.client = wire_connect(&shop.wire, "calls", 'a');
        ck_assert(wire_wait_peers(shop.server, 1) && wire_wait_peers(shop.client, 1));
        ck_assert_int_eq(rtchannel_request(shop.client, &number, sizeof number, RTCHANNEL_FOREVER,
                                           NULL, RTCHANNEL_NOW),
                         0);
        ck_assert_int_eq(rtchannel_receive(shop.server, &number, sizeof number, &shop.request,
                                           rtchannel_in(second)),
                         0);
        return shop;
}

static void next_client(Shop *shop)
{
        rtchannel_close(shop->client);
        shop->client = wire_connect(&shop->wire, "calls", 'a');
}

static void *next_client_later(void *shop)
{
        (void)usleep(100000);
        next_client(shop);
        return NULL;
}

static void shop_free(Shop *shop)
{
        rtchannel_close(shop->client);
        rtchannel_close(shop->server);
        wire_free(&shop->wire);
}

START_TEST(a_reply_being_written_while_the_client_is_replaced_does_not_reach_the_next_one)
{
        Shop shop = shop_new();
        void *data;
        ck_assert_int_eq(rtchannel_loan_reply(shop.server, &shop.request, &data, RTCHANNEL_NOW), 0);
        memcpy(data, "secret", 7);
        next_client(&shop);
        await_next(shop.server);
        ck_assert_int_eq(rtchannel_commit(shop.server, 7), -ECONNRESET);
        ck_assert_int_eq(receive_number(shop.client, second / 20), -1);
        ck_assert_int_eq(rtchannel_loan_reply(shop.server, &shop.request, &data, RTCHANNEL_NOW),
                         -ECONNRESET);
        shop_free(&shop);
}
END_TEST

START_TEST(a_reply_that_waits_for_room_while_the_client_is_replaced_does_not_reach_the_next_one)
{
        Shop shop = shop_new();
        uint64_t number = 7;
        pthread_t thread;
        ck_assert_int_eq(
                rtchannel_reply(shop.server, &shop.request, &number, sizeof number, RTCHANNEL_NOW),
                0);
        ck_assert_int_eq(pthread_create(&thread, NULL, next_client_later, &shop), 0);
        ck_assert_int_eq(rtchannel_reply(shop.server, &shop.request, &number, sizeof number,
                                         rtchannel_in(5 * second)),
                         -ECONNRESET);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(receive_number(shop.client, second / 20), -1);
        shop_free(&shop);
}
END_TEST

/* -- the attendant ----------------------------------------------------------------------------- */

START_TEST(connections_that_hang_up_at_once_and_for_ever_keep_no_other_peer_out)
{
        Wire wire = wire_new(REFUSE, 2);
        rtchannel *puller = wire_listen(&wire, "pulls"), *decent;
        Raw raw;
        dead_listener = puller->listeners[0].fd;
        raw_init(&raw, &wire, "pushes", true);
        ck_assert_int_eq(raw_reach(&raw, &wire, 'a'), 0); /* so that the listener is readable */
        decent = wire_connect(&wire, "pushes", 'b');
        ck_assert_int_eq(send_number(decent, 7), 0);
        ck_assert_int_eq(receive_number(puller, 2 * second), 7);
        unsigned before = accepts;
        (void)usleep(200000);
        ck_assert_uint_lt(accepts - before, 200);
        raw_free(&raw);
        rtchannel_close(decent);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(without_descriptors_left_the_attendant_waits_and_then_accepts)
{
        Wire wire = wire_new(REFUSE, 1);
        rtchannel *puller = wire_listen(&wire, "pulls"), *pusher;
        accept_error = EMFILE;
        pusher = wire_connect(&wire, "pushes", 'a');
        (void)usleep(200000);
        ck_assert_uint_lt(accepts, 200);
        accept_error = 0;
        ck_assert(wire_wait_peers(pusher, 1) && wire_wait_peers(puller, 1));
        rtchannel_close(pusher);
        rtchannel_close(puller);
        wire_free(&wire);
}
END_TEST

START_TEST(the_descriptor_of_an_end_that_only_sends_tells_of_room)
{
        Ends ends = ends_new(REFUSE, "pulls", "pushes");
        struct pollfd fd = { .fd = rtchannel_fd(ends.connecting), .events = POLLIN };
        uint64_t number = 0;
        while (send_number(ends.connecting, number) == 0)
                number++;
        ck_assert_uint_eq(number, 2);
        while (poll(&fd, 1, 10) > 0) /* of events before */
                ck_assert_int_eq(send_number(ends.connecting, number), -EAGAIN);
        ck_assert_int_eq(receive_number(ends.listening, second), 0);
        ck_assert_int_eq(poll(&fd, 1, 5000), 1);
        ck_assert_int_eq(send_number(ends.connecting, number), 0);
        ends_free(&ends);
}
END_TEST

/* -- fork -------------------------------------------------------------------------------------- */

static int refused_in_child(rtchannel *receiver, rtchannel *sender)
{
        return rtchannel_release(receiver) == -ECHILD && rtchannel_cancel(sender) == -ECHILD &&
               rtchannel_commit(sender, 1) == -ECHILD;
}

START_TEST(a_child_can_neither_release_nor_cancel_what_its_parent_holds)
{
        Ends ends = ends_new(REFUSE, "pulls", "pushes");
        const void *data;
        void *loan;
        int status;
        ck_assert_int_eq(send_number(ends.connecting, 7), 0);
        ck_assert_int_eq(rtchannel_borrow(ends.listening, &data, NULL, rtchannel_in(second)), 0);
        ck_assert_int_eq(rtchannel_loan(ends.connecting, &loan, RTCHANNEL_NOW), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
                _exit(refused_in_child(ends.listening, ends.connecting) ? 0 : 1);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ck_assert_int_eq(rtchannel_release(ends.listening), 0);
        ck_assert_int_eq(rtchannel_commit(ends.connecting, 8), 0);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                a_message_longer_than_declared_keeps_nobody_waiting_and_ends_the_connection,
                a_sender_that_overwrites_each_copy_does_not_hold_the_receiver_beyond_its_deadline,
                a_sequence_from_the_future_breaks_the_protocol_instead_of_being_looked_at_for_ever,
                what_belonged_to_a_peer_is_given_back_though_nobody_comes_after_it,
                a_restart_of_the_sender_is_told_before_its_new_messages,
                a_call_does_not_fail_for_a_server_that_was_replaced_before_it,
                a_reply_being_written_while_the_client_is_replaced_does_not_reach_the_next_one,
                a_reply_that_waits_for_room_while_the_client_is_replaced_does_not_reach_the_next_one,
                connections_that_hang_up_at_once_and_for_ever_keep_no_other_peer_out,
                without_descriptors_left_the_attendant_waits_and_then_accepts,
                the_descriptor_of_an_end_that_only_sends_tells_of_room,
                a_child_can_neither_release_nor_cancel_what_its_parent_holds,
        };
        TCase *tcase = tcase_create("survivor");
        tcase_set_timeout(tcase, 15);
        tcase_add_loop_test(
                tcase,
                who_subscribes_late_gets_what_comes_from_then_on_and_nothing_that_is_overwritten, 0,
                2);
        for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
                tcase_add_test(tcase, tests[i]);
        Suite *suite = suite_create("survivor");
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
