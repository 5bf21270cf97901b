/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rttask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sched-attr.h"
#include "task-spec.h"

#define TASKS_PATH "/run/rtcontainers/tasks.conf"

enum { STEP_NS = 1000000 };

static int64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Only where the process has gained no privileges by being executed. */
static const char *tasks_path(void)
{
        const char *path = secure_getenv("RTTASK_CONFIG");
        return path && path[0] ? path : TASKS_PATH;
}

static bool is_main_thread(void)
{
        return syscall(SYS_gettid) == getpid();
}

static bool has_parameters(const RtTaskSpec *spec)
{
        RtSchedAttr attr;
        if (rt_sched_get(0, &attr) < 0 || attr.policy != spec->policy)
                return false;
        return spec->policy == SCHED_FIFO ? attr.priority == spec->priority
                                          : attr.runtime == (uint64_t)spec->runtime &&
                                                    attr.deadline == (uint64_t)spec->deadline &&
                                                    attr.period == (uint64_t)spec->period;
}

static bool has_cpus(const RtTaskSpec *spec)
{
        cpu_set_t cpus;
        return sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_EQUAL(&cpus, &spec->cpus);
}

/* Who binds threads from outside knows this one by its name. */
static int await_binder(const RtTaskSpec *spec, int64_t startup, int error)
{
        const int64_t end = now() + startup;
        while (!has_parameters(spec)) {
                if (now() >= end)
                        return error;
                nanosleep(&(struct timespec){ .tv_nsec = STEP_NS }, NULL);
        }
        return 0;
}

static int set_fifo(const RtTaskSpec *spec, int64_t startup)
{
        cpu_set_t before;
        const bool known = sched_getaffinity(0, sizeof before, &before) == 0;
        if (sched_setaffinity(0, sizeof spec->cpus, &spec->cpus) < 0)
                return -errno;
        const RtSchedAttr attr = { .policy = SCHED_FIFO, .priority = spec->priority };
        int r = rt_sched_set(0, &attr);
        if (r == -EPERM)
                r = await_binder(spec, startup, -EPERM);
        if (r < 0 && known)
                sched_setaffinity(0, sizeof before, &before);
        return r;
}

static int apply(const RtTaskSpec *spec, int64_t startup)
{
        /* The main thread's name is the program's, and goes on being that. */
        if (spec->thread[0] && prctl(PR_SET_NAME, spec->thread) < 0)
                return -errno;
        if (!spec->thread[0] && !is_main_thread())
                return -EINVAL;
        if (spec->policy == SCHED_OTHER)
                return spec->timer_slack > 0 && prctl(PR_SET_TIMERSLACK, spec->timer_slack) < 0
                               ? -errno
                               : 0;
        /* A program may have chosen the same priority by itself, and no CPU. */
        if (has_parameters(spec) && (spec->policy != SCHED_FIFO || has_cpus(spec)))
                return 0;
        return spec->policy == SCHED_FIFO ? set_fifo(spec, startup)
                                          : await_binder(spec, startup, -ETIMEDOUT);
}

int rttask_apply(const char *task)
{
        RtTaskSpecs specs;
        if (!task)
                return -EINVAL;
        int r = rt_task_specs_read(tasks_path(), &specs);
        if (r < 0)
                return r;
        const RtTaskSpec *spec = rt_task_specs_find(&specs, task);
        r = spec ? apply(spec, specs.startup) : -ENOENT;
        rt_task_specs_free(&specs);
        return r;
}
