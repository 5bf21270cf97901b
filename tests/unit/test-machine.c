/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine.h"

#include <sys/utsname.h>

#include "fixture.h"
#include "text.h"

static const RtMachine *odd_machine(void)
{
        static RtMachine machine = { .kernel = "5.5" };
        rt_cpuset_add(&machine.cpus, 5);
        return &machine;
}

START_TEST(online_cpus_are_assumed_only_when_none_are_said)
{
        RtModel model;
        rt_model_init(&model, fx.arena);
        rt_machine_assume(odd_machine(), &model.platform);
        rt_model_complete(&model);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &model.platform.cpus), "5");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &model.platform.housekeeping), "5");
        run();
        rt_machine_assume(odd_machine(), &fx.pipeline.model.platform);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &fx.pipeline.model.platform.cpus), "0-3");
}
END_TEST

START_TEST(the_running_kernel_is_assumed_only_when_none_is_said)
{
        RtPlatform *platform = &fx.pipeline.model.platform;
        run();
        rt_machine_assume(odd_machine(), platform);
        ck_assert_str_eq(platform->kernel, "5.5");
        put("platform.conf", "kernel = \"6.1\";");
        run();
        rt_machine_assume(odd_machine(), platform);
        ck_assert_str_eq(platform->kernel, "6.1");
}
END_TEST

START_TEST(the_kernel_says_which_cpus_are_online)
{
        RtCpuSet online;
        ck_assert_int_eq(rt_read_online_cpus(&online), 0);
        ck_assert(!rt_cpuset_is_empty(&online));
}
END_TEST

START_TEST(of_the_kernels_release_its_first_two_numbers_count)
{
        ck_assert_str_eq(rt_kernel_version(fx.arena, "6.1.0-18-rt-amd64"), "6.1");
        ck_assert_str_eq(rt_kernel_version(fx.arena, "6.12-rc1"), "6.12");
        ck_assert_str_eq(rt_kernel_version(fx.arena, "10.0"), "10.0");
        ck_assert_ptr_null(rt_kernel_version(fx.arena, "6"));
        ck_assert_ptr_null(rt_kernel_version(fx.arena, "6.x"));
        ck_assert_ptr_null(rt_kernel_version(fx.arena, "next"));
        ck_assert_ptr_null(rt_kernel_version(fx.arena, ""));
}
END_TEST

START_TEST(the_machine_is_asked_for_both)
{
        RtMachine machine;
        struct utsname name;
        ck_assert_int_eq(uname(&name), 0);
        rt_machine_read(fx.arena, &machine);
        ck_assert(!rt_cpuset_is_empty(&machine.cpus));
        ck_assert(rt_starts_with(name.release, machine.kernel));
}
END_TEST

int main(void)
{
        return RUN_TESTS("machine", online_cpus_are_assumed_only_when_none_are_said,
                         the_running_kernel_is_assumed_only_when_none_is_said,
                         the_kernel_says_which_cpus_are_online,
                         of_the_kernels_release_its_first_two_numbers_count,
                         the_machine_is_asked_for_both);
}
