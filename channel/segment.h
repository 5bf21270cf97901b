/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory that one process writes and others may read: a sealed memfd, mapped, present and, where
 * that is permitted, locked. */

#include <stdbool.h>
#include <stddef.h>

typedef struct RtSegment {
        void *data; /* NULL: none */
        size_t size;
        int fd; /* -1: none; a reader needs it no more */
        bool locked;
} RtSegment;

#define RT_NO_SEGMENT ((RtSegment){ .fd = -1 })

typedef enum RtAccess {
        RT_ONE_WRITER, /* who makes it writes it, nobody else ever will */
        RT_BOTH_WRITE,
} RtAccess;

/* Makes a segment of zeros. `name` is what /proc/PID/fd shows. */
int rt_segment_create(const char *name, size_t size, RtAccess access, RtSegment *ret);

/* Maps a segment that somebody else has made. Takes the descriptor over in any case. -EPERM: its
 * size could change, third parties could write it, or it has holes; -EMSGSIZE: it has another size.
 */
int rt_segment_attach(int fd, size_t size, RtAccess access, RtSegment *ret);

/* Unmaps and closes what there is. In a child of fork() it is not mapped, and is only closed. */
void rt_segment_release(RtSegment *segment, bool in_child);
