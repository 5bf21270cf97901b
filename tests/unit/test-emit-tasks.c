/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is told to whoever sets threads' parameters: the text that tasks.conf is, and who gets it.
 */

#include "fixture.h"
#include "sched-attr.h"
#include "task-spec.h"

#include <string.h>

static const char path[] = "rtcontainers.nspawn.d/c.tasks", unit[] = "rt-c.service";

static void emit(const char *more)
{
        put_container("c", more);
        put_config("x", "c", "");
        run();
}

static RtTaskSpecs specs(void)
{
        RtTaskSpecs read;
        const char *text = artifact(path);
        ck_assert_int_eq(rt_task_specs_parse(text, strlen(text), &read), 0);
        return read;
}

START_TEST(what_is_written_is_what_is_read)
{
        emit("tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; priority = 33; cpu = 2;\n"
             "  thread = \"a b%\"; }, { name = \"o\"; policy = \"other\"; timer_slack = \"2us\"; } );\n"
             "startup = \"3s\";");
        RtTaskSpecs read = specs();
        ck_assert_uint_eq(read.n, 2);
        ck_assert_int_eq(read.startup, INT64_C(3000000000));
        ck_assert(!read.fails_on_missing);
        ck_assert_str_eq(read.items[0].thread, "a b%");
        ck_assert_uint_eq(read.items[0].priority, 33);
        ck_assert(CPU_ISSET(2, &read.items[0].cpus));
        ck_assert_int_eq(CPU_COUNT(&read.items[0].cpus), 1);
        ck_assert_int_eq(read.items[1].timer_slack, 2000);
        expect_line(unit, "ExecStartPost=/usr/lib/rtcontainers/bind-threads "
                          "/run/systemd/nspawn/c.tasks");
        expect_line(unit, "Wants=rtcontainers-threads.service");
        rt_task_specs_free(&read);
}
END_TEST

/* runtime: wcet, two switches, an interrupt; deadline: less jitter and the latest release. */
START_TEST(a_deadline_task_gets_what_the_analysis_has_admitted)
{
        put("platform.conf.d/costs.conf",
            "overheads = { context_switch = \"1us\"; release = \"30us\"; irq = \"5us\"; };");
        emit("cpus = { exclusive = true; };\n"
             "tasks = ( { name = \"law\"; policy = \"deadline\"; period = \"2ms\"; wcet = \"400us\";"
             "            deadline = \"1ms\"; jitter = \"100us\"; } );");
        RtTaskSpecs read = specs();
        const RtTaskSpec *law = read.items;
        ck_assert_str_eq(law->thread, "");
        ck_assert_uint_eq(law->policy, RT_SCHED_DEADLINE);
        ck_assert_int_eq(law->runtime, 407000);
        ck_assert_int_eq(law->deadline, 870000);
        ck_assert_int_eq(law->period, 2000000);
        for (int cpu = 0; cpu < 4; cpu++)
                ck_assert_int_eq(CPU_ISSET((size_t)cpu, &law->cpus) != 0,
                                 rt_cpuset_has(&instance("c")->cpus, (unsigned)cpu));
        rt_task_specs_free(&read);
}
END_TEST

static void emit_tight(const char *deadline)
{
        emit(rt_printf(fx.arena,
                       "cpus = { exclusive = true; };\n"
                       "tasks = ( { name = \"law\"; policy = \"deadline\"; period = \"2ms\";"
                       " wcet = \"400us\"; deadline = \"%s\"; } );",
                       deadline));
}

START_TEST(a_deadline_that_overheads_and_jitter_leave_no_room_in_is_refused)
{
        put("platform.conf.d/costs.conf", "overheads = { release = \"30us\"; irq = \"5us\"; };");
        emit_tight("434us");
        expect_diagnostic("tasks[0].wcet: error: with the platform's overheads the task needs "
                          "405us, and its deadline leaves 404us");
        emit_tight("435us");
        expect_no_diagnostics();
}
END_TEST

START_TEST(a_deadline_task_that_the_kernel_cannot_pin_is_warned_of)
{
        const char *shared = "tasks = ( { name = \"law\"; policy = \"deadline\"; period = \"2ms\";"
                             " wcet = \"400us\"; } );";
        emit(shared);
        expect_diagnostic("tasks[0].policy: warning:", "on one of several CPUs of a partition",
                          "cpus = { exclusive = true; }");
        ck_assert(!container("c")->object.rejected);
        put("platform.conf", "cpus = \"0\";");
        emit(shared);
        expect_no_diagnostics();
        /* The partition of all real-time CPUs has one. */
        put("platform.conf", "cpus = \"0-1\"; housekeeping = \"0\";");
        emit(shared);
        expect_no_diagnostics();
        put("platform.conf", "cpus = \"0-2\"; housekeeping = \"0\";");
        emit(shared);
        expect_diagnostic("tasks[0].policy: warning:", "on one of several CPUs of a partition");
}
END_TEST

START_TEST(timer_slack_is_for_the_policy_other_only)
{
        emit("tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; timer_slack = \"1ns\"; } );");
        expect_diagnostic("tasks[0].timer_slack: error: a \"fifo\" task has no timer slack");
        ck_assert(container("c")->object.rejected);
}
END_TEST

START_TEST(without_anything_to_set_nothing_is_set_but_the_text_is_there)
{
        emit("tasks = ( { name = \"o\"; policy = \"other\"; } );");
        RtTaskSpecs read = specs();
        ck_assert_uint_eq(read.n, 1);
        rt_task_specs_free(&read);
        ck_assert_ptr_null(strstr(artifact(unit), "bind-threads"));
        ck_assert_ptr_null(strstr(artifact(unit), "rtcontainers-threads.service"));
        expect_line(
                "rtcontainers.nspawn.d/c.nspawn",
                "BindReadOnly=/run/systemd/nspawn/c.tasks:/run/rtcontainers/tasks.conf:norbind");
}
END_TEST

START_TEST(without_tasks_there_is_no_text)
{
        emit("");
        ck_assert(!has_artifact(path));
        ck_assert_ptr_null(strstr(artifact(unit), ".tasks"));
}
END_TEST

START_TEST(a_missing_thread_fails_the_start_unless_misses_are_only_logged)
{
        emit("on_miss = { action = \"restart\"; };\n"
             "tasks = ( { name = \"a\"; period = \"10ms\"; wcet = \"1ms\"; } );");
        RtTaskSpecs read = specs();
        ck_assert(read.fails_on_missing);
        rt_task_specs_free(&read);
}
END_TEST

int main(void)
{
        return RUN_TESTS("emit-tasks", what_is_written_is_what_is_read,
                         a_deadline_task_gets_what_the_analysis_has_admitted,
                         a_deadline_that_overheads_and_jitter_leave_no_room_in_is_refused,
                         a_deadline_task_that_the_kernel_cannot_pin_is_warned_of,
                         timer_slack_is_for_the_policy_other_only,
                         without_anything_to_set_nothing_is_set_but_the_text_is_there,
                         without_tasks_there_is_no_text,
                         a_missing_thread_fails_the_start_unless_misses_are_only_logged);
}
