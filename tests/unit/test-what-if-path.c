/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "what-if-path.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

#define TASK(name) "{ name = \"" name "\"; period = \"10ms\"; wcet = \"1ms\"; }"

static void expect_applied(void)
{
        expect_no_diagnostics();
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 0);
}

static const RtConfig *config_b(void)
{
        return rt_model_config(&fx.pipeline.model, "B");
}

START_TEST(a_task_is_selected_by_index_or_name)
{
        put_example();
        run_supposing("imu.tasks[0].wcet=300us", "imu.send.wcet=400us");
        expect_applied();
        ck_assert_int_eq(container("imu")->tasks.items[0].wcet, 300000);
        ck_assert_int_eq(container("imu")->tasks.items[1].wcet, 400000);
}
END_TEST

START_TEST(a_chain_is_selected_by_index_or_name)
{
        put_example();
        run_supposing("B.chains[0].max_reaction=500ms", "B.loop.max_age=800ms");
        expect_applied();
        ck_assert_int_eq(config_b()->chains.items[0].max_reaction, 500000000);
        ck_assert_int_eq(config_b()->chains.items[0].max_age, 800000000);
}
END_TEST

START_TEST(keys_and_file_names_win_over_tasks_of_such_a_name)
{
        put_container("a", "tasks = ( " TASK("memory") ", " TASK("container") " );");
        run_supposing("a.memory.max=1M", "a.container.container.jitter=1us", "a.tasks[0].wcet=3ms");
        expect_applied();
        ck_assert_int_eq(container("a")->memory.max, 1 << 20);
        ck_assert_int_eq(container("a")->tasks.items[0].wcet, 3000000);
        ck_assert_int_eq(container("a")->tasks.items[1].jitter, 1000);
        run_supposing("a.container.wcet=2ms");
        expect_diagnostic("--what-if:1: a.container.wcet: error: \"wcet\" is neither a key nor");
}
END_TEST

START_TEST(of_objects_of_one_name_the_one_with_such_a_key_is_meant)
{
        put_example();
        put_channel("imu", "publish", "");
        put_config("imu", "imu", "");
        put_container("platform", "");
        run_supposing("imu.depth=3", "imu.base=a.target", "imu.user=u", "imu.description=container",
                      "platform.user=v", "platform.cpus=0-3", "platform.uid_base=1048576");
        expect_diagnostic("--what-if:6: platform.cpus: error:", "write a group");
}
END_TEST

START_TEST(a_file_name_leaves_no_doubt)
{
        put_example();
        put_channel("imu", "publish", "");
        put_config("imu", "imu", "");
        put_container("platform", "");
        run_supposing("imu.container.description=1", "imu.config.description=2",
                      "imu.channel.depth=3", "platform.conf.cpus=0-2",
                      "platform.container.cpus.count=2", "imu.container.sample.wcet=4us");
        expect_applied();
        const RtModel *model = &fx.pipeline.model;
        ck_assert_str_eq(container("imu")->description, "1");
        ck_assert_str_eq(rt_model_config(model, "imu")->description, "2");
        ck_assert_int_eq(rt_model_channel(model, "imu")->depth, 3);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &model->platform.cpus), "0-2");
        ck_assert_int_eq(container("platform")->cpus.count, 2);
        ck_assert_int_eq(container("imu")->tasks.items[0].wcet, 4000);
}
END_TEST

START_TEST(what_names_no_key_is_refused)
{
        put_example();
        expect_refusal("imu.watchdog", "--what-if:1: imu.watchdog: error: there is no \"=\"",
                       "write it like");
        expect_refusal("imu=5", "1: imu: error: this names no key", "write it like");
        expect_refusal("=5", "1: ?: error: this names no key");
        expect_refusal("", "1: ?: error: there is no \"=\"");
        expect_refusal(".user=5", "1: .user: error: this names no key");
        expect_refusal("imu.=5", "1: imu.: error: this names no key");
        expect_refusal("imu[0].user=5", "this names no key");
        expect_refusal("imu..user=5", "\"\" is neither a key nor a task of imu");
        expect_refusal("imu.cpus.=5", "\"\" is no key of a cpus");
}
END_TEST

START_TEST(an_object_that_is_not_there_is_refused_and_the_nearest_suggested)
{
        put_example();
        expect_refusal("imo.user=x", "1: imo.user: error: there is no object \"imo\"",
                       "did you mean \"imu\"?");
        expect_refusal("sample.depth=1", "did you mean \"samples\"?");
        expect_refusal("plattform.cpus=1", "did you mean \"platform\"?");
        expect_refusal("nothing-like-it.cpus=1", "rtctl list shows");
        expect_refusal("Imu.user=x", "there is no object \"Imu\"");
        expect_refusal("imu.config.base=x", "\"config\" is neither a key nor a task of imu");
        expect_refusal("B.container.user=x", "\"container\" is neither a key nor a chain of B");
}
END_TEST

