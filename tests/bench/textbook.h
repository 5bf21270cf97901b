/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The textbook's formulas, as they stand there: peers for the benchmarks, with none of the
 * shortcuts of core/analysis. */

#include "load.h"

/* Joseph and Pandya's iteration from C on, for every load; -1 into ret_times where a deadline is
 * missed. Deadlines are within periods. Whether all are met. */
bool textbook_responses(const RtLoad *loads, size_t n, int64_t *ret_times);

/* Audsley's algorithm, a level for each load; they are tried as they come. Any deadlines. Whether
 * there is an assignment. */
bool textbook_audsley(const RtLoad *loads, size_t n);

/* Processor demand at every deadline of the busy period, without jitter and blocking. */
bool textbook_demand(const RtLoad *loads, size_t n);
