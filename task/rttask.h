/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RTTASK_H
#define RTTASK_H

/* What the plan has for a declared task, asked for by the thread that runs it; rttask_apply(3).
 *
 * Nothing has to call this: threads are found by their names from outside of the container. A
 * thread that does call it knows when it has got what was declared, or why not. */

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Makes the calling thread the one that runs the container's task of this name: names it as
 * declared, puts it on its CPU, and gives it its scheduling policy and priority, or its timer
 * slack. What only the outside may set, such as SCHED_DEADLINE, it waits for, at most for the
 * container's `startup`. Returns 0 or a negative errno, -ENOENT if no such task is declared,
 * -ETIMEDOUT if nobody has set it in time; then the thread has the policy that it had. */
int rttask_apply(const char *task);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
