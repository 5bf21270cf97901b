/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "miss.h"

#include <string.h>

#include "fixture.h"
#include "text.h"

enum { MOST = 6 };

typedef struct One {
        int64_t wcet, period, deadline, jitter, blocking; /* nanoseconds */
        int cpu, priority;                                /* 0: "deadline" */
} One;

/* Each task in a container of its own; all in the config x. */
typedef struct Set {
        One tasks[MOST];
        size_t n;
        const char *platform, *device; /* of the first container */
} Set;

static const char *name_of(size_t i)
{
        return rt_printf(fx.arena, "c%zu", i);
}

static size_t index_of(const RtContainer *container)
{
        return (size_t)(container->object.name[1] - '0');
}

static void put_one(size_t i, const One *one, const char *more)
{
        put_container(
                name_of(i),
                rt_printf(fx.arena,
                          "tasks = ( { name = \"t\"; wcet = \"%lldns\"; period = \"%lldns\"; "
                          "deadline = \"%lldns\"; jitter = \"%lldns\"; blocking = \"%lldns\"; "
                          "cpu = %d; %s } );\n%s",
                          (long long)one->wcet, (long long)one->period, (long long)one->deadline,
                          (long long)one->jitter, (long long)one->blocking, one->cpu,
                          one->priority > 0 ? rt_printf(fx.arena, "priority = %d;", one->priority)
                                            : "policy = \"deadline\";",
                          more));
}

/* NULL if the descriptors are refused as they are. */
static const RtConfigTiming *timing_of(const Set *set, bool enforce)
{
        RtText names = RT_TEXT(fx.arena);
        put("platform.conf",
            rt_printf(fx.arena, "cpus = \"0-3\"; admission = \"%s\"; %s",
                      enforce ? "enforce" : "warn", set->platform ? set->platform : ""));
        for (size_t i = 0; i < set->n; i++) {
                put_one(i, &set->tasks[i], i == 0 && set->device ? set->device : "");
                rt_text_addf(&names, "%s%s", i > 0 ? " " : "", name_of(i));
        }
        put_config("x", names.data, "");
        run();
        RtConfigPlan *config = rt_plan_shown(&fx.pipeline.plan, "x");
        return config ? rt_plan_timing(&fx.pipeline.plan, config) : NULL;
}

static bool holds(const Set *set)
{
        timing_of(set, true);
        return rt_plan_config(&fx.pipeline.plan, "x");
}

static const char overheads[] = "overheads = { context_switch = \"3us\"; irq = \"5us\"; release = "
                                "\"20us\"; }; rt_bandwidth = 1.0;";
static const char device[] = "devices = ( { path = \"/dev/spi\"; irq = \"spi0\"; irq_wcet = "
                             "\"20us\"; irq_period = \"900us\"; } );";

/* Small numbers from a generator of its own, the same in each run. */
static int64_t next_random(uint32_t *state, uint32_t n)
{
        *state = *state * 1664525U + 1013904223U;
        return (*state >> 16) % n;
}

static Set random_set(uint32_t *state, int cpus)
{
        Set set = { .platform = overheads, .device = device };
        set.n = 2 + (size_t)next_random(state, MOST - 1);
        for (size_t i = 0; i < set.n; i++) {
                int64_t period = (4 + next_random(state, 30)) * 100000;
                set.tasks[i] = (One){
                        .wcet = 50000 + next_random(state, 20) * 33333,
                        .period = period,
                        .deadline = period + next_random(state, 3) * period,
                        .jitter = next_random(state, 3) * 11111,
                        .blocking = next_random(state, 3) * 7777,
                        .cpu = 1 + (int)next_random(state, (uint32_t)cpus),
                        .priority = 30 + (int)next_random(state, 5),
                };
        }
        return set;
}

/* -- taking apart ------------------------------------------------------------------------------ */

/* The response, or RT_NO_TIME. */
static int64_t expect_sum(const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        RtBreakdown parts = rt_break_down(&fx.pipeline.plan, cpu, task);
        if (!parts.known)
                return RT_NO_TIME;
        int64_t sum = parts.own + parts.blocking - parts.wait + parts.jitter;
        for (size_t i = 0; i < parts.parts.n; i++) {
                sum += parts.parts.items[i].time;
                ck_assert(i == 0 || parts.parts.items[i - 1].time >= parts.parts.items[i].time);
        }
        ck_assert_int_eq(sum, task->response.time);
        return sum;
}

