/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suite.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "statistics.h"

/* The bucket that this latency alone is counted in. */
static int bucket_of(int64_t latency)
{
        rtchannel_statistics statistics = { 0 };
        int found = -1;
        rt_count_latency(&statistics, latency);
        for (int i = 0; i < RTCHANNEL_BUCKETS; i++) {
                if (statistics.latencies[i] == 0)
                        continue;
                ck_assert_uint_eq(statistics.latencies[i], 1);
                ck_assert_int_lt(found, 0);
                found = i;
        }
        ck_assert_int_ge(found, 0);
        return found;
}

START_TEST(bucket_2n_begins_at_2_to_the_n_and_the_next_at_half_as_much_again)
{
        for (int n = 1; 2 * n + 1 < RTCHANNEL_BUCKETS; n++) {
                int64_t power = INT64_C(1) << n;
                ck_assert_int_eq(bucket_of(power), 2 * n);
                ck_assert_int_eq(bucket_of(power + power / 2 - 1), 2 * n);
                ck_assert_int_eq(bucket_of(power + power / 2), 2 * n + 1);
                ck_assert_int_eq(bucket_of(2 * power - 1), 2 * n + 1);
        }
        ck_assert_int_eq(bucket_of(1), 0);
}
END_TEST

START_TEST(what_is_shorter_or_longer_than_all_goes_to_the_ends)
{
        static const int64_t longest[] = { INT64_C(1) << 36, INT64_C(1) << 50, INT64_MAX };
        ck_assert_int_eq(bucket_of(0), 0);
        ck_assert_int_eq(bucket_of(-1), 0);
        ck_assert_int_eq(bucket_of(INT64_MIN), 0);
        for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
                ck_assert_int_eq(bucket_of(longest[i]), RTCHANNEL_BUCKETS - 1);
}
END_TEST

START_TEST(sum_and_maximum_are_kept_besides)
{
        rtchannel_statistics statistics = { 0 };
        static const int64_t latencies[] = { 5, 1000, 7, -3, 999 };
        for (size_t i = 0; i < sizeof latencies / sizeof *latencies; i++)
                rt_count_latency(&statistics, latencies[i]);
        ck_assert_uint_eq(statistics.latency_max, 1000);
        ck_assert_uint_eq(statistics.latency_sum, 5 + 1000 + 7 + 999);
}
END_TEST

START_TEST(an_end_has_a_page_that_says_what_it_is)
{
        Ends ends = ends_new("message_size=64 depth=4 full=refuse spin=0 connections=1", "pulls",
                             "pushes");
        const RtStatisticsPage *page = ends.listening->statistics;
        ck_assert_mem_eq(page->magic, RT_STATISTICS_MAGIC, sizeof page->magic);
        ck_assert_uint_eq(page->version, RT_STATISTICS_VERSION);
        ck_assert_uint_eq(page->pid, (uint32_t)getpid());
        ck_assert_str_eq(page->channel, "test");
        ck_assert_str_eq(page->role, "pulls");
        ck_assert_uint_eq(page->message_size, 64);
        ck_assert_uint_eq(page->depth, 4);
        rtchannel_statistics statistics = statistics_of(ends.listening);
        ck_assert_mem_eq(&statistics, &page->numbers, sizeof statistics);
        ends_free(&ends);
}
END_TEST

int main(void)
{
        return RUN_TESTS("statistics",
                         bucket_2n_begins_at_2_to_the_n_and_the_next_at_half_as_much_again,
                         what_is_shorter_or_longer_than_all_goes_to_the_ends,
                         sum_and_maximum_are_kept_besides, an_end_has_a_page_that_says_what_it_is);
}
