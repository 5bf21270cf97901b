/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "what-if.h"

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

START_TEST(keys_of_all_kinds_of_objects_can_be_supposed)
{
        put_example();
        run_supposing("imu.watchdog=1s", "samples.depth=4", "B.base=rescue.target",
                      "platform.cpus=0-7", "platform.rt_bandwidth=1.0");
        expect_applied();
        ck_assert_int_eq(container("imu")->watchdog, 1000000000);
        ck_assert_int_eq(rt_model_channel(&fx.pipeline.model, "samples")->depth, 4);
        ck_assert_str_eq(config_b()->base, "rescue.target");
        ck_assert_int_eq(fx.pipeline.model.platform.rt_bandwidth, 1000000);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &fx.pipeline.model.platform.cpus), "0-7");
}
END_TEST

START_TEST(values_of_all_types_can_be_supposed)
{
        put_example();
        run_supposing("imu.description=two words; \"quoted\" = # 1", "imu.restart=always",
                      "imu.memory.max=64M", "imu.cpus.allowed=2-3", "imu.writable=true",
                      "imu.devices[0].irq_priority=70", "B.containers=[ \"imu\" ]",
                      "platform.overheads.irq=5us", "platform.rt_bandwidth=1");
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 0);
        const RtContainer *imu = container("imu");
        ck_assert_str_eq(imu->description, "two words; \"quoted\" = # 1");
        ck_assert_str_eq(rt_restart_words[imu->restart], "always");
        ck_assert_int_eq(imu->memory.max, 64 << 20);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &imu->cpus.allowed), "2-3");
        ck_assert(imu->writable);
        ck_assert_int_eq(imu->devices.items[0].irq_priority, 70);
        ck_assert_uint_eq(config_b()->containers.n, 1);
        ck_assert_int_eq(fx.pipeline.model.platform.overheads.irq, 5000);
        ck_assert_int_eq(fx.pipeline.model.platform.rt_bandwidth, 1000000);
}
END_TEST

START_TEST(texts_may_have_their_quotes)
{
        put_example();
        run_supposing("imu.description=\"a \\\"b\\\"\"", "imu.watchdog=\"2s\"", "log.description=");
        expect_applied();
        ck_assert_str_eq(container("imu")->description, "a \"b\"");
        ck_assert_int_eq(container("imu")->watchdog, 2000000000);
        ck_assert_str_eq(container("log")->description, "");
        expect_refusal("imu.description=\"a\" b", "imu.description: error: syntax error",
                       "write a string");
        expect_refusal("imu.description=\"a", "imu.description: error:", "never ends");
}
END_TEST

START_TEST(lists_are_replaced_as_a_whole)
{
        put_example();
        run_supposing("log.tasks=( " TASK("x") ", " TASK("y") " )", "log.x.wcet=2ms",
                      "imu.publishes=[]", "log.subscribes=()");
        expect_applied();
        ck_assert_uint_eq(container("log")->tasks.n, 2);
        ck_assert_int_eq(container("log")->tasks.items[0].wcet, 2000000);
        ck_assert_int_eq(container("log")->tasks.items[1].wcet, 1000000);
        ck_assert_uint_eq(container("imu")->channels[RT_PUBLISHES].n, 0);
}
END_TEST

START_TEST(of_groups_and_elements_only_what_is_named_changes)
{
        put_example();
        run_supposing("imu.cpus={ allowed = \"1-3\"; }", "imu.tasks[0]={ wcet = \"2ms\"; }",
                      "imu.send={ jitter = \"3us\"; }", "imu.devices[0]={ access = \"r\"; }");
        expect_applied();
        const RtContainer *imu = container("imu");
        ck_assert_int_eq(imu->cpus.count, 2);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &imu->cpus.allowed), "1-3");
        ck_assert_int_eq(imu->tasks.items[0].wcet, 2000000);
        ck_assert_str_eq(imu->tasks.items[0].name, "sample");
        ck_assert_int_eq(imu->tasks.items[1].jitter, 3000);
        ck_assert_str_eq(imu->devices.items[0].path, "/dev/imu");
}
END_TEST

