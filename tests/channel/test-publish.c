/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One publishes, any number subscribe. */

#include "suite.h"

#include <errno.h>
#include <pthread.h>

#define LATEST "message_size=64 depth=4 full=overwrite spin=0 connections=1"
#define QUEUE "message_size=64 depth=4 full=refuse spin=0 connections=1"

typedef struct Group {
        Wire wire;
        rtchannel *publisher, *subscribers[3];
} Group;

static Group group_new(const char *geometry)
{
        Group group = { .wire = wire_new(geometry, 3) };
        group.publisher = wire_listen(&group.wire, "publishes");
        for (int i = 0; i < 3; i++)
                group.subscribers[i] = wire_connect(&group.wire, "subscribes", (char)('a' + i));
        ck_assert(wire_wait_peers(group.publisher, 3));
        for (int i = 0; i < 3; i++)
                ck_assert(wire_wait_peers(group.subscribers[i], 1));
        return group;
}

static void group_free(Group *group)
{
        for (int i = 0; i < 3; i++)
                rtchannel_close(group->subscribers[i]);
        rtchannel_close(group->publisher);
        wire_free(&group->wire);
}

START_TEST(every_subscriber_gets_every_message)
{
        static const char *const geometries[] = { LATEST, QUEUE };
        for (int g = 0; g < 2; g++) {
                Group group = group_new(geometries[g]);
                for (uint64_t round = 0; round < 100; round++) {
                        for (uint64_t n = 0; n < 4; n++)
                                send_number(group.publisher, 4 * round + n);
                        for (int i = 0; i < 3; i++)
                                expect_numbers(group.subscribers[i], 4 * round, 4);
                }
                ck_assert_uint_eq(statistics_of(group.publisher).sent, 400);
                ck_assert_uint_eq(statistics_of(group.subscribers[2]).received, 400);
                ck_assert_uint_eq(statistics_of(group.subscribers[2]).lost, 0);
                group_free(&group);
        }
}
END_TEST

START_TEST(a_slow_subscriber_of_latest_values_is_told_how_many_it_has_lost)
{
        Group group = group_new(LATEST);
        rtchannel_message message;
        uint64_t number;
        for (uint64_t n = 0; n < 20; n++) {
                send_number(group.publisher, n);
                ck_assert_uint_eq(receive_number(group.subscribers[0]), n);
        }
        expect_ok(rtchannel_receive(group.subscribers[1], &number, sizeof number, &message,
                                    RTCHANNEL_NOW));
        ck_assert_uint_eq(number, 16);
        ck_assert_uint_eq(message.lost, 16);
        expect_ok(rtchannel_receive(group.subscribers[1], &number, sizeof number, &message,
                                    RTCHANNEL_NOW));
        ck_assert_uint_eq(number, 17);
        ck_assert_uint_eq(message.lost, 0);
        expect_numbers(group.subscribers[1], 18, 2);
        ck_assert_uint_eq(statistics_of(group.subscribers[1]).lost, 16);
        ck_assert_uint_eq(statistics_of(group.subscribers[1]).received, 4);
        ck_assert_uint_eq(statistics_of(group.publisher).refused, 0);
        group_free(&group);
}
END_TEST

START_TEST(a_publisher_that_must_not_lose_waits_for_the_slowest)
{
        Group group = group_new(QUEUE);
        for (uint64_t n = 0; n < 4; n++)
                send_number(group.publisher, n);
        expect_numbers(group.subscribers[0], 0, 4);
        expect_numbers(group.subscribers[1], 0, 4);
        expect_result(try_send(group.publisher, 4, RTCHANNEL_NOW), -EAGAIN);
        expect_result(try_send(group.publisher, 4, rtchannel_in(1000000)), -ETIMEDOUT);
        ck_assert_uint_eq(receive_number(group.subscribers[2]), 0);
        expect_ok(try_send(group.publisher, 4, RTCHANNEL_NOW));
        expect_result(try_send(group.publisher, 5, RTCHANNEL_NOW), -EAGAIN);
        expect_numbers(group.subscribers[2], 1, 4);
        expect_numbers(group.subscribers[0], 4, 1);
        ck_assert_uint_eq(statistics_of(group.publisher).refused, 3);
        ck_assert_uint_eq(statistics_of(group.publisher).high_water, 4);
        group_free(&group);
}
END_TEST

START_TEST(a_subscriber_that_goes_holds_up_nobody)
{
        Group group = group_new(QUEUE);
        for (uint64_t n = 0; n < 4; n++)
                send_number(group.publisher, n);
        expect_numbers(group.subscribers[0], 0, 4);
        expect_numbers(group.subscribers[1], 0, 4);
        group.subscribers[2] = rtchannel_close(group.subscribers[2]);
        send_number(group.publisher, 4); /* it waits until that is known */
        expect_numbers(group.subscribers[0], 4, 1);
        group_free(&group);
}
END_TEST

