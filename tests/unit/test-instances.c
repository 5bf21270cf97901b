/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fixture.h"
#include "text.h"

/* One task "t" that needs `percent` of a CPU. */
static void put_share(const char *name, int percent, const char *more)
{
        put_container(name,
                      rt_printf(fx.arena,
                                "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"%dus\"; "
                                "%s } );",
                                percent * 10, more));
}

/* Containers that fill CPU 1 or 2, and m, which has to be on the other one. */
static void put_fillers(void)
{
        put("platform.conf", "cpus = \"0-2\";");
        put_share("one", 80, "cpu = 1;");
        put_share("two", 80, "cpu = 2;");
        put_share("m", 50, "");
}

static const RtInstance *member_of(const char *config, const char *name)
{
        const RtConfigPlan *plan = rt_plan_config(&fx.pipeline.plan, config);
        ck_assert_msg(plan, "%s", diagnostics());
        const RtInstance *member = rt_config_plan_member(plan, name);
        ck_assert_ptr_nonnull(member);
        return member;
}

START_TEST(two_configs_that_agree_share_the_instance_and_the_third_has_its_own)
{
        put_fillers();
        put_config("A", "m one", "");
        put_config("B", "m one", "");
        put_config("C", "m two", "");
        run();
        expect_no_diagnostics();
        ck_assert_str_eq(member_of("A", "m")->unit, "rt-m.service");
        ck_assert_str_eq(member_of("B", "m")->unit, "rt-m.service");
        ck_assert_str_eq(member_of("C", "m")->unit, "rt-m--C.service");
        ck_assert_int_eq(task_plan("m", "t")->cpu, 2);
        ck_assert_int_eq(task_plan("m--C", "t")->cpu, 1);
        ck_assert_ptr_null(instance("m")->only);
        ck_assert_ptr_null(instance("m")->why_only);
        ck_assert_str_eq(instance("m--C")->only->object.name, "C");
        ck_assert(!has_instance("m--A"));
        ck_assert(!has_instance("m--B"));
}
END_TEST

START_TEST(it_does_not_matter_which_of_three_differs)
{
        static const char *const names[] = { "A", "B", "C" };
        for (size_t odd = 0; odd < 3; odd++) {
                put_fillers();
                for (size_t i = 0; i < 3; i++)
                        put_config(names[i], i == odd ? "m two" : "m one", "");
                run();
                expect_no_diagnostics();
                for (size_t i = 0; i < 3; i++)
                        ck_assert_str_eq(member_of(names[i], "m")->stem,
                                         i == odd ? rt_printf(fx.arena, "m--%s", names[i]) : "m");
        }
}
END_TEST

START_TEST(the_unit_of_a_variant_says_why_it_is_one)
{
        put_fillers();
        put_config("A", "m one", "");
        put_config("B", "m one", "");
        put_config("C", "m two", "");
        run();
        ck_assert_str_eq(instance("m--C")->why_only,
                         "no single placement of its tasks fits all configs that it is in");
        const char *text = artifact("rt-m--C.service");
        const char *why = strstr(text, instance("m--C")->why_only);
        ck_assert_msg(why, "%s", text);
        while (why > text && why[-1] != '\n')
                why--;
        ck_assert_int_eq(*why, '#');
        ck_assert_ptr_null(strstr(artifact("rt-m.service"), "no single"));
}
END_TEST

START_TEST(where_all_differ_there_are_only_variants)
{
        put("platform.conf", "cpus = \"0-3\";");
        put_share("m", 50, "");
        put_share("one", 80, "cpu = 1;");
        put_share("two", 80, "cpu = 2;");
        put_share("three", 80, "cpu = 3;");
        put_config("A", "m two three", "");
        put_config("B", "m one three", "");
        put_config("C", "m one two", "");
        run();
        expect_no_diagnostics();
        ck_assert(!has_instance("m"));
        ck_assert_int_eq(task_plan("m--A", "t")->cpu, 1);
        ck_assert_int_eq(task_plan("m--B", "t")->cpu, 2);
        ck_assert_int_eq(task_plan("m--C", "t")->cpu, 3);
        ck_assert(!has_artifact("rt-m.service"));
        ck_assert(has_artifact("rt-m--A.service"));
}
END_TEST

