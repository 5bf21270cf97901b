/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leftovers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "irqs.h"
#include "text.h"

static void add_irqs(RtArena *arena, const char *root, const RtCpuSet *cpus, RtLeftovers *list)
{
        RtIrqs irqs = { 0 };
        RtCpuSet set;
        rt_irqs_list(arena, root, &irqs);
        RT_EACH (irq, &irqs) {
                if (!irq->actions[0] || rt_irq_cpus(arena, root, irq->number, &set) < 0)
                        continue;
                RtLeftover leftover = { true, irq->number, irq->actions, false,
                                        rt_cpuset_and(&set, cpus) };
                if (!rt_cpuset_is_empty(&leftover.cpus))
                        RT_APPEND(arena, list, leftover);
        }
}

int rt_leftovers(RtArena *arena, const char *root, const RtCpuSet *cpus, RtLeftovers *ret)
{
        RtLeftovers list = { 0 };
        RtKernelThreads threads;
        int r = rt_kernel_threads(arena, root, "", &threads);
        if (r < 0)
                return r;
        add_irqs(arena, root, cpus, &list);
        RT_EACH (thread, &threads) {
                RtLeftover leftover = { false, thread->pid, thread->name, thread->immovable,
                                        rt_cpuset_and(&thread->cpus, cpus) };
                if (!rt_cpuset_is_empty(&leftover.cpus) && !rt_starts_with(thread->name, "irq/"))
                        RT_APPEND(arena, &list, leftover);
        }
        *ret = list;
        return 0;
}

/* Without the number at its end, by which a device's queues are told apart. */
static const char *stem_of(RtArena *arena, const char *name)
{
        size_t n = strlen(name);
        while (n > 0 && isdigit((unsigned char)name[n - 1]))
                n--;
        return rt_strndup(arena, name, n);
}

const char *rt_leftover_irqs_text(RtArena *arena, const RtLeftovers *leftovers)
{
        RtText text = RT_TEXT(arena);
        for (size_t i = 0, next; i < leftovers->n && leftovers->items[i].is_irq; i = next) {
                const char *name = leftovers->items[i].name, *stem = stem_of(arena, name);
                rt_text_addf(&text, "%s%d", text.n > 0 ? ", " : "interrupts ",
                             leftovers->items[i].number);
                for (next = i + 1; next < leftovers->n && leftovers->items[next].is_irq; next++) {
                        if (strcmp(stem_of(arena, leftovers->items[next].name), stem) != 0)
                                break;
                        rt_text_addf(&text, ",%d", leftovers->items[next].number);
                }
                rt_text_addf(&text, " (%s%s)", rt_printable(arena, next > i + 1 ? stem : name, 64),
                             next > i + 1 ? "*" : "");
        }
        return rt_strdup(arena, text.data);
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *rt_leftover_threads_text(RtArena *arena, const RtLeftovers *leftovers)
{
        RtText text = RT_TEXT(arena);
        RT_LIST(const char *) names = { 0 };
        RT_EACH (leftover, leftovers) {
                const char *name = leftover->name;
                if (!leftover->is_irq)
                        RT_APPEND(arena, &names, rt_strndup(arena, name, strcspn(name, "/")));
        }
        if (names.n > 1)
                qsort(names.items, names.n, sizeof *names.items, compare);
        for (size_t i = 0; i < names.n; i++)
                if (i == 0 || strcmp(names.items[i], names.items[i - 1]) != 0)
                        rt_text_addf(&text, "%s%s", text.n > 0 ? ", " : "threads ",
                                     rt_printable(arena, names.items[i], 64));
        return rt_strdup(arena, text.data);
}
