/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workload.h"

#include <stdlib.h>

/* Declared times are at most 100 years each, so a few of them may be added. */
static int64_t bounded(__int128 sum)
{
        return sum < RT_TIME_MOST / 2 ? (int64_t)sum : RT_TIME_MOST / 2;
}

/* A job switches to its thread and away from it, and a timer interrupt releases it. That interrupt
 * runs at once, whatever is running. What the release takes delays the job, but nobody else. */
RtOwnedLoad rt_task_load(const RtPlatform *platform, const RtContainer *container,
                         const RtTask *task, int priority)
{
        const RtOverheads *costs = &platform->overheads;
        int64_t overhead = bounded((__int128)2 * costs->context_switch + costs->irq);
        return (RtOwnedLoad){
                .load = {
                        .wcet = bounded((__int128)task->wcet + overhead),
                        .period = task->period,
                        .jitter = bounded((__int128)task->jitter + costs->release),
                        .deadline = task->deadline,
                        .blocking = task->blocking,
                        .interrupt = costs->irq,
                        .priority = task->policy == RT_POLICY_DEADLINE ? RT_LEVEL_DEADLINE
                                                                       : priority,
                },
                .owner = { RT_LOAD_TASK, container, task, NULL, overhead },
        };
}

/* The kernel counts deadlines from when it wakes the thread, the analysis from the nominal arrival.
 */
RtReservation rt_task_reservation(const RtPlatform *platform, const RtContainer *container,
                                  const RtTask *task)
{
        const RtLoad load = rt_task_load(platform, container, task, 0).load;
        return (RtReservation){ load.wcet, load.deadline - load.jitter, load.period };
}

/* A driver that is not said to do otherwise raises one interrupt for each job of its fastest task;
 * 0: there is no task to go by. */
static int64_t interrupt_period(const RtContainer *container, const RtDevice *device)
{
        int64_t least = device->irq_period;
        if (least > 0)
                return least;
        RT_EACH (task, &container->tasks)
                if (task->policy != RT_POLICY_OTHER && (least == 0 || task->period < least))
                        least = task->period;
        return least;
}

RtOwnedLoads rt_interrupt_loads(RtArena *arena, const RtPlatform *platform,
                                const RtContainer *container)
{
        RtOwnedLoads loads = { 0 };
        const RtOverheads *costs = &platform->overheads;
        RT_EACH (device, &container->devices) {
                int64_t period = interrupt_period(container, device);
                if (!device->irq || period == 0)
                        continue;
                RtOwnedLoad one = {
                        .load = { .wcet = costs->irq,
                                  .period = period,
                                  .priority = RT_LEVEL_MACHINE },
                        .owner = { RT_LOAD_INTERRUPT, container, NULL, device, costs->irq },
                };
                if (costs->irq > 0)
                        RT_APPEND(arena, &loads, one);
                if (device->irq_wcet == 0)
                        continue;
                one.owner.kind = RT_LOAD_IRQ_THREAD;
                one.load.jitter = costs->release; /* it is woken like any other thread */
                one.owner.overhead = bounded((__int128)2 * costs->context_switch);
                one.load.wcet = bounded((__int128)device->irq_wcet + one.owner.overhead);
                one.load.priority =
                        device->irq_priority > 0 ? (int)device->irq_priority : RT_IRQ_PRIORITY;
                RT_APPEND(arena, &loads, one);
        }
        return loads;
}

RtCpuRules rt_platform_rules(const RtPlatform *platform)
{
        RtCpuRules rules = { platform->rt_bandwidth, true, true };
        char *end;
        if (!platform->kernel)
                return rules;
        long major = strtol(platform->kernel, &end, 10);
        long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
        rules.serves_fair = major > 6 || (major == 6 && minor >= 12);
        rules.throttles = !rules.serves_fair;
        return rules;
}
