/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader.h"

#include "fixture.h"
#include "text.h"

/* The container "a", whose settings begin on line 2, has exactly this one error. */
static void expect_error(const char *settings, const char *at_what, const char *fix)
{
        put_container("a", settings);
        run();
        expect_diagnostic(rt_printf(fx.arena, "/etc/rtcontainers/a.container:%s", at_what), fix);
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.rejected);
}

START_TEST(values_of_all_types_are_read_with_their_places)
{
        put("a.container", "rootfs = \"/srv/a\";\n"
                           "command = [ \"/x\", \"-y\" ];\n"
                           "writable = true;\n"
                           "watchdog = \"1.5ms\";\n"
                           "restart : \"always\"\n"
                           "cpus = { allowed = \"1-2\";\n count = 2; };\n"
                           "tasks = (\n {\n name = \"t\"; period = \"1s\"; wcet = \"1ms\"; } );\n");
        run();
        expect_no_diagnostics();
        const RtContainer *a = container("a");
        ck_assert_str_eq(a->rootfs, "/srv/a");
        ck_assert_uint_eq(a->command.n, 2);
        ck_assert_str_eq(a->command.items[1], "-y");
        ck_assert(a->writable);
        ck_assert_int_eq(a->watchdog, 1500000);
        ck_assert_str_eq(rt_restart_words[a->restart], "always");
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &a->cpus.allowed), "1-2");
        ck_assert_int_eq(a->cpus.count, 2);
        ck_assert_uint_eq(a->tasks.n, 1);
        ck_assert_uint_eq(rt_key_place(&a->object.item, RT_CONTAINER_WATCHDOG).line, 4);
        ck_assert_uint_eq(rt_key_place(&a->cpus.item, RT_CPUS_COUNT).line, 7);
        ck_assert_uint_eq(rt_key_place(&a->tasks.items[0].item, RT_TASK_NAME).line, 10);
        ck_assert_str_eq(rt_key_place(&a->object.item, RT_CONTAINER_ROOTFS).file,
                         "/etc/rtcontainers/a.container");
        ck_assert(!rt_is_set(&a->object.item, RT_CONTAINER_USER));
}
END_TEST

START_TEST(lists_may_be_in_brackets_or_parentheses)
{
        put_container("a", "environment = ( \"A=1\", \"B=2\" ); tasks = ( );");
        run();
        expect_no_diagnostics();
        ck_assert_uint_eq(container("a")->environment.n, 2);
}
END_TEST

START_TEST(an_unknown_key_is_an_error_and_the_nearest_is_suggested)
{
        expect_error("comand = [ ];", "2: comand: error: the key is not known in a container",
                     "did you mean \"command\"?");
        expect_error("tasks = ( { name = \"t\"; policy = \"other\";\npriod = \"1ms\"; } );",
                     "3: tasks[0].priod: error: the key is not known in a task",
                     "did you mean \"period\"?");
        expect_error("zzz = 1;", "2: zzz: error:", "see rtcontainers.conf(5)");
        expect_error("memory = { zzz = 1; };", "2: memory.zzz: error:", "see rtcontainers.conf(5)");
}
END_TEST

START_TEST(a_wrong_type_is_named_with_the_right_one)
{
        expect_error("watchdog = [ \"1s\" ];", "2: watchdog: error: the value is an array",
                     "write a duration such as");
        expect_error("watchdog = 5;", "2: watchdog: error: the bare number 5 has no unit",
                     "write a duration such as");
        expect_error("description = 1.5;", "2: description: error: a fractional number",
                     "write a string");
        expect_error("description = true;", "2: description: error: the value is true or false",
                     "write a string");
        expect_error("writable = \"true\";", "2: writable: error: the value is a string",
                     "write true or false");
        expect_error("cpus = \"1\";", "2: cpus: error: the value is a string",
                     "write a group such as { … }");
        expect_error("tasks = { };", "2: tasks: error: the value is a group",
                     "write a list of groups");
        put_container("a", "tasks = ( 7 );");
        run();
        expect_diagnostic("a.container:2: tasks[0]: error: the element is an integer",
                          "write a group such as { … }");
        expect_error("environment = \"A=1\";", "2: environment: error: the value is a string",
                     "write a list of strings");
        expect_error("environment = [ 1 ];", "2: environment[0]: error: the value is an integer",
                     "write a list of strings");
        expect_error("cpus = { count = \"1\"; };", "2: cpus.count: error: the value is a string",
                     "write an integer from 1 to 1024");
        expect_error("cpus = { allowed = 1; };", "2: cpus.allowed: error: a number is not possible",
                     "write a CPU list");
}
END_TEST

