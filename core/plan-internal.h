/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The steps of rt_plan_make(), in their order. */

#include "plan.h"

/* Gives every accepted container its user ID range. */
void rt_plan_assign_uids(RtPlan *plan);
/* Makes the instances and puts their tasks on CPUs. */
void rt_plan_place(RtPlan *plan, RtModel *model, RtDiags *diags);
/* Gives SCHED_FIFO tasks their priorities. */
void rt_plan_assign_priorities(RtPlan *plan);
