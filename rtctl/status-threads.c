/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads: those that tasks name have what is planned for them, and no other one has a real-time
 * policy. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quantity.h"
#include "status-inspect.h"
#include "task-spec.h"
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

/* As the threads' binder is told. */
static const char *planned_words(RtArena *arena, const RtTaskSpec *spec)
{
        return scheduling_words(arena, &(RtSchedAttr){ .policy = spec->policy,
                                                       .priority = spec->priority,
                                                       .runtime = (uint64_t)spec->runtime,
                                                       .deadline = (uint64_t)spec->deadline,
                                                       .period = (uint64_t)spec->period });
}

static RtCpuSet planned_cpus(const RtInspection *inspection, const RtTaskSpec *spec)
{
        RtCpuSet cpus = { 0 };
        if (!spec->has_cpus)
                return inspection->instance->cpus;
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
                if (CPU_ISSET(cpu, &spec->cpus))
                        rt_cpuset_add(&cpus, cpu);
        return cpus;
}

static const char *declared_words(RtArena *arena, const RtTask *task)
{
        const char *policy = rt_policy_words[task->policy];
        if (rt_is_set(&task->item, RT_TASK_PRIORITY))
                return rt_printf(arena, "%s %" PRId64, policy, task->priority);
        return rt_is_set(&task->item, RT_TASK_POLICY) ? policy : NULL;
}

static bool is_as_planned(const RtTaskSpec *spec, const RtSchedAttr *scheduling, RtArena *arena)
{
        if (spec->policy == SCHED_OTHER)
                return !is_realtime(scheduling);
        return strcmp(planned_words(arena, spec), scheduling_words(arena, scheduling)) == 0;
}

/* -- a task ------------------------------------------------------------------------------------ */

static const char *thread_words(RtArena *arena, const RtThread *thread)
{
        return rt_printf(arena, "%s (%d)", rt_printable(arena, thread->name, 64), (int)thread->tid);
}

typedef struct Task {
        const RtTask *task;
        const RtTaskSpec *spec;
        const char *subject; /* "task sample"; of several threads, each with its number */
} Task;