START_TEST(who_subscribes_late_gets_what_comes_from_then_on)
{
        static const char *const geometries[] = { LATEST, QUEUE };
        for (int g = 0; g < 2; g++) {
                Wire wire = wire_new(geometries[g], 1);
                rtchannel *publisher = wire_listen(&wire, "publishes");
                for (uint64_t n = 0; n < 10; n++)
                        send_number(publisher, n);
                rtchannel *subscriber = wire_connect(&wire, "subscribes", 'a');
                ck_assert(wire_wait_peers(publisher, 1));
                expect_nothing(subscriber);
                send_number(publisher, 10);
                expect_numbers(subscriber, 10, 1);
                ck_assert_uint_eq(statistics_of(subscriber).lost, 0);
                rtchannel_close(subscriber);
                rtchannel_close(publisher);
                wire_free(&wire);
        }
}
END_TEST

START_TEST(what_is_sent_once_a_subscriber_is_connected_reaches_it)
{
        for (int i = 0; i < 50; i++) {
                Wire wire = wire_new(QUEUE, 1);
                rtchannel *publisher = wire_listen(&wire, "publishes");
                rtchannel *subscriber = wire_connect(&wire, "subscribes", 'a');
                expect_ok(rtchannel_wait_peer(subscriber, late()));
                send_number(publisher, 7);
                ck_assert_uint_eq(receive_number(subscriber), 7);
                rtchannel_close(subscriber);
                rtchannel_close(publisher);
                wire_free(&wire);
        }
}
END_TEST

START_TEST(without_subscribers_publishing_succeeds)
{
        static const char *const geometries[] = { LATEST, QUEUE };
        for (int g = 0; g < 2; g++) {
                Wire wire = wire_new(geometries[g], 1);
                rtchannel *publisher = wire_listen(&wire, "publishes");
                for (uint64_t n = 0; n < 1000; n++)
                        expect_ok(try_send(publisher, n, RTCHANNEL_NOW));
                ck_assert_uint_eq(statistics_of(publisher).sent, 1000);
                ck_assert_uint_eq(statistics_of(publisher).high_water, 0);
                rtchannel_close(publisher);
                wire_free(&wire);
        }
}
END_TEST

/* -- subscribers come and go while the publisher sends ------------------------------------------
 */

typedef struct Source {
        rtchannel *publisher;
        _Atomic bool shall_stop;
} Source;

static void *publish(void *argument)
{
        Source *source = argument;
        for (uint64_t n = 0; !source->shall_stop; n++)
                if (try_send(source->publisher, n, rtchannel_in(100000000)) < 0)
                        n--;
        return NULL;
}

static void subscribe_again_and_again(const char *geometry, bool listens)
{
        Wire wire = wire_new(geometry, 1);
        Source source = { .publisher = listens ? wire_listen(&wire, "publishes")
                                               : wire_connect(&wire, "publishes", 'a') };
        pthread_t thread;
        expect_ok(pthread_create(&thread, NULL, publish, &source));
        for (int round = 0; round < 150; round++) {
                rtchannel *subscriber = listens ? wire_connect(&wire, "subscribes", 'a')
                                                : wire_listen(&wire, "subscribes");
                uint64_t last = 0;
                for (int i = 0; i < 10; i++) {
                        rtchannel_message message;
                        uint64_t number = 0;
                        expect_ok(rtchannel_receive(subscriber, &number, sizeof number, &message,
                                                    late()));
                        if (i > 0)
                                ck_assert_uint_eq(number, last + 1 + message.lost);
                        last = number;
                }
                ck_assert_uint_eq(statistics_of(subscriber).broken, 0);
                rtchannel_close(subscriber);
        }
        source.shall_stop = true;
        expect_ok(pthread_join(thread, NULL));
        ck_assert_uint_eq(statistics_of(source.publisher).broken, 0);
        rtchannel_close(source.publisher);
        wire_free(&wire);
}

START_TEST(who_comes_while_a_queue_is_published_gets_all_from_some_message_on)
{
        subscribe_again_and_again(QUEUE, true);
}
END_TEST

START_TEST(who_comes_while_latest_values_are_published_gets_them_from_some_message_on)
{
        subscribe_again_and_again(LATEST, true);
}
END_TEST

START_TEST(a_publisher_may_be_the_one_that_connects)
{
        subscribe_again_and_again(QUEUE, false);
        subscribe_again_and_again(LATEST, false);
}
END_TEST

/* -- processes --------------------------------------------------------------------------------- */

static void subscribe_in_child(void *argument)
{
        const Wire *wire = argument;
        rtchannel *end = wire_connect(wire, "subscribes", 'b');
        for (uint64_t n = 0; n < 2000; n++)
                ck_assert_uint_eq(receive_number(end), n);
        rtchannel_close(end);
}

