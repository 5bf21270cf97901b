/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "histogram.h"

#include <stdlib.h>

#include "fixture.h"

static RtHistogram *empty(void)
{
        return rt_alloc(fx.arena, sizeof(RtHistogram));
}

START_TEST(of_nothing_everything_is_zero)
{
        RtHistogram *histogram = empty();
        ck_assert_int_eq(rt_histogram_quantile(histogram, 500000), 0);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 1000000), 0);
        ck_assert_uint_eq(histogram->n, 0);
}
END_TEST

START_TEST(extremes_are_exact)
{
        RtHistogram *histogram = empty();
        rt_histogram_add(histogram, 123457);
        ck_assert_int_eq(histogram->least, 123457);
        ck_assert_int_eq(histogram->most, 123457);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 1), 123457);
        rt_histogram_add(histogram, 98765432);
        rt_histogram_add(histogram, 77);
        ck_assert_int_eq(histogram->least, 77);
        ck_assert_int_eq(histogram->most, 98765432);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 1000000), 98765432);
        ck_assert_uint_eq(histogram->n, 3);
}
END_TEST

START_TEST(a_quantile_counts_values_and_not_times)
{
        RtHistogram *histogram = empty();
        for (int i = 1; i <= 100; i++)
                rt_histogram_add(histogram, i <= 99 ? 10 : 50);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 500000), 10);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 990000), 10);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 990001), 50);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 999000), 50);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 0), 10);
}
END_TEST

static int by_value(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
        return (x > y) - (x < y);
}

/* Against the sorted values: never less, and at most a step more. */
START_TEST(quantiles_are_those_of_the_sorted_values_rounded_up_a_little)
{
        enum { N = 20000 };
        static int64_t values[N];
        RtHistogram *histogram = empty();
        srandom(1);
        for (int i = 0; i < N; i++) {
                values[i] = (int64_t)random() >> (random() % 31);
                rt_histogram_add(histogram, values[i]);
        }
        qsort(values, N, sizeof *values, by_value);
        for (int64_t ppm = 100; ppm <= 1000000; ppm += 100) {
                int64_t right = values[(N * ppm + 999999) / 1000000 - 1];
                int64_t said = rt_histogram_quantile(histogram, ppm);
                ck_assert_msg(said >= right && said <= right + right / 64, "%lld: %lld, not %lld",
                              (long long)ppm, (long long)said, (long long)right);
        }
}
END_TEST

START_TEST(values_beyond_all_steps_are_counted_in_the_last)
{
        RtHistogram *histogram = empty();
        rt_histogram_add(histogram, -5);
        rt_histogram_add(histogram, INT64_MAX);
        rt_histogram_add(histogram, INT64_C(1) << 40);
        rt_histogram_add(histogram, INT64_C(1) << 39);
        ck_assert_int_eq(histogram->least, 0);
        ck_assert_int_eq(histogram->most, INT64_MAX);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 250000), 0);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 500000), (INT64_C(65) << 33) - 1);
        ck_assert_int_eq(rt_histogram_quantile(histogram, 1000000), INT64_MAX);
}
END_TEST

START_TEST(a_value_with_its_margin_is_rounded_up_to_two_digits)
{
        ck_assert_int_eq(rt_with_margin(23400, 1200000), 29000);
        ck_assert_int_eq(rt_with_margin(23400, 1000000), 24000);
        ck_assert_int_eq(rt_with_margin(24000, 1000000), 24000);
        ck_assert_int_eq(rt_with_margin(99001, 1000000), 100000);
        ck_assert_int_eq(rt_with_margin(99, 1000000), 99);
        ck_assert_int_eq(rt_with_margin(100, 1000001), 110);
        ck_assert_int_eq(rt_with_margin(1, 1200000), 2);
        ck_assert_int_eq(rt_with_margin(0, 1200000), 0);
        ck_assert_int_ge(rt_with_margin(INT64_MAX, 100000000), INT64_MAX / 2);
}
END_TEST

START_TEST(what_comes_out_is_never_less_than_what_went_in)
{
        srandom(2);
        for (int i = 0; i < 10000; i++) {
                int64_t ns = (int64_t)random() >> (random() % 31);
                int64_t value = rt_with_margin(ns, 1000000 + random() % 1000000);
                ck_assert_int_ge(value, ns);
                ck_assert_int_le(value, 2 * ns + ns / 4 + 2);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("histogram", of_nothing_everything_is_zero, extremes_are_exact,
                         a_quantile_counts_values_and_not_times,
                         quantiles_are_those_of_the_sorted_values_rounded_up_a_little,
                         values_beyond_all_steps_are_counted_in_the_last,
                         a_value_with_its_margin_is_rounded_up_to_two_digits,
                         what_comes_out_is_never_less_than_what_went_in);
}
