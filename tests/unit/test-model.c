/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include "fixture.h"

START_TEST(kinds_have_words_and_endings)
{
        ck_assert_str_eq(rt_kind_word(RT_CONTAINER), "container");
        ck_assert_str_eq(rt_kind_ending(RT_CONTAINER), ".container");
        ck_assert_str_eq(rt_kind_ending(RT_PLATFORM), "platform.conf");
        const RtPlace nowhere = { 0 };
        ck_assert_str_eq(rt_object_file(fx.arena, rt_object_new(fx.arena, RT_CONFIG, "B", nowhere)),
                         "B.config");
        RtModel model;
        rt_model_init(&model, fx.arena);
        ck_assert_str_eq(rt_object_file(fx.arena, &model.platform.object), "platform.conf");
}
END_TEST

START_TEST(roles_follow_the_keys_of_a_container)
{
        for (RtRole role = 0; role < RT_ROLES; role++)
                ck_assert_str_eq(
                        rt_kind_schema(RT_CONTAINER)->keys[RT_CONTAINER_PUBLISHES + role].name,
                        rt_role_word(role));
        ck_assert(rt_role_is_single(RT_PUBLISHES));
        ck_assert(rt_role_is_single(RT_SERVES));
        ck_assert(rt_role_is_single(RT_PULLS));
        ck_assert(!rt_role_is_single(RT_SUBSCRIBES));
        ck_assert(!rt_role_is_single(RT_CALLS));
        ck_assert(!rt_role_is_single(RT_PUSHES));
        ck_assert_int_eq(rt_role_pattern(RT_CALLS), RT_PATTERN_REQUEST);
        ck_assert_int_eq(rt_role_pattern(RT_PULLS), RT_PATTERN_PUSH);
}
END_TEST

START_TEST(objects_are_found_by_name)
{
        put_container("b", "");
        put_container("a", "");
        put_channel("c", "push", "");
        put_config("x", "a", "");
        run();
        const RtModel *model = &fx.pipeline.model;
        ck_assert_str_eq(model->containers.items[0]->object.name, "a");
        ck_assert_ptr_eq(rt_model_container(model, "b"), model->containers.items[1]);
        ck_assert_ptr_null(rt_model_container(model, "c"));
        ck_assert_ptr_nonnull(rt_model_channel(model, "c"));
        ck_assert_ptr_nonnull(rt_model_config(model, "x"));
        ck_assert_ptr_null(rt_model_config(model, "X"));
        ck_assert(rt_config_has(rt_model_config(model, "x"), "a"));
        ck_assert(!rt_config_has(rt_model_config(model, "x"), "b"));
}
END_TEST

START_TEST(the_deadline_is_the_period_unless_said)
{
        put_container("a",
                      "tasks = ( { name = \"t\"; period = \"2ms\"; wcet = \"1us\"; },\n"
                      "{ name = \"u\"; period = \"2ms\"; wcet = \"1us\"; deadline = \"1ms\"; } );");
        run();
        ck_assert_int_eq(container("a")->tasks.items[0].deadline, 2000000);
        ck_assert_int_eq(container("a")->tasks.items[1].deadline, 1000000);
}
END_TEST

START_TEST(a_task_among_others_has_a_thread_of_its_name)
{
        put_container("a", "tasks = ( { name = \"t\"; policy = \"other\"; },\n"
                           "{ name = \"u\"; policy = \"other\"; thread = \"w\"; } );");
        put_container("b", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        run();
        ck_assert_str_eq(container("a")->tasks.items[0].thread, "t");
        ck_assert_str_eq(container("a")->tasks.items[1].thread, "w");
        ck_assert_ptr_null(container("b")->tasks.items[0].thread);
}
END_TEST

START_TEST(tasks_are_found_by_name)
{
        put_container("a",
                      "tasks = ( { name = \"t\"; policy = \"other\"; }, { policy = \"other\"; },"
                      "{ name = \"b\"; policy = \"other\"; } );");
        put_container("b", "");
        run();
        const RtContainer *a = container("a");
        ck_assert_ptr_eq(rt_container_task(a, "t"), &a->tasks.items[0]);
        ck_assert_ptr_eq(rt_container_task(a, "b"), &a->tasks.items[2]);
        ck_assert_ptr_null(rt_container_task(a, "c"));
        ck_assert_ptr_null(rt_container_task(container("b"), "t"));
}
END_TEST

START_TEST(a_program_notifies_if_it_boots_or_has_a_watchdog_unless_said)
{
        put_container("plain", "");
        put_container("dog", "watchdog = \"1s\";");
        put_container("said", "notify = true;");
        put("init.container", "rootfs = \"/i\"; boot = true;");
        put("quiet.container", "rootfs = \"/i\"; boot = true; notify = false;");
        run();
        ck_assert(!container("plain")->notify);
        ck_assert(container("dog")->notify);
        ck_assert(container("said")->notify);
        ck_assert(container("init")->notify);
        ck_assert(!container("quiet")->notify);
}
END_TEST

START_TEST(a_full_channel_overwrites_when_it_publishes_and_refuses_otherwise)
{
        put_channel("p", "publish", "");
        put_channel("q", "push", "");
        put_channel("r", "publish", "full = \"refuse\";");
        run();
        const RtModel *model = &fx.pipeline.model;
        ck_assert_int_eq(rt_model_channel(model, "p")->full, RT_FULL_OVERWRITE);
        ck_assert_int_eq(rt_model_channel(model, "q")->full, RT_FULL_REFUSE);
        ck_assert_int_eq(rt_model_channel(model, "r")->full, RT_FULL_REFUSE);
}
END_TEST

START_TEST(the_lowest_cpu_is_for_housekeeping_unless_said)
{
        put("platform.conf", "cpus = \"2-4\";");
        run();
        const RtPlatform *platform = &fx.pipeline.model.platform;
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &platform->housekeeping), "2");
        RtCpuSet realtime = rt_platform_realtime_cpus(platform);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &realtime), "3-4");
        put("platform.conf", "cpus = \"2-4\"; housekeeping = \"2-4\";");
        run();
        realtime = rt_platform_realtime_cpus(platform);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &realtime), "2-4");
}
END_TEST

START_TEST(user_id_ranges_are_counted_up_to_systemds_limit)
{
        RtPlatform platform = { .uid_base = 1878982656, .uid_range = 65536 };
        ck_assert_uint_eq(rt_platform_uid_ranges(&platform), 1);
        platform.uid_base -= 65536;
        ck_assert_uint_eq(rt_platform_uid_ranges(&platform), 2);
}
END_TEST

int main(void)
{
        return RUN_TESTS("model", kinds_have_words_and_endings,
                         roles_follow_the_keys_of_a_container, objects_are_found_by_name,
                         the_deadline_is_the_period_unless_said,
                         a_task_among_others_has_a_thread_of_its_name, tasks_are_found_by_name,
                         a_program_notifies_if_it_boots_or_has_a_watchdog_unless_said,
                         a_full_channel_overwrites_when_it_publishes_and_refuses_otherwise,
                         the_lowest_cpu_is_for_housekeeping_unless_said,
                         user_id_ranges_are_counted_up_to_systemds_limit);
}