START_TEST(what_follows_from_a_value_follows_from_the_supposed_one)
{
        put_example();
        run_supposing("imu.sample.period=20ms", "log.watchdog=1s");
        expect_applied();
        ck_assert_int_eq(container("imu")->tasks.items[0].deadline, 20000000);
        ck_assert(container("log")->notify);
}
END_TEST

START_TEST(later_suppositions_win)
{
        put_example();
        run_supposing("imu.user=a", "imu.user=b", "imu.sample.name=take", "imu.take.wcet=7us",
                      "B.chains=()");
        expect_applied();
        ck_assert_str_eq(container("imu")->user, "b");
        ck_assert_uint_eq(rt_key_place(&container("imu")->object.item, RT_CONTAINER_USER).line, 2);
        ck_assert_int_eq(container("imu")->tasks.items[0].wcet, 7000);
}
END_TEST

START_TEST(suppositions_win_over_drop_ins)
{
        put_example();
        put("imu.container.d/99.conf", "user = \"dropped\";");
        run_supposing("imu.user=supposed");
        expect_applied();
        ck_assert_str_eq(container("imu")->user, "supposed");
}
END_TEST

START_TEST(a_supposed_value_has_its_number_as_place)
{
        put_example();
        run_supposing("imu.user=u", "imu.memory.max=1M", "imu.sample.wcet=1us",
                      "log.tasks=(\n\n" TASK("t") " )", "B.containers=[ \"imu\",\n\"log\" ]");
        expect_applied();
        const RtContainer *imu = container("imu"), *log = container("log");
        const RtPlace places[] = {
                rt_key_place(&imu->object.item, RT_CONTAINER_USER),
                rt_key_place(&imu->memory.item, RT_MEMORY_MAX),
                rt_key_place(&imu->tasks.items[0].item, RT_TASK_WCET),
                rt_key_place(&log->tasks.items[0].item, RT_TASK_NAME),
                config_b()->containers.places[1],
        };
        for (unsigned i = 0; i < RT_ELEMENTS(places); i++)
                ck_assert_str_eq(rt_place_text(fx.arena, places[i]),
                                 rt_printf(fx.arena, "--what-if:%u", i + 1));
        ck_assert_uint_eq(log->tasks.items[0].item.place.line, 4);
        ck_assert_str_eq(log->tasks.items[0].item.place.file, RT_WHAT_IF);
        /* What was not touched is where it was. */
        ck_assert_uint_eq(rt_key_place(&imu->tasks.items[0].item, RT_TASK_NAME).line, 2);
        ck_assert_str_eq(rt_key_place(&imu->tasks.items[0].item, RT_TASK_NAME).file,
                         "/etc/rtcontainers/imu.container");
}
END_TEST

START_TEST(a_group_is_set_once_something_in_it_is)
{
        put_example();
        run_supposing("log.memory.max=1M", "imu.cpus.count=1");
        expect_applied();
        const RtContainer *imu = container("imu"), *log = container("log");
        ck_assert(rt_is_set(&log->object.item, RT_CONTAINER_MEMORY));
        ck_assert_str_eq(log->memory.item.place.file, RT_WHAT_IF);
        ck_assert_str_eq(imu->cpus.item.place.file, "/etc/rtcontainers/imu.container");
}
END_TEST

START_TEST(checks_judge_supposed_values_at_their_place)
{
        put_example();
        run_supposing("imu.tasks[0].wcet=11ms", "imu.cpus.allowed=9",
                      "log.tasks=( { name = \"t\"; } )");
        expect_diagnostic("tasks[0].period: error: the deadline, 10ms", "WCET, 11ms (--what-if:1)");
        expect_diagnostic("--what-if:2: cpus.allowed: error:");
        expect_diagnostic("--what-if:3: tasks[0].period: error:");
        /* Applied they are all the same. */
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 0);
        ck_assert(container("imu")->object.rejected);
}
END_TEST