START_TEST(an_unknown_key_is_refused_and_the_nearest_suggested)
{
        put_example();
        expect_refusal("imu.wachtdog=1s",
                       "1: imu.wachtdog: error:", "\"wachtdog\" is neither a key nor a task of imu",
                       "did you mean \"watchdog\"?");
        expect_refusal("imu.smaple.wcet=1s", "did you mean \"sample\"?");
        expect_refusal("B.lop.max_age=1s", "neither a key nor a chain of B",
                       "did you mean \"loop\"?");
        expect_refusal("imu.sample.wect=1s", "\"wect\" is no key of a task",
                       "did you mean \"wcet\"?");
        expect_refusal("imu.tasks[1].xyzzy=1s", "\"xyzzy\" is no key of a task",
                       "see rtcontainers.conf(5)");
        expect_refusal("imu.cpus.sample=1", "\"sample\" is no key of a cpus");
        expect_refusal("samples.dephts=1", "\"dephts\" is no key of a channel");
        expect_refusal("imu.watchdog =1s", "\"watchdog \" is neither");
        expect_refusal("imu.tasks=( { nmae = \"a\"; } )",
                       "1: imu.tasks[0].nmae: error:", "did you mean \"name\"?");
        expect_refusal("imu.send={ nmae = \"a\"; }", "1: imu.send.nmae: error:");
}
END_TEST

START_TEST(an_element_that_is_not_there_is_refused)
{
        put_example();
        expect_refusal("imu.tasks[2].wcet=1us", "1: imu.tasks[2].wcet: error: tasks has 2 elements",
                       "the last one is tasks[1]");
        expect_refusal("imu.devices[1].path=1us", "devices has 1 element;");
        expect_refusal("imu.mounts[0].size=1M", "mounts has 0 elements", "set the list as a whole");
        expect_refusal("imu.tasks[99999999999999999999].wcet=1us", "tasks has 2 elements");
        expect_refusal("imu.tasks[4294967296].wcet=1us", "tasks has 2 elements");
        expect_refusal("imu.tasks[18446744073709551616].wcet=1us", "tasks has 2 elements");
}
END_TEST

START_TEST(an_index_is_a_number_in_brackets_behind_a_list_of_groups)
{
        put_example();
        const char *const odd[] = { "[]", "[x]", "[-1]", "[0", "[0x0]", "[+0]", "[ 0]", "[" };
        for (size_t i = 0; i < RT_ELEMENTS(odd); i++)
                expect_refusal(rt_printf(fx.arena, "imu.tasks%s.wcet=1us", odd[i]),
                               "there is no number between [ and ]", "write it like tasks[0]");
        expect_refusal("imu.command[0]=x", "command is no list of groups", "set it as a whole");
        expect_refusal("imu.cpus[0].count=1", "cpus is no list of groups");
        expect_refusal("imu.tasks.wcet=1us", "tasks is a list of groups", "as in tasks[0]");
        expect_refusal("imu.user.x=1us", "user is no group", "end the path there");
        expect_refusal("imu.tasks[0]wcet=1us", "\"wcet\" is out of place");
        expect_refusal("imu.tasks[0][0]=1us", "\"[0]\" is out of place");
        expect_refusal("imu.sample[0].wcet=1us", "\"[0].wcet\" is out of place");
}
END_TEST

START_TEST(the_path_of_a_missing_element_says_more_than_that_of_another_kind)
{
        put_example();
        put_config("imu", "imu", "");
        put_channel("log", "publish", "");
        expect_refusal("imu.tasks[5].wcet=1us", "tasks has 2 elements");
        expect_refusal("imu.chains[0].max_age=1us", "chains has 0 elements");
        expect_refusal("log.nothing=1", "is neither a key nor a task of log");
}
END_TEST

START_TEST(messages_are_short_and_printable_whatever_the_path)
{
        put_example();
        const char *const odd[] = {
                "\x1b[31m\n",
                repeated("a", 200000),
                rt_printf(fx.arena, "imu.%s", repeated("a", 200000)),
                repeated("imu.", 50000),
                rt_printf(fx.arena, "imu.tasks[%s].wcet", repeated("9", 200000)),
                rt_printf(fx.arena, "imu%s", repeated("[0]", 50000)),
                "imu.\xff\xfe",
                "imu.tasks[0].wcet\t",
        };
        for (size_t i = 0; i < RT_ELEMENTS(odd); i++) {
                run_supposing(rt_printf(fx.arena, "%s=1", odd[i]));
                expect_n_diagnostics(1);
                const char *line = rt_diag_line(fx.arena, "", fx.pipeline.diags.list.items[0]);
                ck_assert_msg(strlen(line) < 600, "%s", line);
                ck_assert(rt_utf8_is_valid(line) && !rt_text_has_control(line));
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("what-if-path", a_task_is_selected_by_index_or_name,
                         a_chain_is_selected_by_index_or_name,
                         keys_and_file_names_win_over_tasks_of_such_a_name,
                         of_objects_of_one_name_the_one_with_such_a_key_is_meant,
                         a_file_name_leaves_no_doubt, what_names_no_key_is_refused,
                         an_object_that_is_not_there_is_refused_and_the_nearest_suggested,
                         an_unknown_key_is_refused_and_the_nearest_suggested,
                         an_element_that_is_not_there_is_refused,
                         an_index_is_a_number_in_brackets_behind_a_list_of_groups,
                         the_path_of_a_missing_element_says_more_than_that_of_another_kind,
                         messages_are_short_and_printable_whatever_the_path);
}
