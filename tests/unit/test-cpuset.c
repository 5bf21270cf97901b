/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpuset.h"

#include <errno.h>

#include "fixture.h"

static RtCpuSet set_of(const char *text)
{
        RtCpuSet set = { 0 };
        ck_assert_msg(rt_cpuset_parse(text, &set) == 0, "«%s» is refused", text);
        return set;
}

static void expect_text(const char *text, const char *written)
{
        RtCpuSet set = set_of(text);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), written);
}

static void refuse(const char *text, int error)
{
        RtCpuSet set = set_of("5");
        int r = rt_cpuset_parse(text, &set);
        ck_assert_msg(r == error, "«%s» gives %d", text, r);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), "5");
}

START_TEST(lists_and_ranges_are_read)
{
        expect_text("0", "0");
        expect_text("0,2-3", "0,2-3");
        expect_text("0-1023", "0-1023");
        expect_text(" 1 , 3-4 ", "1,3-4");
}
END_TEST

START_TEST(sets_are_written_in_the_shortest_form)
{
        expect_text("3,2,1,0", "0-3");
        expect_text("1,1,1", "1");
        expect_text("0-2,1-5", "0-5");
        expect_text("63-64", "63-64");
        expect_text("1023", "1023");
        RtCpuSet none = { 0 };
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &none), "");
}
END_TEST

START_TEST(what_is_no_list_is_refused)
{
        refuse("", -EINVAL);
        refuse(",", -EINVAL);
        refuse("1,", -EINVAL);
        refuse("-1", -EINVAL);
        refuse("1-", -EINVAL);
        refuse("3-1", -EINVAL);
        refuse("1 2", -EINVAL);
        refuse("0x1", -EINVAL);
        refuse("1-2-3", -EINVAL);
        refuse("a", -EINVAL);
}
END_TEST

START_TEST(a_cpu_that_is_too_large_is_told_from_nonsense)
{
        refuse("1024", -ERANGE);
        refuse("0-1024", -ERANGE);
        refuse("99999999999999999999", -ERANGE);
}
END_TEST

START_TEST(membership_and_count_agree)
{
        RtCpuSet set = set_of("0,63,64,1023");
        ck_assert_uint_eq(rt_cpuset_count(&set), 4);
        ck_assert(rt_cpuset_has(&set, 63));
        ck_assert(rt_cpuset_has(&set, 1023));
        ck_assert(!rt_cpuset_has(&set, 62));
        ck_assert(!rt_cpuset_has(&set, 1024));
        ck_assert(!rt_cpuset_has(&set, 4000000000U));
}
END_TEST

START_TEST(next_finds_the_lowest_not_below)
{
        RtCpuSet set = set_of("3,64,200");
        ck_assert_int_eq(rt_cpuset_next(&set, 0), 3);
        ck_assert_int_eq(rt_cpuset_next(&set, 3), 3);
        ck_assert_int_eq(rt_cpuset_next(&set, 4), 64);
        ck_assert_int_eq(rt_cpuset_next(&set, 65), 200);
        ck_assert_int_eq(rt_cpuset_next(&set, 201), -1);
        ck_assert_int_eq(rt_cpuset_next(&set, 1024), -1);
}
END_TEST

START_TEST(each_cpu_is_visited_once_in_order)
{
        RtCpuSet set = set_of("1,5-6,1023");
        int expected[] = { 1, 5, 6, 1023 }, n = 0;
        RT_EACH_CPU (cpu, &set)
                ck_assert_int_eq(cpu, expected[n++]);
        ck_assert_int_eq(n, 4);
}
END_TEST

START_TEST(sets_combine)
{
        RtCpuSet a = set_of("0-3,70"), b = set_of("2-5");
        RtCpuSet both = rt_cpuset_and(&a, &b), any = rt_cpuset_or(&a, &b);
        RtCpuSet rest = rt_cpuset_minus(&a, &b);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &both), "2-3");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &any), "0-5,70");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &rest), "0-1,70");
}
END_TEST

START_TEST(sets_compare)
{
        RtCpuSet a = set_of("0-3"), b = set_of("1-2"), c = set_of("3,2,0-1"), none = { 0 };
        ck_assert(rt_cpuset_is_subset(&b, &a));
        ck_assert(!rt_cpuset_is_subset(&a, &b));
        ck_assert(rt_cpuset_equal(&a, &c));
        ck_assert(!rt_cpuset_equal(&a, &b));
        ck_assert(rt_cpuset_is_empty(&none));
        ck_assert(!rt_cpuset_is_empty(&b));
        ck_assert(rt_cpuset_is_subset(&none, &none));
}
END_TEST

int main(void)
{
        return RUN_TESTS("cpuset", lists_and_ranges_are_read, sets_are_written_in_the_shortest_form,
                         what_is_no_list_is_refused, a_cpu_that_is_too_large_is_told_from_nonsense,
                         membership_and_count_agree, next_finds_the_lowest_not_below,
                         each_cpu_is_visited_once_in_order, sets_combine, sets_compare);
}
