/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How far a config is from not holding any more: what if execution times were longer, everything
 * else staying as it is planned. */

#include "timing.h"

/* The largest k such that the config holds with every declared wcet times k / 1000, rounded up;
 * overheads do not grow. -1: it has no real-time task; -2: too much work to say. */
int64_t rt_config_scaling(const RtPlan *plan, const RtConfigTiming *timing, RtEffort *effort);

/* The largest wcet of the task with which its CPU holds, and with it the chains and channels that
 * hold now; 0 if there is none, RT_NO_TIME if it is too much work to say. `cpu` and `task` count
 * within timing->cpus and its tasks. */
int64_t rt_task_wcet_most(const RtPlan *plan, const RtConfigTiming *timing, size_t cpu, size_t task,
                          RtEffort *effort);
