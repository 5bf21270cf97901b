/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "quantity.h"

#include <errno.h>

#include "fixture.h"

enum { UNTOUCHED = -77 };

static void expect_duration(const char *text, int64_t expected)
{
        int64_t value = UNTOUCHED;
        ck_assert_msg(rt_parse_duration(text, &value) == 0, "«%s» is refused", text);
        ck_assert_msg(value == expected, "«%s» is %lld", text, (long long)value);
}

static void expect_size(const char *text, int64_t expected)
{
        int64_t value = UNTOUCHED;
        ck_assert_msg(rt_parse_size(text, &value) == 0, "«%s» is refused", text);
        ck_assert_msg(value == expected, "«%s» is %lld", text, (long long)value);
}

static void refuse_duration(const char *text, int error)
{
        int64_t value = UNTOUCHED;
        int r = rt_parse_duration(text, &value);
        ck_assert_msg(r == error, "«%s» gives %d", text, r);
        ck_assert_int_eq(value, UNTOUCHED);
}

static void refuse_size(const char *text, int error)
{
        int64_t value = UNTOUCHED;
        int r = rt_parse_size(text, &value);
        ck_assert_msg(r == error, "«%s» gives %d", text, r);
        ck_assert_int_eq(value, UNTOUCHED);
}

START_TEST(durations_are_read_in_all_units)
{
        expect_duration("800ns", 800);
        expect_duration("250us", 250000);
        expect_duration("1ms", 1000000);
        expect_duration("2s", 2000000000);
        expect_duration("0ns", 0);
        expect_duration("007ms", 7000000);
}
END_TEST

START_TEST(fractions_are_exact)
{
        expect_duration("1.5ms", 1500000);
        expect_duration("0.000000001s", 1);
        expect_duration("0.100000000s", 100000000);
        expect_duration("2.50us", 2500);
        expect_size("1.5K", 1536);
        expect_size("0.5M", 524288);
}
END_TEST

START_TEST(what_is_finer_than_the_type_is_refused)
{
        refuse_duration("0.5ns", -ERANGE);
        refuse_duration("1.0000000001s", -ERANGE);
        refuse_size("0.3B", -ERANGE);
        refuse_size("0.1K", -ERANGE);
}
END_TEST

START_TEST(sizes_are_powers_of_1024)
{
        expect_size("1B", 1);
        expect_size("64K", 65536);
        expect_size("16M", 16777216);
        expect_size("2G", INT64_C(2) << 30);
        expect_size("1T", INT64_C(1) << 40);
}
END_TEST

START_TEST(a_number_without_a_unit_is_told_from_nonsense)
{
        refuse_duration("5", -ENODATA);
        refuse_duration("1.5", -ENODATA);
        refuse_size("64", -ENODATA);
        refuse_duration("", -EINVAL);
        refuse_duration("ms", -EINVAL);
        refuse_duration("x5ms", -EINVAL);
}
END_TEST

START_TEST(nothing_may_stand_around_the_quantity)
{
        refuse_duration(" 1ms", -EINVAL);
        refuse_duration("1 ms", -EINVAL);
        refuse_duration("1ms ", -EINVAL);
        refuse_duration("1msec", -EINVAL);
        refuse_duration("1MS", -EINVAL);
        refuse_duration("+1ms", -EINVAL);
        refuse_duration("1.ms", -EINVAL);
        refuse_duration(".5ms", -EINVAL);
        refuse_duration("1e3ms", -EINVAL);
        refuse_duration("1..5ms", -EINVAL);
        refuse_size("64KB", -EINVAL);
        refuse_size("64k", -EINVAL);
        refuse_size("1ms", -EINVAL);
}
END_TEST

START_TEST(negative_and_overflowing_quantities_are_out_of_range)
{
        refuse_duration("-1ms", -ERANGE);
        refuse_size("-1K", -ERANGE);
        refuse_duration("99999999999999999999s", -ERANGE);
        refuse_duration("9223372036854775807s", -ERANGE);
        refuse_duration("9223372036854775807ns", -ERANGE);
        refuse_size("16777216T", -ERANGE);
        refuse_size("99999999999999999999999B", -ERANGE);
        refuse_duration("0.99999999999999999999s", -ERANGE);
}
END_TEST

START_TEST(the_limits_themselves_are_taken)
{
        expect_duration(rt_printf(fx.arena, "%lldns", (long long)RT_DURATION_MAX), RT_DURATION_MAX);
        refuse_duration(rt_printf(fx.arena, "%lldns", (long long)RT_DURATION_MAX + 1), -ERANGE);
        expect_size("1048576T", RT_SIZE_MAX);
        refuse_size("1048577T", -ERANGE);
}
END_TEST

START_TEST(integers_take_a_sign_and_nothing_else)
{
        int64_t value = UNTOUCHED;
        ck_assert_int_eq(rt_parse_integer("42", &value), 0);
        ck_assert_int_eq(value, 42);
        ck_assert_int_eq(rt_parse_integer("-42", &value), 0);
        ck_assert_int_eq(value, -42);
        ck_assert_int_eq(rt_parse_integer("+7", &value), 0);
        ck_assert_int_eq(value, 7);
        value = UNTOUCHED;
        ck_assert_int_eq(rt_parse_integer("", &value), -EINVAL);
        ck_assert_int_eq(rt_parse_integer("-", &value), -EINVAL);
        ck_assert_int_eq(rt_parse_integer("1x", &value), -EINVAL);
        ck_assert_int_eq(rt_parse_integer("9223372036854775808", &value), -ERANGE);
        ck_assert_int_eq(value, UNTOUCHED);
}
END_TEST

START_TEST(quantities_are_written_in_the_largest_exact_unit)
{
        ck_assert_str_eq(rt_duration_text(fx.arena, 1500000), "1500us");
        ck_assert_str_eq(rt_duration_text(fx.arena, 2000000000), "2s");
        ck_assert_str_eq(rt_duration_text(fx.arena, 1), "1ns");
        ck_assert_str_eq(rt_duration_text(fx.arena, 0), "0ns");
        ck_assert_str_eq(rt_size_text(fx.arena, 2097152), "2M");
        ck_assert_str_eq(rt_size_text(fx.arena, 1536), "1536B");
        ck_assert_str_eq(rt_size_text(fx.arena, 0), "0B");
}
END_TEST

START_TEST(what_is_written_reads_back_the_same)
{
        for (int64_t value = 1; value > 0 && value <= RT_SIZE_MAX / 7; value = value * 7 + 3) {
                expect_size(rt_size_text(fx.arena, value), value);
                if (value <= RT_DURATION_MAX)
                        expect_duration(rt_duration_text(fx.arena, value), value);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("quantity", durations_are_read_in_all_units, fractions_are_exact,
                         what_is_finer_than_the_type_is_refused, sizes_are_powers_of_1024,
                         a_number_without_a_unit_is_told_from_nonsense,
                         nothing_may_stand_around_the_quantity,
                         negative_and_overflowing_quantities_are_out_of_range,
                         the_limits_themselves_are_taken, integers_take_a_sign_and_nothing_else,
                         quantities_are_written_in_the_largest_exact_unit,
                         what_is_written_reads_back_the_same);
}
