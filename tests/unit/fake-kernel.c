/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel-file.h"
#include "kernel-threads.h"

const char *text_at(const char *path)
{
        const char *text;
        int r = rt_kernel_read(fx.arena, path_of(path), &text);
        ck_assert_msg(r == 0, "%s: %s", path, strerror(-r));
        return text;
}

void put_thread(int pid, const char *name, unsigned flags, const char *cpus, int priority)
{
        put(rt_printf(fx.arena, "/proc/%d/stat", pid),
            rt_printf(
                    fx.arena,
                    "%d (%s) S 2 0 0 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0 18446744073709551615 "
                    "0 0 0 0 0 0 0 2147483647 0 0 0 0 17 3 %d %d 0 0 0 0 0 0 0 0 0 0 0\n",
                    pid, name, flags, pid * 10, priority, priority > 0));
        put(rt_printf(fx.arena, "/proc/%d/status", pid),
            rt_printf(fx.arena, "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t%s\nMems:\t0\n",
                      cpus));
}

static RtKernelThread thread_of(int pid)
{
        RtKernelThread thread;
        ck_assert_msg(rt_kernel_thread(fx.arena, fx.root, pid, &thread) == 0, "no thread %d", pid);
        return thread;
}

const char *thread_cpus(int pid)
{
        RtKernelThread thread = thread_of(pid);
        return rt_cpuset_text(fx.arena, &thread.cpus);
}

int thread_priority(int pid)
{
        return (int)thread_of(pid).priority;
}

static int set_thread_cpus(pid_t pid, const RtCpuSet *cpus)
{
        RtKernelThread thread;
        if (rt_kernel_thread(fx.arena, fx.root, pid, &thread) < 0)
                return -ESRCH;
        if (thread.immovable || strcmp(thread.name, "refused") == 0)
                return -EINVAL;
        put_thread(pid, thread.name, FAKE_KTHREAD, rt_cpuset_text(fx.arena, cpus),
                   (int)thread.priority);
        return 0;
}

static int set_thread_priority(pid_t pid, int priority)
{
        RtKernelThread thread = thread_of(pid);
        put_thread(pid, thread.name, FAKE_KTHREAD, rt_cpuset_text(fx.arena, &thread.cpus),
                   priority);
        return 0;
}

RtKernel fake_kernel(void)
{
        return (RtKernel){ fx.root, path_of("/cg"), set_thread_cpus, set_thread_priority };
}

void put_irq(int number, const char *actions, const char *cpus)
{
        const char *list, *path = "/proc/interrupts";
        if (rt_kernel_read(fx.arena, path_of(path), &list) < 0)
                list = "           CPU0       CPU1";
        put(path, rt_printf(fx.arena, "%s\n%3d:          0          9   PCI-MSI %d-edge      %s\n",
                            list, number, 1000 + number, actions));
        put(rt_printf(fx.arena, "/proc/irq/%d/smp_affinity_list", number),
            rt_printf(fx.arena, "%s\n", cpus));
}

const char *irq_cpus(int number)
{
        return text_at(rt_printf(fx.arena, "/proc/irq/%d/smp_affinity_list", number));
}

void put_mask(const char *path, const char *mask)
{
        put(path, rt_printf(fx.arena, "%s\n", mask));
}

void put_cgroup(const char *path, const char *cpus, const char *partition)
{
        put(rt_printf(fx.arena, "/cg/%s/cpuset.cpus", path), rt_printf(fx.arena, "%s\n", cpus));
        put(rt_printf(fx.arena, "/cg/%s/cpuset.cpus.partition", path),
            rt_printf(fx.arena, "%s\n", partition));
}
