/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As far as it can be seen without permission to be a real-time thread; the lab sees the rest. */

#include "rttask.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "text.h"

static void put_tasks(const char *lines)
{
        put("tasks.conf",
            rt_printf(fx.arena, ".container startup=30000000 on_missing=log\n%s\n", lines));
        setenv("RTTASK_CONFIG", path_of("tasks.conf"), 1);
}

START_TEST(a_thread_gets_its_name_and_its_slack)
{
        char name[16];
        put_tasks("rec thread=rec%20ord policy=other timer_slack=12345");
        ck_assert_int_eq(rttask_apply("rec"), 0);
        prctl(PR_GET_NAME, name);
        ck_assert_str_eq(name, "rec ord");
        ck_assert_int_eq(prctl(PR_GET_TIMERSLACK), 12345);
}
END_TEST

START_TEST(what_was_not_declared_is_not_there)
{
        char before[16], after[16];
        prctl(PR_GET_NAME, before);
        put_tasks("rec thread=other policy=other");
        ck_assert_int_eq(rttask_apply("other"), -ENOENT);
        ck_assert_int_eq(rttask_apply(NULL), -EINVAL);
        setenv("RTTASK_CONFIG", path_of("none"), 1);
        ck_assert_int_eq(rttask_apply("rec"), -ENOENT);
        put_tasks("rec thread=other");
        ck_assert_int_eq(rttask_apply("rec"), -EINVAL);
        prctl(PR_GET_NAME, after);
        ck_assert_str_eq(before, after);
}
END_TEST

static void *apply_main(void *result)
{
        *(int *)result = rttask_apply("main");
        return NULL;
}

START_TEST(the_main_threads_task_is_for_the_main_thread_only)
{
        int result = 1;
        pthread_t thread;
        put_tasks("main main=yes policy=other");
        ck_assert_int_eq(rttask_apply("main"), 0);
        ck_assert_int_eq(pthread_create(&thread, NULL, apply_main, &result), 0);
        pthread_join(thread, NULL);
        ck_assert_int_eq(result, -EINVAL);
}
END_TEST

static int64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

START_TEST(what_only_the_outside_may_set_is_waited_for_in_vain_but_not_for_ever)
{
        const int64_t began = now();
        put_tasks("law main=yes policy=deadline runtime=1024 deadline=200000 period=200000 cpus=0");
        ck_assert_int_eq(rttask_apply("law"), -ETIMEDOUT);
        ck_assert_int_ge(now() - began, 30000000);
        ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER);
}
END_TEST

/* A process that may not is told so, and stays where it was. */
START_TEST(a_priority_beyond_the_limit_is_refused_and_nothing_is_half_set)
{
        cpu_set_t before, after;
        sched_getaffinity(0, sizeof before, &before);
        size_t cpu = 0;
        while (!CPU_ISSET(cpu, &before))
                cpu++;
        put_tasks(rt_printf(fx.arena, "t main=yes policy=fifo priority=70 cpus=%zu", cpu));
        if (rttask_apply("t") == 0)
                return; /* it may, here */
        ck_assert_int_eq(rttask_apply("t"), -EPERM);
        sched_getaffinity(0, sizeof after, &after);
        ck_assert(CPU_EQUAL(&before, &after));
        ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER);
}
END_TEST

START_TEST(a_priority_that_is_permitted_is_set)
{
        cpu_set_t cpus;
        sched_getaffinity(0, sizeof cpus, &cpus);
        size_t cpu = 0;
        while (!CPU_ISSET(cpu, &cpus))
                cpu++;
        put_tasks(rt_printf(fx.arena, "t main=yes policy=fifo priority=3 cpus=%zu", cpu));
        if (rttask_apply("t") < 0)
                return; /* it may not, here */
        ck_assert_int_eq(sched_getscheduler(0), SCHED_FIFO);
        sched_getaffinity(0, sizeof cpus, &cpus);
        ck_assert(CPU_ISSET(cpu, &cpus) && CPU_COUNT(&cpus) == 1);
        ck_assert_int_eq(rttask_apply("t"), 0);
}
END_TEST

/* As any program in a container: bound by the limit of locked memory. */
static void limit_locked_memory(rlim_t bytes)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct sets[2] = { { 0 } };
        ck_assert_int_eq(syscall(SYS_capget, &header, sets), 0);
        sets[0].effective &= ~(1U << CAP_IPC_LOCK);
        ck_assert_int_eq(syscall(SYS_capset, &header, sets), 0);
        ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ bytes, bytes }), 0);
        ck_assert_int_eq(mlockall(MCL_FUTURE), 0);
}

START_TEST(a_program_that_has_locked_its_memory_needs_little_more_of_it)
{
        put_tasks("rec thread=rec policy=other timer_slack=12345");
        limit_locked_memory(1 << 20);
        ck_assert_int_eq(rttask_apply("rec"), 0);
}
END_TEST

START_TEST(a_thread_of_that_priority_comes_to_its_cpu_as_well)
{
        cpu_set_t cpus;
        sched_getaffinity(0, sizeof cpus, &cpus);
        size_t cpu = 0;
        while (!CPU_ISSET(cpu, &cpus))
                cpu++;
        if (CPU_COUNT(&cpus) < 2 ||
            sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 3 }) < 0)
                return; /* it may not, here */
        put_tasks(rt_printf(fx.arena, "t main=yes policy=fifo priority=3 cpus=%zu", cpu));
        ck_assert_int_eq(rttask_apply("t"), 0);
        sched_getaffinity(0, sizeof cpus, &cpus);
        ck_assert(CPU_ISSET(cpu, &cpus) && CPU_COUNT(&cpus) == 1);
}
END_TEST

int main(void)
{
        return RUN_TESTS("rttask", a_thread_gets_its_name_and_its_slack,
                         what_was_not_declared_is_not_there,
                         the_main_threads_task_is_for_the_main_thread_only,
                         what_only_the_outside_may_set_is_waited_for_in_vain_but_not_for_ever,
                         a_priority_beyond_the_limit_is_refused_and_nothing_is_half_set,
                         a_priority_that_is_permitted_is_set,
                         a_program_that_has_locked_its_memory_needs_little_more_of_it,
                         a_thread_of_that_priority_comes_to_its_cpu_as_well);
}
