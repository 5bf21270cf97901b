/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads: those that tasks name have what is planned for them, and no other one has a real-time
 * policy. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quantity.h"
#include "status-inspect.h"
#include "text.h"

/* Of one container. */
enum { MOST_THREADS = 4096, MOST_OF_A_NAME = 8, MOST_STRANGERS = 16 };

/* -- all threads ------------------------------------------------------------------------------- */

static void look_at_thread(RtInspection *inspection, pid_t pid, int folder, const char *entry)
{
        RtArena *arena = inspection->arena;
        RtThread thread = { .pid = pid, .tid = atoi(entry) };
        RtProcStatus status;
        const char *text;
        if (thread.tid <= 0 ||
            rt_system_read(arena, folder, rt_printf(arena, "%s/comm", entry), &thread.name) < 0)
                return;
        thread.scheduling_error = inspection->system->scheduling(thread.tid, &thread.scheduling);
        if (rt_system_read(arena, folder, rt_printf(arena, "%s/status", entry), &text) == 0) {
                rt_parse_status(arena, text, &status);
                thread.knows_cpus = status.knows_cpus;
                thread.cpus = status.cpus;
        }
        thread.is_main = pid == inspection->program && thread.tid == pid;
        /* The policy was asked for by number: it has to be the same thread still. */
        if (faccessat(folder, entry, F_OK, 0) == 0)
                RT_APPEND(arena, &inspection->threads, thread);
}

