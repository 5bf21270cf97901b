/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

START_TEST(the_cpus_of_another_machine_have_to_be_said)
{
        put("platform.conf", "housekeeping = \"0\";");
        put_container("a", "");
        put_config("x", "a", "");
        run();
        expect_diagnostic("/etc/rtcontainers/platform.conf:0: cpus: error:", "not known here",
                          "add cpus = ");
        expect_diagnostic("x.config:0: file: error:", "the platform is rejected",
                          "/etc/rtcontainers/platform.conf:0");
}
END_TEST

START_TEST(housekeeping_is_among_the_cpus)
{
        put("platform.conf", "cpus = \"0-3\";\nhousekeeping = \"0,7-8\";");
        run();
        expect_diagnostic("platform.conf:2: housekeeping: error: CPU 7-8 is not one of the "
                          "platform's cpus",
                          "choose among 0-3");
        expect_n_diagnostics(1);
        put("platform.conf", "cpus = \"0-3\";\nhousekeeping = \"0-3\";");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(the_band_of_priorities_is_not_upside_down)
{
        put("platform.conf", "cpus = \"0\";\npriorities = {\n min = 50; max = 49; };");
        run();
        expect_diagnostic("platform.conf:3: priorities.min: error: min 50 is above max 49");
        expect_n_diagnostics(1);
        put("platform.conf", "cpus = \"0\";\npriorities = { min = 50; max = 50; };");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(uid_ranges_are_aligned)
{
        put("platform.conf", "cpus = \"0\";\nuid_range = 65537;");
        run();
        expect_diagnostic("platform.conf:2: uid_range: error: 65537 is not a multiple of 65536");
        expect_n_diagnostics(1);
        put("platform.conf", "cpus = \"0\";\nuid_base = 65537;");
        run();
        expect_diagnostic("platform.conf:2: uid_base: error: 65537 is not a multiple of uid_range");
        expect_n_diagnostics(1);
        put("platform.conf", "cpus = \"0\";\nuid_base = 131072; uid_range = 131072;");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(there_are_user_ids_for_all_containers)
{
        put("platform.conf", "cpus = \"0\";\nuid_base = 1878982656;");
        put_container("a", "");
        run();
        expect_no_diagnostics();
        put_container("b", "");
        run();
        expect_diagnostic("platform.conf:2: uid_base: error: there are 2 containers, but only 1");
}
END_TEST

START_TEST(huge_pages_have_a_size_that_a_kernel_can_have)
{
        put("platform.conf", "cpus = \"0\";\nhugepages = ( { size = \"2M\"; count = 4; },\n"
                             "{ size = \"3M\"; count = 4; },\n"
                             "{ size = \"8K\"; count = 4; }, { size = \"1G\"; count = 1; },\n"
                             "{ size = \"32G\"; count = 1; } );");
        run();
        expect_diagnostic("platform.conf:3: hugepages[1].size: error: 3M is no size of huge pages");
        expect_diagnostic("platform.conf:4: hugepages[2].size: error: 8K is no size");
        expect_diagnostic("platform.conf:5: hugepages[4].size: error: 32G is no size");
        expect_n_diagnostics(3);
}
END_TEST

START_TEST(the_default_config_exists)
{
        put("platform.conf", "cpus = \"0\";\ndefault_config = \"drivee\";");
        put_config("drive", "", "");
        run();
        expect_diagnostic("platform.conf:2: default_config: error: there is no config \"drivee\"",
                          "did you mean \"drive\"?");
        ck_assert(rt_plan_config(&fx.pipeline.plan, "drive"));
        put("platform.conf", "cpus = \"0\";\ndefault_config = \"drive\";");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(nothing_is_planned_for_a_rejected_platform)
{
        put("platform.conf", "cpus = \"0-3\";\nadmission = \"perhaps\";");
        put_container("a", "");
        put_config("x", "a", "");
        run();
        expect_diagnostic(
                "x.config:0: file: error: no config can be planned",
                "(/etc/rtcontainers/platform.conf:2: admission:", "mend the platform's descriptor");
        expect_diagnostic("a.container:0: file: error: the container cannot be planned",
                          "(/etc/rtcontainers/platform.conf:2: admission)");
        ck_assert_uint_eq(fx.pipeline.plan.instances.n, 0);
        ck_assert_uint_eq(fx.pipeline.plan.configs.n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS("check-platform", the_cpus_of_another_machine_have_to_be_said,
                         housekeeping_is_among_the_cpus, the_band_of_priorities_is_not_upside_down,
                         uid_ranges_are_aligned, there_are_user_ids_for_all_containers,
                         huge_pages_have_a_size_that_a_kernel_can_have, the_default_config_exists,
                         nothing_is_planned_for_a_rejected_platform);
}
