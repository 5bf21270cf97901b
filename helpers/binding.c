/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sched-attr.h"

/* With the flag, a program could not set policies by itself any more without knowing of it. Only
 * SCHED_DEADLINE needs it: without, a thread could not start others. */
static RtSchedAttr attr_of(const RtTaskSpec *spec)
{
        return (RtSchedAttr){
                .policy = spec->policy,
                .flags = spec->policy == SCHED_DEADLINE ? RT_SCHED_RESET_ON_FORK : 0,
                .priority = spec->priority,
                .runtime = (uint64_t)spec->runtime,
                .deadline = (uint64_t)spec->deadline,
                .period = (uint64_t)spec->period,
        };
}

static bool has_parameters(const RtSchedAttr *attr, const RtTaskSpec *spec)
{
        const RtSchedAttr planned = attr_of(spec);
        if (attr->policy != planned.policy || spec->policy == SCHED_OTHER)
                return false;
        return spec->policy == SCHED_FIFO
                       ? attr->priority == planned.priority
                       : attr->runtime == planned.runtime && attr->deadline == planned.deadline &&
                                 attr->period == planned.period;
}

bool rt_is_thread(int task, pid_t tid)
{
        char name[16];
        snprintf(name, sizeof name, "%d", tid);
        return faccessat(task, name, F_OK, 0) == 0;
}

/* -- timer slack ------------------------------------------------------------------------------- */

/* Only processes' folders have the file; that of any thread can be opened, but is not listed. */
static int open_slack(pid_t tid)
{
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/timerslack_ns", tid);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int64_t read_slack(int fd)
{
        char text[32];
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        text[n > 0 ? n : 0] = '\0';
        return n > 0 ? strtoll(text, NULL, 10) : -1;
}

static bool has_slack(const RtTaskSpec *spec, pid_t tid)
{
        int fd = open_slack(tid);
        if (fd < 0)
                return false;
        bool right = read_slack(fd) == spec->timer_slack;
        close(fd);
        return right;
}

/* The file stays the thread's own, so that nobody else is met who gets the ID later. */
static int set_slack(const RtTaskSpec *spec, int task, pid_t tid)
{
        char text[32];
        int fd = open_slack(tid),
            n = snprintf(text, sizeof text, "%lld", (long long)spec->timer_slack);
        if (fd < 0 || !rt_is_thread(task, tid)) {
                if (fd >= 0)
                        close(fd);
                return rt_is_thread(task, tid) ? fd : 0;
        }
        int r = write(fd, text, (size_t)n) == n ? 1 : -errno;
        close(fd);
        return r == -ESRCH ? 0 : r;
}

/* -- binding ----------------------------------------------------------------------------------- */

static bool is_real_time(const RtSchedAttr *attr)
{
        return attr->policy == SCHED_FIFO || attr->policy == RT_SCHED_DEADLINE;
}

/* Whether these are the parameters of any of the container's tasks. */
static bool is_of_task(const RtTaskSpecs *specs, const RtSchedAttr *attr)
{
        for (size_t i = 0; i < specs->n; i++)
                if (has_parameters(attr, &specs->items[i]))
                        return true;
        return false;
}

/* A real-time thread has no slack. One with another task's parameters has them from the thread that
 * started it, or from its own former name. */
static RtBindingState slack_state(const RtTaskSpecs *specs, const RtTaskSpec *spec, pid_t tid,
                                  const RtSchedAttr *attr)
{
        if (spec->timer_slack == 0)
                return RT_BINDING_RIGHT;
        if (is_real_time(attr))
                return is_of_task(specs, attr) ? RT_BINDING_NONE : RT_BINDING_OWN;
        return has_slack(spec, tid) ? RT_BINDING_RIGHT : RT_BINDING_NONE;
}

RtBindingState rt_binding_state(const RtTaskSpecs *specs, const RtTaskSpec *spec, pid_t tid,
                                bool was_bound)
{
        RtSchedAttr attr;
        if (rt_sched_get(tid, &attr) < 0)
                return RT_BINDING_GONE;
        if (spec->policy == SCHED_OTHER)
                return slack_state(specs, spec, tid, &attr);
        if (has_parameters(&attr, spec))
                return RT_BINDING_RIGHT;
        return !was_bound || is_of_task(specs, &attr) ? RT_BINDING_NONE : RT_BINDING_OWN;
}

/* The thread has ended, and what has got its ID since then may have got what it should have got. */
static void undo(const RtTaskSpec *spec, pid_t tid)
{
        RtSchedAttr attr;
        if (rt_sched_get(tid, &attr) < 0 || !has_parameters(&attr, spec))
                return;
        cpu_set_t cpus; /* the kernel leaves those that its cgroup may use */
        memset(&cpus, 0xff, sizeof cpus);
        rt_sched_set(tid, &(RtSchedAttr){ .policy = SCHED_OTHER });
        sched_setaffinity(tid, sizeof cpus, &cpus);
        fprintf(stderr,
                "thread \"%s\" has ended, and another process has got its ID %d; that one is "
                "SCHED_OTHER now\n",
                spec->thread[0] ? spec->thread : "main", tid);
}

static int set_cpus_and_policy(const RtTaskSpec *spec, pid_t tid, RtBindingStep *ret_refused)
{
        const RtSchedAttr attr = attr_of(spec);
        cpu_set_t before;
        bool known = sched_getaffinity(tid, sizeof before, &before) == 0;
        *ret_refused = RT_BINDING_CPUS;
        if (sched_setaffinity(tid, sizeof spec->cpus, &spec->cpus) < 0)
                return -errno;
        *ret_refused = RT_BINDING_POLICY;
        int r = rt_sched_set(tid, &attr);
        if (r < 0 && known)
                sched_setaffinity(tid, sizeof before, &before);
        return r;
}

static void end_real_time(int task, pid_t tid)
{
        RtSchedAttr attr;
        if (rt_sched_get(tid, &attr) == 0 && is_real_time(&attr) && rt_is_thread(task, tid))
                rt_sched_set(tid, &(RtSchedAttr){ .policy = SCHED_OTHER });
}

int rt_bind(const RtTaskSpec *spec, int task, pid_t tid, RtBindingStep *ret_refused)
{
        if (spec->policy == SCHED_OTHER) {
                if (spec->timer_slack == 0)
                        return 1;
                end_real_time(task, tid);
                *ret_refused = RT_BINDING_SLACK;
                return set_slack(spec, task, tid);
        }
        int r = set_cpus_and_policy(spec, tid, ret_refused);
        if (!rt_is_thread(task, tid)) {
                undo(spec, tid);
                return 0;
        }
        return r < 0 ? r : 1;
}
