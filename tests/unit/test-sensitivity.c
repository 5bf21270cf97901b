/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sensitivity.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

/* What is computed is compared with descriptors that are changed by hand. CPUs and priorities are
 * fixed in them, so that the plan stays as it is. */

enum { MOST = 6 };

typedef struct One {
        int64_t wcet, period, deadline, jitter; /* nanoseconds */
        int cpu, priority;
} One;

typedef struct Set {
        One tasks[MOST];
        size_t n;
        const char *platform, *config;
} Set;

static const char *name_of(size_t i)
{
        return rt_printf(fx.arena, "c%zu", i);
}

/* Each task in a container of its own; whether the config x of them holds. */
static bool holds(const Set *set)
{
        RtText names = RT_TEXT(fx.arena);
        put("platform.conf", rt_printf(fx.arena, "cpus = \"0-3\"; %s", set->platform));
        for (size_t i = 0; i < set->n; i++) {
                const One *one = &set->tasks[i];
                put_container(name_of(i),
                              rt_printf(fx.arena,
                                        "tasks = ( { name = \"t\"; wcet = \"%lldns\"; period = "
                                        "\"%lldns\"; deadline = \"%lldns\"; jitter = \"%lldns\"; "
                                        "cpu = %d; priority = %d; } );",
                                        (long long)one->wcet, (long long)one->period,
                                        (long long)one->deadline, (long long)one->jitter, one->cpu,
                                        one->priority));
                rt_text_addf(&names, "%s%s", i > 0 ? " " : "", name_of(i));
        }
        put_config("x", names.data, set->config);
        run();
        return rt_plan_config(&fx.pipeline.plan, "x");
}

static const RtConfigTiming *timing(void)
{
        return rt_plan_timing(&fx.pipeline.plan, rt_plan_shown(&fx.pipeline.plan, "x"));
}

static Set scaled(const Set *set, int64_t permille)
{
        Set result = *set;
        for (size_t i = 0; i < set->n; i++)
                result.tasks[i].wcet = (set->tasks[i].wcet * permille + 999) / 1000;
        return result;
}

/* The set holds as it is. */
static int64_t expect_scaling(const Set *set)
{
        ck_assert_msg(holds(set), "%s", diagnostics());
        int64_t k = rt_config_scaling(&fx.pipeline.plan, timing(), &fx.pipeline.plan.effort);
        ck_assert_int_ge(k, 1000);
        Set just = scaled(set, k), beyond = scaled(set, k + 1);
        ck_assert_msg(holds(&just), "%lld: %s", (long long)k, diagnostics());
        ck_assert_msg(!holds(&beyond), "%lld", (long long)k + 1);
        return k;
}

static int64_t expect_most(const Set *set, size_t index)
{
        ck_assert_msg(holds(set), "%s", diagnostics());
        const RtConfigTiming *now = timing();
        int64_t most = -7;
        for (size_t c = 0; c < now->cpus.n; c++)
                for (size_t i = 0; i < now->cpus.items[c].tasks.n; i++)
                        if (strcmp(now->cpus.items[c].tasks.items[i].instance->stem,
                                   name_of(index)) == 0)
                                most = rt_task_wcet_most(&fx.pipeline.plan, now, c, i,
                                                         &fx.pipeline.plan.effort);
        ck_assert_int_ge(most, set->tasks[index].wcet);
        Set changed = *set;
        changed.tasks[index].wcet = most;
        ck_assert_msg(holds(&changed), "%lld: %s", (long long)most, diagnostics());
        changed.tasks[index].wcet = most + 1;
        ck_assert_msg(!holds(&changed), "%lld", (long long)most + 1);
        return most;
}

static const Set one_task = {
        .tasks = { { 1000000, 10000000, 4000000, 0, 1, 50 } },
        .n = 1,
        .platform = "",
        .config = "",
};

static const Set three_tasks = {
        .tasks = { { 1000000, 10000000, 10000000, 0, 1, 50 },
                   { 2000000, 15000000, 9000000, 300000, 1, 40 },
                   { 3000000, 40000000, 50000000, 0, 1, 30 } },
        .n = 3,
        .platform = "overheads = { context_switch = \"7us\"; irq = \"11us\"; release = \"50us\"; "
                    "};",
        .config = "",
};

START_TEST(one_task_may_grow_to_its_deadline)
{
        ck_assert_int_eq(expect_scaling(&one_task), 4000);
        ck_assert_int_eq(expect_most(&one_task, 0), 4000000);
}
END_TEST

START_TEST(overheads_do_not_grow)
{
        Set set = one_task;
        set.platform = "overheads = { context_switch = \"200us\"; irq = \"100us\"; };";
        ck_assert_int_eq(expect_scaling(&set), 3500);
        ck_assert_int_eq(expect_most(&set, 0), 3500000);
}
END_TEST

START_TEST(the_bandwidth_is_a_bound_as_well)
{
        Set set = one_task;
        set.tasks[0].deadline = 10000000;
        set.platform = "rt_bandwidth = 0.3;";
        ck_assert_int_eq(expect_scaling(&set), 3000);
        ck_assert_int_eq(expect_most(&set, 0), 3000000);
}
END_TEST

