/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-parse.h"

#include <errno.h>

#include "fixture.h"

START_TEST(what_proc_says_of_a_process_is_read)
{
        RtProcStatus status;
        rt_parse_status(fx.arena,
                        "Name:\tsensor\nPPid:\t12\nNSpid:\t4711\t2\nTHP_enabled:\t1\n"
                        "Cpus_allowed:\tff\nCpus_allowed_list:\t0,2-3\nMems_allowed_list:\t0\n",
                        &status);
        ck_assert_str_eq(status.name, "sensor");
        ck_assert_int_eq(status.parent, 12);
        ck_assert_uint_eq(status.depth, 2);
        ck_assert_int_eq(status.inner, 2);
        ck_assert(status.knows_cpus && status.knows_thp && status.thp);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &status.cpus), "0,2-3");
}
END_TEST

START_TEST(what_it_does_not_say_is_not_known)
{
        RtProcStatus status;
        rt_parse_status(fx.arena, "", &status);
        ck_assert_str_eq(status.name, "");
        ck_assert_int_eq(status.parent, -1);
        ck_assert_uint_eq(status.depth, 0);
        ck_assert(!status.knows_cpus && !status.knows_thp);
        rt_parse_status(fx.arena,
                        "PPid:\t-1\nNSpid:\tx\nCpus_allowed_list:\t3-1\nTHP_enabled:\t\n:\nName",
                        &status);
        ck_assert_int_eq(status.parent, -1);
        ck_assert(!status.knows_cpus && !status.knows_thp && status.depth == 0);
}
END_TEST

START_TEST(a_name_cannot_pass_for_another_line)
{
        RtProcStatus status;
        /* The kernel escapes the end of a line in names. */
        rt_parse_status(fx.arena, "Name:\tx\\nPPid:\t1\nPPid:\t7\n", &status);
        ck_assert_int_eq(status.parent, 7);
}
END_TEST

START_TEST(the_start_is_found_behind_any_name)
{
        uint64_t start = 0;
        ck_assert_int_eq(rt_parse_start("7 (a) S) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 "
                                        "18 4321 99",
                                        &start),
                         0);
        ck_assert_uint_eq(start, 4321);
        ck_assert_int_eq(rt_parse_start("7 (a) S 1 2", &start), -EBADMSG);
        ck_assert_int_eq(rt_parse_start("", &start), -EBADMSG);
        ck_assert_uint_eq(start, 4321);
}
END_TEST

START_TEST(limits_are_found_by_their_whole_name)
{
        uint64_t limit = 0;
        const char *text =
                "Max realtime priority     7      8\nMax realtime timeout  unlimited  x\n"
                "Max x 99999999999999999999999\n";
        ck_assert_int_eq(rt_parse_limit(text, "Max realtime priority", &limit), 0);
        ck_assert_uint_eq(limit, 7);
        ck_assert_int_eq(rt_parse_limit(text, "Max realtime timeout", &limit), 0);
        ck_assert_uint_eq(limit, UINT64_MAX);
        ck_assert_int_eq(rt_parse_limit(text, "Max realtime", &limit), -EBADMSG);
        ck_assert_int_eq(rt_parse_limit(text, "Max x", &limit), -EBADMSG);
        ck_assert_int_eq(rt_parse_limit(text, "Max y", &limit), -EBADMSG);
}
END_TEST

START_TEST(interfaces_are_listed_and_cut_off)
{
        RtStrings names = { 0 };
        const char *text = "Inter-|   Receive  |\n face |bytes\n    lo: 1 2\n can0:3 4\nodd\n";
        ck_assert(rt_parse_interfaces(fx.arena, text, 9, &names));
        ck_assert_uint_eq(names.n, 2);
        ck_assert_str_eq(names.items[0], "lo");
        ck_assert_str_eq(names.items[1], "can0");
        names = (RtStrings){ 0 };
        ck_assert(!rt_parse_interfaces(fx.arena, text, 1, &names));
        ck_assert_uint_eq(names.n, 1);
        names = (RtStrings){ 0 };
        ck_assert(rt_parse_interfaces(fx.arena, "a\033b: 0\n", 9, &names));
        ck_assert_str_eq(names.items[0], "a\\x1bb");
}
END_TEST

START_TEST(the_mount_that_is_on_top_counts)
{
        const char *text = "1 0 0:1 / / ro - ext4 x ro\n"
                           "2 1 0:2 / /dev rw shared:1 master:2 - tmpfs y rw\n"
                           "3 1 0:3 / /dev/pts rw - devpts z rw\n"
                           "4 1 0:4 / /dev rw - fuse.x z rw\n";
        ck_assert_str_eq(rt_parse_mount_type(fx.arena, text, "/dev"), "fuse.x");
        ck_assert_str_eq(rt_parse_mount_type(fx.arena, text, "/"), "ext4");
        ck_assert_ptr_null(rt_parse_mount_type(fx.arena, text, "/de"));
        ck_assert_str_eq(rt_parse_mount_type(fx.arena, "2 1 0:2 / /dev rw\n", "/dev"), "");
        ck_assert_ptr_null(rt_parse_mount_type(fx.arena, "2 1 0:2", "/dev"));
}
END_TEST

START_TEST(a_single_range_of_ids_is_read)
{
        RtIdRange range = { 0 };
        ck_assert_int_eq(rt_parse_id_range("         0     655360      65536\n", &range), 0);
        ck_assert_uint_eq(range.outside, 655360);
        ck_assert_uint_eq(range.count, 65536);
        ck_assert_int_eq(rt_parse_id_range("0 1 2\n3 4 5\n", &range), -EBADMSG);
        ck_assert_int_eq(rt_parse_id_range("", &range), -EBADMSG);
        ck_assert_int_eq(rt_parse_id_range("0 -1 2", &range), -EBADMSG);
        ck_assert_uint_eq(range.outside, 655360);
}
END_TEST

START_TEST(pairs_are_found_by_their_whole_key)
{
        uint64_t value = 0;
        ck_assert_int_eq(rt_parse_pair("oom 1\noom_kill 2\n", "oom_kill", &value), 0);
        ck_assert_uint_eq(value, 2);
        ck_assert_int_eq(rt_parse_pair("oom 1\noom_kill 2\n", "oom", &value), 0);
        ck_assert_uint_eq(value, 1);
        ck_assert_int_eq(rt_parse_pair("oom\n", "oom", &value), -EBADMSG);
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-parse", what_proc_says_of_a_process_is_read,
                         what_it_does_not_say_is_not_known, a_name_cannot_pass_for_another_line,
                         the_start_is_found_behind_any_name, limits_are_found_by_their_whole_name,
                         interfaces_are_listed_and_cut_off, the_mount_that_is_on_top_counts,
                         a_single_range_of_ids_is_read, pairs_are_found_by_their_whole_key);
}
