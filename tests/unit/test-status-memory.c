/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "running.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_memory);
}

static void prepare(void)
{
        put_imu("");
        running_as_planned();
}

static uint64_t figure(const RtFindings *findings, const char *name)
{
        RT_EACH (one, &findings->figures)
                if (strcmp(one->name, name) == 0)
                        return one->value;
        ck_abort_msg("there is no figure %s", name);
        return 0;
}

START_TEST(memory_that_is_as_planned_is_said_to_be)
{
        prepare();
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "memory", "max", "64M");
        expect_as_planned(&findings, "memory", "swap", "0B");
        expect_as_planned(&findings, "program", "lockable memory", "4M");
        expect_as_planned(&findings, "program", "real-time priority", "50");
        ck_assert_str_eq(comparison(&findings, "memory", "max")->declared, "64M");
}
END_TEST

START_TEST(other_limits_are_drift)
{
        prepare();
        put_group("memory.max", "max\n");
        put_group("memory.high", "33554432\n");
        put_group("memory.low", "1048576\n");
        put_group("memory.swap.max", "4096\n");
        put_program("limits", "Max locked memory         unlimited            unlimited   bytes\n"
                              "Max realtime priority     0                    0           \n");
        RtFindings findings = found();
        expect_drift(&findings, "memory", "max", "64M", "unlimited");
        expect_drift(&findings, "memory", "high", "unlimited", "32M");
        expect_drift(&findings, "memory", "low", "0B", "1M");
        expect_drift(&findings, "memory", "swap", "0B", "4K");
        expect_drift(&findings, "program", "lockable memory", "4M", "unlimited");
        expect_drift(&findings, "program", "real-time priority", "50", "0");
}
END_TEST

START_TEST(a_limit_that_nobody_declared_is_drift)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";");
        put_container("imu", "");
        put_config("A", "imu", "");
        run();
        running_as_planned();
        RtFindings findings = found();
        expect_drift(&findings, "memory", "max", "unlimited", "64M");
        put_group("memory.max", "max\n");
        put_group("memory.swap.max", "max\n");
        findings = found();
        expect_as_planned(&findings, "memory", "max", "unlimited");
        expect_as_planned(&findings, "memory", "swap", "unlimited");
        /* What no setting says is not compared. */
        ck_assert(!has_comparison(&findings, "program", "real-time priority"));
}
END_TEST

START_TEST(sizes_are_compared_as_the_kernel_keeps_them)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";");
        put_container("imu", "memory = { max = \"1000001B\"; };");
        put_config("A", "imu", "");
        run();
        running_as_planned();
        put_group("memory.max", "999424\n");
        RtFindings findings = found();
        ck_assert_int_eq(comparison(&findings, "memory", "max")->agreement, RT_AS_PLANNED);
        put_group("memory.max", "995328\n");
        findings = found();
        ck_assert_int_eq(comparison(&findings, "memory", "max")->agreement, RT_DRIFT);
}
END_TEST

START_TEST(what_cannot_be_read_is_unknown)
{
        prepare();
        remove_file(group_of("memory.max"));
        put_group("memory.swap.max", "-1\n");
        put_program("limits", "Max locked memory         what\n");
        RtFindings findings = found();
        expect_unknown(&findings, "memory", "max", "no such controller");
        expect_unknown(&findings, "memory", "swap", "the kernel does not say");
        expect_unknown(&findings, "program", "lockable memory", "the kernel does not say");
        expect_unknown(&findings, "program", "real-time priority", "the kernel does not say");
}
END_TEST

START_TEST(what_is_in_use_are_figures)
{
        prepare();
        RtFindings findings = found();
        ck_assert_uint_eq(figure(&findings, "memory_current"), 1048576);
        ck_assert_uint_eq(figure(&findings, "memory_peak"), 2097152);
        ck_assert_uint_eq(figure(&findings, "oom_kills"), 2);
        remove_file(group_of("memory.events"));
        findings = found();
        ck_assert_uint_eq(findings.figures.n, 2);
}
END_TEST

/* As the generator writes it for containers that ask for it. */
static void plan(const char *key, const char *value)
{
        RtArtifacts *artifacts = &fx.pipeline.artifacts;
        RtArtifact *unit = (RtArtifact *)rt_artifacts_find(artifacts, "rt-imu.service");
        rt_artifact_set(artifacts, unit, rt_by_rule("a test"), key, "%s", value);
}

START_TEST(nodes_are_compared_where_they_are_planned)
{
        prepare();
        RtFindings findings = found();
        ck_assert(!has_comparison(&findings, "memory", "nodes"));
        plan("AllowedMemoryNodes", "0-1");
        put_group("cpuset.mems", "0-1\n");
        findings = found();
        expect_as_planned(&findings, "memory", "nodes", "0-1");
        put_group("cpuset.mems", "\n");
        findings = found();
        expect_drift(&findings, "memory", "nodes", "0-1", "any");
        put_group("cpuset.mems", "x\n");
        findings = found();
        expect_unknown(&findings, "memory", "nodes", "the kernel does not say");
        remove_file(group_of("cpuset.mems"));
        findings = found();
        expect_unknown(&findings, "memory", "nodes", "no such controller");
}
END_TEST

START_TEST(transparent_huge_pages_are_compared_where_they_are_turned_off)
{
        prepare();
        plan("ExecStart", "/usr/lib/rtcontainers/without-thp /usr/bin/systemd-nspawn");
        RtFindings findings = found();
        expect_as_planned(&findings, "program", "transparent huge pages", "off");
        put_program("status", "Name:\trun\nPPid:\t101\nNSpid:\t102\t2\nTHP_enabled:\t1\n");
        findings = found();
        expect_drift(&findings, "program", "transparent huge pages", "off", "on");
        put_program("status", "Name:\trun\nPPid:\t101\nNSpid:\t102\t2\n");
        findings = found();
        expect_unknown(&findings, "program", "transparent huge pages", "the kernel does not say");
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-memory", memory_that_is_as_planned_is_said_to_be,
                         other_limits_are_drift, a_limit_that_nobody_declared_is_drift,
                         sizes_are_compared_as_the_kernel_keeps_them,
                         what_cannot_be_read_is_unknown, what_is_in_use_are_figures,
                         nodes_are_compared_where_they_are_planned,
                         transparent_huge_pages_are_compared_where_they_are_turned_off);
}