START_TEST(who_agrees_with_all_has_one_instance)
{
        put_fillers();
        put_share("n", 5, "");
        put_config("A", "m n one", "");
        put_config("B", "m n two", "");
        run();
        expect_no_diagnostics();
        ck_assert(has_instance("m--A"));
        ck_assert(has_instance("m--B"));
        ck_assert(has_instance("n"));
        ck_assert(!has_instance("n--A"));
        ck_assert_ptr_eq(member_of("A", "n"), member_of("B", "n"));
}
END_TEST

START_TEST(a_container_in_one_config_has_no_variant)
{
        put_fillers();
        put_config("A", "m one", "");
        run();
        ck_assert(has_instance("m"));
        ck_assert(!has_instance("m--A"));
        ck_assert_ptr_null(instance("m")->only);
}
END_TEST

START_TEST(variants_have_the_user_ids_of_their_container)
{
        put_fillers();
        put_config("A", "m one", "");
        put_config("B", "m one", "");
        put_config("C", "m two", "");
        run();
        ck_assert_int_eq(instance("m")->uid, instance("m--C")->uid);
        ck_assert_int_ne(instance("m")->uid, instance("one")->uid);
}
END_TEST

START_TEST(the_load_of_a_config_is_that_of_its_own_instances)
{
        put_fillers();
        put_config("A", "m one", "");
        put_config("B", "m one", "");
        put_config("C", "m two", "");
        run();
        const RtConfigPlan *a = rt_plan_config(&fx.pipeline.plan, "A");
        const RtConfigPlan *c = rt_plan_config(&fx.pipeline.plan, "C");
        ck_assert_int_eq(a->load[1], 800000000);
        ck_assert_int_eq(a->load[2], 500000000);
        ck_assert_int_eq(c->load[1], 500000000);
        ck_assert_int_eq(c->load[2], 800000000);
}
END_TEST

START_TEST(ordinary_containers_have_one_instance_in_all_configs)
{
        put_fillers();
        put_container("log", "");
        put_config("A", "m one log", "");
        put_config("B", "m two log", "");
        run();
        expect_no_diagnostics();
        ck_assert_ptr_eq(member_of("A", "log"), member_of("B", "log"));
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &instance("log")->cpus), "0");
}
END_TEST

/* D - J asks for c above d; whichever order is taken, it is the same in both. */
START_TEST(one_order_of_priorities_is_one_instance)
{
        put("platform.conf", "cpus = \"0-1\";");
        put_container("c", "tasks = ( { name = \"t\"; period = \"100ms\"; wcet = \"2ms\"; "
                           "deadline = \"10ms\"; jitter = \"4ms\"; cpu = 1; } );");
        put_container("d", "tasks = ( { name = \"t\"; period = \"5ms\"; wcet = \"2ms\"; "
                           "deadline = \"7ms\"; cpu = 1; } );");
        put_config("A", "c d", "");
        put_config("B", "c d", "");
        run();
        expect_no_diagnostics();
        ck_assert_ptr_eq(member_of("A", "c"), member_of("B", "c"));
        ck_assert_ptr_eq(member_of("A", "d"), member_of("B", "d"));
        ck_assert_ptr_null(instance("c")->only);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "instances", two_configs_that_agree_share_the_instance_and_the_third_has_its_own,
                it_does_not_matter_which_of_three_differs, the_unit_of_a_variant_says_why_it_is_one,
                where_all_differ_there_are_only_variants, who_agrees_with_all_has_one_instance,
                a_container_in_one_config_has_no_variant,
                variants_have_the_user_ids_of_their_container,
                the_load_of_a_config_is_that_of_its_own_instances,
                ordinary_containers_have_one_instance_in_all_configs,
                one_order_of_priorities_is_one_instance);
}
