/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-threads.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

enum { KTHREAD = 0x00200000, BOUND = 0x04000000 };

static void put_process(int pid, const char *name, unsigned flags, const char *cpus)
{
        put(rt_printf(fx.arena, "/proc/%d/stat", pid),
            rt_printf(
                    fx.arena,
                    "%d (%s) S 2 0 0 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0 18446744073709551615 "
                    "0 0 0 0 0 0 0 2147483647 0 0 0 0 17 3 50 1 0 0 0 0 0 0 0 0 0 0 0\n",
                    pid, name, flags, pid * 10));
        put(rt_printf(fx.arena, "/proc/%d/status", pid),
            rt_printf(fx.arena, "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t%s\nMems:\t0\n",
                      cpus));
}

static const char *root(void)
{
        return fx.root;
}

START_TEST(threads_of_the_kernel_are_told_from_processes)
{
        RtKernelThreads threads;
        put_process(300, "kworker/2:1-events", KTHREAD, "2");
        put_process(17, "ksoftirqd/1", KTHREAD | BOUND, "1");
        put_process(41, "ksoftirqd/7", 0x00400000, "0-3"); /* a program that calls itself so */
        put("/proc/self/stat", "no number");
        put("/proc/99/comm", "gone meanwhile");
        ck_assert_int_eq(rt_kernel_threads(fx.arena, root(), "", &threads), 0);
        ck_assert_uint_eq(threads.n, 2);
        const RtKernelThread *bound = &threads.items[0], *free = &threads.items[1];
        ck_assert_int_eq(bound->pid, 17);
        ck_assert_str_eq(bound->name, "ksoftirqd/1");
        ck_assert(bound->immovable);
        ck_assert_uint_eq(bound->started, 170);
        ck_assert_uint_eq(bound->policy, 1);
        ck_assert_uint_eq(bound->priority, 50);
        ck_assert_str_eq(rt_cpuset_text(fx.arena, &bound->cpus), "1");
        ck_assert_str_eq(free->name, "kworker/2:1-events");
        ck_assert(!free->immovable);
}
END_TEST

START_TEST(a_name_may_hold_anything)
{
        RtKernelThread thread;
        put_process(5, "a) S 1 (b", KTHREAD, "0");
        ck_assert_int_eq(rt_kernel_thread(fx.arena, root(), 5, &thread), 0);
        ck_assert_str_eq(thread.name, "a) S 1 (b");
}
END_TEST

START_TEST(a_text_that_is_cut_is_no_thread)
{
        RtKernelThread thread;
        put_process(5, "k", KTHREAD, "0");
        put("/proc/5/stat", "5 (k) S 2 0 0 0 -1 2097152 0 0");
        ck_assert_int_eq(rt_kernel_thread(fx.arena, root(), 5, &thread), -ESRCH);
        put("/proc/5/stat", ")(");
        ck_assert_int_eq(rt_kernel_thread(fx.arena, root(), 5, &thread), -ESRCH);
        ck_assert_int_eq(rt_kernel_thread(fx.arena, root(), 6, &thread), -ESRCH);
}
END_TEST

START_TEST(only_those_of_the_prefix_are_listed)
{
        RtKernelThreads threads;
        put_process(8, "irq/24-eth0", KTHREAD, "0");
        put_process(9, "irq/241-eth1", KTHREAD, "0");
        ck_assert_int_eq(rt_kernel_threads(fx.arena, root(), "irq/24-", &threads), 0);
        ck_assert_uint_eq(threads.n, 1);
        ck_assert_int_eq(threads.items[0].pid, 8);
}
END_TEST

int main(void)
{
        return RUN_TESTS("kernel-threads", threads_of_the_kernel_are_told_from_processes,
                         a_name_may_hold_anything, a_text_that_is_cut_is_no_thread,
                         only_those_of_the_prefix_are_listed);
}
