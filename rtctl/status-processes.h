/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which of our services run, and which processes they have, from the cgroup file system: systemd is
 * not asked, so that it works while systemd does not. */

#include <stdbool.h>
#include <sys/types.h>

#include "arena.h"

typedef RT_LIST(pid_t) RtPids;

typedef struct RtService {
        const char *unit;  /* "rt-imu.service" */
        const char *group; /* path of its cgroup */
} RtService;

typedef RT_LIST(RtService) RtServices;

/* The cgroups below `root` of units rt-….service that lie in slices. Only systemd makes slices
 * there, so that no container can pose as another by cgroups that it makes. A negative errno if
 * `root` cannot be read. */
int rt_services_find(RtArena *arena, const char *root, RtServices *ret);

/* The processes of the service, in ascending order, each once. False if there were so many, or in
 * so many cgroups, that some were left out. */
bool rt_service_pids(RtArena *arena, const RtService *service, RtPids *ret);
