/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "housekeeping.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus-state.h"
#include "irqs.h"
#include "kernel-file.h"
#include "steering.h"
#include "text.h"

/* Files with a mask. That of work queues holds for all that are not bound to a CPU, whatever masks
 * of their own they have. */
static const char default_irq[] = "/proc/irq/default_smp_affinity";
static const char *const mask_files[] = {
        default_irq,
        "/sys/devices/virtual/workqueue/cpumask",
};

typedef struct Mover {
        RtArena *arena;
        const RtKernel *kernel;
        RtCpusState state;
        RtIrqs irqs;         /* that have a name */
        RtCpusState steered; /* interrupts that running containers have, as they were before */
        RtMoves *moves;
} Mover;

static const char *below_root(const Mover *mover, const char *path)
{
        return rt_printf(mover->arena, "%s%s", mover->kernel->root, path);
}

static void refuse(Mover *mover, const char *what, int error)
{
        RtRefusal refusal = { what, error, false };
        RT_APPEND(mover->arena, &mover->moves->refusals, refusal);
}

bool rt_housekeeping_place(const RtCpuSet *now, const RtCpuSet *realtime,
                           const RtCpuSet *housekeeping, RtCpuSet *ret)
{
        RtCpuSet touched = rt_cpuset_and(now, realtime);
        if (rt_cpuset_is_empty(&touched))
                return false;
        *ret = rt_cpuset_and(now, housekeeping);
        if (rt_cpuset_is_empty(ret))
                *ret = *housekeeping;
        return true;
}

/* All interrupts have a folder, those that nobody has requested too: when somebody does, they come
 * to the CPUs that they had last. */
static void list_irqs(const Mover *mover, RtIrqs *ret)
{
        DIR *dir = opendir(below_root(mover, "/proc/irq"));
        if (!dir)
                return;
        for (struct dirent *entry; (entry = readdir(dir));) {
                if (!isdigit((unsigned char)entry->d_name[0]))
                        continue;
                RtIrq irq = { atoi(entry->d_name), "" };
                RT_EACH (named, &mover->irqs)
                        if (named->number == irq.number)
                                irq = *named;
                RT_APPEND(mover->arena, ret, irq);
        }
        closedir(dir);
}

/* A container may run before this does, if an earlier start of it has failed, or it was stopped by
 * hand. */
static void list_steered(Mover *mover)
{
        const char *folder = below_root(mover, RT_STEERING_FOLDER);
        DIR *dir = opendir(folder);
        if (!dir)
                return;
        for (struct dirent *entry; (entry = readdir(dir));) {
                RtCpusState state;
                if (entry->d_name[0] == '.' ||
                    rt_cpus_state_load(mover->arena,
                                       rt_printf(mover->arena, "%s/%s", folder, entry->d_name),
                                       &state) < 0)
                        continue;
                RT_EACH (irq, &state.irqs)
                        RT_APPEND(mover->arena, &mover->steered.irqs, *irq);
        }
        closedir(dir);
}

static Mover mover_of(RtArena *arena, const RtKernel *kernel, RtMoves *moves)
{
        Mover mover = { .arena = arena, .kernel = kernel, .moves = moves };
        RtIrqs named = { 0 }, all = { 0 };
        if (rt_irqs_list(arena, kernel->root, &named) == 0)
                mover.irqs = named;
        list_irqs(&mover, &all);
        mover.irqs = all;
        list_steered(&mover);
        return mover;
}

static void refuse_irq(Mover *mover, const RtIrq *irq, int error)
{
        const char *name = rt_printable(mover->arena, irq->actions, 64);
        RtRefusal refusal = {
                .what = rt_printf(mover->arena, "interrupt %d (%s)", irq->number, name),
                .error = error,
                .is_bound = error == -EIO || error == -EPERM,
        };
        RT_APPEND(mover->arena, &mover->moves->refusals, refusal);
}

/* -- there ------------------------------------------------------------------------------------- */