static void compare_policy(RtInspection *inspection, const Task *task, const RtThread *thread)
{
        RtArena *arena = inspection->arena;
        RtComparison comparison = {
                .subject = task->subject,
                .aspect = "policy",
                .declared = declared_words(arena, task->task),
                .planned = planned_words(arena, task->spec),
                .hint = "the thread has changed it by itself, or somebody has by chrt(1)",
        };
        if (thread->scheduling_error < 0) {
                rt_compare_unread(inspection, comparison, thread->scheduling_error);
                return;
        }
        comparison.actual = scheduling_words(arena, &thread->scheduling);
        comparison.agreement =
                is_as_planned(task->spec, &thread->scheduling, arena) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

/* Without it a SCHED_DEADLINE thread cannot start others. */
static void compare_reset(RtInspection *inspection, const Task *task, const RtThread *thread)
{
        if (task->spec->policy != SCHED_DEADLINE || thread->scheduling_error < 0)
                return;
        rt_compare_texts(
                inspection,
                (RtComparison){
                        .subject = task->subject,
                        .aspect = "reset on fork",
                        .planned = "yes",
                        .actual = thread->scheduling.flags & RT_SCHED_RESET_ON_FORK ? "yes" : "no",
                        .hint = "it was not bound by us, or was set anew by somebody else; "
                                "what it starts fails",
                });
}

static void compare_cpu(RtInspection *inspection, const Task *task, const RtThread *thread)
{
        RtArena *arena = inspection->arena;
        const RtCpuSet planned = planned_cpus(inspection, task->spec);
        RtComparison comparison = {
                .subject = task->subject,
                .aspect = "CPUs",
                .declared = rt_is_set(&task->task->item, RT_TASK_CPU)
                                    ? rt_printf(arena, "%" PRId64, task->task->cpu)
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
        bool fits = task->spec->has_cpus ? rt_cpuset_equal(&thread->cpus, &planned)
                                         : rt_cpuset_is_subset(&thread->cpus, &planned);
        comparison.agreement = fits ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

/* The kernel has the file for threads as well, but does not list them. */
static void compare_slack(RtInspection *inspection, const Task *task, const RtThread *thread)
{
        RtArena *arena = inspection->arena;
        const char *text;
        int64_t slack;
        if (task->spec->timer_slack == 0)
                return;
        RtComparison comparison = {
                .subject = task->subject,
                .aspect = "timer slack",
                .declared = rt_duration_text(arena, task->spec->timer_slack),
                .planned = rt_duration_text(arena, task->spec->timer_slack),
                .hint = "the thread has changed it by itself, as prctl(2) lets it",
        };
        const char *path = rt_system_path(arena, inspection->system, "/proc/%d/timerslack_ns",
                                          (int)thread->tid);
        int r = rt_system_read(arena, AT_FDCWD, path, &text);
        r = r < 0 ? r : rt_parse_integer(text, &slack);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual = rt_duration_text(arena, slack);
        rt_compare_texts(inspection, comparison);
}

static bool is_of(const RtThread *thread, const RtTask *task)
{
        return task->thread ? strcmp(thread->name, task->thread) == 0 : thread->is_main;
}

/* Why it cannot be told whether there is a thread; NULL: it can. */
static const char *why_unknown(const RtInspection *inspection, const Task *task, int64_t startup)
{
        const int64_t second = INT64_C(1000000000);
        if (!inspection->all_threads)
                return "there are too many threads to look at";
        if (!task->task->thread && inspection->program == 0)
                return "which process is the program cannot be told";
        if (inspection->knows_age && inspection->age <= (uint64_t)(startup / second))
                return "the program has just started";
        return NULL;
}

static void compare_thread(RtInspection *inspection, const Task *task, const RtThread *first,
                           int64_t startup)
{
        RtArena *arena = inspection->arena;
        const char *name = task->task->thread ? rt_printable(arena, task->task->thread, 64) : NULL;
        const char *unknown = first ? NULL : why_unknown(inspection, task, startup);
        rt_compare(inspection,
                   (RtComparison){
                           .subject = task->subject,
                           .aspect = "thread",
                           .declared = name,
                           .planned = name ? name : "the main thread",
                           .actual = first     ? thread_words(arena, first)
                                     : unknown ? NULL
                                               : "none",
                           .agreement = first     ? RT_AS_PLANNED
                                        : unknown ? RT_UNKNOWN
                                                  : RT_DRIFT,
                           .hint = unknown ? unknown
                                           : "the program has not made a thread of that name, or "
                                             "it has ended",
                   });
}

static void compare_all(RtInspection *inspection, const Task *task, const RtThread *thread)
{
        compare_policy(inspection, task, thread);
        compare_reset(inspection, task, thread);
        compare_cpu(inspection, task, thread);
        compare_slack(inspection, task, thread);
}

static void compare_task(RtInspection *inspection, const RtTask *declared, const RtTaskSpecs *specs)
{
        RtThread *first = NULL;
        size_t n = 0;
        const char *subject = rt_printf(inspection->arena, "task %s", declared->name);
        Task task = { declared, rt_task_specs_find(specs, declared->name), subject };
        if (!task.spec)
                return;
        RT_EACH (thread, &inspection->threads)
                if (is_of(thread, declared)) {
                        first = first ? first : thread;
                        thread->is_declared = true;
                }
        compare_thread(inspection, &task, first, specs->startup);
        RT_EACH (thread, &inspection->threads) {
                if (!is_of(thread, declared) || n++ >= MOST_OF_A_NAME)
                        continue;
                if (thread != first) /* several of one name */
                        task.subject =
                                rt_printf(inspection->arena, "%s (%d)", subject, (int)thread->tid);
                compare_all(inspection, &task, thread);
        }
}

/* What the binder is told, which is what is planned. */
static void compare_tasks(RtInspection *inspection)
{
        RtTaskSpecs specs;
        const RtArtifact *file = rt_artifacts_find(
                &inspection->pipeline->artifacts,
                rt_instance_file(inspection->arena, inspection->instance, "tasks"));
        if (!file)
                return; /* no tasks */
        char *text = rt_alloc(inspection->arena, file->size + 1);
        rt_artifact_copy(file, text);
        if (rt_task_specs_parse(text, file->size, &specs) < 0)
                return; /* the generator writes none that is damaged */
        RT_EACH (plan, &inspection->instance->tasks)
                compare_task(inspection, plan->task, &specs);
        rt_task_specs_free(&specs);
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
        compare_tasks(inspection);
        compare_strangers(inspection);
        compare_all_cpus(inspection);
        rt_add_figure(inspection, "processes", inspection->pids.n, false);
        rt_add_figure(inspection, "threads", inspection->threads.n, false);
}
