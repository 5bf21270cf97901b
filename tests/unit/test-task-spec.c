/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "task-spec.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "sched-attr.h"
#include "text.h"

#define HEAD ".container startup=1000000000 on_missing=log\n"
static const char fifo[] = HEAD "t main=yes policy=fifo priority=70 cpus=2\n";

static RtTaskSpecs specs_of(const char *text)
{
        RtTaskSpecs specs = { 0 };
        int r = rt_task_specs_parse(text, strlen(text), &specs);
        ck_assert_msg(r == 0, "«%s» gives %d", text, r);
        return specs;
}

static void refuse_as(const char *text, size_t size, int error)
{
        RtTaskSpecs specs = { .startup = 77 };
        int r = rt_task_specs_parse(text, size, &specs);
        ck_assert_msg(r == error, "«%s» gives %d", text, r);
        ck_assert_int_eq(specs.startup, 77);
}

static void refuse(const char *text)
{
        refuse_as(text, strlen(text), -EINVAL);
}

static void refuse_task(const char *line)
{
        refuse(rt_printf(fx.arena, HEAD "%s\n", line));
}

START_TEST(each_policy_has_its_parameters)
{
        RtTaskSpecs specs = specs_of(
                "# comment\n\n.container startup=5 on_missing=fail\n"
                "sample thread=imu-sample policy=fifo priority=70 cpus=2\n"
                "law main=yes\tpolicy=deadline runtime=1024 deadline=2000 period=3000 cpus=0,2-3\n"
                "rec thread=r%20%C3%BC policy=other timer_slack=1 later=x\n"
                "idle main=yes policy=other");
        ck_assert_int_eq(specs.startup, 5);
        ck_assert(specs.fails_on_missing);
        ck_assert_uint_eq(specs.n, 4);
        const RtTaskSpec *task = specs.items;
        ck_assert_str_eq(task->thread, "imu-sample");
        ck_assert_uint_eq(task->policy, SCHED_FIFO);
        ck_assert_uint_eq(task->priority, 70);
        ck_assert(CPU_ISSET(2, &task->cpus) && CPU_COUNT(&task->cpus) == 1);
        task++;
        ck_assert_str_eq(task->thread, "");
        ck_assert_uint_eq(task->policy, RT_SCHED_DEADLINE);
        ck_assert_int_eq(task->runtime, 1024);
        ck_assert_int_eq(task->deadline, 2000);
        ck_assert_int_eq(task->period, 3000);
        ck_assert_int_eq(CPU_COUNT(&task->cpus), 3);
        task++;
        ck_assert_str_eq(task->thread, "r \xc3\xbc");
        ck_assert_int_eq(task->timer_slack, 1);
        ck_assert(rt_task_spec_is_set(task));
        ck_assert(!rt_task_spec_is_set(task + 1));
        ck_assert_ptr_eq(rt_task_specs_find(&specs, "rec"), task);
        ck_assert_ptr_null(rt_task_specs_find(&specs, "r"));
        rt_task_specs_free(&specs);
        ck_assert_ptr_null(specs.items);
}
END_TEST

START_TEST(what_is_damaged_is_refused)
{
        refuse("");
        refuse("t main=yes policy=fifo priority=70 cpus=2\n");
        refuse(HEAD HEAD);
        refuse(".container on_missing=maybe\n");
        refuse(".container startup=-1\n");
        refuse(".container startup=9223372036854775808\n");
        refuse_task("t/ main=yes policy=other");
        refuse_task("t policy=other");
        refuse_task("t main=yes thread=x policy=other");
        refuse_task("t main=yes");
        refuse_task("t main=yes policy=rr");
        refuse_task("t main=yes policy");
        refuse_task("t main=yes policy=other =x");
        refuse_as(fifo, sizeof fifo, -EINVAL); /* with its NUL */
}
END_TEST

START_TEST(parameters_that_are_missing_or_out_of_bounds_are_refused)
{
        refuse_task("t main=yes policy=fifo cpus=2");
        refuse_task("t main=yes policy=fifo priority=70");
        refuse_task("t main=yes policy=fifo priority=0 cpus=2");
        refuse_task("t main=yes policy=fifo priority=100 cpus=2");
        refuse_task("t main=yes policy=deadline runtime=1024 deadline=2000 cpus=2");
        refuse_task("t main=yes policy=deadline runtime=1024 deadline=0 period=3000 cpus=2");
        refuse_task("t main=yes policy=fifo priority=70 cpus=");
        refuse_task("t main=yes policy=fifo priority=70 cpus=3-2");
        refuse_task("t main=yes policy=fifo priority=70 cpus=1024");
        refuse_task("t main=yes policy=fifo priority=70 cpus=0-");
        refuse_task("t main=yes policy=fifo priority=70 cpus=x");
        refuse_task("t thread= policy=other");
        refuse_task("t thread=0123456789abcdef policy=other");
        refuse_task("t thread=a%00 policy=other");
        refuse_task("t thread=a%2 policy=other");
        refuse_task("t thread=a%2g policy=other");
        refuse_task("t thread=a/b policy=other");
}
END_TEST

START_TEST(the_number_of_tasks_is_bounded)
{
        RtText text = RT_TEXT(fx.arena);
        rt_text_add(&text, HEAD);
        for (int i = 0; i < RT_TASK_SPECS_MAX; i++)
                rt_text_addf(&text, "t%d thread=t%d policy=other\n", i, i);
        RtTaskSpecs specs = specs_of(text.data);
        ck_assert_uint_eq(specs.n, RT_TASK_SPECS_MAX);
        rt_task_specs_free(&specs);
        rt_text_add(&text, "more main=yes policy=other\n");
        refuse_as(text.data, text.n, -E2BIG);
}
END_TEST

START_TEST(a_file_is_read_or_its_error_returned)
{
        RtTaskSpecs specs;
        put("tasks", fifo);
        ck_assert_int_eq(rt_task_specs_read(path_of("tasks"), &specs), 0);
        ck_assert_uint_eq(specs.n, 1);
        rt_task_specs_free(&specs);
        ck_assert_int_eq(rt_task_specs_read(path_of("none"), &specs), -ENOENT);
        ck_assert_int_eq(rt_task_specs_read(fx.root, &specs), -EISDIR);
        ck_assert_int_eq(rt_task_specs_read("/dev/zero", &specs), -E2BIG);
}
END_TEST

int main(void)
{
        return RUN_TESTS("task-spec", each_policy_has_its_parameters, what_is_damaged_is_refused,
                         parameters_that_are_missing_or_out_of_bounds_are_refused,
                         the_number_of_tasks_is_bounded, a_file_is_read_or_its_error_returned);
}
