/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the plan to artifacts. Pure: the same plan gives the same bytes. */

#include "artifact.h"
#include "diag.h"
#include "plan.h"

/* Folders beside the units for what systemd does not read from there by itself: the services fetch
 * it when they start. */
#define RT_NSPAWN_FOLDER "rtcontainers.nspawn.d"
#define RT_TMPFILES_FOLDER "rtcontainers.tmpfiles.d"

/* Everything there is to write. `unit_dir` is where the artifacts will lie on the target
 * (".nspawn" files are fetched from there at start). */
void rt_emit(RtArtifacts *ret_artifacts, const RtModel *model, const RtPlan *plan,
             const RtDiags *diags, const char *unit_dir);
