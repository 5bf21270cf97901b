/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Texts of /proc that a container has a say in: names of its threads, interfaces and mounts. They
 * are parsed without input or output, whatever they hold. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpuset.h"

/* /proc/PID/status. */
typedef struct RtProcStatus {
        const char *name; /* printable */
        pid_t parent;     /* -1: it is not said */
        unsigned
                depth; /* number of PID namespaces that it is in, from ours on; 0: it is not said */
        pid_t inner;   /* its PID in the innermost */
        bool knows_cpus, knows_thp;
        RtCpuSet cpus;
        bool thp; /* transparent huge pages may be used */
} RtProcStatus;

void rt_parse_status(RtArena *arena, const char *text, RtProcStatus *ret);

/* Ticks between boot and the start, of /proc/PID/stat. -EBADMSG: it is not there. */
int rt_parse_start(const char *text, uint64_t *ret);

/* The soft limit of that name of /proc/PID/limits; UINT64_MAX: it is unlimited. -EBADMSG: it is not
 * there. */
int rt_parse_limit(const char *text, const char *name, uint64_t *ret);

/* Names of interfaces, printable, of /proc/PID/net/dev; the first `most`. False if there are
 * more. */
typedef RT_LIST(const char *) RtStrings;
bool rt_parse_interfaces(RtArena *arena, const char *text, size_t most, RtStrings *ret);

/* Type of the file system that is mounted there, the last one, of /proc/PID/mountinfo, printable;
 * NULL: none is. */
const char *rt_parse_mount_type(RtArena *arena, const char *text, const char *where);

/* /proc/PID/uid_map, if it is a single range. -EBADMSG: it is none. */
typedef struct RtIdRange {
        uint64_t inside, outside, count;
} RtIdRange;
int rt_parse_id_range(const char *text, RtIdRange *ret);

/* A number after a key, as in "oom_kill 3", one pair a line. -EBADMSG: it is not there. */
int rt_parse_pair(const char *text, const char *key, uint64_t *ret);
