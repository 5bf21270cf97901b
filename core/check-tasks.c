/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "check-internal.h"
#include "quantity.h"
#include "workload.h"

static const char *duration(RtCheck *check, int64_t ns)
{
        return rt_duration_text(check->arena, ns);
}

static void check_task_times(RtCheck *check, RtContainer *container, const RtTask *task)
{
        RtObject *object = &container->object;
        if (task->policy == RT_POLICY_OTHER)
                return;
        if (!rt_is_set(&task->item, RT_TASK_PERIOD))
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_PERIOD),
                            "add period = \"1ms\"; with its least time between two jobs",
                            "a \"%s\" task needs a period", rt_policy_words[task->policy]);
        if (!rt_is_set(&task->item, RT_TASK_WCET))
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_WCET),
                            "add wcet = \"100us\"; with its worst-case execution time",
                            "a \"%s\" task needs a WCET", rt_policy_words[task->policy]);
        if (task->period == 0 || task->wcet == 0)
                return;
        if (task->wcet > task->deadline) {
                size_t other = rt_is_set(&task->item, RT_TASK_DEADLINE) ? RT_TASK_DEADLINE
                                                                        : RT_TASK_PERIOD;
                rt_complain(check, rt_at(check, object, &task->item, other),
                            rt_printf(check->arena, "allow at least %s, or shorten the WCET",
                                      duration(check, task->wcet)),
                            "the deadline, %s, is shorter than the WCET, %s (%s)",
                            duration(check, task->deadline), duration(check, task->wcet),
                            rt_there(check, rt_key_place(&task->item, RT_TASK_WCET)));
        } else if (task->jitter + task->wcet > task->deadline) {
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_JITTER),
                            rt_printf(check->arena, "allow at most %s",
                                      duration(check, task->deadline - task->wcet)),
                            "jitter %s and WCET %s (%s) together exceed the deadline, %s",
                            duration(check, task->jitter), duration(check, task->wcet),
                            rt_there(check, rt_key_place(&task->item, RT_TASK_WCET)),
                            duration(check, task->deadline));
        }
}

/* How many CPUs there are in the partition that a container without one of its own lies in: all of
 * the machine's, unless those for real-time tasks are kept apart. */
static size_t shared_partition(const RtPlatform *platform)
{
        const RtCpuSet realtime = rt_platform_realtime_cpus(platform);
        const RtCpuSet both = rt_cpuset_and(&realtime, &platform->housekeeping);
        return rt_cpuset_count(rt_cpuset_is_empty(&both) ? &realtime : &platform->cpus);
}

/* With the overheads and jitter in them, as the kernel is told. */
static void check_reservation(RtCheck *check, RtContainer *container, const RtTask *task)
{
        RtObject *object = &container->object;
        const RtReservation kernel = rt_task_reservation(&check->model->platform, container, task);
        if (task->jitter + task->wcet <= task->deadline && kernel.deadline < kernel.runtime)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_WCET),
                            "allow more time, or shorten the WCET",
                            "with the platform's overheads the task needs %s, and its deadline "
                            "leaves %s",
                            duration(check, kernel.runtime),
                            duration(check, kernel.deadline > 0 ? kernel.deadline : 0));
        /* The kernel counts bandwidth by partitions, and pins no such thread within one. */
        if (!container->cpus.exclusive && shared_partition(&check->model->platform) > 1)
                rt_warn(check, rt_at(check, object, &task->item, RT_TASK_POLICY),
                        "add cpus = { exclusive = true; }; so that the container has a partition "
                        "of its own",
                        "the kernel does not take SCHED_DEADLINE on one of several CPUs of a "
                        "partition: the start will fail");
}

/* What sched_setattr(2) accepts: runtime of 1024 ns and more, period of 100 us to 2^22 us. */
static void check_deadline_policy(RtCheck *check, RtContainer *container, const RtTask *task)
{
        const int64_t least_runtime = 1024, least_period = 100000, most_period = 4194304000;
        RtObject *object = &container->object;
        if (task->policy != RT_POLICY_DEADLINE || task->period == 0 || task->wcet == 0)
                return;
        if (task->wcet < least_runtime)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_WCET),
                            "write at least 1024ns",
                            "SCHED_DEADLINE does not take a runtime as short as %s",
                            duration(check, task->wcet));
        if (task->period < least_period || task->period > most_period)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_PERIOD),
                            "write a period from 100us to 4194304us",
                            "SCHED_DEADLINE does not take a period of %s",
                            duration(check, task->period));
        if (task->deadline > task->period)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_DEADLINE),
                            "write at most the period",
                            "SCHED_DEADLINE does not take a deadline, %s, beyond the period, %s",
                            duration(check, task->deadline), duration(check, task->period));
        check_reservation(check, container, task);
}

static void check_timer_slack(RtCheck *check, RtContainer *container, const RtTask *task)
{
        if (task->policy != RT_POLICY_OTHER && rt_is_set(&task->item, RT_TASK_TIMER_SLACK))
                rt_complain(check,
                            rt_at(check, &container->object, &task->item, RT_TASK_TIMER_SLACK),
                            "take timer_slack away, or let policy be \"other\"",
                            "a \"%s\" task has no timer slack", rt_policy_words[task->policy]);
}