/* What is known from before is as it was; what has come since then is as it is. */
static void note_files(Mover *mover)
{
        for (size_t i = 0; i < RT_ELEMENTS(mask_files); i++) {
                RtSavedFile file = { .path = mask_files[i] };
                if (!rt_cpus_state_file(&mover->state, file.path) &&
                    rt_kernel_read(mover->arena, below_root(mover, file.path), &file.text) == 0)
                        RT_APPEND(mover->arena, &mover->state.files, file);
        }
}

static void note_irqs(Mover *mover)
{
        RT_EACH (irq, &mover->irqs) {
                RtSavedIrq saved = { .number = irq->number, .name = "" };
                const RtSavedIrq *steered = rt_cpus_state_irq(&mover->steered, irq->number);
                if (steered)
                        saved.cpus = steered->cpus;
                else if (rt_irq_cpus(mover->arena, mover->kernel->root, irq->number, &saved.cpus) <
                         0)
                        continue;
                if (!rt_cpuset_is_empty(&saved.cpus))
                        RT_APPEND(mover->arena, &mover->state.irqs, saved);
        }
}

static void note_threads(Mover *mover, const RtKernelThreads *threads)
{
        RT_EACH (thread, threads)
                if (!thread->immovable &&
                    !rt_cpus_state_thread(&mover->state, thread->pid, thread->started)) {
                        RtSavedThread saved = { thread->pid, thread->started, thread->cpus };
                        RT_APPEND(mover->arena, &mover->state.threads, saved);
                }
}

static void move_files(Mover *mover, const RtCpuSet *realtime, const RtCpuSet *housekeeping)
{
        RT_EACH (file, &mover->state.files) {
                RtCpuSet now, then;
                const char *path = below_root(mover, file->path), *text;
                if (rt_kernel_read(mover->arena, path, &text) < 0 ||
                    rt_cpumask_parse(text, &now) < 0 ||
                    !rt_housekeeping_place(&now, realtime, housekeeping, &then))
                        continue;
                int r = rt_kernel_write(path, rt_cpumask_text(mover->arena, &then));
                if (r < 0)
                        refuse(mover, file->path, r);
        }
}

static void move_irqs(Mover *mover, const RtCpuSet *realtime, const RtCpuSet *housekeeping)
{
        const char *root = mover->kernel->root;
        RT_EACH (irq, &mover->irqs) {
                RtCpuSet now, then;
                if (rt_cpus_state_irq(&mover->steered, irq->number) ||
                    rt_irq_cpus(mover->arena, root, irq->number, &now) < 0 ||
                    !rt_housekeeping_place(&now, realtime, housekeeping, &then))
                        continue;
                int r = rt_irq_set_cpus(mover->arena, root, irq->number, &then);
                mover->moves->irqs += r == 0;
                /* Nothing comes of one that nobody has requested. */
                if (r < 0 && irq->actions[0])
                        refuse_irq(mover, irq, r);
        }
}

static void move_threads(Mover *mover, const RtKernelThreads *threads, const RtCpuSet *realtime,
                         const RtCpuSet *housekeeping)
{
        RT_EACH (thread, threads) {
                RtCpuSet then;
                /* An interrupt's thread goes where the interrupt does. */
                if (thread->immovable || rt_starts_with(thread->name, "irq/") ||
                    !rt_housekeeping_place(&thread->cpus, realtime, housekeeping, &then))
                        continue;
                int r = mover->kernel->set_thread_cpus(thread->pid, &then);
                mover->moves->threads += r == 0;
                if (r < 0 && r != -ESRCH)
                        refuse(mover,
                               rt_printf(mover->arena, "thread %d (%s)", thread->pid,
                                         rt_printable(mover->arena, thread->name, 64)),
                               r);
        }
}

