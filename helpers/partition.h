/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* cpuset partitions: cgroups whose CPUs are taken from all others. The kernel accepts a request and
 * may still not fulfil it; what it says when asked afterwards is what counts.
 *
 * `cgroup` is the path of a cgroup's folder, such as "/sys/fs/cgroup/rtcontainers.slice". Functions
 * return 0 or a negative errno, and print nothing. */

#include <stdbool.h>

#include "arena.h"
#include "cpuset.h"

typedef enum RtPartitionType {
        RT_PARTITION_MEMBER,   /* none */
        RT_PARTITION_ROOT,     /* CPUs of its own, with a root domain of its own */
        RT_PARTITION_ISOLATED, /* and without load balancing */
        RT_PARTITION_TYPES,
} RtPartitionType;

typedef struct RtPartition {
        RtPartitionType type;
        bool valid;         /* what it is said to be it is; a member always is */
        const char *text;   /* as the kernel has it: "isolated invalid (Parent is not …)" */
        const char *reason; /* the kernel's, why it is not valid; "" if it says none */
} RtPartition;

/* The kernel's words: "member", "root", "isolated". */
extern const char *const rt_partition_words[RT_PARTITION_TYPES];

/* Whether there is a unified hierarchy with a cpuset controller below the mount point, which is
 * RT_CGROUP_ROOT but in tests. */
bool rt_partition_is_possible(RtArena *arena, const char *cgroup_root);
#define RT_CGROUP_ROOT "/sys/fs/cgroup"

/* -ENOENT: no such cgroup, or it has no cpuset; -EBADMSG: the kernel says what we do not know. */
int rt_partition_get(RtArena *arena, const char *cgroup, RtPartition *ret);
/* Asks for it and reads back. 0 whether or not it is valid then; -EINVAL: the kernel knows no such
 * type, or CPUs are in the way. */
int rt_partition_set(RtArena *arena, const char *cgroup, RtPartitionType type, RtPartition *ret);

/* Siblings of the cgroup that ask for some of its CPUs, by their names. Empty if there are none. */
typedef RT_LIST(const char *) RtCgroupNames;
RtCgroupNames rt_cgroup_rivals(RtArena *arena, const char *cgroup);
