/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

#include "fixture.h"
#include "machine.h"

/* As on a machine that has these descriptors in its own root. */
static const RtPlatform *run_here(void)
{
        const RtPipelineOptions options = { .folders = path_of(""), .unit_dir = "/run/units" };
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        rt_pipeline_run(&fx.pipeline, &options);
        return &fx.pipeline.model.platform;
}

START_TEST(the_running_machine_says_what_the_platform_leaves_open)
{
        RtMachine machine;
        rt_machine_read(fx.arena, &machine);
        put("platform.conf", "");
        const RtPlatform *platform = run_here();
        ck_assert_str_eq(platform->kernel, machine.kernel);
        ck_assert(rt_cpuset_equal(&platform->cpus, &machine.cpus));
        ck_assert(!rt_cpuset_is_empty(&platform->housekeeping));
        put("platform.conf", "cpus = \"0-7\"; kernel = \"3.14\";");
        ck_assert_str_eq(run_here()->kernel, "3.14");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &platform->cpus), "0-7");
}
END_TEST

START_TEST(of_another_root_the_running_machine_says_nothing)
{
        put("platform.conf", "");
        run();
        ck_assert_ptr_null(fx.pipeline.model.platform.kernel);
        ck_assert(rt_cpuset_is_empty(&fx.pipeline.model.platform.cpus));
}
END_TEST

START_TEST(what_is_supposed_reaches_everything_that_follows)
{
        put_container("a", "");
        run_supposing("a.watchdog=1s");
        expect_no_diagnostics();
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 0);
        /* which makes it a program that notifies */
        ck_assert(container("a")->notify);
        expect_line("rt-a.service", "WatchdogSec=1s");
        run_supposing("a.watchdog=1", "a.x=1", "a.user=nobody");
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 2);
        expect_n_diagnostics(2);
        ck_assert(!container("a")->notify);
}
END_TEST

START_TEST(what_is_supposed_of_the_platform_is_not_the_running_machines)
{
        put("platform.conf", "");
        const char *const what_if[] = { "platform.cpus=5-6", "platform.kernel=4.4" };
        const RtPipelineOptions options = { .folders = path_of(""),
                                            .what_if = what_if,
                                            .n_what_if = RT_ELEMENTS(what_if) };
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        rt_pipeline_run(&fx.pipeline, &options);
        const RtPlatform *platform = &fx.pipeline.model.platform;
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &platform->cpus), "5-6");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &platform->housekeeping), "5");
        ck_assert_str_eq(platform->kernel, "4.4");
}
END_TEST

START_TEST(suppositions_are_checked_where_there_are_no_descriptors)
{
        const char *const what_if[] = { "platform.priorities.min=90" };
        const RtPipelineOptions options = { .root = new_folder("empty"),
                                            .what_if = what_if,
                                            .n_what_if = 1 };
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        rt_pipeline_run(&fx.pipeline, &options);
        expect_diagnostic("--what-if:1: priorities");
}
END_TEST

int main(void)
{
        return RUN_TESTS("pipeline", the_running_machine_says_what_the_platform_leaves_open,
                         of_another_root_the_running_machine_says_nothing,
                         what_is_supposed_reaches_everything_that_follows,
                         what_is_supposed_of_the_platform_is_not_the_running_machines,
                         suppositions_are_checked_where_there_are_no_descriptors);
}
