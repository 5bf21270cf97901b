/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One thread gets what the plan has for it, from outside. Programs may set policies by themselves
 * as well, before or after: whoever binds remembers what was bound, and leaves alone what has gone
 * its own way since. */

#include <stdbool.h>
#include <sys/types.h>

#include "task-spec.h"

typedef enum RtBindingState {
        RT_BINDING_NONE,  /* it is to be bound */
        RT_BINDING_RIGHT, /* it has what is planned */
        RT_BINDING_OWN,   /* it was bound, and has set something else by itself */
        RT_BINDING_GONE,
} RtBindingState;

typedef enum RtBindingStep {
        RT_BINDING_CPUS,
        RT_BINDING_POLICY,
        RT_BINDING_SLACK,
} RtBindingStep;

/* `specs` are all tasks of the container: one that was bound under a former name is bound anew. */
RtBindingState rt_binding_state(const RtTaskSpecs *specs, const RtTaskSpec *spec, pid_t tid,
                                bool was_bound);

/* Binds the thread of the process of which `task` is the folder /proc/PID/task. 1; 0: it has ended
 * meanwhile; or a negative errno with the step that was refused, and then nothing has changed. */
int rt_bind(const RtTaskSpec *spec, int task, pid_t tid, RtBindingStep *ret_refused);

/* Whether the ID, a number, is one of a thread of that process. */
bool rt_is_thread(int task, pid_t tid);

/* What it is to have, as in "SCHED_FIFO 70 on CPUs 2". */
void rt_binding_text(const RtTaskSpec *spec, char *ret, size_t size);

/* Why the kernel has refused it, in words, and what would help. */
void rt_refusal_text(const RtTaskSpec *spec, RtBindingStep step, int error, char *ret, size_t size);
