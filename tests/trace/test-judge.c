/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* The thread "law" (12) belongs on CPU 2 at FIFO 70, "log" (13) there too at FIFO 20; CPU 2 is
 * exclusive, and 14 is a thread of the same container. */
static RtJudge judge;
static char *said;
static size_t said_size;

static void begin(void)
{
        judge = (RtJudge){ .n_threads = 2, .n_known = 1, .known = { 14 } };
        judge.threads[0] = (RtDeclared){ .tid = 12, .cpu = 2, .priority = 29, .name = "law" };
        judge.threads[1] = (RtDeclared){ .tid = 13, .cpu = 2, .priority = 79, .name = "log" };
        rt_cpuset_add(&judge.exclusive, 2);
        judge.out = open_memstream(&said, &said_size);
        ck_assert_ptr_nonnull(judge.out);
}

static void woken(const char *who, int cpu)
{
        rt_judge_line(&judge, rt_printf(fx.arena,
                                        "          <idle>-0       [001] d.h4.    10.000001: "
                                        "sched_wakeup: comm=%s target_cpu=%03d",
                                        who, cpu));
}

static void switched(int cpu, const char *from, const char *to)
{
        rt_judge_line(&judge,
                      rt_printf(fx.arena,
                                "  a [b] c-7       [%03d] d..2.    10.000002: sched_switch: "
                                "%s ==> %s",
                                cpu, from, to));
}

#define IDLE_STOPS "prev_comm=swapper/2 prev_pid=0 prev_prio=120 prev_state=R"
#define IDLE_RUNS "next_comm=swapper/2 next_pid=0 next_prio=120"
#define LAW_RUNS "next_comm=the law next_pid=12 next_prio=29"
#define LAW_ENDS "prev_comm=the law prev_pid=12 prev_prio=29 prev_state=S"
#define LAW_IS_PREEMPTED "prev_comm=the law prev_pid=12 prev_prio=29 prev_state=R+"
#define LOG_RUNS "next_comm=log next_pid=13 next_prio=79"
#define LOG_ENDS "prev_comm=log prev_pid=13 prev_prio=79 prev_state=S"
#define LOG_IS_PREEMPTED "prev_comm=log prev_pid=13 prev_prio=79 prev_state=R"

/* Each thread runs once, as planned. */
static void all_is_well(void)
{
        woken("log pid=13 prio=79", 2);
        switched(2, IDLE_STOPS, LOG_RUNS);
        woken("the law pid=12 prio=29", 2);
        switched(2, LOG_IS_PREEMPTED, LAW_RUNS);
        switched(2, LAW_ENDS, LOG_RUNS);
        switched(2, LOG_ENDS, IDLE_RUNS);
}

static void expect_good(void)
{
        bool good = rt_judge_end(&judge);
        fclose(judge.out);
        ck_assert_msg(good, "%s", said);
        free(said);
}

static void expect_bad(const char *why)
{
        bool good = rt_judge_end(&judge);
        fclose(judge.out);
        ck_assert_msg(!good && strstr(said, why), "%s", said);
        free(said);
}

START_TEST(a_trace_as_planned_is_good)
{
        begin();
        all_is_well();
        ck_assert_uint_eq(judge.threads[0].ran, 1);
        ck_assert_uint_eq(judge.threads[1].ran, 2);
        expect_good();
}
END_TEST

START_TEST(another_cpu_is_found)
{
        begin();
        all_is_well();
        switched(1, IDLE_STOPS, LAW_RUNS);
        expect_bad("CPU 1: law runs here, not on CPU 2");
}
END_TEST

START_TEST(being_woken_for_or_moved_to_another_cpu_is_found)
{
        begin();
        all_is_well();
        woken("log pid=13 prio=79", 3);
        expect_bad("log is woken for this CPU, not for CPU 2");
        begin();
        all_is_well();
        rt_judge_line(&judge, "  x-1 [001] d..3. 10.5: sched_migrate_task: comm=log pid=13 prio=79 "
                              "orig_cpu=2 dest_cpu=3");
        expect_bad("CPU 3: log is moved to this CPU");
}
END_TEST

