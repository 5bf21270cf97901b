/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running.h"
#include "text.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_threads);
}

static void prepare(void)
{
        put_imu("");
        running_as_planned();
}

START_TEST(threads_that_are_as_planned_are_said_to_be)
{
        prepare();
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "task main", "policy", "fifo 50");
        expect_as_planned(&findings, "task main", "CPUs", "1");
        expect_as_planned(&findings, "task io", "policy", "other");
        expect_as_planned(&findings, "threads", "undeclared", "none real-time");
        ck_assert_str_eq(comparison(&findings, "task main", "thread")->actual, "run (102)");
        ck_assert_str_eq(comparison(&findings, "task main", "policy")->declared, "fifo 50");
        ck_assert_str_eq(comparison(&findings, "task main", "CPUs")->declared, "1");
}
END_TEST

START_TEST(another_priority_or_policy_is_drift)
{
        prepare();
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "1 49 0 0 0 1", "1");
        RtFindings findings = found();
        expect_drift(&findings, "task main", "policy", "fifo 50", "fifo 49");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "2 50 0 0 0 1", "1");
        findings = found();
        expect_drift(&findings, "task main", "policy", "fifo 50", "rr 50");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "0 0 0 0 0 0", "1");
        findings = found();
        expect_drift(&findings, "task main", "policy", "fifo 50", "other");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "99 0 0 0 0 0", "1");
        findings = found();
        expect_drift(&findings, "task main", "policy", "fifo 50", "policy 99");
}
END_TEST

START_TEST(an_ordinary_task_that_is_real_time_is_drift_and_a_modest_one_is_not)
{
        prepare();
        put_thread(PROGRAM_PID, 103, "imu-io", "1 20 0 0 0 0", "1");
        RtFindings findings = found();
        expect_drift(&findings, "task io", "policy", "other", "fifo 20");
        put_thread(PROGRAM_PID, 103, "imu-io", "3 0 0 0 0 0", "1");
        findings = found();
        ck_assert_int_eq(comparison(&findings, "task io", "policy")->agreement, RT_AS_PLANNED);
}
END_TEST

START_TEST(a_policy_that_cannot_be_read_is_unknown)
{
        prepare();
        put("/proc/scheduling/102", "");
        RtFindings findings = found();
        expect_unknown(&findings, "task main", "policy", "root may read it");
        ck_assert_int_eq(comparison(&findings, "task main", "CPUs")->agreement, RT_AS_PLANNED);
}
END_TEST

START_TEST(other_cpus_are_drift)
{
        prepare();
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "1 50 0 0 0 1", "1-2");
        RtFindings findings = found();
        expect_drift(&findings, "task main", "CPUs", "1", "1-2");
        expect_drift(&findings, "threads", "CPUs", "1", "1-2");
        expect_contains(comparison(&findings, "threads", "CPUs")->hint, "run (102)");
}
END_TEST

START_TEST(cpus_that_cannot_be_read_are_unknown)
{
        prepare();
        put("/proc/102/task/102/status", "Name:\trun\n");
        RtFindings findings = found();
        expect_unknown(&findings, "task main", "CPUs", "the kernel does not say");
        expect_unknown(&findings, "threads", "CPUs", "not all threads");
}
END_TEST

START_TEST(a_declared_thread_that_is_not_there_is_drift)
{
        prepare();
        put_thread(PROGRAM_PID, 103, "other-name", "0 0 0 0 0 0", "1");
        RtFindings findings = found();
        expect_drift(&findings, "task io", "thread", "imu-io", "none");
        ck_assert(!has_comparison(&findings, "task io", "policy"));
}
END_TEST

START_TEST(every_thread_of_a_name_is_compared)
{
        prepare();
        put_thread(PROGRAM_PID, 104, "imu-io", "1 7 0 0 0 0", "1");
        RtFindings findings = found();
        ck_assert_int_eq(comparison(&findings, "task io", "policy")->agreement, RT_AS_PLANNED);
        expect_drift(&findings, "task io (104)", "policy", "other", "fifo 7");
}
END_TEST

START_TEST(the_only_task_is_the_main_thread_whatever_that_calls_itself)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";");
        put_container("imu",
                      "tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; cpu = 1; "
                      "priority = 50; } );");
        put_config("A", "imu", "");
        run();
        running_as_planned();
        put_thread(PROGRAM_PID, PROGRAM_PID, "renamed", "1 50 0 0 0 1", "1");
        RtFindings findings = found();
        ck_assert_str_eq(comparison(&findings, "task a", "thread")->actual, "renamed (102)");
        expect_as_planned(&findings, "task a", "policy", "fifo 50");
        /* Not the stub, which is an init and no program. */
        put_link("/proc/103/exe", path_of("/proc/100/exe"));
        remove_file("/proc/101/exe");
        put("/proc/101/exe", "an init of its own");
        findings = found();
        ck_assert_str_eq(comparison(&findings, "task a", "thread")->actual, "(sd-stubinit) (101)");
}
END_TEST

START_TEST(a_main_thread_that_cannot_be_told_is_unknown)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";");
        put_container("imu",
                      "tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; cpu = 1; "
                      "priority = 50; } );");
        put_config("A", "imu", "");
        run();
        running_as_planned();
        put_group("supervisor/cgroup.procs", "");
        RtFindings findings = found();
        expect_unknown(&findings, "task a", "thread", "cannot be told");
}
END_TEST

