/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As far as it can be seen without permission to be a real-time thread: SCHED_OTHER and its slack;
 * the lab and the virtual machine see the rest. */

#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fixture.h"
#include "sched-attr.h"

static RtTaskSpec fifo(void)
{
        RtTaskSpec spec = { .policy = SCHED_FIFO, .priority = 5, .has_cpus = true };
        sched_getaffinity(0, sizeof spec.cpus, &spec.cpus);
        return spec;
}

static int own_task(void)
{
        int task = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(task, 0);
        return task;
}

START_TEST(timer_slack_is_set_and_then_found_right)
{
        RtTaskSpec spec = { .policy = SCHED_OTHER, .timer_slack = 12345 };
        const RtTaskSpecs specs = { .n = 1, .items = &spec };
        RtBindingStep step;
        ck_assert_int_eq(rt_binding_state(&specs, &spec, getpid(), false), RT_BINDING_NONE);
        ck_assert_int_eq(rt_bind(&spec, own_task(), getpid(), &step), 1);
        ck_assert_int_eq(prctl(PR_GET_TIMERSLACK), 12345);
        ck_assert_int_eq(rt_binding_state(&specs, &spec, getpid(), false), RT_BINDING_RIGHT);
        spec.timer_slack = 0;
        ck_assert_int_eq(rt_bind(&spec, own_task(), getpid(), &step), 1);
        ck_assert_int_eq(prctl(PR_GET_TIMERSLACK), 12345);
}
END_TEST

START_TEST(a_thread_that_is_not_of_the_process_is_let_alone)
{
        RtTaskSpec spec = { .policy = SCHED_OTHER, .timer_slack = 12345 };
        RtBindingStep step;
        const int64_t before = prctl(PR_GET_TIMERSLACK);
        int other = open("/proc/1/task", O_RDONLY | O_DIRECTORY);
        if (other < 0)
                return;
        ck_assert(!rt_is_thread(other, getpid()));
        ck_assert_int_eq(rt_bind(&spec, other, getpid(), &step), 0);
        ck_assert_int_eq(prctl(PR_GET_TIMERSLACK), before);
        ck_assert(rt_is_thread(own_task(), getpid()));
        ck_assert_int_eq(rt_bind(&spec, own_task(), INT_MAX, &step), 0);
}
END_TEST

START_TEST(what_was_bound_and_has_other_parameters_has_gone_its_own_way)
{
        RtTaskSpec spec = fifo();
        const RtTaskSpecs specs = { .n = 1, .items = &spec };
        ck_assert_int_eq(rt_binding_state(&specs, &spec, getpid(), false), RT_BINDING_NONE);
        ck_assert_int_eq(rt_binding_state(&specs, &spec, getpid(), true), RT_BINDING_OWN);
        ck_assert_int_eq(rt_binding_state(&specs, &spec, INT_MAX, false), RT_BINDING_GONE);
}
END_TEST

START_TEST(what_is_refused_leaves_nothing_behind)
{
        RtTaskSpec spec = fifo();
        RtBindingStep step;
        cpu_set_t before, after;
        sched_getaffinity(0, sizeof before, &before);
        spec.priority = 100; /* no kernel takes it */
        CPU_ZERO(&spec.cpus);
        for (size_t cpu = 0; CPU_COUNT(&spec.cpus) == 0; cpu++)
                if (CPU_ISSET(cpu, &before))
                        CPU_SET(cpu, &spec.cpus);
        ck_assert_int_eq(rt_bind(&spec, own_task(), getpid(), &step), -EINVAL);
        ck_assert_int_eq(step, RT_BINDING_POLICY);
        sched_getaffinity(0, sizeof after, &after);
        ck_assert(CPU_EQUAL(&before, &after));
        CPU_ZERO(&spec.cpus);
        ck_assert_int_eq(rt_bind(&spec, own_task(), getpid(), &step), -EINVAL);
        ck_assert_int_eq(step, RT_BINDING_CPUS);
}
END_TEST

START_TEST(a_real_time_thread_may_change_its_policy_and_is_bound_anew_under_another_name)
{
        RtTaskSpec tasks[] = { fifo(), fifo() };
        const RtTaskSpecs specs = { .n = 2, .items = tasks };
        RtBindingStep step;
        RtSchedAttr attr;
        tasks[1].priority = 6;
        if (rt_bind(&tasks[0], own_task(), getpid(), &step) < 0)
                return; /* not permitted here */
        ck_assert_int_eq(rt_sched_get(0, &attr), 0);
        ck_assert_uint_eq(attr.policy, SCHED_FIFO);
        ck_assert_uint_eq(attr.priority, 5);
        ck_assert_uint_eq(attr.flags, 0);
        ck_assert_int_eq(rt_binding_state(&specs, &tasks[0], getpid(), true), RT_BINDING_RIGHT);
        ck_assert_int_eq(rt_binding_state(&specs, &tasks[1], getpid(), true), RT_BINDING_NONE);
        attr.priority = 4;
        ck_assert_int_eq(rt_sched_set(0, &attr), 0);
        ck_assert_int_eq(rt_binding_state(&specs, &tasks[1], getpid(), true), RT_BINDING_OWN);
}
END_TEST

/* As sched_setattr() leaves to what a thread with these parameters starts. */
START_TEST(an_ordinary_task_keeps_no_parameters_that_are_anothers)
{
        RtTaskSpec tasks[] = { fifo(), { .policy = SCHED_OTHER, .timer_slack = 12345 } };
        const RtTaskSpecs specs = { .n = 2, .items = tasks };
        RtBindingStep step;
        if (rt_bind(&tasks[0], own_task(), getpid(), &step) < 0)
                return; /* not permitted here */
        ck_assert_int_eq(rt_binding_state(&specs, &tasks[1], getpid(), false), RT_BINDING_NONE);
        ck_assert_int_eq(rt_bind(&tasks[1], own_task(), getpid(), &step), 1);
        ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER);
        ck_assert_int_eq(prctl(PR_GET_TIMERSLACK), 12345);
        /* What it has chosen by itself is no other task's. */
        const RtSchedAttr own = { .policy = SCHED_FIFO, .priority = 4 };
        ck_assert_int_eq(rt_sched_set(0, &own), 0);
        ck_assert_int_eq(rt_binding_state(&specs, &tasks[1], getpid(), false), RT_BINDING_OWN);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "binding", an_ordinary_task_keeps_no_parameters_that_are_anothers,
                timer_slack_is_set_and_then_found_right,
                a_thread_that_is_not_of_the_process_is_let_alone,
                what_was_bound_and_has_other_parameters_has_gone_its_own_way,
                what_is_refused_leaves_nothing_behind,
                a_real_time_thread_may_change_its_policy_and_is_bound_anew_under_another_name);
}
