/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* PUB and SUB. */

#include <errno.h>

#include "house.h"

#define WIDE "message_size=64 depth=64 full=overwrite spin=0 connections=4"
#define NARROW "message_size=64 depth=4 full=refuse spin=0 connections=4"

/* Publishes until the subscriber, who must want it, is there, and takes all that has come. */
static void meet(void *pub, void *sub, const char *text)
{
        char got[64];
        set_number(sub, ZMQ_RCVTIMEO, 10);
        do
                send_text(pub, text);
        while (zmq_recv(sub, got, sizeof got, 0) < 0);
        while (zmq_recv(sub, got, sizeof got, ZMQ_DONTWAIT) >= 0)
                ;
        set_number(sub, ZMQ_RCVTIMEO, 20000);
}

START_TEST(a_subscriber_gets_what_begins_with_a_prefix_of_its)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "sync");
        set_text(sub, ZMQ_SUBSCRIBE, "ab");
        set_text(sub, ZMQ_SUBSCRIBE, "abc");
        meet(pub, sub, "sync");
        const char *all[] = { "a", "ab", "abx", "abcd", "b", "", "ab!" };
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
                send_text(pub, all[i]);
        expect_text(sub, "ab");
        expect_text(sub, "abx");
        expect_text(sub, "abcd");
        expect_text(sub, "ab!");
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(without_subscriptions_nothing_is_received)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "");
        meet(pub, sub, "sync");
        ck_assert_int_eq(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, "", 0), 0);
        send_text(pub, "lost");
        expect_none(sub);
        ck_assert_int_eq(get_number(sub, ZMQ_EVENTS), 0);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(what_came_before_the_subscription_is_not_received)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "sync");
        meet(pub, sub, "sync");
        send_text(pub, "early");
        set_text(sub, ZMQ_SUBSCRIBE, "");
        send_text(pub, "late");
        expect_text(sub, "late");
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(subscriptions_count)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "x");
        set_text(sub, ZMQ_SUBSCRIBE, "x");
        meet(pub, sub, "x");
        set_text(sub, ZMQ_UNSUBSCRIBE, "x");
        send_text(pub, "x1");
        expect_text(sub, "x1");
        set_text(sub, ZMQ_UNSUBSCRIBE, "x");
        send_text(pub, "x2");
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(the_first_part_is_the_topic)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "weather.north");
        meet(pub, sub, "weather.north");
        send_part(pub, "weather");
        send_text(pub, ".north");
        send_part(pub, "weather.north");
        send_text(pub, "rain");
        expect_part(sub, "weather.north");
        expect_text(sub, "rain");
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(all_subscribers_get_all)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news");
        void *a = connecting(ZMQ_SUB, "news"), *b = connecting(ZMQ_SUB, "news");
        set_text(a, ZMQ_SUBSCRIBE, "");
        set_text(b, ZMQ_SUBSCRIBE, "");
        meet(pub, a, "a");
        meet(pub, b, "b");
        for (char got; zmq_recv(a, &got, 1, ZMQ_DONTWAIT) >= 0;)
                ;
        send_text(pub, "both");
        expect_text(a, "both");
        expect_text(b, "both");
        leave(pub, a, b);
}
END_TEST

START_TEST(a_publisher_never_waits_and_a_full_channel_loses_the_newest)
{
        char got;
        int n = 0;
        declare("news", NARROW, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "");
        meet(pub, sub, "sync");
        for (char c = 'a'; c < 'z'; c++)
                ck_assert_int_eq(zmq_send(pub, &c, 1, 0), 1);
        ck_assert_int_eq(get_number(pub, ZMQ_EVENTS), ZMQ_POLLOUT);
        for (; zmq_recv(sub, &got, 1, ZMQ_DONTWAIT) == 1; n++)
                ck_assert_int_eq(got, 'a' + n);
        ck_assert_int_eq(n, 4);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(a_channel_that_overwrites_loses_the_oldest)
{
        char got;
        declare("news", "message_size=64 depth=4 full=overwrite spin=0 connections=4", "publishes",
                "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        set_text(sub, ZMQ_SUBSCRIBE, "");
        meet(pub, sub, "sync");
        for (char c = 'a'; c <= 'z'; c++)
                ck_assert_int_eq(zmq_send(pub, &c, 1, 0), 1);
        for (char c = 'w'; c <= 'z'; c++) {
                ck_assert_int_eq(zmq_recv(sub, &got, 1, 0), 1);
                ck_assert_int_eq(got, c);
        }
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(a_conflating_subscriber_gets_the_newest)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = blank(ZMQ_SUB);
        set_number(sub, ZMQ_CONFLATE, 1);
        join(sub, "news", false);
        set_text(sub, ZMQ_SUBSCRIBE, "");
        meet(pub, sub, "sync");
        for (char c = 'a'; c <= 'f'; c++)
                ck_assert_int_eq(zmq_send(pub, &c, 1, 0), 1);
        expect_text(sub, "f");
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(an_inverting_subscriber_gets_all_others)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = blank(ZMQ_SUB);
        set_number(sub, ZMQ_INVERT_MATCHING, 1);
        join(sub, "news", false);
        set_text(sub, ZMQ_SUBSCRIBE, "noise");
        meet(pub, sub, "sync");
        send_text(pub, "noise");
        send_text(pub, "signal");
        expect_text(sub, "signal");
        expect_none(sub);
        leave(pub, sub, NULL);
}
END_TEST

START_TEST(neither_side_does_what_the_other_does)
{
        declare("news", WIDE, "publishes", "subscribes");
        void *pub = listening(ZMQ_PUB, "news"), *sub = connecting(ZMQ_SUB, "news");
        expect_error(zmq_recv(pub, NULL, 0, 0), ENOTSUP);
        expect_error(zmq_send(sub, "x", 1, 0), ENOTSUP);
        leave(pub, sub, NULL);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "zmq-publish", a_subscriber_gets_what_begins_with_a_prefix_of_its,
                without_subscriptions_nothing_is_received,
                what_came_before_the_subscription_is_not_received, subscriptions_count,
                the_first_part_is_the_topic, all_subscribers_get_all,
                a_publisher_never_waits_and_a_full_channel_loses_the_newest,
                a_channel_that_overwrites_loses_the_oldest, a_conflating_subscriber_gets_the_newest,
                an_inverting_subscriber_gets_all_others, neither_side_does_what_the_other_does);
}
