/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The running system, as rtctl status looks at it. Everything is reached through this, so that
 * tests can show it another one. Nothing here blocks, and nothing is read without a bound. */

#include <stdbool.h>
#include <sys/types.h>

#include "arena.h"
#include "device-program.h"
#include "sched-attr.h"

typedef struct RtSystem {
        const char *root;      /* before /proc, /sys, /dev and /run; "" */
        const char *cgroups;   /* the unified hierarchy that systemd manages */
        const char *systemctl; /* the program that asks systemd; "": it is not asked */
        /* 0, or a negative errno. */
        int (*scheduling)(pid_t tid, RtSchedAttr *ret);
        int (*device_programs)(RtArena *arena, const char *cgroup, RtDevicePrograms *ret);
} RtSystem;

/* The one that we run on, or that RTCONTAINERS_CGROUP and RTCONTAINERS_SYSTEMCTL name. */
RtSystem rt_system_running(void);

/* The path in the system: rt_system_path(arena, system, "/proc/%d", pid). */
const char *rt_system_path(RtArena *arena, const RtSystem *system, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The text of a small file, without the end of its last line; at most RT_SYSTEM_FILE bytes of it.
 * `folder` is an open one or AT_FDCWD. Symbolic links are not followed at the end. 0, or a negative
 * errno: nothing is in *ret then. */
enum { RT_SYSTEM_FILE = 256 * 1024 };
int rt_system_read(RtArena *arena, int folder, const char *path, const char **ret);

/* The folder of a process, so that what is read next is of no other one even if its number is used
 * again. A negative errno if it has ended. To be closed. */
int rt_system_open_process(RtArena *arena, const RtSystem *system, pid_t pid);

/* Which programs decide what devices the processes of the cgroup may use, from the kernel. */
int rt_system_device_programs(RtArena *arena, const char *cgroup, RtDevicePrograms *ret);