START_TEST(a_queue_reaches_subscribers_in_other_processes_whole)
{
        Wire wire = wire_new(QUEUE, 2);
        pid_t child = in_child(subscribe_in_child, &wire);
        rtchannel *publisher = wire_listen(&wire, "publishes");
        rtchannel *subscriber = wire_connect(&wire, "subscribes", 'a');
        ck_assert(wire_wait_peers(publisher, 2));
        for (uint64_t n = 0; n < 2000; n++) {
                send_number(publisher, n);
                ck_assert_uint_eq(receive_number(subscriber), n);
        }
        expect_child(child);
        rtchannel_close(subscriber);
        rtchannel_close(publisher);
        wire_free(&wire);
}
END_TEST

static void publish_in_child(void *argument)
{
        rtchannel *end = wire_listen(argument, "publishes");
        expect_ok(rtchannel_wait_peer(end, late()));
        for (uint64_t n = 0; n < 3; n++)
                send_number(end, n);
        set_step(0, 1);
        wait_step(1, 1);
}

START_TEST(a_subscriber_is_told_once_that_the_publisher_is_gone_after_its_last_message)
{
        Wire wire = wire_new(QUEUE, 1);
        pid_t child = in_child(publish_in_child, &wire);
        rtchannel *subscriber = wire_connect(&wire, "subscribes", 'a');
        uint64_t number;
        wait_step(0, 1);
        kill_child(child);
        for (uint64_t n = 0; n < 3; n++)
                ck_assert_uint_eq(receive_number(subscriber), n);
        expect_result(try_receive(subscriber, &number, late()), -ECONNRESET);
        expect_nothing(subscriber);

        set_step(0, 0);
        child = in_child(publish_in_child, &wire);
        wait_step(0, 1);
        for (uint64_t n = 0; n < 3; n++)
                ck_assert_uint_eq(receive_number(subscriber), n);
        set_step(1, 1);
        expect_child(child);
        rtchannel_close(subscriber);
        wire_free(&wire);
}
END_TEST

START_TEST(the_end_of_a_publisher_is_told_before_anything_of_the_next)
{
        Wire wire = wire_new(QUEUE, 1);
        rtchannel *publisher = wire_listen(&wire, "publishes");
        rtchannel *subscriber = wire_connect(&wire, "subscribes", 'a');
        ck_assert(wire_wait_peers(publisher, 1) && wire_wait_peers(subscriber, 1));
        send_number(publisher, 1);
        rtchannel_close(publisher);
        publisher = wire_listen(&wire, "publishes");
        ck_assert_uint_eq(receive_number(subscriber), 1);
        ck_assert(wire_wait_peers(publisher, 1));
        send_number(publisher, 2);
        uint64_t number;
        expect_result(try_receive(subscriber, &number, late()), -ECONNRESET);
        expect_numbers(subscriber, 2, 1);
        rtchannel_close(subscriber);
        rtchannel_close(publisher);
        wire_free(&wire);
}
END_TEST

START_TEST(each_side_can_do_its_part_only)
{
        Ends ends = ends_new(QUEUE, "publishes", "subscribes");
        uint64_t number = 0, tag;
        const void *borrowed;
        void *loan;
        rtchannel_message message = { 0 };
        expect_result(try_send(ends.connecting, 1, RTCHANNEL_NOW), -EOPNOTSUPP);
        expect_result(rtchannel_loan(ends.connecting, &loan, RTCHANNEL_NOW), -EOPNOTSUPP);
        expect_result(try_receive(ends.listening, &number, RTCHANNEL_NOW), -EOPNOTSUPP);
        expect_result(rtchannel_borrow(ends.listening, &borrowed, NULL, RTCHANNEL_NOW),
                      -EOPNOTSUPP);
        expect_result(rtchannel_call(ends.listening, "", 0, &number, 8, NULL, RTCHANNEL_NOW),
                      -EOPNOTSUPP);
        expect_result(rtchannel_request(ends.listening, "", 0, RTCHANNEL_FOREVER, &tag, 0),
                      -EOPNOTSUPP);
        expect_result(rtchannel_reply(ends.listening, &message, "", 0, RTCHANNEL_NOW), -EOPNOTSUPP);
        expect_result(rtchannel_loan_reply(ends.connecting, &message, &loan, RTCHANNEL_NOW),
                      -EOPNOTSUPP);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "publish", every_subscriber_gets_every_message,
                a_slow_subscriber_of_latest_values_is_told_how_many_it_has_lost,
                a_publisher_that_must_not_lose_waits_for_the_slowest,
                a_subscriber_that_goes_holds_up_nobody,
                who_subscribes_late_gets_what_comes_from_then_on,
                what_is_sent_once_a_subscriber_is_connected_reaches_it,
                without_subscribers_publishing_succeeds,
                who_comes_while_a_queue_is_published_gets_all_from_some_message_on,
                who_comes_while_latest_values_are_published_gets_them_from_some_message_on,
                a_publisher_may_be_the_one_that_connects,
                a_queue_reaches_subscribers_in_other_processes_whole,
                a_subscriber_is_told_once_that_the_publisher_is_gone_after_its_last_message,
                the_end_of_a_publisher_is_told_before_anything_of_the_next,
                each_side_can_do_its_part_only);
}
