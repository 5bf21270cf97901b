/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small files of the kernel's: /proc, /sys, cgroups. Paths begin with `root`, which is "" but in
 * tests. */

#include "arena.h"
#include "cpuset.h"

/* The file's text without blanks and newlines at its end; at most 1 MiB of it. 0 or a negative
 * errno. */
int rt_kernel_read(RtArena *arena, const char *path, const char **ret);
/* One write(2) of the whole text, as these files want it. 0 or a negative errno. */
int rt_kernel_write(const char *path, const char *text);

/* A list of CPUs, "0,2-3"; an empty file is the empty set. -EBADMSG if it is none. */
int rt_kernel_read_cpus(RtArena *arena, const char *path, RtCpuSet *ret);

/* Masks as the kernel writes them, 32 bits a group, the highest first: "ff", "3,ffffffff". -EINVAL
 * if it is none. */
int rt_cpumask_parse(const char *text, RtCpuSet *ret);
const char *rt_cpumask_text(RtArena *arena, const RtCpuSet *set);
