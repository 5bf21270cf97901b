/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The steps of rt_plan_make(), in their order. */

#include "stored-plan.h"

/* Gives every accepted container its user ID range. */
void rt_plan_assign_uids(RtPlan *plan);
/* Makes the instances, puts their tasks on CPUs and gives them priorities: as in the stored plan
 * (may be NULL) if that holds. */
void rt_plan_place(RtPlan *plan, RtModel *model, const RtStoredPlan *stored, RtDiags *diags);
/* Refuses configs whose chains or channels are too slow as planned. Whether all were well. */
bool rt_plan_check_paths(RtPlan *plan, RtDiags *diags);
/* Says on which assumptions the chains and channels of the accepted configs hold. */
void rt_plan_warn_of_paths(RtPlan *plan, RtDiags *diags);
