/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files grant every request; what a kernel refuses is tried in tests/rtvm. */

#include "claim.h"

#include <string.h>

#include "fake-kernel.h"
#include "housekeeping.h"

static const char realtime[] = "/cg/rtcontainers.slice/cpuset.cpus.partition";
static const char slice[] = "/cg/rtcontainers.slice/rtcontainers-a.slice/cpuset.cpus.partition";

static void put_cgroups(void)
{
        put("/cg/cgroup.controllers", "cpuset cpu\n");
        put_cgroup("system.slice", "0-1", "member");
        put_cgroup("rtcontainers.slice", "2-3", "member");
        put_cgroup("rtcontainers.slice/rtcontainers-a.slice", "2", "member");
        put_cgroup("rtcontainers.slice/rtcontainers-b.slice", "3", "member");
}

START_TEST(a_slice_is_a_partition_in_that_of_all_realtime_cpus)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        ck_assert(rt_claim_slice(fx.arena, &kernel, "rtcontainers-a.slice", RT_PARTITION_ISOLATED));
        ck_assert_str_eq(text_at(realtime), "root");
        ck_assert_str_eq(text_at(slice), "isolated");
}
END_TEST

START_TEST(the_last_one_gives_the_realtime_cpus_back_if_no_service_holds_them)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        rt_claim_slice(fx.arena, &kernel, "rtcontainers-a.slice", RT_PARTITION_ISOLATED);
        rt_claim_slice(fx.arena, &kernel, "rtcontainers-b.slice", RT_PARTITION_ROOT);
        rt_release_slice(fx.arena, &kernel, "rtcontainers-a.slice");
        ck_assert_str_eq(text_at(slice), "member");
        ck_assert_str_eq(text_at(realtime), "root");
        rt_release_slice(fx.arena, &kernel, "rtcontainers-b.slice");
        ck_assert_str_eq(text_at(realtime), "member");
}
END_TEST

START_TEST(the_service_keeps_the_realtime_cpus_when_no_slice_is_left)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        put(RT_CPUS_STATE_PATH, "end\n");
        ck_assert(rt_claim_realtime(fx.arena, &kernel));
        rt_claim_slice(fx.arena, &kernel, "rtcontainers-a.slice", RT_PARTITION_ISOLATED);
        rt_release_slice(fx.arena, &kernel, "rtcontainers-a.slice");
        ck_assert_str_eq(text_at(realtime), "root");
        rt_release_realtime(fx.arena, &kernel);
        ck_assert_str_eq(text_at(realtime), "member");
}
END_TEST

/* The service may fail, or be stopped by hand. */
START_TEST(a_service_that_stops_takes_nothing_from_a_container_that_runs)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        rt_claim_slice(fx.arena, &kernel, "rtcontainers-a.slice", RT_PARTITION_ISOLATED);
        rt_release_realtime(fx.arena, &kernel);
        ck_assert_str_eq(text_at(realtime), "root");
        rt_release_slice(fx.arena, &kernel, "rtcontainers-a.slice");
        ck_assert_str_eq(text_at(realtime), "member");
}
END_TEST

START_TEST(without_a_controller_nothing_is_claimed)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        put("/cg/cgroup.controllers", "cpu memory\n");
        ck_assert(!rt_claim_realtime(fx.arena, &kernel));
        ck_assert(
                !rt_claim_slice(fx.arena, &kernel, "rtcontainers-a.slice", RT_PARTITION_ISOLATED));
        ck_assert_str_eq(text_at(realtime), "member");
        ck_assert_str_eq(text_at(slice), "member");
}
END_TEST

START_TEST(a_slice_that_is_not_there_leaves_nothing_behind)
{
        RtKernel kernel = fake_kernel();
        put_cgroups();
        ck_assert(
                !rt_claim_slice(fx.arena, &kernel, "rtcontainers-c.slice", RT_PARTITION_ISOLATED));
        ck_assert_str_eq(text_at(realtime), "member");
}
END_TEST

int main(void)
{
        return RUN_TESTS("claim", a_slice_is_a_partition_in_that_of_all_realtime_cpus,
                         the_last_one_gives_the_realtime_cpus_back_if_no_service_holds_them,
                         the_service_keeps_the_realtime_cpus_when_no_slice_is_left,
                         a_service_that_stops_takes_nothing_from_a_container_that_runs,
                         without_a_controller_nothing_is_claimed,
                         a_slice_that_is_not_there_leaves_nothing_behind);
}
