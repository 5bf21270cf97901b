/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the key tables cannot say: conditions between keys, objects and the platform. */

#include "model.h"

/* Reports every violation; an error rejects the object that must change. Configs that need a
 * rejected container are rejected as well; nothing else is touched. After rt_model_complete(). */
void rt_check(RtModel *model, RtDiags *diags);
