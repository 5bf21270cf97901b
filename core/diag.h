/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is wrong with the input, said so that its author can mend it. Nothing in the pipeline
 * prints: problems are collected here, all of them, and a main program shows them at the end. */

#include <stddef.h>

#include "arena.h"

typedef struct RtObject RtObject;

/* The file of what was not read from one but supposed on the command line; what-if.h. */
#define RT_WHAT_IF "--what-if"

/* A spot in a descriptor. `file` NULL: nowhere (a default); `line` 0: the file as a whole. */
typedef struct RtPlace {
        const char *file;
        unsigned line;
} RtPlace;

typedef enum RtSeverity {
        RT_WARNING,
        RT_ERROR,
} RtSeverity;

typedef struct RtDiag {
        RtSeverity severity;
        RtPlace place;
        const char *key;       /* "tasks[0].period", or "file" when it is about the file */
        const char *what;      /* what is wrong */
        const char *fix;       /* what would be right */
        const RtObject *about; /* the object concerned, NULL if it has none */
} RtDiag;

typedef struct RtDiags {
        RtArena *arena;
        RT_LIST(RtDiag *) list;
        size_t n_errors;
        size_t n_warnings;
} RtDiags;

/* Where a problem is. An error about an object rejects the object. */
typedef struct RtAt {
        RtObject *object; /* may be NULL */
        RtPlace place;
        const char *key;
} RtAt;

/* Both texts must live as long as the arena. */
void rt_diag(RtDiags *diags, RtSeverity severity, RtAt at, const char *what, const char *fix);

/* The contract's line, without a newline: FILE:LINE: KEY: error: WHAT; FIX. `root` as in
 * rt_place_text_in(). */
const char *rt_diag_line(RtArena *arena, const char *root, const RtDiag *diag);
const char *rt_severity_word(RtSeverity severity);
/* "FILE:LINE" */
const char *rt_place_text(RtArena *arena, RtPlace place);
/* The same with `root` ("" for none) before FILE: places are paths inside the root that was read,
 * unless they are no files. */
const char *rt_place_text_in(RtArena *arena, const char *root, RtPlace place);
