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

int main(void)
{
        return RUN_TESTS("status-cpus", a_cgroup_that_is_as_planned_is_said_to_be,
                         other_cpus_of_the_cgroup_are_drift,
                         without_the_controller_cpus_are_unknown,
                         where_the_controller_was_not_passed_on_the_unit_counts);
}
