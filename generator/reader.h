/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From files to the model. This is the only place that knows libconfig. */

#include "model.h"
#include "search.h"

/* Reads all sources into a fresh model: syntax, unknown keys, types and units are checked by the
 * key tables, and every problem is reported. An object whose files cannot be read or parsed is in
 * the model all the same, rejected. Completes the model (rt_model_complete()).
 *
 * `online` are the CPUs to assume when platform.conf does not say; NULL: it has to say. */
void rt_read_model(RtModel *model, RtArena *arena, const RtSources *sources, const RtCpuSet *online,
                   RtDiags *diags);

/* The CPUs of the running machine; -errno if the kernel does not say. */
int rt_read_online_cpus(RtCpuSet *ret);