/* The main thread of a booted container is its init, and whatever that forks would inherit. */
static void check_task_thread(RtCheck *check, RtContainer *container, const RtTask *task)
{
        if (container->boot && task->policy != RT_POLICY_OTHER && !task->thread)
                rt_complain(
                        check, rt_at(check, &container->object, &task->item, RT_TASK_THREAD),
                        "add thread = \"…\"; with the name of the thread that runs the task",
                        "in a container with boot (%s) the main thread is the init program",
                        rt_there(check, rt_key_place(&container->object.item, RT_CONTAINER_BOOT)));
}

static void check_task_fixed(RtCheck *check, RtContainer *container, const RtTask *task)
{
        RtObject *object = &container->object;
        const RtPlatform *platform = &check->model->platform;
        if (rt_is_set(&task->item, RT_TASK_PRIORITY)) {
                RtAt at = rt_at(check, object, &task->item, RT_TASK_PRIORITY);
                const RtPriorities *band = &platform->priorities;
                if (task->policy != RT_POLICY_FIFO)
                        rt_complain(check, at, "take the priority away, or let policy be \"fifo\"",
                                    "a \"%s\" task has no priority", rt_policy_words[task->policy]);
                else if (task->priority < band->min || task->priority > band->max)
                        rt_complain(check, at,
                                    rt_printf(check->arena, "choose from %lld to %lld",
                                              (long long)band->min, (long long)band->max),
                                    "priority %lld is outside the platform's band (%s)",
                                    (long long)task->priority,
                                    rt_there(check, rt_key_place(&platform->object.item,
                                                                 RT_PLATFORM_PRIORITIES)));
        }
        if (!rt_is_set(&task->item, RT_TASK_CPU))
                return;
        RtAt at = rt_at(check, object, &task->item, RT_TASK_CPU);
        RtCpuSet home = rt_container_home(platform, container);
        unsigned cpu = (unsigned)task->cpu;
        if (!rt_cpuset_has(&platform->cpus, cpu))
                rt_complain(
                        check, at,
                        rt_printf(check->arena, "choose among %s",
                                  rt_cpuset_text(check->arena, &platform->cpus)),
                        "CPU %u is not one of the platform's cpus (%s)", cpu,
                        rt_there(check, rt_key_place(&platform->object.item, RT_PLATFORM_CPUS)));
        else if (!rt_cpuset_has(&home, cpu))
                rt_complain(check, at,
                            rt_printf(check->arena, "choose among %s",
                                      rt_cpuset_text(check->arena, &home)),
                            "CPU %u is not for %s containers (%s)", cpu,
                            rt_container_is_realtime(container) ? "real-time"
                                                                : "housekeeping and other",
                            rt_there(check, rt_key_place(&platform->object.item,
                                                         RT_PLATFORM_HOUSEKEEPING)));
        else if (!rt_cpuset_is_empty(&container->cpus.allowed) &&
                 !rt_cpuset_has(&container->cpus.allowed, cpu))
                rt_complain(check, at, "choose one of the allowed CPUs, or allow this one",
                            "CPU %u is not in cpus.allowed (%s)", cpu,
                            rt_there(check, rt_key_place(&container->cpus.item, RT_CPUS_ALLOWED)));
}

/* Whether an earlier task has the same name, which is a mistake of its own. */
static bool names_again(const RtContainer *container, const RtTask *task)
{
        return task->name && rt_container_task(container, task->name) != task;
}

static void check_task_names(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtUses names = { 0 }, threads = { 0 };
        RT_EACH (task, &container->tasks) {
                RtAt named = rt_at(check, object, &task->item, RT_TASK_NAME);
                rt_use(check, &names, task->name, named);
                /* A thread is named after its task unless that is said otherwise. */
                bool said = rt_is_set(&task->item, RT_TASK_THREAD);
                if (said)
                        rt_use(check, &threads, task->thread,
                               rt_at(check, object, &task->item, RT_TASK_THREAD));
                else if (task->thread && strlen(task->thread) <= 15 &&
                         !names_again(container, task))
                        rt_use(check, &threads, task->thread, named);
                if (!said && task->thread && strlen(task->thread) > 15) {
                        rt_complain(check, named,
                                    "add thread = \"…\"; with the thread's name, at most 15 bytes",
                                    "the name is too long to be the thread's as well");
                }
        }
        rt_check_unique(check, &names, "names another task as well", "give each task its own name");
        rt_check_unique(check, &threads, "runs another task as well",
                        "give each task its own thread");
}

void rt_check_tasks(RtCheck *check, RtContainer *container)
{
        check_task_names(check, container);
        RT_EACH (task, &container->tasks) {
                check_task_times(check, container, task);
                check_deadline_policy(check, container, task);
                check_task_fixed(check, container, task);
                check_timer_slack(check, container, task);
                check_task_thread(check, container, task);
        }
}
