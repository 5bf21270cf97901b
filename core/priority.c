/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Deadline-monotonic priorities, one order for all configs, so that no container has to restart
 * for its priority's sake. */

#include <stdlib.h>

#include "plan-internal.h"

static int compare_deadlines(const void *a, const void *b)
{
        const RtTaskPlan *x = *(RtTaskPlan *const *)a, *y = *(RtTaskPlan *const *)b;
        return (x->task->deadline > y->task->deadline) - (x->task->deadline < y->task->deadline);
}

void rt_plan_assign_priorities(RtPlan *plan)
{
        RT_LIST(RtTaskPlan *) open = { 0 };
        RT_EACH (instance, &plan->instances)
                RT_EACH (task, &(*instance)->tasks) {
                        if (task->task->policy != RT_POLICY_FIFO)
                                continue;
                        if (rt_is_set(&task->task->item, RT_TASK_PRIORITY))
                                task->priority = (int)task->task->priority;
                        else
                                RT_APPEND(plan->arena, &open, task);
                }
        if (open.n == 0)
                return;
        qsort(open.items, open.n, sizeof *open.items, compare_deadlines);

        size_t ranks = 1;
        for (size_t i = 1; i < open.n; i++)
                ranks += compare_deadlines(&open.items[i - 1], &open.items[i]) != 0;

        /* The shortest deadline gets the top of the band. With more deadlines than levels,
         * neighbours share one. */
        const RtPriorities *band = &plan->model->platform.priorities;
        size_t levels = band->max >= band->min ? (size_t)(band->max - band->min) + 1 : 1;
        size_t rank = 0;
        for (size_t i = 0; i < open.n; i++) {
                if (i > 0 && compare_deadlines(&open.items[i - 1], &open.items[i]) != 0)
                        rank++;
                size_t down = ranks <= levels ? rank : rank * levels / ranks;
                open.items[i]->priority = (int)(band->max - (int64_t)down);
        }
}