START_TEST(real_time_threads_that_nobody_declared_are_drift)
{
        prepare();
        put_thread(INIT_PID, 110, "sneaky", "1 98 0 0 0 0", "1");
        put_thread(PROGRAM_PID, 111, "dl", "6 0 1000000 2000000 3000000 0", "1");
        RtFindings findings = found();
        expect_drift(&findings, "thread sneaky (110)", "policy", "other", "fifo 98");
        expect_drift(&findings, "thread dl (111)", "policy", "other",
                     "deadline 1ms of 2ms every 3ms");
        expect_drift(&findings, "threads", "undeclared", "none real-time", "2 real-time");
}
END_TEST

START_TEST(ordinary_threads_that_nobody_declared_are_fine)
{
        prepare();
        put_thread(PROGRAM_PID, 110, "worker", "0 0 0 0 0 0", "1");
        put_thread(PROGRAM_PID, 111, "idler", "5 0 0 0 0 0", "1");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
}
END_TEST

START_TEST(what_threads_call_themselves_is_printable)
{
        prepare();
        put_thread(PROGRAM_PID, 110, "\033[2J\nx", "1 98 0 0 0 0", "1");
        RtFindings findings = found();
        RT_EACH (one, &findings.comparisons)
                ck_assert(!rt_text_has_control(one->subject) &&
                          (!one->actual || !rt_text_has_control(one->actual)) &&
                          (!one->hint || !rt_text_has_control(one->hint)));
        ck_assert(has_comparison(&findings, "thread \\x1b[2J\\x0ax (110)", "policy"));
}
END_TEST

START_TEST(crowds_of_strangers_are_counted_and_some_are_named)
{
        prepare();
        for (int tid = 200; tid < 300; tid++)
                put_thread(PROGRAM_PID, tid, "crowd", "1 98 0 0 0 0", "1");
        RtFindings findings = found();
        expect_drift(&findings, "threads", "undeclared", "none real-time", "100 real-time");
        ck_assert_uint_lt(findings.comparisons.n, 40);
}
END_TEST

START_TEST(threads_that_end_meanwhile_are_no_drift)
{
        prepare();
        put_group("payload/cgroup.procs", "101\n102\n4711\n");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
}
END_TEST

static void put_single_task(const char *task)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";\n"
                             "overheads = { context_switch = \"0us\"; release = \"0us\"; };");
        put_container("imu",
                      rt_printf(fx.arena,
                                "tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; "
                                "%s } );",
                                task));
        put_config("A", "imu", "");
        run();
        running_as_planned();
}

START_TEST(parameters_of_deadlines_are_compared)
{
        put_single_task("deadline = \"5ms\"; policy = \"deadline\"; cpu = 1;");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "6 0 1000000 5000000 10000000 1", "1");
        RtFindings findings = found();
        expect_as_planned(&findings, "task a", "policy", "deadline 1ms of 5ms every 10ms");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "6 0 2000000 5000000 10000000 1", "1");
        findings = found();
        expect_drift(&findings, "task a", "policy", "deadline 1ms of 5ms every 10ms",
                     "deadline 2ms of 5ms every 10ms");
}
END_TEST

START_TEST(timer_slack_is_compared_where_it_is_asked_for)
{
        put_single_task("policy = \"other\"; timer_slack = \"1us\";");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "0 0 0 0 0 0", "0");
        put_program("timerslack_ns", "1000\n");
        RtFindings findings = found();
        expect_as_planned(&findings, "task a", "timer slack", "1us");
        put_program("timerslack_ns", "50000\n");
        findings = found();
        expect_drift(&findings, "task a", "timer slack", "1us", "50us");
        remove_file("/proc/102/timerslack_ns");
        findings = found();
        expect_unknown(&findings, "task a", "timer slack", "does not have it");
}
END_TEST

START_TEST(a_thread_may_take_its_time_to_appear)
{
        prepare();
        put_thread(PROGRAM_PID, 103, "not-yet", "0 0 0 0 0 0", "1");
        put("/proc/uptime", "900.50 1.00\n");
        RtFindings findings = found();
        expect_unknown(&findings, "task io", "thread", "just started");
        put("/proc/uptime", "903.50 1.00\n");
        findings = found();
        expect_drift(&findings, "task io", "thread", "imu-io", "none");
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "status-threads", threads_that_are_as_planned_are_said_to_be,
                another_priority_or_policy_is_drift,
                an_ordinary_task_that_is_real_time_is_drift_and_a_modest_one_is_not,
                a_policy_that_cannot_be_read_is_unknown, other_cpus_are_drift,
                cpus_that_cannot_be_read_are_unknown, a_declared_thread_that_is_not_there_is_drift,
                every_thread_of_a_name_is_compared,
                the_only_task_is_the_main_thread_whatever_that_calls_itself,
                a_main_thread_that_cannot_be_told_is_unknown,
                real_time_threads_that_nobody_declared_are_drift,
                ordinary_threads_that_nobody_declared_are_fine,
                what_threads_call_themselves_is_printable,
                crowds_of_strangers_are_counted_and_some_are_named,
                threads_that_end_meanwhile_are_no_drift, parameters_of_deadlines_are_compared,
                timer_slack_is_compared_where_it_is_asked_for,
                a_thread_may_take_its_time_to_appear);
}
