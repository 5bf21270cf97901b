/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which files make up the descriptors: search path, masks, drop-ins. Reads directories and files,
 * writes nothing. */

#include <sys/types.h>

#include "diag.h"
#include "model.h"

/* Where to look. Paths are as in the machine's root; `root` ("" for the running system) is put
 * before them, and symbolic links are followed inside it only. */
typedef struct RtSearchPath {
        const char *root;
        RT_LIST(const char *) folders; /* the earlier wins */
} RtSearchPath;

/* One file that was found and read. */
typedef struct RtFile {
        const char *path; /* without the root */
        const char *text; /* NULL: could not be read, `problem` says why */
        size_t size;
        const char *problem, *fix;
} RtFile;

/* The files of one object: the descriptor and then its drop-ins in the order of merging. */
typedef struct RtSource {
        RtKind kind;
        const char *name;
        RT_LIST(RtFile) files;
} RtSource;

typedef RT_LIST(RtSource) RtSources;

enum { RT_DESCRIPTOR_MAX = 2 * 1024 * 1024 };

/* The default folders, or those of the colon-separated `override` unless it is NULL or empty. */
void rt_search_path_init(RtArena *arena, RtSearchPath *path, const char *root,
                         const char *override);

/* Finds and reads everything, sorted by kind and name. Names that are none and folders that cannot
 * be read are reported; a file that cannot be read is listed with its problem. */
void rt_search(RtArena *arena, const RtSearchPath *path, RtSources *ret_sources, RtDiags *diags);

/* Opens the folder `path` below the open folder `dir`, never by way of a symbolic link. A file
 * descriptor or a negative errno. */
int rt_open_folder_beneath(int dir, const char *path);

/* Opens `path` inside `root` for reading, never blocking. A file descriptor or a negative errno. */
int rt_open_in_root(const char *root, const char *path, int flags);

/* Reads until the end, or until there is no more room: files of the kernel give a part at a time.
 * The number of bytes, or a negative errno. */
ssize_t rt_read_all(int fd, void *ret, size_t size);
