/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by paths.c and path-report.c only. */

#include "timing.h"

/* Messages that may wait between the two containers, on the channel with the longest queue; 0 for
 * newest values only. *ret_found: whether there is a way at all, which a container has to itself.
 */
int64_t rt_queue_between(const RtModel *model, const RtContainer *from, const RtContainer *to,
                         bool *ret_found, bool *ret_refuses);
