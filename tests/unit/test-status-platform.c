/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_platform);
}

static void prepare(void)
{
        put_imu("");
        running_as_planned();
        put("/sys/fs/cgroup/system.slice/cpuset.cpus", "0\n");
        put("/sys/fs/cgroup/machine.slice/cpuset.cpus", "0\n");
        put("/sys/fs/cgroup/init.scope/cpuset.cpus", "0\n");
        put("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus", "1-3\n");
        put("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus.partition", "root\n");
        put("/proc/irq/default_smp_affinity", "1\n");
        put("/run/rtcontainers/cpus.state", "");
}

START_TEST(a_platform_that_is_as_planned_is_said_to_be)
{
        prepare();
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "system.slice", "allowed CPUs", "0");
        expect_as_planned(&findings, "rtcontainers.slice", "allowed CPUs", "1-3");
        expect_as_planned(&findings, "rtcontainers.slice", "partition", "root");
        expect_as_planned(&findings, "interrupts", "default CPUs", "0");
        /* Nobody is logged in. */
        ck_assert(!has_comparison(&findings, "user.slice", "allowed CPUs"));
}
END_TEST

START_TEST(a_slice_that_was_let_out_is_drift)
{
        prepare();
        put("/sys/fs/cgroup/system.slice/cpuset.cpus", "\n");
        put("/sys/fs/cgroup/init.scope/cpuset.cpus", "0-1\n");
        RtFindings findings = found();
        expect_drift(&findings, "system.slice", "allowed CPUs", "0", "any");
        expect_drift(&findings, "init.scope", "allowed CPUs", "0", "0-1");
}
END_TEST

START_TEST(a_partition_that_is_none_is_drift)
{
        prepare();
        put("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus.partition",
            "root invalid (Cpu list in cpuset.cpus not exclusive)\n");
        RtFindings findings = found();
        expect_drift(&findings, "rtcontainers.slice", "partition", "root",
                     "root invalid (Cpu list in cpuset.cpus not exclusive)");
        put("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus.partition", "member\n");
        findings = found();
        expect_drift(&findings, "rtcontainers.slice", "partition", "root", "member");
}
END_TEST

START_TEST(interrupts_that_come_to_real_time_cpus_are_drift)
{
        prepare();
        put("/proc/irq/default_smp_affinity", "3\n");
        RtFindings findings = found();
        expect_drift(&findings, "interrupts", "default CPUs", "0", "0-1");
}
END_TEST

START_TEST(what_is_kept_free_only_while_containers_run_is_not_compared_otherwise)
{
        prepare();
        remove_file("/run/rtcontainers/cpus.state");
        put("/proc/irq/default_smp_affinity", "f\n");
        put("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus.partition", "member\n");
        put_group("supervisor/cgroup.procs", "");
        put_group("payload/cgroup.procs", "");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
}
END_TEST

START_TEST(containers_that_run_while_nothing_keeps_their_cpus_free_are_drift)
{
        prepare();
        remove_file("/run/rtcontainers/cpus.state");
        RtFindings findings = found();
        expect_drift(&findings, "rtcontainers-cpus.service", "state", "active", "inactive");
        put("/run/systemd/container", "systemd-nspawn");
        findings = found();
        expect_unknown(&findings, "rtcontainers-cpus.service", "state", "are the host's");
}
END_TEST

START_TEST(where_no_cpus_are_kept_free_nothing_has_to_do_it)
{
        put_imu("");
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0-3\";");
        run();
        running_as_planned();
        RtFindings findings = found();
        ck_assert(!has_comparison(&findings, "rtcontainers-cpus.service", "state"));
}
END_TEST

START_TEST(without_the_controller_everything_is_unknown)
{
        prepare();
        remove_file("/sys/fs/cgroup/system.slice/cpuset.cpus");
        remove_file("/sys/fs/cgroup/rtcontainers.slice/cpuset.cpus.partition");
        remove_file("/proc/irq/default_smp_affinity");
        RtFindings findings = found();
        expect_unknown(&findings, "system.slice", "allowed CPUs", "no such controller");
        expect_unknown(&findings, "rtcontainers.slice", "partition", "no such controller");
        expect_unknown(&findings, "interrupts", "default CPUs", "does not have it");
}
END_TEST

START_TEST(without_real_time_tasks_nothing_is_planned)
{
        put_container("imu", "");
        put_config("A", "imu", "");
        run();
        running_as_planned();
        put("/sys/fs/cgroup/system.slice/cpuset.cpus", "\n");
        RtFindings findings = found();
        ck_assert_uint_eq(findings.comparisons.n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-platform", a_platform_that_is_as_planned_is_said_to_be,
                         a_slice_that_was_let_out_is_drift, a_partition_that_is_none_is_drift,
                         interrupts_that_come_to_real_time_cpus_are_drift,
                         what_is_kept_free_only_while_containers_run_is_not_compared_otherwise,
                         containers_that_run_while_nothing_keeps_their_cpus_free_are_drift,
                         where_no_cpus_are_kept_free_nothing_has_to_do_it,
                         without_the_controller_everything_is_unknown,
                         without_real_time_tasks_nothing_is_planned);
}
