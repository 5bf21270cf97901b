/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "irqs.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-file.h"
#include "sched-attr.h"
#include "text.h"

static const char *skip_word(const char *s)
{
        s += strcspn(s, " ");
        return s + strspn(s, " ");
}

/* Behind the counts: "IO-APIC   4-edge      ttyS0", "GICv3  27 Level     arch_timer, b". Two blanks
 * or more precede the names; without names there is the chip's part alone. */
static const char *actions_of(const char *rest)
{
        const char *s = skip_word(rest);
        if (isdigit((unsigned char)*s) || *s == '-')
                s = skip_word(s);
        if (rt_starts_with(s, "Level") || rt_starts_with(s, "Edge"))
                s = skip_word(s);
        for (const char *gap; (gap = strstr(s, "  "));)
                s = gap + strspn(gap, " ");
        return s;
}

/* "  24:   0   17   PCI-MSI 49152-edge      virtio0-config" */
static bool parse_line(RtArena *arena, const char *line, size_t length, size_t n_cpus, RtIrq *ret)
{
        const char *s = rt_strndup(arena, line, length);
        char *end;
        s += strspn(s, " ");
        long number = strtol(s, &end, 10);
        if (!isdigit((unsigned char)*s) || *end != ':' || number > 1000000)
                return false;
        s = end + 1 + strspn(end + 1, " ");
        for (size_t i = 0; i < n_cpus && isdigit((unsigned char)*s); i++)
                s = skip_word(s);
        const char *actions = actions_of(s);
        size_t n = strlen(actions);
        while (n > 0 && actions[n - 1] == ' ')
                n--;
        *ret = (RtIrq){ (int)number, rt_strndup(arena, actions, n) };
        return true;
}

/* "           CPU0       CPU1" */
static size_t count_cpus(const char *line, size_t length)
{
        size_t n = 0;
        for (size_t i = 0; i + 3 < length; i++)
                n += strncmp(line + i, "CPU", 3) == 0;
        return n;
}

int rt_irqs_list(RtArena *arena, const char *root, RtIrqs *ret)
{
        const char *text;
        RtIrqs irqs = { 0 };
        RtIrq irq;
        int r = rt_kernel_read(arena, rt_printf(arena, "%s/proc/interrupts", root), &text);
        if (r < 0)
                return r;
        size_t length = strcspn(text, "\n"), n_cpus = count_cpus(text, length);
        while (text[length]) {
                text += length + 1;
                length = strcspn(text, "\n");
                if (parse_line(arena, text, length, n_cpus, &irq))
                        RT_APPEND(arena, &irqs, irq);
        }
        *ret = irqs;
        return 0;
}

bool rt_irq_is_called(const RtIrq *irq, const char *name)
{
        size_t n = strlen(name);
        if (n == 0)
                return false;
        for (const char *s = irq->actions; (s = strstr(s, name)); s++) {
                bool begins = s == irq->actions ||
                              (s >= irq->actions + 2 && s[-2] == ',' && s[-1] == ' ');
                if (begins && (s[n] == '\0' || (s[n] == ',' && s[n + 1] == ' ')))
                        return true;
        }
        return false;
}

int rt_irqs_find(RtArena *arena, const char *root, const char *name, RtIrqs *ret)
{
        RtIrqs all, found = { 0 };
        int r = rt_irqs_list(arena, root, &all);
        if (r < 0)
                return r;
        RT_EACH (irq, &all)
                if (rt_irq_is_called(irq, name))
                        RT_APPEND(arena, &found, *irq);
        if (found.n == 0)
                return -ENOENT;
        *ret = found;
        return 0;
}

static const char *path_of(RtArena *arena, const char *root, int number, const char *file)
{
        return rt_printf(arena, "%s/proc/irq/%d/%s", root, number, file);
}

int rt_irq_cpus(RtArena *arena, const char *root, int number, RtCpuSet *ret)
{
        return rt_kernel_read_cpus(arena, path_of(arena, root, number, "smp_affinity_list"), ret);
}

int rt_irq_set_cpus(RtArena *arena, const char *root, int number, const RtCpuSet *cpus)
{
        return rt_kernel_write(path_of(arena, root, number, "smp_affinity_list"),
                               rt_cpuset_text(arena, cpus));
}

int rt_irq_effective_cpus(RtArena *arena, const char *root, int number, RtCpuSet *ret)
{
        return rt_kernel_read_cpus(arena, path_of(arena, root, number, "effective_affinity_list"),
                                   ret);
}

int rt_irq_threads(RtArena *arena, const char *root, int number, RtKernelThreads *ret)
{
        return rt_kernel_threads(arena, root, rt_printf(arena, "irq/%d-", number), ret);
}

int rt_irq_thread_set_priority(pid_t thread, int priority)
{
        return rt_sched_set(thread,
                            &(RtSchedAttr){ .policy = SCHED_FIFO, .priority = (uint32_t)priority });
}
