/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Interrupts of declared devices: they come to the container's CPUs, and their threads have the
 * declared priority. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>

#include "irqs.h"
#include "status-inspect.h"
#include "text.h"

enum { MOST_OF_A_NAME = 8 };

static const char *subject_of(RtArena *arena, const RtDevice *device, const RtIrq *irq)
{
        const char *name = rt_printable(arena, device->irq, 128);
        return irq ? rt_printf(arena, "interrupt %s (%d)", name, irq->number)
                   : rt_printf(arena, "interrupt %s", name);
}

static void compare_cpus(RtInspection *inspection, const RtDevice *device, const RtIrq *irq)
{
        RtArena *arena = inspection->arena;
        const RtCpuSet *planned = &inspection->instance->cpus;
        RtCpuSet actual, effective;
        RtComparison comparison = {
                .subject = subject_of(arena, device, irq),
                .aspect = "CPUs",
                .planned = rt_cpuset_text(arena, planned),
                .hint = "the kernel does not let it move, or irqbalance or somebody else has moved "
                        "it since the start",
        };
        int r = rt_irq_cpus(arena, inspection->system->root, irq->number, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        /* A controller may leave an interrupt where it was until it comes next. */
        r = rt_irq_effective_cpus(arena, inspection->system->root, irq->number, &effective);
        bool elsewhere = r == 0 && !rt_cpuset_is_subset(&effective, planned);
        bool fits = rt_cpuset_equal(&actual, planned);
        comparison.actual = rt_cpuset_text(arena, &actual);
        if (fits && elsewhere) {
                comparison.actual = rt_printf(arena, "%s, but comes to %s", comparison.actual,
                                              rt_cpuset_text(arena, &effective));
                comparison.hint = "the controller moves it when it comes next";
        }
        comparison.agreement = !fits ? RT_DRIFT : elsewhere ? RT_UNKNOWN : RT_AS_PLANNED;
        rt_compare(inspection, comparison);
}

static const char *thread_words(RtArena *arena, const RtKernelThread *thread)
{
        const char *policy = rt_sched_policy_word(thread->policy);
        return thread->policy == SCHED_FIFO || thread->policy == SCHED_RR
                       ? rt_printf(arena, "%s %u", policy, thread->priority)
               : policy ? policy
                        : rt_printf(arena, "policy %u", thread->policy);
}

static void compare_threads(RtInspection *inspection, const RtDevice *device, const RtIrq *irq)
{
        RtArena *arena = inspection->arena;
        RtKernelThreads threads = { 0 };
        RtComparison comparison = {
                .subject = subject_of(arena, device, irq),
                .aspect = "thread priority",
                .declared = rt_printf(arena, "%" PRId64, device->irq_priority),
                .planned = rt_printf(arena, "fifo %" PRId64, device->irq_priority),
                .hint = "somebody has changed it since the start; restart the container",
        };
        int r = rt_irq_threads(arena, inspection->system->root, irq->number, &threads);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        if (threads.n == 0) {
                comparison.actual = "no thread";
                comparison.agreement = RT_DRIFT;
                comparison.hint = "the kernel handles it without a thread; PREEMPT_RT does not, "
                                  "nor does threadirqs on the kernel's command line";
                rt_compare(inspection, comparison);
                return;
        }
        RT_EACH (thread, &threads) {
                comparison.actual = thread_words(arena, thread);
                rt_compare_texts(inspection, comparison);
        }
}

static void compare_interrupt(RtInspection *inspection, const RtDevice *device)
{
        RtArena *arena = inspection->arena;
        RtIrqs irqs = { 0 };
        size_t n = 0;
        RtComparison comparison = {
                .subject = subject_of(arena, device, NULL),
                .aspect = "interrupt",
                .declared = rt_printable(arena, device->irq, 128),
                .planned = rt_printable(arena, device->irq, 128),
        };
        int r = rt_irqs_list(arena, inspection->system->root, &irqs);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        RT_EACH (irq, &irqs) {
                if (!rt_irq_is_called(irq, device->irq) || n++ >= MOST_OF_A_NAME)
                        continue;
                compare_cpus(inspection, device, irq);
                if (device->irq_priority > 0)
                        compare_threads(inspection, device, irq);
        }
        if (n > 0)
                return;
        comparison.actual = "none of that name";
        comparison.agreement = RT_DRIFT;
        comparison.hint = "/proc/interrupts has the names; some drivers ask for theirs only when "
                          "the device is opened";
        rt_compare(inspection, comparison);
}

void rt_inspect_interrupts(RtInspection *inspection)
{
        RT_EACH (device, &inspection->instance->container->devices)
                if (device->irq)
                        compare_interrupt(inspection, device);
}