START_TEST(a_wrong_value_is_refused_as_in_a_descriptor)
{
        put_example();
        expect_refusal("imu.watchdog=5", "1: imu.watchdog: error: \"5\" has no unit");
        expect_refusal("imu.watchdog=1us", "is less than 1ms");
        expect_refusal("imu.restart=allways", "did you mean \"always\"?");
        expect_refusal("imu.memory.max=", "imu.memory.max: error: \"\" is no size");
        expect_refusal("imu.memory.max=5X", "write a size");
        expect_refusal("imu.cpus.allowed=3-1", "is no CPU list");
        expect_refusal("imu.cpus.allowed=9999", "names a CPU above 1023");
        expect_refusal("imu.user=a b", "is no user");
        expect_refusal("imu.rootfs=/../x", "is not a plain absolute path");
        expect_refusal("samples.depth=0", "0 is out of range");
        expect_refusal("samples.depth=2147483648", "the number is too large");
        expect_refusal("samples.depth=\"4\"", "the value is a string", "write an integer from 1");
        expect_refusal("samples.depth=4.0", "a fractional number is not possible here");
        expect_refusal("samples.depth=", "samples.depth: error: syntax error", "write an integer");
        expect_refusal("imu.writable=yes", "imu.writable: error: syntax error",
                       "write true or false");
        expect_refusal("platform.rt_bandwidth=1.5", "1.5 is out of range");
        expect_refusal("B.containers=imu", "B.containers: error: syntax error",
                       "write a list of strings");
        expect_refusal("B.containers=\"imu\"", "the value is a string", "write a list of strings");
        expect_refusal("B.containers=[ \"imu\", \"x y\" ]",
                       "1: B.containers[1]: error:", "is not a name");
        expect_refusal("imu.cpus=5", "the value is an integer", "write a group");
        expect_refusal("imu.sample=5", "1: imu.sample: error: the value is an integer",
                       "write a group");
        expect_refusal("imu.tasks=( 5 )", "1: imu.tasks[0]: error: the element is an integer");
}
END_TEST

START_TEST(a_value_that_is_wrong_somewhere_changes_nothing)
{
        put_example();
        expect_refusal("imu.cpus={ count = 3; allowed = \"x\"; }", "1: imu.cpus.allowed: error:");
        ck_assert_int_eq(container("imu")->cpus.count, 2);
        expect_refusal("imu.tasks=( " TASK("z") ", { wcet = 1; } )", "1: imu.tasks[1].wcet:");
        ck_assert_str_eq(container("imu")->tasks.items[0].name, "sample");
        expect_refusal("imu.sample={ wcet = \"5ms\"; period = 1; }", "1: imu.sample.period:");
        ck_assert_int_eq(container("imu")->tasks.items[0].wcet, 1000000);
        expect_refusal("imu.environment=[ \"A=1\", \"B\" ]", "1: imu.environment[1]:");
        ck_assert(!rt_is_set(&container("imu")->object.item, RT_CONTAINER_ENVIRONMENT));
        expect_refusal("imu.memory.max=x", "1: imu.memory.max:");
        ck_assert(!rt_is_set(&container("imu")->object.item, RT_CONTAINER_MEMORY));
}
END_TEST

