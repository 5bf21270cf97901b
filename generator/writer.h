/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one writer. All files are first written beside their place, then renamed into it one by one,
 * so that a reader sees each file old or new and a run that fails for want of space or permission
 * leaves everything as it was. Two runs at once do not disturb each other. */

#include "artifact.h"

typedef struct RtWriteError {
        const char *path; /* what could not be written, below the directory; in the arena */
        int error;        /* negative errno */
} RtWriteError;

/* Writes all artifacts below the open directory. With `durable` they are on disk when this returns.
 * 0, or a negative errno with *ret_error. */
int rt_write_artifacts(const RtArtifacts *artifacts, int dir, bool durable,
                       RtWriteError *ret_error);

/* Waits until no other run that calls this writes there, and removes what a killed one has left.
 * The wait ends when `dir` is closed. 0 or a negative errno. */
int rt_claim_output(RtArena *arena, int dir);

/* Removes a file below the directory, and the folder that held it if that is empty then. A file
 * that is not there is fine; a folder that is a link is an error. 0 or a negative errno. */
int rt_remove_artifact(RtArena *arena, int dir, const char *path);

/* Opens the folder `path` inside `root`, made as far as it is missing (mode 0755). A file
 * descriptor or a negative errno. */
int rt_open_output(RtArena *arena, const char *root, const char *path);
