/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-threads.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-file.h"
#include "proc-stat.h"
#include "text.h"

/* Of the kernel's sched.h; they have been these for longer than there are partitions. */
enum { PF_KTHREAD = 0x00200000, PF_NO_SETAFFINITY = 0x04000000 };

static bool parse_stat(RtArena *arena, const char *stat, RtKernelThread *ret)
{
        const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
        const char *policy = rt_stat_field(stat, RT_STAT_POLICY);
        if (!open || !close || close < open || !policy)
                return false;
        const unsigned flags = (unsigned)strtoul(rt_stat_field(stat, RT_STAT_FLAGS), NULL, 10);
        ret->name = rt_strndup(arena, open + 1, (size_t)(close - open - 1));
        ret->started = strtoull(rt_stat_field(stat, RT_STAT_START), NULL, 10);
        ret->priority = (unsigned)strtoul(rt_stat_field(stat, RT_STAT_RT_PRIORITY), NULL, 10);
        ret->policy = (unsigned)strtoul(policy, NULL, 10);
        ret->immovable = flags & PF_NO_SETAFFINITY;
        return flags & PF_KTHREAD;
}

static int read_cpus(RtArena *arena, const char *folder, RtCpuSet *ret)
{
        static const char key[] = "Cpus_allowed_list:";
        const char *text;
        int r = rt_kernel_read(arena, rt_printf(arena, "%s/status", folder), &text);
        const char *value = r < 0 ? NULL : strstr(text, key);
        if (!value)
                return -ESRCH;
        value += strlen(key);
        value += strspn(value, " \t");
        return rt_cpuset_parse(rt_strndup(arena, value, strcspn(value, "\n")), ret);
}

int rt_kernel_thread(RtArena *arena, const char *root, pid_t pid, RtKernelThread *ret)
{
        RtKernelThread thread = { .pid = pid };
        const char *stat, *folder = rt_printf(arena, "%s/proc/%d", root, pid);
        if (rt_kernel_read(arena, rt_printf(arena, "%s/stat", folder), &stat) < 0 ||
            !parse_stat(arena, stat, &thread) || read_cpus(arena, folder, &thread.cpus) < 0)
                return -ESRCH;
        *ret = thread;
        return 0;
}

static int compare(const void *a, const void *b)
{
        const RtKernelThread *x = a, *y = b;
        return (x->pid > y->pid) - (x->pid < y->pid);
}

int rt_kernel_threads(RtArena *arena, const char *root, const char *prefix, RtKernelThreads *ret)
{
        RtKernelThreads threads = { 0 };
        RtKernelThread thread;
        DIR *dir = opendir(rt_printf(arena, "%s/proc", root));
        if (!dir)
                return -errno;
        for (struct dirent *entry; (entry = readdir(dir));)
                if (isdigit((unsigned char)entry->d_name[0]) &&
                    rt_kernel_thread(arena, root, atoi(entry->d_name), &thread) == 0 &&
                    rt_starts_with(thread.name, prefix))
                        RT_APPEND(arena, &threads, thread);
        closedir(dir);
        if (threads.n > 1)
                qsort(threads.items, threads.n, sizeof *threads.items, compare);
        *ret = threads;
        return 0;
}
