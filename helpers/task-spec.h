/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the plan says of a container's threads: tasks.conf. generator/emit-tasks.c writes it, one
 * line for each declared task with blanks between the words, and one for all of them:
 *
 *     .container startup=1000000000 on_missing=log
 *     sample thread=imu-sample policy=fifo priority=70 cpus=2
 *     law main=yes policy=deadline runtime=400000 deadline=2000000 period=2000000 cpus=3
 *     record thread=rec%20ord policy=other timer_slack=1
 *
 * Times are nanoseconds. `cpus` are those that the thread gets, of a deadline task all of its
 * container. In the name of a thread, bytes other than letters, digits, "-", "_" and "." are
 * %HH. Lines that begin with "#" are comments. Keys that are not known are from a later version,
 * and do not matter. Also compiled into librttask. */

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        RT_TASK_NAME_MAX = 48,
        RT_COMM_MAX = 15,
        RT_TASK_SPECS_MAX = 1 << 14,
        RT_TASK_FILE_MAX = 1 << 22, /* bytes */
};

typedef struct RtTaskSpec {
        char name[RT_TASK_NAME_MAX + 1];
        char thread[RT_COMM_MAX + 1]; /* "": it is the main thread */
        uint32_t policy;              /* SCHED_FIFO, RT_SCHED_DEADLINE or SCHED_OTHER */
        unsigned priority;            /* of SCHED_FIFO: 1 to 99 */
        int64_t runtime, deadline, period;
        int64_t timer_slack; /* of SCHED_OTHER; 0: as it is */
        bool has_cpus;       /* always, but with SCHED_OTHER */
        cpu_set_t cpus;
} RtTaskSpec;

typedef struct RtTaskSpecs {
        int64_t startup;       /* time for the threads to appear */
        bool fails_on_missing; /* the start does, if they have not */
        size_t n;
        RtTaskSpec *items;
} RtTaskSpecs;

/* Reads a text of `size` bytes, which need not be terminated. -EINVAL: it is damaged, -E2BIG: it
 * has too many tasks; -ENOMEM. */
int rt_task_specs_parse(const char *text, size_t size, RtTaskSpecs *ret);

/* The same from a file. Also errors of reading it. */
int rt_task_specs_read(const char *path, RtTaskSpecs *ret);

void rt_task_specs_free(RtTaskSpecs *specs);

/* NULL: no task is called that. */
const RtTaskSpec *rt_task_specs_find(const RtTaskSpecs *specs, const char *name);

/* Whether there is anything to set from outside. */
bool rt_task_spec_is_set(const RtTaskSpec *spec);
