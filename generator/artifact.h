/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the pipeline produces: files and links in memory, each line with its reason. Nothing is
 * written here; the writer writes. */

#include "model.h"

/* Why a line is there: a key of a descriptor, or a rule of ours. One of the two is set. */
typedef struct RtOrigin {
        const char *rule;
        const char *key;    /* name of the key, complete unless `item` is set */
        const RtItem *item; /* what the key belongs to */
        size_t element;     /* 1 and up: counted from the first element of a list */
        RtPlace place;      /* where it was set; nowhere if the default holds */
} RtOrigin;

/* The complete key, "tasks[0].period", NULL for a rule. */
const char *rt_origin_key(RtArena *arena, const RtOrigin *origin);

typedef struct RtLine {
        struct RtLine *next;
        RtOrigin origin;
        size_t n;
        char text[]; /* n bytes, terminated */
} RtLine;

typedef struct RtArtifact {
        const char *path; /* below the unit directory: "rt-imu.service" */
        const char *link; /* a symbolic link to this; NULL: a file with these lines */
        RtLine *first, *last;
        size_t size;           /* of the whole text in bytes */
        const RtObject *about; /* NULL: of no single object */
} RtArtifact;

typedef struct RtArtifacts {
        RtArena *arena;
        RT_LIST(RtArtifact *) list; /* in the order of writing: what others refer to comes first */
} RtArtifacts;

/* New ones, at the end of the list. */
RtArtifact *rt_artifact_file(RtArtifacts *artifacts, const RtObject *about, const char *path);
RtArtifact *rt_artifact_link(RtArtifacts *artifacts, const RtObject *about, const char *path,
                             const char *target);

/* "Key=VALUE" with its reason. The formatted value must be escaped already (escape.h): what would
 * end the line is cut off here as a last resort, together with all that follows. */
void rt_artifact_set(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin, const char *key,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A line as it is: a comment, a section, an empty line. */
void rt_artifact_line(RtArtifacts *artifacts, RtArtifact *file, const char *text);
/* The same with its reason. */
void rt_artifact_line_from(RtArtifacts *artifacts, RtArtifact *file, RtOrigin origin,
                           const char *text);
/* An empty line and "[NAME]". */
void rt_artifact_section(RtArtifacts *artifacts, RtArtifact *file, const char *name);

/* The whole text, file->size bytes, not terminated. */
void rt_artifact_copy(const RtArtifact *file, char *ret_text);

#define RT_EACH_LINE(line, file) for (const RtLine *line = (file)->first; line; line = line->next)

const RtArtifact *rt_artifacts_find(const RtArtifacts *artifacts, const char *path);

/* The value of that key of `item` is the reason (where it was set, or its default). */
RtOrigin rt_from(const RtItem *item, size_t key);
/* Element `index` of a list of texts is. */
RtOrigin rt_from_text(const RtItem *item, size_t key, size_t index);
/* One of our rules is, said in a few words. */
RtOrigin rt_by_rule(const char *rule);