START_TEST(a_value_is_one_value)
{
        put_example();
        static const char *const more[] = { "; writable = true",
                                            ", writable = true",
                                            "\nwritable = true",
                                            " writable = true",
                                            "; value = true",
                                            "; @include \"/etc/passwd\"",
                                            "; }; x = {",
                                            "]",
                                            "}",
                                            ";;",
                                            " = 2",
                                            " 2",
                                            "/*",
                                            "\n@include \"/etc/passwd\"" };
        static const char *const heads[] = { "samples.depth=1", "imu.boot=false",
                                             "imu.publishes=[ \"samples\" ]",
                                             "imu.cpus={ count = 2; }",
                                             "imu.sample={ jitter = \"1us\"; }" };
        for (size_t i = 0; i < RT_ELEMENTS(heads); i++)
                for (size_t k = 0; k < RT_ELEMENTS(more); k++) {
                        expect_refusal(rt_printf(fx.arena, "%s%s", heads[i], more[k]), "error:");
                        ck_assert(!container("imu")->writable);
                }
        /* A comment or a final semicolon adds nothing. */
        run_supposing("samples.depth=1 # writable = true", "samples.depth=2;",
                      "samples.depth=3 /* ; x = 1 */");
        expect_applied();
        ck_assert_int_eq(rt_model_channel(&fx.pipeline.model, "samples")->depth, 3);
}
END_TEST

START_TEST(limits_of_descriptors_hold_for_values)
{
        put_example();
        expect_refusal(rt_printf(fx.arena, "imu.description=%s", repeated("x", RT_TEXT_MAX + 1)),
                       "write at most 32768 bytes");
        expect_refusal(rt_printf(fx.arena, "B.containers=[ %s \"imu\" ]",
                                 repeated("\"imu\", ", RT_LIST_MAX)),
                       "the list has 16385 elements");
        expect_refusal(rt_printf(fx.arena, "imu.tasks=%s", repeated("(", 100000)),
                       "nested too deeply");
        expect_refusal(rt_printf(fx.arena, "imu.cpus={ %s }", repeated("x = 1; ", 1000)),
                       "more than 256 settings");
        expect_refusal(rt_printf(fx.arena, "imu.publishes=[ %s ]", repeated(" ", 2 << 20)),
                       "as long as no descriptor may be");
        expect_refusal("imu.description=a\nb", "a control character");
        expect_refusal("imu.description=\xff", "invalid UTF-8");
        expect_refusal("imu.publishes=[ \"\xff\" ]", "not valid UTF-8");
}
END_TEST

START_TEST(all_mistakes_are_counted_and_reported_each_at_its_place)
{
        put_example();
        run_supposing("imu.x=1", "imu.user=u", "y", "imu.cpus={ a = 1; b = 2; }");
        expect_diagnostic("--what-if:1: imu.x: error:");
        expect_diagnostic("--what-if:3: y: error:");
        expect_diagnostic("--what-if:4: imu.cpus.a: error:");
        expect_diagnostic("--what-if:4: imu.cpus.b: error:");
        expect_n_diagnostics(4);
        ck_assert_uint_eq(fx.pipeline.n_what_if_errors, 3);
        ck_assert_str_eq(container("imu")->user, "u");
}
END_TEST

START_TEST(without_suppositions_nothing_happens)
{
        RtModel model;
        RtDiags diags = { .arena = fx.arena };
        rt_model_init(&model, fx.arena);
        ck_assert_uint_eq(rt_what_if(&model, NULL, 0, &diags), 0);
        ck_assert_uint_eq(diags.list.n, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "what-if", keys_of_all_kinds_of_objects_can_be_supposed,
                values_of_all_types_can_be_supposed, texts_may_have_their_quotes,
                lists_are_replaced_as_a_whole, of_groups_and_elements_only_what_is_named_changes,
                what_follows_from_a_value_follows_from_the_supposed_one, later_suppositions_win,
                suppositions_win_over_drop_ins, a_supposed_value_has_its_number_as_place,
                a_group_is_set_once_something_in_it_is, checks_judge_supposed_values_at_their_place,
                a_wrong_value_is_refused_as_in_a_descriptor,
                a_value_that_is_wrong_somewhere_changes_nothing, a_value_is_one_value,
                limits_of_descriptors_hold_for_values,
                all_mistakes_are_counted_and_reported_each_at_its_place,
                without_suppositions_nothing_happens);
}