int rt_housekeeping_impose(RtArena *arena, const RtKernel *kernel, const RtCpuSet *realtime,
                           const RtCpuSet *housekeeping, RtMoves *ret)
{
        RtKernelThreads threads = { 0 };
        RtMoves moves = { 0 };
        Mover mover = mover_of(arena, kernel, &moves);
        const char *path = below_root(&mover, RT_CPUS_STATE_PATH);
        rt_kernel_threads(arena, kernel->root, "", &threads);
        const bool first = rt_cpus_state_load(arena, path, &mover.state) < 0;
        note_files(&mover);
        if (first)
                note_irqs(&mover);
        note_threads(&mover, &threads);
        int r = rt_cpus_state_save(arena, path, &mover.state);
        if (r < 0)
                return r;
        move_files(&mover, realtime, housekeeping);
        move_irqs(&mover, realtime, housekeeping);
        move_threads(&mover, &threads, realtime, housekeeping);
        *ret = moves;
        return 0;
}

/* -- and back ---------------------------------------------------------------------------------- */

/* Where interrupts that have come since then are, if nobody has moved them; and where they would be
 * if they had come before. */
static bool later_irqs(const Mover *mover, RtCpuSet *ret_now, RtCpuSet *ret_before)
{
        const char *now;
        const RtSavedFile *before = rt_cpus_state_file(&mover->state, default_irq);
        return before && rt_cpumask_parse(before->text, ret_before) == 0 &&
               rt_kernel_read(mover->arena, below_root(mover, default_irq), &now) == 0 &&
               rt_cpumask_parse(now, ret_now) == 0;
}

static void put_back_irqs(Mover *mover)
{
        const char *root = mover->kernel->root;
        RtCpuSet sent = { 0 }, would = { 0 };
        const bool known = later_irqs(mover, &sent, &would);
        RT_EACH (irq, &mover->irqs) {
                RtCpuSet now;
                const RtSavedIrq *saved = rt_cpus_state_irq(&mover->state, irq->number);
                if (rt_cpus_state_irq(&mover->steered, irq->number) ||
                    rt_irq_cpus(mover->arena, root, irq->number, &now) < 0 ||
                    (!saved && (!known || !rt_cpuset_equal(&now, &sent))))
                        continue;
                const RtCpuSet *then = saved ? &saved->cpus : &would;
                if (rt_cpuset_equal(&now, then))
                        continue;
                int r = rt_irq_set_cpus(mover->arena, root, irq->number, then);
                mover->moves->irqs += r == 0;
                if (r < 0)
                        refuse_irq(mover, irq, r);
        }
}

static void put_back_threads(Mover *mover)
{
        RT_EACH (saved, &mover->state.threads) {
                RtKernelThread now;
                if (rt_kernel_thread(mover->arena, mover->kernel->root, saved->pid, &now) < 0 ||
                    now.started != saved->started || rt_starts_with(now.name, "irq/") ||
                    rt_cpuset_equal(&now.cpus, &saved->cpus))
                        continue;
                int r = mover->kernel->set_thread_cpus(saved->pid, &saved->cpus);
                mover->moves->threads += r == 0;
                if (r < 0 && r != -ESRCH)
                        refuse(mover,
                               rt_printf(mover->arena, "thread %d (%s)", saved->pid,
                                         rt_printable(mover->arena, now.name, 64)),
                               r);
        }
}

static void put_back_files(Mover *mover)
{
        for (size_t i = 0; i < RT_ELEMENTS(mask_files); i++) {
                const RtSavedFile *file = rt_cpus_state_file(&mover->state, mask_files[i]);
                const char *path = below_root(mover, mask_files[i]), *now;
                if (!file ||
                    (rt_kernel_read(mover->arena, path, &now) == 0 && strcmp(now, file->text) == 0))
                        continue;
                int r = rt_kernel_write(path, file->text);
                if (r < 0)
                        refuse(mover, file->path, r);
        }
}

int rt_housekeeping_lift(RtArena *arena, const RtKernel *kernel, RtMoves *ret)
{
        RtMoves moves = { 0 };
        Mover mover = mover_of(arena, kernel, &moves);
        const char *path = below_root(&mover, RT_CPUS_STATE_PATH);
        int r = rt_cpus_state_load(arena, path, &mover.state);
        if (r < 0)
                return r;
        put_back_irqs(&mover);
        put_back_files(&mover);
        put_back_threads(&mover);
        unlink(path);
        *ret = moves;
        return 0;
}