START_TEST(a_config_that_just_holds_cannot_grow)
{
        Set set = one_task;
        set.tasks[0].wcet = 4000000;
        ck_assert_int_eq(expect_scaling(&set), 1000);
        ck_assert_int_eq(expect_most(&set, 0), 4000000);
}
END_TEST

START_TEST(several_tasks_may_grow_until_the_first_is_late)
{
        expect_scaling(&three_tasks);
        for (size_t i = 0; i < three_tasks.n; i++)
                expect_most(&three_tasks, i);
}
END_TEST

START_TEST(the_cpu_with_the_least_room_decides)
{
        Set set = three_tasks;
        set.tasks[3] = (One){ 3900000, 10000000, 4000000, 0, 2, 50 };
        set.n = 4;
        ck_assert_int_eq(expect_scaling(&set), 1006); /* (4000 - 25 - 50) / 3900 */
        expect_most(&set, 3);
        Set without = three_tasks;
        ck_assert_int_gt(expect_scaling(&without), 1006);
        ck_assert_int_eq(expect_most(&set, 0), expect_most(&without, 0));
}
END_TEST

START_TEST(a_chain_that_holds_has_to_go_on_holding)
{
        Set set = one_task;
        set.tasks[1] = (One){ 1000000, 20000000, 20000000, 0, 2, 40 };
        set.n = 2;
        int64_t before = expect_scaling(&set);
        /* 10 + 20 ms of periods, and both responses, which are the execution times. */
        set.config = "chains = ( { name = \"c\"; path = [ \"c0.t\", \"c1.t\" ]; max_reaction = "
                     "\"32600us\"; } );";
        ck_assert_int_gt(before, 1300);
        ck_assert_int_eq(expect_scaling(&set), 1300);
        ck_assert_int_eq(expect_most(&set, 0), 1600000);
        ck_assert_int_eq(expect_most(&set, 1), 1600000);
}
END_TEST

/* Small numbers from a generator of its own, the same in each run. */
static int64_t next_random(uint32_t *state, uint32_t n)
{
        *state = *state * 1664525U + 1013904223U;
        return (*state >> 16) % n;
}

START_TEST(sets_at_random_agree_with_descriptors_changed_by_hand)
{
        uint32_t state = 7;
        size_t seen = 0;
        for (int round = 0; round < 80; round++) {
                Set set = { .platform = three_tasks.platform, .config = "" };
                set.n = 2 + (size_t)next_random(&state, MOST - 1);
                for (size_t i = 0; i < set.n; i++) {
                        int64_t period = (4 + next_random(&state, 40)) * 500000;
                        set.tasks[i] = (One){
                                .wcet = 100000 + next_random(&state, 20) * 37777,
                                .period = period,
                                .deadline = period / 2 + next_random(&state, 3) * period / 2,
                                .jitter = next_random(&state, 3) * 111111,
                                .cpu = 1 + (int)next_random(&state, 2),
                                .priority = 30 + (int)next_random(&state, 4),
                        };
                }
                if (!holds(&set))
                        continue;
                seen++;
                expect_scaling(&set);
                expect_most(&set, (size_t)next_random(&state, (uint32_t)set.n));
        }
        ck_assert_uint_ge(seen, 20);
}
END_TEST

START_TEST(a_config_that_does_not_hold_would_have_to_shrink)
{
        Set set = one_task;
        set.tasks[0].wcet = 2500000;
        set.tasks[1] = (One){ 2500000, 10000000, 10000000, 0, 1, 60 };
        set.n = 2;
        set.platform = "admission = \"warn\";";
        ck_assert(holds(&set));
        int64_t k = rt_config_scaling(&fx.pipeline.plan, timing(), &fx.pipeline.plan.effort);
        ck_assert_int_eq(k, 800);
        set.platform = "";
        ck_assert(!holds(&set));
        Set just = scaled(&set, 800), beyond = scaled(&set, 801);
        ck_assert(holds(&just));
        ck_assert(!holds(&beyond));
}
END_TEST

START_TEST(without_real_time_tasks_there_is_nothing_to_scale)
{
        put_container("a", "");
        put_config("x", "a", "");
        run();
        RtPlan *plan = &fx.pipeline.plan;
        ck_assert_int_eq(rt_config_scaling(plan, timing(), &plan->effort), -1);
}
END_TEST

START_TEST(without_work_left_nothing_is_said)
{
        ck_assert(holds(&three_tasks));
        RtEffort none = RT_EFFORT(fx.arena);
        none.left = 0;
        ck_assert_int_eq(rt_config_scaling(&fx.pipeline.plan, timing(), &none), -2);
        ck_assert_int_eq(rt_task_wcet_most(&fx.pipeline.plan, timing(), 0, 0, &none), RT_NO_TIME);
}
END_TEST

int main(void)
{
        return RUN_TESTS("sensitivity", one_task_may_grow_to_its_deadline, overheads_do_not_grow,
                         the_bandwidth_is_a_bound_as_well, a_config_that_just_holds_cannot_grow,
                         several_tasks_may_grow_until_the_first_is_late,
                         the_cpu_with_the_least_room_decides,
                         a_chain_that_holds_has_to_go_on_holding,
                         sets_at_random_agree_with_descriptors_changed_by_hand,
                         a_config_that_does_not_hold_would_have_to_shrink,
                         without_real_time_tasks_there_is_nothing_to_scale,
                         without_work_left_nothing_is_said);
}