START_TEST(the_parts_add_up_to_the_response)
{
        uint32_t state = 3;
        size_t known = 0, late = 0, several = 0, endless = 0;
        for (int round = 0; round < 200; round++) {
                Set set = random_set(&state, 2);
                const RtConfigTiming *timing = timing_of(&set, false);
                for (size_t i = 0; timing && i < timing->cpus.n; i++) {
                        const RtCpuTiming *cpu = &timing->cpus.items[i];
                        RT_EACH (task, &cpu->tasks) {
                                bool counts = expect_sum(cpu, task) != RT_NO_TIME;
                                known += counts;
                                endless += !counts;
                                late += counts && task->response.verdict == RT_MISSED;
                                several += counts && task->response.job > 1;
                        }
                }
        }
        ck_assert_uint_gt(known, 100);
        ck_assert_uint_gt(late, 10);
        ck_assert_uint_gt(several, 2);
        ck_assert_uint_gt(endless, 2);
}
END_TEST

START_TEST(the_parts_of_deadline_tasks_add_up_as_well)
{
        uint32_t state = 11;
        size_t known = 0;
        for (int round = 0; round < 60; round++) {
                Set set = random_set(&state, 1);
                for (size_t i = 0; i < set.n; i++) {
                        One *one = &set.tasks[i];
                        one->priority = next_random(&state, 3) > 0 ? 0 : one->priority;
                        one->deadline = one->period - next_random(&state, 3) * one->period / 5;
                        one->wcet /= 2;
                }
                const RtConfigTiming *timing = timing_of(&set, false);
                for (size_t i = 0; timing && i < timing->cpus.n; i++)
                        RT_EACH (task, &timing->cpus.items[i].tasks)
                                known += expect_sum(&timing->cpus.items[i], task) != RT_NO_TIME;
        }
        ck_assert_uint_gt(known, 30);
}
END_TEST

START_TEST(the_parts_add_up_with_what_the_kernel_takes)
{
        static const char *const kernels[] = { "6.1", "6.12" };
        const int64_t s = 1000000000;
        Set set = {
                .tasks = { { s / 10 * 3, s, s, 0, 0, 1, 0 },
                           { s / 10, s, s, 0, 0, 1, 0 },
                           { s / 2, 2 * s, 2 * s, 0, 0, 1, 50 } },
                .n = 3,
        };
        for (size_t i = 0; i < RT_ELEMENTS(kernels); i++) {
                set.tasks[2].wcet = s + s / 50;
                set.platform = rt_printf(fx.arena, "kernel = \"%s\";", kernels[i]);
                const RtConfigTiming *timing = timing_of(&set, false);
                ck_assert_int_gt(timing->cpus.items[0].kernel.wcet, 0);
                RT_EACH (task, &timing->cpus.items[0].tasks)
                        ck_assert_int_ne(expect_sum(&timing->cpus.items[0], task), RT_NO_TIME);
        }
}
END_TEST

/* 2 of 5 ms above, and 3 of 10 ms with 1 ms of blocking and 500 us of jitter. */
static const Set plain = {
        .tasks = { { 2000000, 5000000, 5000000, 0, 0, 1, 60 },
                   { 3000000, 10000000, 8000000, 500000, 1000000, 1, 50 } },
        .n = 2,
};

START_TEST(each_part_is_named_and_counted)
{
        const RtConfigTiming *timing = timing_of(&plain, false);
        const RtTaskTiming *task = rt_config_timing_task(timing, "c1", "t");
        RtBreakdown parts = rt_break_down(&fx.pipeline.plan, &timing->cpus.items[0], task);
        ck_assert(parts.known);
        ck_assert_int_eq(parts.jobs, 1);
        ck_assert_int_eq(parts.own, 3000000);
        ck_assert_int_eq(parts.overhead, 0);
        ck_assert_int_eq(parts.blocking, 1000000);
        ck_assert_int_eq(parts.jitter, 500000);
        ck_assert_int_eq(parts.wait, 0);
        ck_assert_uint_eq(parts.parts.n, 1);
        ck_assert_int_eq(parts.parts.items[0].jobs, 2);
        ck_assert_int_eq(parts.parts.items[0].time, 4000000);
        ck_assert_str_eq(rt_load_label(fx.arena, parts.parts.items[0].owner), "c0.t");
        ck_assert_int_eq(task->response.time, 8500000);
}
END_TEST

