/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "partition.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static void put_cgroup(const char *name, const char *cpus, const char *partition)
{
        put(rt_printf(fx.arena, "/cg/%s/cpuset.cpus", name), cpus);
        put(rt_printf(fx.arena, "/cg/%s/cpuset.cpus.partition", name), partition);
}

START_TEST(what_the_kernel_says_of_a_partition_is_taken_apart)
{
        RtPartition partition;
        put_cgroup("a", "2\n", "isolated invalid (Parent is not a partition root)\n");
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/a"), &partition), 0);
        ck_assert_int_eq(partition.type, RT_PARTITION_ISOLATED);
        ck_assert(!partition.valid);
        ck_assert_str_eq(partition.reason, "Parent is not a partition root");
        put_cgroup("a", "2\n", "root invalid\n");
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/a"), &partition), 0);
        ck_assert_int_eq(partition.type, RT_PARTITION_ROOT);
        ck_assert(!partition.valid);
        ck_assert_str_eq(partition.reason, "");
        put_cgroup("a", "2\n", "member\n");
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/a"), &partition), 0);
        ck_assert_int_eq(partition.type, RT_PARTITION_MEMBER);
        ck_assert(partition.valid);
}
END_TEST

START_TEST(unknown_words_and_missing_files_are_errors)
{
        RtPartition partition;
        put_cgroup("a", "2\n", "rootless\n");
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/a"), &partition), -EBADMSG);
        put_cgroup("a", "2\n", "");
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/a"), &partition), -EBADMSG);
        ck_assert_int_eq(rt_partition_get(fx.arena, path_of("/cg/b"), &partition), -ENOENT);
}
END_TEST

START_TEST(a_partition_is_read_back_once_it_was_asked_for)
{
        RtPartition partition;
        put_cgroup("a", "2\n", "member\n");
        ck_assert_int_eq(
                rt_partition_set(fx.arena, path_of("/cg/a"), RT_PARTITION_ROOT, &partition), 0);
        ck_assert_str_eq(partition.text, "root");
        ck_assert(partition.valid);
}
END_TEST

START_TEST(a_unified_hierarchy_with_a_cpuset_controller_is_needed)
{
        const char *root = path_of("/cg");
        ck_assert(!rt_partition_is_possible(fx.arena, root));
        put("/cg/cgroup.controllers", "cpu io memory\n");
        ck_assert(!rt_partition_is_possible(fx.arena, root));
        put("/cg/cgroup.controllers", "cpu cpusets memory\n");
        ck_assert(!rt_partition_is_possible(fx.arena, root));
        put("/cg/cgroup.controllers", "cpuset cpu memory\n");
        ck_assert(rt_partition_is_possible(fx.arena, root));
}
END_TEST

START_TEST(rivals_are_siblings_that_ask_for_the_same_cpus)
{
        put_cgroup("own", "2-3\n", "member\n");
        put_cgroup("own/below", "2\n", "member\n");
        put_cgroup("z", "3\n", "member\n");
        put_cgroup("b", "0-7\n", "member\n");
        put_cgroup("system.slice", "0-1\n", "member\n");
        put_cgroup("open.slice", "\n", "member\n");
        put("/cg/without/cgroup.procs", "");
        RtCgroupNames rivals = rt_cgroup_rivals(fx.arena, path_of("/cg/own"));
        ck_assert_uint_eq(rivals.n, 2);
        ck_assert_str_eq(rivals.items[0], "b");
        ck_assert_str_eq(rivals.items[1], "z");
        ck_assert_uint_eq(rt_cgroup_rivals(fx.arena, path_of("/cg/none")).n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("partition", what_the_kernel_says_of_a_partition_is_taken_apart,
                         unknown_words_and_missing_files_are_errors,
                         a_partition_is_read_back_once_it_was_asked_for,
                         a_unified_hierarchy_with_a_cpuset_controller_is_needed,
                         rivals_are_siblings_that_ask_for_the_same_cpus);
}
