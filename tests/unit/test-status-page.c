/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-page.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static RtStatisticsPage good_page(void)
{
        RtStatisticsPage page = { .version = RT_STATISTICS_VERSION,
                                  .pid = 7,
                                  .channel = "imu",
                                  .role = "publishes",
                                  .message_size = 64,
                                  .depth = 4,
                                  .numbers = { .sent = 5, .latency_max = 9 } };
        memcpy(page.magic, RT_STATISTICS_MAGIC, sizeof page.magic);
        return page;
}

static RtEndPage parsed(const RtStatisticsPage *page)
{
        RtEndPage end = { 0 };
        ck_assert_int_eq(rt_end_page_parse(fx.arena, page, sizeof *page, &end), 0);
        return end;
}

START_TEST(what_an_end_says_is_read)
{
        RtStatisticsPage page = good_page();
        RtEndPage end = parsed(&page);
        ck_assert_str_eq(end.channel, "imu");
        ck_assert_str_eq(end.role, "publishes");
        ck_assert_uint_eq(end.pid, 7);
        ck_assert_uint_eq(end.message_size, 64);
        ck_assert_uint_eq(end.depth, 4);
        ck_assert_uint_eq(end.numbers.sent, 5);
        ck_assert_uint_eq(end.numbers.latency_max, 9);
}
END_TEST

START_TEST(what_is_no_page_is_refused_and_changes_nothing)
{
        RtStatisticsPage page = good_page();
        RtEndPage end = { .pid = 99 };
        ck_assert_int_eq(rt_end_page_parse(fx.arena, &page, sizeof page - 1, &end), -EBADMSG);
        ck_assert_int_eq(rt_end_page_parse(fx.arena, &page, 0, &end), -EBADMSG);
        page.magic[7] ^= 1;
        ck_assert_int_eq(rt_end_page_parse(fx.arena, &page, sizeof page, &end), -EBADMSG);
        page = good_page();
        page.version++;
        ck_assert_int_eq(rt_end_page_parse(fx.arena, &page, sizeof page, &end), -EPROTONOSUPPORT);
        ck_assert_uint_eq(end.pid, 99);
}
END_TEST

START_TEST(texts_that_are_not_terminated_end_with_their_field)
{
        RtStatisticsPage page = good_page();
        memset(page.channel, 'c', sizeof page.channel);
        memset(page.role, 'r', sizeof page.role);
        RtEndPage end = parsed(&page);
        ck_assert_uint_eq(strlen(end.channel), sizeof page.channel);
        ck_assert_uint_eq(strlen(end.role), sizeof page.role);
        ck_assert_int_eq(end.role[sizeof page.role - 1], 'r');
}
END_TEST

START_TEST(what_a_terminal_would_obey_is_escaped)
{
        RtStatisticsPage page = good_page();
        memcpy(page.channel, "\033[2J\n\xff", 7);
        ck_assert_str_eq(parsed(&page).channel, "\\x1b[2J\\x0a\\xff");
        /* Even if it becomes longer than the field by that. */
        memset(page.channel, '\a', sizeof page.channel);
        ck_assert_uint_eq(strlen(parsed(&page).channel), 4 * sizeof page.channel);
}
END_TEST

START_TEST(percentiles_are_rounded_up_to_the_end_of_their_bucket)
{
        rtchannel_statistics numbers = { .latency_max = 1000000 };
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 50), 0);
        numbers.latencies[0] = 1; /* 0 ns and 1 ns */
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 99), 1);
        numbers.latencies[0] = 0;
        numbers.latencies[20] = 99; /* from 1024 ns */
        numbers.latencies[21] = 1;  /* from 1536 ns */
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 1), 1536);
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 99), 1536);
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 100), 2048);
}
END_TEST

START_TEST(no_percentile_is_above_the_longest_latency)
{
        rtchannel_statistics numbers = { .latency_max = 1100 };
        numbers.latencies[20] = 10;
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 50), 1100);
        numbers.latencies[20] = 0;
        numbers.latencies[RTCHANNEL_BUCKETS - 1] = 1;
        numbers.latency_max = UINT64_C(99000000000);
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 50), numbers.latency_max);
}
END_TEST

START_TEST(numbers_that_cannot_be_added_up_are_survived)
{
        rtchannel_statistics numbers = { .latency_max = UINT64_MAX };
        memset(numbers.latencies, 0xff, sizeof numbers.latencies);
        /* All buckets alike: half of them lie below the 36th. */
        ck_assert_uint_eq(rt_latency_percentile(&numbers, 50), UINT64_C(1) << 18);
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-page", what_an_end_says_is_read,
                         what_is_no_page_is_refused_and_changes_nothing,
                         texts_that_are_not_terminated_end_with_their_field,
                         what_a_terminal_would_obey_is_escaped,
                         percentiles_are_rounded_up_to_the_end_of_their_bucket,
                         no_percentile_is_above_the_longest_latency,
                         numbers_that_cannot_be_added_up_are_survived);
}