START_TEST(a_priority_that_is_too_low_is_found_and_an_inherited_one_is_none)
{
        begin();
        all_is_well();
        switched(2, IDLE_STOPS, "next_comm=log next_pid=13 next_prio=29");
        expect_good();
        begin();
        all_is_well();
        switched(2, IDLE_STOPS, "next_comm=the law next_pid=12 next_prio=120");
        expect_bad("law runs at priority 120, not 29");
}
END_TEST

START_TEST(a_lower_priority_that_starts_while_a_thread_is_ready_is_found)
{
        begin();
        all_is_well();
        woken("the law pid=12 prio=29", 2);
        switched(2, IDLE_STOPS, LOG_RUNS);
        expect_bad("log (13) runs at priority 79 while law is ready at 29");
}
END_TEST

START_TEST(a_thread_that_is_preempted_stays_ready)
{
        begin();
        all_is_well();
        switched(2, LAW_IS_PREEMPTED, "next_comm=irq/9 next_pid=90 next_prio=9");
        switched(2, "prev_comm=irq/9 prev_pid=90 prev_prio=9 prev_state=S", IDLE_RUNS);
        expect_bad("swapper/2 (0) runs at priority 120 while law is ready");
}
END_TEST

START_TEST(on_other_cpus_a_lower_priority_may_run)
{
        begin();
        all_is_well();
        woken("the law pid=12 prio=29", 2);
        switched(1, IDLE_STOPS, "next_comm=bash next_pid=500 next_prio=120");
        expect_good();
}
END_TEST

START_TEST(a_foreign_user_thread_on_an_exclusive_cpu_is_found_and_others_are_none)
{
        begin();
        all_is_well();
        switched(2, IDLE_STOPS, "next_comm=stub next_pid=14 next_prio=120");
        switched(2, IDLE_STOPS, "next_comm=kworker/2:1 next_pid=600 next_prio=120");
        switched(3, IDLE_STOPS, "next_comm=bash next_pid=500 next_prio=120");
        expect_good();
        begin();
        all_is_well();
        switched(2, IDLE_STOPS, "next_comm=bash next_pid=500 next_prio=120");
        expect_bad("bash (500) runs on an exclusive CPU");
}
END_TEST

START_TEST(a_trace_in_which_a_thread_never_ran_proves_nothing)
{
        begin();
        woken("log pid=13 prio=79", 2);
        switched(2, IDLE_STOPS, LOG_RUNS);
        expect_bad("law: woken 0 times, ran 0 times");
}
END_TEST

START_TEST(a_trace_with_gaps_or_unreadable_lines_proves_nothing)
{
        begin();
        all_is_well();
        rt_judge_line(&judge, "CPU:2 [LOST 17 EVENTS]");
        expect_bad("1 gaps");
        begin();
        all_is_well();
        rt_judge_line(&judge, "  x-1 [001] d..3. 10.5: sched_switch: prev_comm=x prev_pid=");
        expect_bad("1 lines not understood");
}
END_TEST

int main(void)
{
        return RUN_TESTS("judge", a_trace_as_planned_is_good, another_cpu_is_found,
                         being_woken_for_or_moved_to_another_cpu_is_found,
                         a_priority_that_is_too_low_is_found_and_an_inherited_one_is_none,
                         a_lower_priority_that_starts_while_a_thread_is_ready_is_found,
                         a_thread_that_is_preempted_stays_ready,
                         on_other_cpus_a_lower_priority_may_run,
                         a_foreign_user_thread_on_an_exclusive_cpu_is_found_and_others_are_none,
                         a_trace_in_which_a_thread_never_ran_proves_nothing,
                         a_trace_with_gaps_or_unreadable_lines_proves_nothing);
}
