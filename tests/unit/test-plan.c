/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "fixture.h"
#include "text.h"

enum { BASE = 655360, RANGE = 65536 };

START_TEST(every_container_has_a_range_of_user_ids_of_its_own)
{
        for (int i = 0; i < 200; i++)
                put_container(rt_printf(fx.arena, "c%d", i), "");
        run();
        expect_no_diagnostics();
        RT_EACH (one, &fx.pipeline.plan.instances) {
                ck_assert_int_ge((*one)->uid, BASE);
                ck_assert_int_lt((*one)->uid, 0x70000000 - RANGE + 1);
                ck_assert_int_eq((*one)->uid % RANGE, 0);
                RT_EACH (other, &fx.pipeline.plan.instances)
                        ck_assert(one == other || (*one)->uid != (*other)->uid);
        }
}
END_TEST

START_TEST(adding_and_removing_containers_moves_no_range)
{
        put_container("camera", "");
        put_container("motor", "");
        run();
        int64_t camera = instance("camera")->uid, motor = instance("motor")->uid;
        for (int i = 0; i < 20; i++)
                put_container(rt_printf(fx.arena, "a%d", i), "");
        put_link("/etc/rtcontainers/z.container", "/dev/null");
        run();
        ck_assert_int_eq(instance("camera")->uid, camera);
        ck_assert_int_eq(instance("motor")->uid, motor);
        put("camera.container", "");
        run();
        ck_assert_int_eq(instance("motor")->uid, motor);
}
END_TEST

START_TEST(ranges_never_overlap_even_if_few_are_left)
{
        put("platform.conf", "cpus = \"0\"; uid_base = 1878720512;"); /* room for five */
        for (int i = 0; i < 5; i++)
                put_container(rt_printf(fx.arena, "c%d", i), "");
        run();
        expect_no_diagnostics();
        bool taken[5] = { false };
        RT_EACH (one, &fx.pipeline.plan.instances) {
                int64_t slot = ((*one)->uid - 1878720512) / RANGE;
                ck_assert(slot >= 0 && slot < 5 && !taken[slot]);
                taken[slot] = true;
        }
}
END_TEST

START_TEST(base_and_range_are_the_platforms)
{
        put("platform.conf", "cpus = \"0\"; uid_base = 1048576; uid_range = 131072;");
        put_container("a", "");
        run();
        expect_no_diagnostics();
        ck_assert_int_ge(instance("a")->uid, 1048576);
        ck_assert_int_eq(instance("a")->uid % 131072, 0);
        expect_line("rtcontainers.nspawn.d/a.nspawn",
                    rt_printf(fx.arena, "PrivateUsers=%lld:131072", (long long)instance("a")->uid));
}
END_TEST

START_TEST(a_plan_lists_instances_and_members_by_name)
{
        put_container("b", "");
        put_container("c", "");
        put_container("a", "");
        put_config("y", "c a b", "");
        put_config("x", "b", "");
        run();
        const RtPlan *plan = &fx.pipeline.plan;
        ck_assert_uint_eq(plan->instances.n, 3);
        ck_assert_str_eq(plan->instances.items[0]->stem, "a");
        ck_assert_str_eq(plan->instances.items[2]->stem, "c");
        ck_assert_uint_eq(plan->configs.n, 2);
        const RtConfigPlan *y = rt_plan_config(plan, "y");
        ck_assert_uint_eq(y->members.n, 3);
        ck_assert_str_eq(y->members.items[0]->stem, "a");
        ck_assert_ptr_null(rt_plan_config(plan, "z"));
}
END_TEST

START_TEST(the_load_is_the_sum_of_the_members_tasks)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"250us\"; } );");
        put_container("b", "tasks = ( { name = \"t\"; period = \"3ms\"; wcet = \"1ms\"; } );");
        put_config("x", "a b", "");
        run();
        const RtConfigPlan *x = rt_plan_config(&fx.pipeline.plan, "x");
        ck_assert_int_eq(x->load[1], 250000000 + 333333334); /* rounded up */
        ck_assert_int_eq(x->load[0], 0);
}
END_TEST

START_TEST(a_plan_is_realtime_if_any_task_is)
{
        put_container("a", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        run();
        ck_assert(!rt_plan_is_realtime(&fx.pipeline.plan));
        ck_assert(!has_artifact("rtcontainers.slice"));
        put_container("b", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; } );");
        run();
        ck_assert(rt_plan_is_realtime(&fx.pipeline.plan));
        ck_assert(has_artifact("rtcontainers.slice"));
}
END_TEST

START_TEST(rejected_objects_are_not_planned)
{
        put("bad.container", "rootfs = 1;");
        put_container("good", "");
        put_config("x", "bad good", "");
        put_config("y", "good", "");
        run();
        ck_assert_uint_eq(fx.pipeline.plan.instances.n, 1);
        ck_assert_uint_eq(fx.pipeline.plan.configs.n, 1);
}
END_TEST

int main(void)
{
        return RUN_TESTS("plan", every_container_has_a_range_of_user_ids_of_its_own,
                         adding_and_removing_containers_moves_no_range,
                         ranges_never_overlap_even_if_few_are_left,
                         base_and_range_are_the_platforms,
                         a_plan_lists_instances_and_members_by_name,
                         the_load_is_the_sum_of_the_members_tasks,
                         a_plan_is_realtime_if_any_task_is, rejected_objects_are_not_planned);
}
