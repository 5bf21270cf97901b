/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From files to the model. This is the only place that knows libconfig. */

#include "model.h"
#include "search.h"

/* Reads all sources into a fresh model: syntax, unknown keys, types and units are checked by the
 * key tables, and every problem is reported. An object whose files cannot be read or parsed is in
 * the model all the same, rejected. What follows from other values is for rt_model_complete(). */
void rt_read_model(RtModel *model, RtArena *arena, const RtSources *sources, RtDiags *diags);