START_TEST(integers_that_overflow_are_refused_and_do_not_wrap_round)
{
        expect_error("cpus = { count = 2147483647; };", "2: cpus.count: error: 2147483647 is out",
                     "from 1 to 1024");
        expect_error("cpus = { count = -1; };", "2: cpus.count: error: -1 is out",
                     "from 1 to 1024");
        /* libconfig would make 1 of all of these. */
        static const char *const wrapping[] = { "4294967297",
                                                "-4294967295",
                                                "0x100000001",
                                                "0x10000000000000001L",
                                                "99999999999999999999999",
                                                "+4294967297" };
        for (size_t i = 0; i < RT_ELEMENTS(wrapping); i++)
                expect_error(rt_printf(fx.arena, "\ncpus = { count = %s; };", wrapping[i]),
                             "3: file: error: the number is too large", "above 2147483647");
}
END_TEST

START_TEST(all_mistakes_of_all_files_are_reported_in_one_run)
{
        put("a.container", "rootfs = 1;\ncomand = [ ];\nwatchdog = \"5\";\n");
        put("b.container", "x = ;");
        put("c.channel", "pattern = \"push\"; message_size = 1; depth = 0;");
        run();
        expect_diagnostic("a.container:1: rootfs: error:");
        expect_diagnostic("a.container:2: comand: error:");
        expect_diagnostic("a.container:3: watchdog: error: \"5\" has no unit");
        expect_diagnostic("b.container:1: file: error: syntax error");
        expect_diagnostic("c.channel:1: depth: error: 0 is out of range");
        /* and command is missing */
        expect_n_diagnostics(6);
}
END_TEST

START_TEST(a_syntax_error_rejects_the_file_with_its_line)
{
        put("a.container", "rootfs = \"/a\";\n\ncommand = [ \"/x\" \n");
        run();
        expect_diagnostic("a.container:", ": file: error: syntax error",
                          "write settings as KEY = VALUE");
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.unreadable);
}
END_TEST

START_TEST(the_last_line_need_not_end)
{
        put("a.container", "rootfs = \"/a\"; command = [ \"/x\" ]; # comment");
        put("b.container", "rootfs = \"/b\"; command = [ \"/x\" ]; // comment");
        put("c.container", "rootfs = \"/c\"; command = [ \"/x\" ]; user = \"u\"");
        run();
        expect_no_diagnostics();
        ck_assert_str_eq(container("c")->user, "u");
}
END_TEST

START_TEST(a_key_that_is_there_twice_is_an_error)
{
        put("a.container", "rootfs = \"/a\";\nrootfs = \"/b\";\n");
        run();
        expect_diagnostic("a.container:2: file: error:", "duplicate");
        expect_n_diagnostics(1);
}
END_TEST

START_TEST(a_drop_in_replaces_settings_one_by_one)
{
        put_container(
                "a",
                "user = \"u\"; cpus = { count = 2; allowed = \"1-3\"; };\ntasks = ( { name = \"t\"; period = \"1s\"; wcet = \"1ms\"; } );");
        put("a.container.d/10.conf", "user = \"v\";\ncpus = { count = 3; };");
        put("a.container.d/20.conf", "user = \"w\";");
        run();
        expect_no_diagnostics();
        const RtContainer *a = container("a");
        ck_assert_str_eq(a->user, "w");
        ck_assert_int_eq(a->cpus.count, 3);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &a->cpus.allowed), "1-3");
        ck_assert_str_eq(rt_key_place(&a->cpus.item, RT_CPUS_COUNT).file,
                         "/etc/rtcontainers/a.container.d/10.conf");
        ck_assert_str_eq(a->object.sources[0], "/etc/rtcontainers/a.container");
        ck_assert_str_eq(a->object.sources[2], "/etc/rtcontainers/a.container.d/20.conf");
        ck_assert_ptr_null(a->object.sources[3]);
}
END_TEST

