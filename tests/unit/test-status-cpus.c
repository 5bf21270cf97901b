/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "running.h"
#include "text.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_cpus);
}

static void prepare(void)
{
        put_imu("");
        running_as_planned();
}

START_TEST(a_cgroup_that_is_as_planned_is_said_to_be)
{
        prepare();
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "cgroup", "allowed CPUs", "1");
        expect_as_planned(&findings, "cgroup", "effective CPUs", "1");
        expect_as_planned(&findings, "unit", "slice", "rtcontainers.slice");
}
END_TEST

START_TEST(other_cpus_of_the_cgroup_are_drift)
{
        prepare();
        put_group("cpuset.cpus", "0-1\n");
        put_group("payload/cpuset.cpus.effective", "\n");
        RtFindings findings = found();
        expect_drift(&findings, "cgroup", "allowed CPUs", "1", "0-1");
        expect_drift(&findings, "cgroup", "effective CPUs", "1", "none");
}
END_TEST

START_TEST(without_the_controller_cpus_are_unknown)
{
        prepare();
        remove_file(group_of("cpuset.cpus"));
        remove_file(group_of("payload/cpuset.cpus.effective"));
        RtFindings findings = found();
        expect_unknown(&findings, "cgroup", "allowed CPUs", "no such controller");
        expect_unknown(&findings, "cgroup", "effective CPUs", "no such controller");
        put_group("cpuset.cpus", "garbage");
        findings = found();
        expect_unknown(&findings, "cgroup", "allowed CPUs", "the kernel does not say");
}
END_TEST

START_TEST(where_the_controller_was_not_passed_on_the_unit_counts)
{
        prepare();
        remove_file(group_of("payload/cpuset.cpus.effective"));
        put_group("cpuset.cpus.effective", "2\n");
        RtFindings findings = found();
        expect_drift(&findings, "cgroup", "effective CPUs", "1", "2");
}
END_TEST

#define TOP "/sys/fs/cgroup/rtcontainers.slice/"
#define OWN TOP "rtcontainers-imu.slice/"

static void prepare_exclusive(const char *top, const char *own)
{
        put_imu("cpus = { exclusive = true; };");
        running_as_planned();
        put(TOP "cpuset.cpus.partition", top);
        put(OWN "cpuset.cpus.partition", own);
}

START_TEST(partitions_of_exclusive_containers_are_compared)
{
        prepare_exclusive("root\n", "isolated\n");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "rtcontainers.slice", "partition", "root");
        expect_as_planned(&findings, "rtcontainers-imu.slice", "partition", "isolated");
        ck_assert_str_eq(comparison(&findings, "rtcontainers-imu.slice", "partition")->declared,
                         "exclusive");
}
END_TEST

START_TEST(a_kernel_without_isolated_partitions_may_have_a_root_instead)
{
        prepare_exclusive("root\n", "root\n");
        RtFindings findings = found();
        ck_assert_int_eq(comparison(&findings, "rtcontainers-imu.slice", "partition")->agreement,
                         RT_AS_PLANNED);
}
END_TEST

START_TEST(a_partition_that_is_none_or_not_valid_is_drift)
{
        prepare_exclusive("member\n", "isolated invalid (Parent is not a partition root)\n");
        RtFindings findings = found();
        expect_drift(&findings, "rtcontainers.slice", "partition", "root", "member");
        expect_drift(&findings, "rtcontainers-imu.slice", "partition", "isolated",
                     "isolated invalid (Parent is not a partition root)");
        expect_contains(comparison(&findings, "rtcontainers-imu.slice", "partition")->hint,
                        "for that reason");
        /* A root that is not valid is none either, where one would do. */
        put(OWN "cpuset.cpus.partition", "root invalid (x)\n");
        findings = found();
        expect_drift(&findings, "rtcontainers-imu.slice", "partition", "isolated",
                     "root invalid (x)");
}
END_TEST

START_TEST(a_partition_that_cannot_be_read_is_unknown)
{
        prepare_exclusive("root\n", "what\n");
        RtFindings findings = found();
        expect_unknown(&findings, "rtcontainers-imu.slice", "partition", "the kernel does not say");
        remove_file(OWN "cpuset.cpus.partition");
        findings = found();
        expect_unknown(&findings, "rtcontainers-imu.slice", "partition", "no such controller");
}
END_TEST

START_TEST(containers_that_share_their_cpus_have_no_partition)
{
        prepare();
        put(TOP "cpuset.cpus.partition", "member\n");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        ck_assert(!has_comparison(&findings, "rtcontainers.slice", "partition"));
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-cpus", a_cgroup_that_is_as_planned_is_said_to_be,
                         other_cpus_of_the_cgroup_are_drift,
                         without_the_controller_cpus_are_unknown,
                         where_the_controller_was_not_passed_on_the_unit_counts,
                         partitions_of_exclusive_containers_are_compared,
                         a_kernel_without_isolated_partitions_may_have_a_root_instead,
                         a_partition_that_is_none_or_not_valid_is_drift,
                         a_partition_that_cannot_be_read_is_unknown,
                         containers_that_share_their_cpus_have_no_partition);
}
