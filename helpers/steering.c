/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steering.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cpus-state.h"
#include "irqs.h"
#include "text.h"

enum {
        STEP_NS = 10000000,
        STEP_US = STEP_NS / 1000,
};

typedef struct Steerer {
        RtArena *arena;
        const RtKernel *kernel;
        const char *path; /* of the state */
        const RtCpuSet *cpus;
        RtCpusState state;
        bool good;            /* so far everything was had */
        bool told_unthreaded; /* it was said that interrupts have no threads */
} Steerer;

bool rt_wanted_irq_parse(const char *text, RtWantedIrq *ret)
{
        RtWantedIrq wanted = { 0 };
        const char *colon = strchr(text, ':');
        size_t n = colon ? (size_t)(colon - text) : 0;
        if (n == 0 || !colon[1] || strchr(colon, '\n'))
                return false;
        if (!(n == 1 && text[0] == '-')) {
                if (strspn(text, "0123456789") != n || n > 2)
                        return false;
                wanted.priority = atoi(text);
                if (wanted.priority < 1)
                        return false;
        }
        wanted.name = colon + 1;
        *ret = wanted;
        return true;
}

static const char *printable(const Steerer *steerer, const char *name)
{
        return rt_printable(steerer->arena, name, 64);
}

/* -- there ------------------------------------------------------------------------------------- */

/* What is changed is noted before it is; what an earlier start has noted is as it was before that.
 */
static bool note(Steerer *steerer, const RtWantedIrq *wanted, const RtIrq *irq)
{
        RtKernelThreads threads = { 0 };
        RtSavedIrq saved = { .number = irq->number, .name = wanted->name };
        if (rt_cpus_state_irq(&steerer->state, irq->number))
                return true;
        if (rt_irq_cpus(steerer->arena, steerer->kernel->root, irq->number, &saved.cpus) < 0)
                return true; /* it has no such thing, and the change is going to fail */
        rt_irq_threads(steerer->arena, steerer->kernel->root, irq->number, &threads);
        if (threads.n > 0 && threads.items[0].policy == SCHED_FIFO)
                saved.priority = (int)threads.items[0].priority;
        RT_APPEND(steerer->arena, &steerer->state.irqs, saved);
        int r = rt_cpus_state_save(steerer->arena, steerer->path, &steerer->state);
        if (r < 0)
                fprintf(stderr,
                        "<4>steer-irqs: interrupt \"%s\" stays as it is, because what was before "
                        "cannot be noted in %s: %s\n",
                        printable(steerer, wanted->name), steerer->path, strerror(-r));
        return r == 0;
}

static void move(Steerer *steerer, const RtWantedIrq *wanted, const RtIrq *irq)
{
        int r = rt_irq_set_cpus(steerer->arena, steerer->kernel->root, irq->number, steerer->cpus);
        if (r == 0)
                return;
        steerer->good = false;
        fprintf(stderr, "<4>steer-irqs: interrupt \"%s\" (%d) cannot be moved to CPUs %s: %s%s\n",
                printable(steerer, wanted->name), irq->number,
                rt_cpuset_text(steerer->arena, steerer->cpus), strerror(-r),
                r == -EIO || r == -EPERM ? "; it belongs to a CPU, or the kernel manages it" : "");
}

static void set_priority(Steerer *steerer, const RtWantedIrq *wanted, const RtIrq *irq)
{
        RtKernelThreads threads = { 0 };
        if (wanted->priority == 0)
                return;
        rt_irq_threads(steerer->arena, steerer->kernel->root, irq->number, &threads);
        if (threads.n == 0) {
                steerer->good = false;
                if (!steerer->told_unthreaded)
                        fprintf(stderr,
                                "<4>steer-irqs: interrupt \"%s\" (%d) has no thread that could have "
                                "priority %d; a kernel with PREEMPT_RT, or threadirqs on the kernel "
                                "command line, gives it one\n",
                                printable(steerer, wanted->name), irq->number, wanted->priority);
                steerer->told_unthreaded = true;
        }
        RT_EACH (thread, &threads) {
                int r = steerer->kernel->set_thread_priority(thread->pid, wanted->priority);
                if (r == 0)
                        continue;
                steerer->good = false;
                fprintf(stderr, "<4>steer-irqs: thread \"%s\" (%d) cannot have priority %d: %s\n",
                        printable(steerer, thread->name), thread->pid, wanted->priority,
                        strerror(-r));
        }
}

