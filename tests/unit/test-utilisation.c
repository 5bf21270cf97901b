/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "utilisation.h"

#include <string.h>

#include "fixture.h"
#include "load.h"

static const RtShare one = { 1, 1 };

/* The order in which shares come must not matter. */
static void expect(const RtShare *shares, size_t n, RtShare limit, int sign)
{
        RtShare copy[1001], mirror[1001];
        memcpy(copy, shares, n * sizeof *shares);
        for (size_t i = 0; i < n; i++)
                mirror[i] = shares[n - 1 - i];
        ck_assert_int_eq(rt_utilisation_compare(copy, n, limit), sign);
        ck_assert_int_eq(rt_utilisation_compare(mirror, n, limit), sign);
}
#define EXPECT(limit, sign, ...)                                                                   \
        expect((const RtShare[]){ __VA_ARGS__ },                                                   \
               sizeof((const RtShare[]){ __VA_ARGS__ }) / sizeof(RtShare), (limit), (sign))

START_TEST(nothing_is_less_than_any_limit)
{
        RtShare none[1];
        ck_assert_int_eq(rt_utilisation_compare(none, 0, one), -1);
        ck_assert_int_eq(rt_utilisation_compare(none, 0, (RtShare){ 1, RT_TIME_MOST }), -1);
        ck_assert_int_eq(rt_utilisation_compare(none, 0, (RtShare){ 0, 1 }), 0);
}
END_TEST

START_TEST(sums_far_from_the_limit_are_told)
{
        EXPECT(one, -1, { 1, 2 }, { 1, 4 });
        EXPECT(one, 1, { 1, 2 }, { 3, 4 });
        EXPECT(((RtShare){ 95, 100 }), 1, { 24, 25 });
        EXPECT(((RtShare){ 95, 100 }), -1, { 23, 25 });
}
END_TEST

/* Sylvester's sequence: 1/2 + 1/3 + 1/7 + 1/43 + … is below 1 by one part in its product. */
START_TEST(egyptian_fractions_sum_to_exactly_one)
{
        EXPECT(one, 0, { 1, 2 }, { 1, 3 }, { 1, 6 });
        EXPECT(one, 0, { 1, 2 }, { 1, 3 }, { 1, 7 }, { 1, 42 });
        EXPECT(one, 0, { 1, 2 }, { 1, 3 }, { 1, 7 }, { 1, 43 }, { 1, 1807 }, { 1, 3263443 },
               { 1, 10650056950806 });
        EXPECT(one, -1, { 1, 2 }, { 1, 3 }, { 1, 7 }, { 1, 43 }, { 1, 1807 }, { 1, 3263443 },
               { 1, 10650056950807 });
        EXPECT(one, 1, { 1, 2 }, { 1, 3 }, { 1, 7 }, { 1, 43 }, { 1, 1807 }, { 1, 3263443 },
               { 1, 10650056950805 });
}
END_TEST

START_TEST(one_part_in_a_million_million_is_seen)
{
        const int64_t t = 1000000000000;
        EXPECT(one, 0, { t / 2, t }, { t / 2, t });
        EXPECT(one, 1, { t / 2, t }, { t / 2 + 1, t });
        EXPECT(one, -1, { t / 2, t }, { t / 2 - 1, t });
        EXPECT(one, 1, { t + 1, t });
}
END_TEST

/* p/a - q/b = 1/(a b), with a and b near 2^61: no floating point format sees that. */
START_TEST(the_least_difference_of_two_coprime_fractions_is_seen)
{
        const int64_t a = 2305843009213693951, b = 2305843009213693949;
        const int64_t p = 1152921504606846975, q = 1152921504606846974;
        EXPECT(((RtShare){ q, b }), 1, { p, a });
        EXPECT(((RtShare){ p, a }), -1, { q, b });
        EXPECT(((RtShare){ p, a }), 0, { p, a });
        EXPECT(one, 1, { p, a }, { b - q, b });
        EXPECT(one, -1, { a - p, a }, { q, b });
        EXPECT(one, 0, { a - p, a }, { p, a });
}
END_TEST

START_TEST(limits_and_shares_above_one_are_compared_too)
{
        EXPECT(((RtShare){ 7, 2 }), 0, { 10, 4 }, { 3, 3 });
        EXPECT(((RtShare){ 7, 2 }), 1, { 10, 4 }, { 3, 3 }, { 1, RT_TIME_MOST });
        EXPECT(((RtShare){ 7, 2 }), -1, { 10, 4 }, { RT_TIME_MOST - 1, RT_TIME_MOST });
}
END_TEST

/* Pairs of k/p and (p-k)/p: the sum is whole, and its common period has thousands of bits. */
START_TEST(many_coprime_periods_are_summed_exactly)
{
        RtShare shares[1001];
        const size_t n = 1000;
        for (size_t i = 0; i < n; i += 2) {
                int64_t period = 999999937 + (int64_t)(i * i + i) + 2, part = period / 1000;
                shares[i] = (RtShare){ part, period };
                shares[i + 1] = (RtShare){ period - part, period };
        }
        const RtShare limit = { (int64_t)n / 2, 1 };
        expect(shares, n, limit, 0);
        shares[n - 1].part--;
        expect(shares, n, limit, -1);
        shares[n - 1].part += 2;
        expect(shares, n, limit, 1);
        shares[n - 1].part--;
        shares[n] = (RtShare){ 1, RT_TIME_MOST };
        expect(shares, n + 1, limit, 1);
}
END_TEST

/* What cancels has no common factor: 1/p - 1/(p+1) over many p, which telescopes. */
START_TEST(sums_that_cancel_only_as_a_whole_are_exact)
{
        RtShare shares[301];
        const int64_t first = 1000003, n = 300;
        for (int64_t i = 0; i < n; i++) /* 1/(p (p+1)) */
                shares[i] = (RtShare){ 1, (first + i) * (first + i + 1) };
        /* The sum is 1/first - 1/(first + n) = n / (first (first + n)). */
        expect(shares, (size_t)n, (RtShare){ n, first * (first + n) }, 0);
        expect(shares, (size_t)n, (RtShare){ n, first * (first + n) - 1 }, -1);
        expect(shares, (size_t)n, (RtShare){ n, first * (first + n) + 1 }, 1);
}
END_TEST

int main(void)
{
        return RUN_TESTS("utilisation", nothing_is_less_than_any_limit,
                         sums_far_from_the_limit_are_told, egyptian_fractions_sum_to_exactly_one,
                         one_part_in_a_million_million_is_seen,
                         the_least_difference_of_two_coprime_fractions_is_seen,
                         limits_and_shares_above_one_are_compared_too,
                         many_coprime_periods_are_summed_exactly,
                         sums_that_cancel_only_as_a_whole_are_exact);
}