static void look_at_process(RtInspection *inspection, pid_t pid)
{
        int process = rt_system_open_process(inspection->arena, inspection->system, pid);
        int fd = process < 0 ? -1 : openat(process, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
        if (process >= 0)
                (void)close(process);
        if (!tasks)
                return; /* ended meanwhile */
        for (const struct dirent *entry; (entry = readdir(tasks));) {
                if (entry->d_name[0] == '.')
                        continue;
                if (inspection->threads.n == MOST_THREADS) {
                        inspection->all_threads = false;
                        break;
                }
                look_at_thread(inspection, pid, fd, entry->d_name);
        }
        (void)closedir(tasks);
}

static int by_number(const void *a, const void *b)
{
        const RtThread *x = a, *y = b;
        return (x->tid > y->tid) - (x->tid < y->tid);
}

/* -- scheduling in words ----------------------------------------------------------------------- */

static bool is_realtime(const RtSchedAttr *scheduling)
{
        const char *word = rt_sched_policy_word(scheduling->policy);
        return word && (strcmp(word, "fifo") == 0 || strcmp(word, "rr") == 0 ||
                        strcmp(word, "deadline") == 0);
}

static const char *deadline_words(RtArena *arena, uint64_t runtime, uint64_t deadline,
                                  uint64_t period)
{
        return rt_printf(arena, "deadline %s of %s every %s",
                         rt_duration_text(arena, (int64_t)(runtime & INT64_MAX)),
                         rt_duration_text(arena, (int64_t)(deadline & INT64_MAX)),
                         rt_duration_text(arena, (int64_t)(period & INT64_MAX)));
}

static const char *scheduling_words(RtArena *arena, const RtSchedAttr *scheduling)
{
        const char *word = rt_sched_policy_word(scheduling->policy);
        if (!word)
                return rt_printf(arena, "policy %" PRIu32, scheduling->policy);
        if (scheduling->policy == RT_SCHED_DEADLINE)
                return deadline_words(arena, scheduling->runtime, scheduling->deadline,
                                      scheduling->period);
        return is_realtime(scheduling) ? rt_printf(arena, "%s %" PRIu32, word, scheduling->priority)
                                       : word;
}

static const char *planned_words(RtArena *arena, const RtTaskPlan *plan)
{
        const RtTask *task = plan->task;
        switch (task->policy) {
        case RT_POLICY_FIFO:
                return rt_printf(arena, "fifo %d", plan->priority);
        case RT_POLICY_DEADLINE:
                return deadline_words(arena, (uint64_t)task->wcet, (uint64_t)task->deadline,
                                      (uint64_t)task->period);
        default:
                return "other";
        }
}

static const char *declared_words(RtArena *arena, const RtTask *task)
{
        const char *policy = rt_policy_words[task->policy];
        if (rt_is_set(&task->item, RT_TASK_PRIORITY))
                return rt_printf(arena, "%s %" PRId64, policy, task->priority);
        return rt_is_set(&task->item, RT_TASK_POLICY) ? policy : NULL;
}

static bool is_as_planned(const RtTaskPlan *plan, const RtSchedAttr *scheduling, RtArena *arena)
{
        if (plan->task->policy == RT_POLICY_OTHER)
                return !is_realtime(scheduling);
        return strcmp(planned_words(arena, plan), scheduling_words(arena, scheduling)) == 0;
}

/* -- a task ------------------------------------------------------------------------------------ */

static const char *thread_words(RtArena *arena, const RtThread *thread)
{
        return rt_printf(arena, "%s (%d)", rt_printable(arena, thread->name, 64), (int)thread->tid);
}

static void compare_policy(RtInspection *inspection, const char *subject, const RtTaskPlan *plan,
                           const RtThread *thread)
{
        RtArena *arena = inspection->arena;
        RtComparison comparison = {
                .subject = subject,
                .aspect = "policy",
                .declared = declared_words(arena, plan->task),
                .planned = planned_words(arena, plan),
                .hint = "the thread has changed it by itself, or was made after its container had "
                        "started",
        };
        if (thread->scheduling_error < 0) {
                rt_compare_unread(inspection, comparison, thread->scheduling_error);
                return;
        }
        comparison.actual = scheduling_words(arena, &thread->scheduling);
        comparison.agreement =
                is_as_planned(plan, &thread->scheduling, arena) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

static void compare_cpu(RtInspection *inspection, const char *subject, const RtTaskPlan *plan,
                        const RtThread *thread)
{
        RtArena *arena = inspection->arena;
        const RtTask *task = plan->task;
        RtCpuSet planned = inspection->instance->cpus;
        if (plan->cpu >= 0) {
                planned = (RtCpuSet){ 0 };
                rt_cpuset_add(&planned, (unsigned)plan->cpu);
        }
        RtComparison comparison = {
                .subject = subject,
                .aspect = "CPUs",
                .declared = rt_is_set(&task->item, RT_TASK_CPU)
                                    ? rt_printf(arena, "%" PRId64, task->cpu)
                                    : NULL,
                .planned = rt_cpuset_text(arena, &planned),
                .hint = "the thread has changed them by itself, or somebody has by taskset(1)",
        };
        if (!thread->knows_cpus) {
                rt_compare_unread(inspection, comparison, -ENODATA);
                return;
        }
        comparison.actual = rt_cpuset_text(arena, &thread->cpus);
        /* A task of no CPU in particular may keep to some of them. */
        bool fits = plan->cpu >= 0 ? rt_cpuset_equal(&thread->cpus, &planned)
                                   : rt_cpuset_is_subset(&thread->cpus, &planned);
        comparison.agreement = fits ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

static bool is_of(const RtThread *thread, const RtTask *task)
{
        return task->thread ? strcmp(thread->name, task->thread) == 0 : thread->is_main;
}

static void compare_thread(RtInspection *inspection, const RtTask *task, RtThread *first)
{
        RtArena *arena = inspection->arena;
        RtComparison comparison = {
                .subject = rt_printf(arena, "task %s", task->name ? task->name : "main"),
                .aspect = "thread",
                .declared = task->thread ? rt_printable(arena, task->thread, 64) : NULL,
                .planned = task->thread ? rt_printable(arena, task->thread, 64) : "the main thread",
        };
        if (first) {
                comparison.actual = thread_words(arena, first);
        } else if (!inspection->all_threads || (!task->thread && inspection->program == 0)) {
                comparison.agreement = RT_UNKNOWN;
                comparison.hint = inspection->all_threads
                                          ? "which process is the program cannot be told"
                                          : "there are too many threads to look at";
        } else {
                comparison.actual = "none";
                comparison.agreement = RT_DRIFT;
                comparison.hint = "the program has not made a thread of that name, or it has ended";
        }
        rt_compare(inspection, comparison);
}

static void compare_task(RtInspection *inspection, const RtTaskPlan *plan)
{
        const RtTask *task = plan->task;
        RtThread *first = NULL;
        size_t n = 0;
        RT_EACH (thread, &inspection->threads)
                if (is_of(thread, task)) {
                        first = first ? first : thread;
                        thread->is_declared = true;
                }
        compare_thread(inspection, task, first);
        RT_EACH (thread, &inspection->threads) {
                if (!is_of(thread, task) || n++ >= MOST_OF_A_NAME)
                        continue;
                const char *subject =
                        rt_printf(inspection->arena, "task %s", task->name ? task->name : "main");
                if (thread != first) /* several of one name */
                        subject =
                                rt_printf(inspection->arena, "%s (%d)", subject, (int)thread->tid);
                compare_policy(inspection, subject, plan, thread);
                compare_cpu(inspection, subject, plan, thread);
        }
}

/* -- the others -------------------------------------------------------------------------------- */

static void compare_strangers(RtInspection *inspection)
{
        size_t n = 0, unread = 0;
        RT_EACH (thread, &inspection->threads) {
                if (thread->is_declared)
                        continue;
                if (thread->scheduling_error < 0) {
                        unread++;
                        continue;
                }
                if (!is_realtime(&thread->scheduling) || n++ >= MOST_STRANGERS)
                        continue;
                rt_compare(
                        inspection,
                        (RtComparison){
                                .subject = rt_printf(inspection->arena, "thread %s",
                                                     thread_words(inspection->arena, thread)),
                                .aspect = "policy",
                                .planned = "other",
                                .actual = scheduling_words(inspection->arena, &thread->scheduling),
                                .agreement = RT_DRIFT,
                                .hint = "no task declares a real-time thread of that name; the "
                                        "proof does not know of it",
                        });
        }
        bool known = unread == 0 && inspection->all_threads && inspection->all;
        rt_compare(inspection,
                   (RtComparison){
                           .subject = "threads",
                           .aspect = "undeclared",
                           .planned = "none real-time",
                           .actual = n > 0   ? rt_printf(inspection->arena, "%zu real-time", n)
                                     : known ? "none real-time"
                                             : NULL,
                           .agreement = n > 0   ? RT_DRIFT
                                        : known ? RT_AS_PLANNED
                                                : RT_UNKNOWN,
                           .hint = n > 0        ? "declare them as tasks, or let them be ordinary"
                                   : unread > 0 ? "the policy of some cannot be read"
                                                : "there are too many to look at",
                   });
}

/* Threads that are no task may run on the container's CPUs only. */
static void compare_all_cpus(RtInspection *inspection)
{
        const RtCpuSet *planned = &inspection->instance->cpus;
        RtCpuSet actual = { 0 };
        const RtThread *outside = NULL;
        bool known = inspection->all_threads && inspection->threads.n > 0;
        RT_EACH (thread, &inspection->threads) {
                known = known && thread->knows_cpus;
                actual = rt_cpuset_or(&actual, &thread->cpus);
                if (!outside && !rt_cpuset_is_subset(&thread->cpus, planned))
                        outside = thread;
        }
        rt_compare(inspection,
                   (RtComparison){
                           .subject = "threads",
                           .aspect = "CPUs",
                           .planned = rt_cpuset_text(inspection->arena, planned),
                           .actual = known || outside ? rt_cpuset_text(inspection->arena, &actual)
                                                      : NULL,
                           .agreement = outside ? RT_DRIFT
                                        : known ? RT_AS_PLANNED
                                                : RT_UNKNOWN,
                           .hint = outside ? rt_printf(inspection->arena,
                                                       "thread %s may leave the container's CPUs",
                                                       thread_words(inspection->arena, outside))
                                           : "not all threads could be looked at",
                   });
}

void rt_inspect_threads(RtInspection *inspection)
{
        inspection->all_threads = inspection->all;
        RT_EACH (pid, &inspection->pids)
                look_at_process(inspection, *pid);
        if (inspection->threads.n > 0)
                qsort(inspection->threads.items, inspection->threads.n,
                      sizeof *inspection->threads.items, by_number);
        RT_EACH (plan, &inspection->instance->tasks)
                compare_task(inspection, plan);
        compare_strangers(inspection);
        compare_all_cpus(inspection);
        rt_add_figure(inspection, "processes", inspection->pids.n, false);
        rt_add_figure(inspection, "threads", inspection->threads.n, false);
}