START_TEST(a_drop_in_replaces_lists_as_a_whole)
{
        put_container("a", "environment = [ \"A=1\", \"B=2\" ];\n"
                           "tasks = ( { name = \"t\"; policy = \"other\"; },"
                           "{ name = \"u\"; policy = \"other\"; } );");
        put("a.container.d/10.conf", "environment = [ \"C=3\" ];\n"
                                     "tasks = ( { name = \"v\"; policy = \"other\"; } );");
        run();
        expect_no_diagnostics();
        const RtContainer *a = container("a");
        ck_assert_uint_eq(a->environment.n, 1);
        ck_assert_str_eq(a->environment.items[0], "C=3");
        ck_assert_uint_eq(a->tasks.n, 1);
        ck_assert_str_eq(a->tasks.items[0].name, "v");
}
END_TEST

START_TEST(a_mistake_in_a_drop_in_is_reported_there)
{
        put_container("a", "user = \"u\";");
        put("a.container.d/10.conf", "\nuser = \"no user\";");
        run();
        expect_diagnostic("/etc/rtcontainers/a.container.d/10.conf:2: user: error:", "is no user");
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.rejected);
}
END_TEST

START_TEST(includes_open_nothing)
{
        put("/secret", "rootfs = \"/secret\";");
        put("a.container", rt_printf(fx.arena, "@include \"%s\"\n", path_of("/secret")));
        put("b.container", "@include \"/etc/rtcontainers/b.container\"\n");
        run();
        expect_diagnostic("a.container:1: file: error: \"@\" is not possible here", "use drop-ins");
        expect_diagnostic("b.container:1: file: error: \"@\" is not possible here");
        expect_n_diagnostics(2);
        ck_assert_ptr_null(container("a")->rootfs);
}
END_TEST

START_TEST(lists_have_a_greatest_length)
{
        put("a.container", rt_printf(fx.arena, "rootfs = \"/a\"; command = [ %s \"/x\" ];",
                                     repeated("\"/x\", ", RT_LIST_MAX - 1)));
        run();
        expect_no_diagnostics();
        put("a.container", rt_printf(fx.arena, "rootfs = \"/a\";\ncommand = [ %s \"/x\" ];",
                                     repeated("\"/x\", ", RT_LIST_MAX)));
        run();
        expect_diagnostic("a.container:2: command: error: the list has 16385 elements",
                          "at most 16384");
        expect_error(rt_printf(fx.arena, "tasks = ( %s { } );", repeated("{ }, ", RT_LIST_MAX)),
                     "2: tasks: error: the list has 16385 elements", "at most 16384");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_rejects_its_object)
{
        put_link("a.container", "nowhere");
        put_container("b", "");
        run();
        expect_diagnostic("a.container:0: file: error: is a link to nothing",
                          "a descriptor is a regular file of at most 2 MiB");
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.unreadable);
        ck_assert(has_artifact("rt-a.service"));
        ck_assert(has_artifact("rt-b.service"));
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "reader", values_of_all_types_are_read_with_their_places,
                lists_may_be_in_brackets_or_parentheses,
                an_unknown_key_is_an_error_and_the_nearest_is_suggested,
                a_wrong_type_is_named_with_the_right_one,
                integers_that_overflow_are_refused_and_do_not_wrap_round,
                all_mistakes_of_all_files_are_reported_in_one_run,
                a_syntax_error_rejects_the_file_with_its_line, the_last_line_need_not_end,
                a_key_that_is_there_twice_is_an_error, a_drop_in_replaces_settings_one_by_one,
                a_drop_in_replaces_lists_as_a_whole, a_mistake_in_a_drop_in_is_reported_there,
                includes_open_nothing, lists_have_a_greatest_length,
                a_file_that_cannot_be_read_rejects_its_object);
}
