/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* CPUs as partitions: the slice of all real-time containers is one, so that those of exclusive
 * containers inside of it can be. Each function prints at most one line about what the kernel does
 * not grant, and leaves nothing half done. */

#include <stdbool.h>

#include "kernel.h"
#include "partition.h"

/* The slice of all real-time CPUs. True if it is a partition now. */
bool rt_claim_realtime(RtArena *arena, const RtKernel *kernel);
/* It takes part with the others again, unless a slice inside still is a partition: the last one of
 * these gives it back. */
void rt_release_realtime(RtArena *arena, const RtKernel *kernel);

/* A slice inside. What is in the way and about to go is waited for, for a second. True if it is a
 * partition now. */
bool rt_claim_slice(RtArena *arena, const RtKernel *kernel, const char *slice,
                    RtPartitionType type);
void rt_release_slice(RtArena *arena, const RtKernel *kernel, const char *slice);
