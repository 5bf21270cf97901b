/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the running machine says about itself, for what platform.conf leaves open. */

#include "model.h"

typedef struct RtMachine {
        RtCpuSet cpus;      /* those online; empty: not known */
        const char *kernel; /* "6.1"; NULL: not known */
} RtMachine;

void rt_machine_read(RtArena *arena, RtMachine *ret);

/* Before rt_model_complete(), which derives values from these. */
void rt_machine_assume(const RtMachine *machine, RtPlatform *platform);

/* The CPUs online; -errno if the kernel does not say. */
int rt_read_online_cpus(RtCpuSet *ret);
/* MAJOR.MINOR of what uname(2) has as release; NULL if it does not begin so. */
const char *rt_kernel_version(RtArena *arena, const char *release);
