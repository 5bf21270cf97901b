/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

enum { RT_CPUS_MAX = 1024 };

/* A set of CPU numbers, 0 … RT_CPUS_MAX - 1. All zero is the empty set. */
typedef struct RtCpuSet {
        uint64_t bits[RT_CPUS_MAX / 64];
} RtCpuSet;

/* Reads "0,2-3". -EINVAL: not a list of CPU numbers and ranges; -ERANGE: a number that is too
 * large. *ret is set on success only. */
int rt_cpuset_parse(const char *text, RtCpuSet *ret);
/* "0,2-3"; "" for the empty set. */
const char *rt_cpuset_text(RtArena *arena, const RtCpuSet *set);

void rt_cpuset_add(RtCpuSet *set, unsigned cpu);
bool rt_cpuset_has(const RtCpuSet *set, unsigned cpu);
unsigned rt_cpuset_count(const RtCpuSet *set);
bool rt_cpuset_is_empty(const RtCpuSet *set);
bool rt_cpuset_equal(const RtCpuSet *a, const RtCpuSet *b);
bool rt_cpuset_is_subset(const RtCpuSet *part, const RtCpuSet *whole);
RtCpuSet rt_cpuset_and(const RtCpuSet *a, const RtCpuSet *b);
RtCpuSet rt_cpuset_or(const RtCpuSet *a, const RtCpuSet *b);
RtCpuSet rt_cpuset_minus(const RtCpuSet *a, const RtCpuSet *b);
/* The lowest CPU not below `from`, -1 if there is none. */
int rt_cpuset_next(const RtCpuSet *set, unsigned from);

#define RT_EACH_CPU(cpu, set)                                                                      \
        for (int cpu = rt_cpuset_next((set), 0); cpu >= 0;                                         \
             cpu = rt_cpuset_next((set), (unsigned)cpu + 1))
