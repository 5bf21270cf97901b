/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the plan to artifacts. Pure: the same plan gives the same bytes. */

#include "artifact.h"
#include "diag.h"
#include "plan.h"

/* Everything there is to write. `unit_dir` is where the artifacts will lie on the target
 * (".nspawn" files are fetched from there at start). */
void rt_emit(RtArtifacts *ret_artifacts, const RtModel *model, const RtPlan *plan,
             const RtDiags *diags, const char *unit_dir);

/* Whether systemd reads what lies there. Folders beside the units hold what it does not read by
 * itself: the services fetch it when they start. */
bool rt_emit_is_unit(const char *path);

/* What the container manager needs for the instance, beside the units, by its ending ("nspawn",
 * "tasks", "channels"): "rtcontainers.nspawn.d/imu.ENDING", or if it is for the config B alone,
 * "rtcontainers--B.nspawn.d/imu.ENDING". */
const char *rt_instance_file(RtArena *arena, const RtInstance *instance, const char *ending);
