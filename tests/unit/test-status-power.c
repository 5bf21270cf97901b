/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "running.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_power);
}

/* As the generator writes it for a container that asks for 20us. */
static void prepare(void)
{
        put_imu("");
        running_as_planned();
        RtArtifacts *artifacts = &fx.pipeline.artifacts;
        RtArtifact *unit = (RtArtifact *)rt_artifacts_find(artifacts, "rt-imu.service");
        rt_artifact_set(artifacts, unit, rt_by_rule("a test"), "Wants", "%s",
                        "rtcontainers-cpu-latency@20.service");
        rt_artifact_set(artifacts, unit, rt_by_rule("a test"), "Wants", "%s", "other.service");
}

static void put_latency(int32_t value)
{
        put("/dev/cpu_dma_latency", "");
        FILE *file = fopen(path_of("/dev/cpu_dma_latency"), "we");
        ck_assert_uint_eq(fwrite(&value, sizeof value, 1, file), 1);
        ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_latency_that_is_held_is_as_planned)
{
        prepare();
        put_latency(20);
        RtFindings findings = found();
        expect_as_planned(&findings, "power", "CPU latency", "20us");
        /* Another container may want more. */
        put_latency(0);
        findings = found();
        ck_assert_int_eq(comparison(&findings, "power", "CPU latency")->agreement, RT_AS_PLANNED);
}
END_TEST

START_TEST(a_latency_that_nobody_holds_is_drift)
{
        prepare();
        put_latency(2000000000);
        RtFindings findings = found();
        expect_drift(&findings, "power", "CPU latency", "20us", "not limited");
        expect_contains(comparison(&findings, "power", "CPU latency")->hint,
                        "rtcontainers-cpu-latency@20.service");
}
END_TEST

START_TEST(a_latency_that_cannot_be_read_is_unknown)
{
        prepare();
        RtFindings findings = found();
        expect_unknown(&findings, "power", "CPU latency", "does not have it");
        put("/dev/cpu_dma_latency", "x");
        findings = found();
        expect_unknown(&findings, "power", "CPU latency", "the kernel does not say");
}
END_TEST

START_TEST(where_none_is_asked_for_there_is_nothing_to_compare)
{
        put_imu("");
        running_as_planned();
        RtFindings findings = found();
        ck_assert_uint_eq(findings.comparisons.n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-power", a_latency_that_is_held_is_as_planned,
                         a_latency_that_nobody_holds_is_drift,
                         a_latency_that_cannot_be_read_is_unknown,
                         where_none_is_asked_for_there_is_nothing_to_compare);
}