static void steer_one(Steerer *steerer, RtWantedIrq *wanted)
{
        RtIrqs irqs;
        /* Many looks may be in vain, and the list is long where there are many CPUs. */
        RT_CLEANUP_ARENA RtArena *scratch = rt_arena_new();
        if (rt_irqs_find(scratch, steerer->kernel->root, wanted->name, &irqs) < 0)
                return;
        wanted->found = true;
        RT_EACH (irq, &irqs) {
                if (!note(steerer, wanted, irq)) {
                        steerer->good = false;
                        continue;
                }
                move(steerer, wanted, irq);
                set_priority(steerer, wanted, irq);
        }
}

static size_t pass(Steerer *steerer, const RtWantedIrqs *wanted)
{
        size_t missing = 0;
        for (size_t i = 0; i < wanted->n; i++) {
                if (!wanted->items[i].found)
                        steer_one(steerer, &wanted->items[i]);
                missing += !wanted->items[i].found;
        }
        return missing;
}

bool rt_steer(RtArena *arena, const RtKernel *kernel, const char *container, const RtCpuSet *cpus,
              const RtWantedIrqs *wanted, int64_t patience)
{
        Steerer steerer = {
                .arena = arena,
                .kernel = kernel,
                .path = rt_printf(arena, "%s" RT_STEERING_FOLDER "/%s", kernel->root, container),
                .cpus = cpus,
                .good = true,
        };
        rt_cpus_state_load(arena, steerer.path, &steerer.state);
        while (pass(&steerer, wanted) > 0 && patience > 0) {
                nanosleep(&(struct timespec){ .tv_nsec = STEP_NS }, NULL);
                patience -= STEP_US;
        }
        for (size_t i = 0; i < wanted->n; i++) {
                if (wanted->items[i].found)
                        continue;
                steerer.good = false;
                fprintf(stderr,
                        "<4>steer-irqs: there is no interrupt \"%s\" in /proc/interrupts; its "
                        "driver has not requested it, or it has another name\n",
                        printable(&steerer, wanted->items[i].name));
        }
        return steerer.good;
}

/* -- and back ---------------------------------------------------------------------------------- */

static void put_back(RtArena *arena, const RtKernel *kernel, const RtSavedIrq *saved)
{
        RtKernelThreads threads = { 0 };
        int r = rt_irq_set_cpus(arena, kernel->root, saved->number, &saved->cpus);
        if (r < 0 && r != -ENOENT && r != -EIO && r != -EPERM)
                fprintf(stderr,
                        "<4>steer-irqs: interrupt \"%s\" (%d) does not go back to CPUs %s: %s\n",
                        rt_printable(arena, saved->name, 64), saved->number,
                        rt_cpuset_text(arena, &saved->cpus), strerror(-r));
        if (saved->priority == 0)
                return;
        rt_irq_threads(arena, kernel->root, saved->number, &threads);
        RT_EACH (thread, &threads)
                kernel->set_thread_priority(thread->pid, saved->priority);
}

void rt_unsteer(RtArena *arena, const RtKernel *kernel, const char *container)
{
        RtCpusState state = { 0 };
        RtIrqs irqs = { 0 };
        const char *path = rt_printf(arena, "%s" RT_STEERING_FOLDER "/%s", kernel->root, container);
        rt_cpus_state_load(arena, path, &state);
        rt_irqs_list(arena, kernel->root, &irqs);
        RT_EACH (saved, &state.irqs) {
                bool is_others = false;
                RT_EACH (irq, &irqs)
                        is_others |= irq->number == saved->number && irq->actions[0] &&
                                     !rt_irq_is_called(irq, saved->name);
                if (!is_others)
                        put_back(arena, kernel, saved);
        }
        unlink(path);
}
