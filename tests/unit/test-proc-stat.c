/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc-stat.h"

#include <stdlib.h>

#include "fixture.h"

static const char stat[] = "7 (a) S) b) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 "
                           "25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42\n";

START_TEST(fields_are_counted_from_the_end_of_the_name)
{
        ck_assert_int_eq(rt_stat_field(stat, 3)[0], 'S');
        ck_assert_int_eq(atoi(rt_stat_field(stat, RT_STAT_FLAGS)), RT_STAT_FLAGS);
        ck_assert_int_eq(atoi(rt_stat_field(stat, RT_STAT_START)), RT_STAT_START);
        ck_assert_int_eq(atoi(rt_stat_field(stat, RT_STAT_RT_PRIORITY)), RT_STAT_RT_PRIORITY);
        ck_assert_int_eq(atoi(rt_stat_field(stat, RT_STAT_POLICY)), RT_STAT_POLICY);
        ck_assert_int_eq(atoi(rt_stat_field(stat, 42)), 42);
}
END_TEST

START_TEST(what_the_text_does_not_have_is_not_there)
{
        ck_assert_ptr_null(rt_stat_field(stat, 43));
        ck_assert_ptr_null(rt_stat_field("7 (a) S 1 2", RT_STAT_START));
        ck_assert_ptr_null(rt_stat_field("7 (a)", 3));
        ck_assert_ptr_null(rt_stat_field("7 S 1 2 3", 3));
        ck_assert_ptr_null(rt_stat_field("", 3));
}
END_TEST

int main(void)
{
        return RUN_TESTS("proc-stat", fields_are_counted_from_the_end_of_the_name,
                         what_the_text_does_not_have_is_not_there);
}