START_TEST(overheads_are_told_from_own_work)
{
        Set set = plain;
        set.platform = overheads;
        const RtConfigTiming *timing = timing_of(&set, false);
        RtBreakdown parts = rt_break_down(&fx.pipeline.plan, &timing->cpus.items[0],
                                          rt_config_timing_task(timing, "c1", "t"));
        ck_assert_int_eq(parts.overhead, 2 * 3000 + 5000);
        ck_assert_int_eq(parts.own, 3000000 + 2 * 3000 + 5000);
}
END_TEST

START_TEST(labels_say_what_a_load_is)
{
        Set set = plain;
        set.platform = overheads;
        set.device = device;
        const RtConfigTiming *timing = timing_of(&set, false);
        RtText text = RT_TEXT(fx.arena);
        const RtCpuTiming *cpu = &timing->cpus.items[0];
        for (size_t i = 0; i < cpu->n_loads; i++)
                rt_text_addf(&text, "%s\n", rt_load_label(fx.arena, cpu->loads[i].owner));
        ck_assert_str_eq(text.data, "interrupt spi0 of c0\nc0.t\ninterrupt thread spi0 of c0\n"
                                    "c1.t\n");
        ck_assert_str_eq(rt_load_label(fx.arena, NULL), "the kernel's share for ordinary tasks");
}
END_TEST

/* -- the culprit ------------------------------------------------------------------------------- */

static const char *culprit(const RtConfigTiming *timing, const char *name)
{
        return rt_culprit(&fx.pipeline.plan, &timing->cpus.items[0],
                          rt_config_timing_task(timing, name, "t"));
}

START_TEST(the_culprit_is_who_takes_most)
{
        Set set = plain;
        set.tasks[2] = (One){ 1000000, 20000000, 20000000, 0, 0, 1, 70 };
        set.n = 3;
        const RtConfigTiming *timing = timing_of(&set, false);
        ck_assert_ptr_null(culprit(timing, "c0"));
        ck_assert_ptr_null(culprit(timing, "c2"));
        ck_assert_str_eq(culprit(timing, "c1"), "c0.t");
        set.tasks[2].wcet = 4100000; /* more than the two jobs of c0 */
        set.tasks[0].wcet = 900000;
        ck_assert_str_eq(culprit(timing_of(&set, false), "c1"), "c2.t");
}
END_TEST

START_TEST(who_is_late_alone_is_the_culprit)
{
        Set set = { .tasks = { { 3000000, 10000000, 4000000, 0, 1500000, 1, 50 } }, .n = 1 };
        ck_assert_str_eq(culprit(timing_of(&set, false), "c0"), "c0.t");
}
END_TEST

/* -- repairs ----------------------------------------------------------------------------------- */

static Set repaired(const Set *set, const RtRepair *repair, int64_t more)
{
        Set result = *set;
        One *one = &result.tasks[index_of(repair->container)];
        if (repair->kind == RT_SHORTEN)
                one->wcet = repair->value + more;
        else if (repair->kind == RT_RELAX)
                one->deadline = repair->value - more;
        else
                one->cpu = (int)repair->value;
        return result;
}

START_TEST(each_repair_makes_the_config_hold_and_a_nanosecond_less_does_not)
{
        uint32_t state = 5;
        size_t seen[3] = { 0 };
        for (int round = 0; round < 160; round++) {
                Set set = random_set(&state, 2);
                const RtConfigTiming *timing = timing_of(&set, false);
                size_t bad = 0, where = 0;
                for (size_t i = 0; timing && i < timing->cpus.n; i++)
                        if (timing->cpus.items[i].verdict.verdict != RT_MET) {
                                bad++;
                                where = i;
                        }
                if (bad != 1)
                        continue;
                RtPlan *plan = &fx.pipeline.plan;
                RtRepairs repairs = rt_repairs(plan, timing, where, &plan->effort);
                RT_EACH (repair, &repairs) {
                        Set good = repaired(&set, repair, 0), less = repaired(&set, repair, 1);
                        ck_assert_msg(holds(&good), "%s: %s", rt_repair_text(fx.arena, repair),
                                      diagnostics());
                        ck_assert_msg(repair->kind == RT_MOVE || !holds(&less), "%s",
                                      rt_repair_text(fx.arena, repair));
                        seen[repair->kind]++;
                }
        }
        for (size_t i = 0; i < RT_ELEMENTS(seen); i++)
                ck_assert_uint_ge(seen[i], 10);
}
END_TEST

