/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include "fixture.h"

static bool is_rejected(const RtObject *object)
{
        return object->rejected;
}

static RtConfig *config(const char *name)
{
        RtConfig *found = rt_model_config(&fx.pipeline.model, name);
        ck_assert_msg(found, "there is no config %s", name);
        return found;
}

START_TEST(a_small_system_has_nothing_wrong)
{
        put_container("imu", "tasks = ( { name = \"s\"; period = \"1ms\"; wcet = \"100us\"; } );");
        put_container("log", "");
        put_config("a", "imu log", "");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(an_empty_folder_has_nothing_wrong)
{
        put("platform.conf", "");
        run();
        expect_no_diagnostics();
        ck_assert_uint_eq(fx.pipeline.artifacts.list.n, 0);
}
END_TEST

START_TEST(every_required_key_that_is_missing_is_named)
{
        put("a.container", "command = [ \"/x\" ];\n"
                           "tasks = (\n  { period = \"1ms\"; wcet = \"1us\"; } );\n"
                           "memory = { hugepages = (\n\n { } ); };\n"
                           "devices = ( { access = \"r\"; } );");
        put("b.channel", "");
        put("b.channel.d/x.conf", "depth = 3;");
        put("c.channel", "depth = 3;");
        put("d.config", "description = \"d\";\nchains = ( { } );");
        run();
        expect_diagnostic("/etc/rtcontainers/a.container:0: rootfs: error: the key is missing",
                          "add rootfs = …; a string");
        expect_diagnostic("a.container:3: tasks[0].name: error: the key is missing");
        expect_diagnostic("a.container:6: memory.hugepages[0].size: error: the key is missing");
        expect_diagnostic("a.container:6: memory.hugepages[0].count: error: the key is missing");
        expect_diagnostic("a.container:7: devices[0].path: error: the key is missing");
        expect_diagnostic("c.channel:0: pattern: error: the key is missing", "\"publish\"");
        expect_diagnostic("c.channel:0: message_size: error: the key is missing");
        expect_diagnostic("d.config:0: containers: error: the key is missing");
        expect_diagnostic("d.config:2: chains[0].name: error: the key is missing");
        expect_diagnostic("d.config:2: chains[0].path: error: the key is missing");
        expect_n_diagnostics(10);
}
END_TEST

START_TEST(names_are_unique_without_regard_to_case)
{
        put_container("imu", "");
        put_container("IMU", "");
        run();
        expect_diagnostic("imu.container:0: file: error: the container \"imu\" and the container "
                          "\"IMU\" (/etc/rtcontainers/IMU.container) would share the unit name",
                          "rename one of them");
        expect_n_diagnostics(1);
        ck_assert(!is_rejected(&container("IMU")->object));
}
END_TEST

START_TEST(one_name_may_stand_for_objects_of_different_kinds)
{
        put_container("x", "publishes = [ \"x\" ];");
        put_channel("x", "publish", "");
        put_config("x", "x", "");
        run();
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_container_must_not_be_named_as_another_one_in_a_config)
{
        put_container("imu", "");
        put_container("imu--B", "");
        put_config("B", "imu", "");
        run();
        expect_diagnostic("imu--B.container:0: file: error:", "\"imu\"",
                          "/etc/rtcontainers/imu.container", "rt-imu--B.service");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_config_must_not_be_named_as_the_barrier_of_another)
{
        put_config("B", "", "");
        put_config("B-pre", "", "");
        put_config("pre", "", "");
        run();
        expect_diagnostic("B-pre.config:0: file: error: the name \"B-pre\" ends in \"-pre\"",
                          "rename the file");
        expect_n_diagnostics(1);
        ck_assert(!config("B")->object.rejected);
}
END_TEST

START_TEST(no_two_artifacts_have_one_path)
{
        put("platform.conf", "cpus = \"0-1\"; housekeeping = \"0\";");
        put_container("imu",
                      "tasks = ( { name = \"s\"; period = \"1ms\"; wcet = \"600us\"; } );\n");
        put_container("imu--B", "");
        put_container("x", "tasks = ( { name = \"s\"; period = \"1ms\"; wcet = \"600us\"; } );\n");
        put_config("A", "imu", "");
        put_config("B", "", "");
        put_config("b", "", "");
        put_config("B-pre", "", "");
        run();
        RT_EACH (it, &fx.pipeline.artifacts.list)
                ck_assert_msg(rt_artifacts_find(&fx.pipeline.artifacts, (*it)->path) == *it,
                              "%s is there twice", (*it)->path);
}
END_TEST

START_TEST(beginnings_that_units_of_configs_and_channels_have_are_reserved)
{
        put_container("config-x", "");
        put_container("Channel-x", "");
        put_container("configx", "");
        run();
        expect_diagnostic("config-x.container:0: file: error:", "begins with \"config-\"",
                          "rename the file");
        expect_diagnostic("Channel-x.container:0: file: error:", "begins with \"channel-\"");
        expect_n_diagnostics(2);
}
END_TEST

START_TEST(a_config_that_needs_a_rejected_container_is_rejected_and_others_are_not)
{
        put("bad.container", "rootfs = \"/srv/bad\";\ncommand = [ 7 ];");
        put_container("good", "");
        put_config("a", "good bad", "");
        put_config("b", "good", "");
        run();
        expect_diagnostic("a.config:1: containers[1]: error: container \"bad\" is rejected "
                          "(/etc/rtcontainers/bad.container:2: command[0]: the value is an "
                          "integer)",
                          "mend the container");
        ck_assert(is_rejected(&container("bad")->object));
        ck_assert(is_rejected(&config("a")->object));
        ck_assert(!is_rejected(&config("b")->object));
        ck_assert(!is_rejected(&container("good")->object));
}
END_TEST

START_TEST(a_container_whose_channel_is_rejected_is_rejected)
{
        put("ch.channel", "pattern = \"publish\"; message_size = 0;");
        put_channel("fine", "publish", "");
        put_container("a", "publishes = [ \"fine\",\n \"ch\" ];");
        put_container("b", "publishes = [ \"fine\" ];");
        put_config("x", "a", "");
        run();
        expect_diagnostic("a.container:3: publishes[1]: error: channel \"ch\" is rejected",
                          "(/etc/rtcontainers/ch.channel:1: message_size: 0 is out of range)");
        expect_diagnostic("x.config:1: containers[0]: error: container \"a\" is rejected");
        ck_assert(!is_rejected(&container("b")->object));
}
END_TEST

START_TEST(nothing_is_said_of_what_could_not_be_read)
{
        put("bad.container", "rootfs = ;");
        put("bad.channel", "pattern = ;");
        put("bad.config", "containers = ;");
        run();
        expect_diagnostic("bad.container:1: file: error: syntax error");
        expect_diagnostic("bad.channel:1: file: error: syntax error");
        expect_diagnostic("bad.config:1: file: error: syntax error");
        expect_n_diagnostics(3);
}
END_TEST

START_TEST(after_a_hundred_names_no_more_are_suggested)
{
        put_container("sensor", "");
        put("a.config",
            rt_printf(fx.arena, "containers = [ %s \"sensr\" ];", repeated("\"sensr\", ", 150)));
        run();
        expect_diagnostic("containers[0]: error: there is no container \"sensr\"",
                          "did you mean \"sensor\"?");
        expect_diagnostic("containers[149]: error: there is no container", "correct the name");
}
END_TEST

int main(void)
{
        return RUN_TESTS("check", a_small_system_has_nothing_wrong,
                         an_empty_folder_has_nothing_wrong,
                         every_required_key_that_is_missing_is_named,
                         names_are_unique_without_regard_to_case,
                         one_name_may_stand_for_objects_of_different_kinds,
                         a_container_must_not_be_named_as_another_one_in_a_config,
                         a_config_must_not_be_named_as_the_barrier_of_another,
                         no_two_artifacts_have_one_path,
                         beginnings_that_units_of_configs_and_channels_have_are_reserved,
                         a_config_that_needs_a_rejected_container_is_rejected_and_others_are_not,
                         a_container_whose_channel_is_rejected_is_rejected,
                         nothing_is_said_of_what_could_not_be_read,
                         after_a_hundred_names_no_more_are_suggested);
}
