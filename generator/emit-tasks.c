/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the container's threads get, as a text for each instance: for the programs that set it from
 * outside, and for threads that ask for it. Its form is described in helpers/task-spec.h. */

#include <string.h>

#include "emit-internal.h"
#include "quantity.h"
#include "text.h"
#include "workload.h"

bool rt_has_bindings(const RtContainer *container)
{
        RT_EACH (task, &container->tasks)
                if (task->policy != RT_POLICY_OTHER || task->timer_slack > 0)
                        return true;
        return false;
}

/* The kernel allows any byte in a thread's name. */
static const char *encode(RtArena *arena, const char *name)
{
        RtText text = RT_TEXT(arena);
        for (const char *c = name; *c; c++) {
                const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                                   (*c >= '0' && *c <= '9') || strchr("-_.", *c);
                if (plain)
                        rt_text_add_char(&text, *c);
                else
                        rt_text_addf(&text, "%%%02X", (unsigned char)*c);
        }
        return text.data;
}

static const char *who(RtArena *arena, const RtTask *task)
{
        return task->thread ? rt_printf(arena, "thread=%s", encode(arena, task->thread))
                            : "main=yes";
}

static void emit_fifo(const RtEmit *emit, RtArtifact *file, const RtTaskPlan *plan)
{
        const RtTask *task = plan->task;
        const bool fixed = rt_is_set(&task->item, RT_TASK_PRIORITY);
        rt_artifact_line_from(emit->artifacts, file,
                              rt_from(&task->item, fixed ? RT_TASK_PRIORITY : RT_TASK_POLICY),
                              rt_printf(emit->arena, "%s %s policy=fifo priority=%d cpus=%d",
                                        task->name, who(emit->arena, task), plan->priority,
                                        plan->cpu));
}

/* The kernel places deadline tasks on the CPUs of a partition by itself, and takes no thread that
 * may not use all of them; so it gets all that its container has. */
static void emit_deadline(const RtEmit *emit, RtArtifact *file, const RtInstance *instance,
                          const RtTask *task)
{
        RtArena *arena = emit->arena;
        const RtReservation kernel =
                rt_task_reservation(&emit->model->platform, instance->container, task);
        const int64_t more = kernel.runtime - task->wcet, less = task->deadline - kernel.deadline;
        if (more > 0 || less > 0)
                rt_artifact_line_from(
                        emit->artifacts, file,
                        rt_by_rule("the kernel is told what the analysis has admitted"),
                        rt_printf(arena,
                                  "# %s: wcet and %s of overheads; deadline less %s of jitter",
                                  task->name, rt_duration_text(arena, more),
                                  rt_duration_text(arena, less)));
        rt_artifact_line_from(
                emit->artifacts, file, rt_from(&task->item, RT_TASK_POLICY),
                rt_printf(arena,
                          "%s %s policy=deadline runtime=%lld deadline=%lld period=%lld cpus=%s",
                          task->name, who(arena, task), (long long)kernel.runtime,
                          (long long)kernel.deadline, (long long)kernel.period,
                          rt_cpuset_text(arena, &instance->cpus)));
}

static void emit_other(const RtEmit *emit, RtArtifact *file, const RtTask *task)
{
        const bool has_slack = task->timer_slack > 0;
        rt_artifact_line_from(
                emit->artifacts, file,
                rt_from(&task->item, has_slack ? RT_TASK_TIMER_SLACK : RT_TASK_POLICY),
                rt_printf(emit->arena, "%s %s policy=other%s", task->name, who(emit->arena, task),
                          has_slack ? rt_printf(emit->arena, " timer_slack=%lld",
                                                (long long)task->timer_slack)
                                    : ""));
}

void rt_emit_tasks(RtEmit *emit, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        if (container->tasks.n == 0)
                return;
        RtArtifact *file = rt_emit_file(emit, &container->object,
                                        rt_instance_file(emit->arena, instance, "tasks"));
        rt_artifact_line_from(
                emit->artifacts, file, rt_from(&container->object.item, RT_CONTAINER_STARTUP),
                rt_printf(emit->arena, ".container startup=%lld on_missing=%s",
                          (long long)container->startup,
                          strcmp(container->on_miss.action, "log") == 0 ? "log" : "fail"));
        RT_EACH (plan, &instance->tasks) {
                const RtTask *task = plan->task;
                if (task->policy == RT_POLICY_FIFO)
                        emit_fifo(emit, file, plan);
                else if (task->policy == RT_POLICY_DEADLINE)
                        emit_deadline(emit, file, instance, task);
                else
                        emit_other(emit, file, task);
        }
}
