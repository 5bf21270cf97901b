/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stamp of a baked image says from which inputs its artifacts were made, and which they are.
 * It is for noticing change, not for warding off attackers: who can write descriptors is root. */

#include "artifact.h"
#include "search.h"

#define RT_STAMP_FILE "rtcontainers.stamp"

typedef struct RtStamp {
        const char *inputs; /* hash over generator version and all descriptors, hexadecimal */
        RT_LIST(const char *) paths; /* of the artifacts */
        RT_LIST(long long) sizes;    /* of each in bytes; -1: a link */
} RtStamp;

/* Hash over everything that the artifacts depend on. */
const char *rt_stamp_inputs(RtArena *arena, const RtSources *sources);

/* The stamp of these artifacts, as an artifact by itself: it is to be put in place when they are.
 */
RtArtifacts rt_stamp_make(const RtArtifacts *artifacts, const char *inputs);
/* A stamp that never holds, for the time in between: it lists the artifacts and what `old` lists,
 * so that nothing is forgotten if it stays. */
RtArtifacts rt_stamp_make_unfinished(const RtArtifacts *artifacts, const RtStamp *old);

/* The whole text of a regular file in the open directory. -EBADMSG: it is none, holds NUL or is
 * larger than anything that is baked. */
int rt_read_baked(RtArena *arena, int dir, const char *name, char **ret);

/* Reads the stamp in the open directory. -ENOENT: there is none; -EBADMSG: it is none of ours. */
int rt_stamp_read(RtArena *arena, int dir, RtStamp *ret);

/* Whether all artifacts are there with their sizes. */
bool rt_stamp_is_complete(const RtStamp *stamp, int dir);