START_TEST(a_cpu_that_holds_needs_no_repair)
{
        Set set = plain;
        set.tasks[1].deadline = 8500000;
        const RtConfigTiming *timing = timing_of(&set, false);
        RtPlan *plan = &fx.pipeline.plan;
        ck_assert_uint_eq(rt_repairs(plan, timing, 0, &plan->effort).n, 0);
        ck_assert_ptr_null(rt_repairs_text(plan, timing));
}
END_TEST

START_TEST(repairs_come_with_their_places)
{
        const RtConfigTiming *timing = timing_of(&plain, false);
        RtPlan *plan = &fx.pipeline.plan;
        const char *text = rt_repairs_text(plan, timing);
        /* c1 may have 2.5 ms: 1 + 2 * 2 + 2.5 and the jitter; or c0 1.75 ms, which is less of it.
         */
        expect_contains(text, "shorten the wcet of c0.t to 1750us (/etc/rtcontainers/");
        expect_contains(text, "c0.container:2)");
        expect_contains(text, "or extend the deadline of c1.t to 8500us (");
        expect_contains(text, "or move container \"c0\" to CPU 2 (");
}
END_TEST

START_TEST(an_exclusive_neighbour_is_not_moved_to)
{
        for (int exclusive = 0; exclusive < 2; exclusive++) {
                timing_of(&plain, false);
                put("platform.conf", "cpus = \"0-2\"; admission = \"warn\";");
                put_container("n",
                              rt_printf(fx.arena,
                                        "cpus = { exclusive = %s; }; tasks = ( { name = \"t\"; "
                                        "period = \"1s\"; wcet = \"1us\"; cpu = 2; } );",
                                        exclusive ? "true" : "false"));
                put_config("x", "c0 c1 n", "");
                run();
                RtPlan *plan = &fx.pipeline.plan;
                const char *text =
                        rt_repairs_text(plan, rt_plan_timing(plan, rt_plan_shown(plan, "x")));
                ck_assert_int_eq(strstr(text, "move container") == NULL, exclusive);
        }
}
END_TEST

START_TEST(who_may_spread_is_not_moved_beside_a_deadline_task)
{
        timing_of(&plain, false);
        put("platform.conf", "cpus = \"0-2\"; admission = \"warn\";");
        put_container("n", "tasks = ( { name = \"t\"; period = \"1s\"; wcet = \"2us\"; cpu = 2; "
                           "policy = \"deadline\"; } );");
        put_config("x", "c0 c1 n", "");
        for (int count = 1; count <= 2; count++) {
                const char *more = rt_printf(fx.arena, "cpus = { count = %d; };", count);
                put_one(0, &plain.tasks[0], more);
                put_one(1, &plain.tasks[1], more);
                run();
                RtPlan *plan = &fx.pipeline.plan;
                const char *text =
                        rt_repairs_text(plan, rt_plan_timing(plan, rt_plan_shown(plan, "x")));
                ck_assert_int_eq(strstr(text, "move container") == NULL, count == 2);
        }
}
END_TEST

START_TEST(a_miss_is_reported_where_its_deadline_is)
{
        timing_of(&plain, true);
        expect_n_diagnostics(1);
        expect_diagnostic(
                "c1.container:2: tasks[0].deadline: error:",
                "may end 8500us after its arrival, later than 8ms: own work 3ms, c0.t 2 x "
                "2ms, blocking 1ms, release jitter 500us");
        ck_assert_ptr_null(rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

int main(void)
{
        return RUN_TESTS("miss", the_parts_add_up_to_the_response,
                         the_parts_of_deadline_tasks_add_up_as_well,
                         the_parts_add_up_with_what_the_kernel_takes,
                         each_part_is_named_and_counted, overheads_are_told_from_own_work,
                         labels_say_what_a_load_is, the_culprit_is_who_takes_most,
                         who_is_late_alone_is_the_culprit,
                         each_repair_makes_the_config_hold_and_a_nanosecond_less_does_not,
                         a_cpu_that_holds_needs_no_repair, repairs_come_with_their_places,
                         an_exclusive_neighbour_is_not_moved_to,
                         who_may_spread_is_not_moved_beside_a_deadline_task,
                         a_miss_is_reported_where_its_deadline_is);
}
