/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-file.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static void expect_mask(const char *mask, const char *list)
{
        RtCpuSet set;
        ck_assert_msg(rt_cpumask_parse(mask, &set) == 0, "«%s» is refused", mask);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &set), list);
}

START_TEST(masks_are_read_by_groups_from_the_end)
{
        expect_mask("f", "0-3");
        expect_mask("00000000,0000000A", "1,3");
        expect_mask("3,80000000", "31-33");
        expect_mask("0", "");
}
END_TEST

START_TEST(what_is_no_mask_is_refused)
{
        static const char *const wrong[] = { "",    ",", "f,",  ",f",       "1,2",
                                             "0x1", "g", "f f", ",ffffffff" };
        RtCpuSet set = { .bits = { 7 } };
        for (size_t i = 0; i < RT_ELEMENTS(wrong); i++)
                ck_assert_msg(rt_cpumask_parse(wrong[i], &set) == -EINVAL, "«%s» is taken",
                              wrong[i]);
        ck_assert_int_eq(rt_cpumask_parse(rt_printf(fx.arena, "1%s", repeated("0", 256)), &set),
                         -EINVAL);
        ck_assert_uint_eq(set.bits[0], 7);
}
END_TEST

START_TEST(masks_are_written_as_the_kernel_reads_them)
{
        static const char *const lists[] = { "0", "0-3", "31-33", "1023", "64" };
        static const char *const masks[] = { "1", "f", "3,80000000", NULL, "1,00000000,00000000" };
        RtCpuSet set, again;
        for (size_t i = 0; i < RT_ELEMENTS(lists); i++) {
                rt_cpuset_parse(lists[i], &set);
                const char *text = rt_cpumask_text(fx.arena, &set);
                if (masks[i])
                        ck_assert_str_eq(text, masks[i]);
                ck_assert_int_eq(rt_cpumask_parse(text, &again), 0);
                ck_assert(rt_cpuset_equal(&set, &again));
        }
        ck_assert_str_eq(rt_cpumask_text(fx.arena, &(RtCpuSet){ 0 }), "0");
}
END_TEST

START_TEST(files_are_read_without_the_newline_and_written_whole)
{
        const char *text;
        put("/sys/a", "1 2 \n\n");
        ck_assert_int_eq(rt_kernel_read(fx.arena, path_of("/sys/a"), &text), 0);
        ck_assert_str_eq(text, "1 2");
        ck_assert_int_eq(rt_kernel_write(path_of("/sys/a"), "3"), 0);
        ck_assert_int_eq(rt_kernel_read(fx.arena, path_of("/sys/a"), &text), 0);
        ck_assert_str_eq(text, "3");
        put("/sys/empty", "");
        ck_assert_int_eq(rt_kernel_read(fx.arena, path_of("/sys/empty"), &text), 0);
        ck_assert_str_eq(text, "");
        ck_assert_int_eq(rt_kernel_read(fx.arena, path_of("/sys/none"), &text), -ENOENT);
        ck_assert_int_eq(rt_kernel_write(path_of("/sys/none"), "3"), -ENOENT);
}
END_TEST

START_TEST(an_empty_file_is_the_empty_set_of_cpus)
{
        RtCpuSet set;
        put("/sys/cpus", "\n");
        ck_assert_int_eq(rt_kernel_read_cpus(fx.arena, path_of("/sys/cpus"), &set), 0);
        ck_assert(rt_cpuset_is_empty(&set));
        put("/sys/odd", "all\n");
        ck_assert_int_eq(rt_kernel_read_cpus(fx.arena, path_of("/sys/odd"), &set), -EBADMSG);
}
END_TEST

/* /proc/interrupts has more than a million characters where there are many CPUs. */
START_TEST(a_long_file_is_read_to_its_end)
{
        const char *text;
        put("/proc/long", rt_printf(fx.arena, "%send\n", repeated("0123456789", 300000)));
        ck_assert_int_eq(rt_kernel_read(fx.arena, path_of("/proc/long"), &text), 0);
        ck_assert_uint_eq(strlen(text), 3000003);
}
END_TEST

int main(void)
{
        return RUN_TESTS("kernel-file", masks_are_read_by_groups_from_the_end,
                         what_is_no_mask_is_refused, masks_are_written_as_the_kernel_reads_them,
                         files_are_read_without_the_newline_and_written_whole,
                         an_empty_file_is_the_empty_set_of_cpus, a_long_file_is_read_to_its_end);
}
