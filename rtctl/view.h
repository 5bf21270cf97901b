/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A system to be looked at and not touched: the running one, or files of another's /proc, /sys,
 * /boot, … below some root. Whatever the files hold comes back bounded and terminated. */

#include <stdbool.h>
#include <stdint.h>

#include "cpuset.h"

enum {
        RT_VIEW_TEXT_MAX = 1024 * 1024, /* bytes that are read of one file */
        RT_VIEW_NAMES_MAX = 65536,      /* names that are read of one folder */
};

typedef RT_LIST(const char *) RtNames;

/* Where a view has its files from; rt_view_files is the file system. `root` is "" for the running
 * system. Each returns 0 or a negative errno. */
typedef struct RtViewSource {
        /* At most RT_VIEW_TEXT_MAX bytes of a regular file, a zero behind them. */
        int (*read)(RtArena *arena, const char *root, const char *path, char **ret, size_t *ret_n);
        /* The names in a folder, in any order, without "." and "..". */
        int (*list)(RtArena *arena, const char *root, const char *path, RtNames *ret);
        int (*look)(const char *root, const char *path); /* 0: something is there */
} RtViewSource;

extern const RtViewSource rt_view_files;

typedef struct RtView {
        RtArena *arena;
        const char *root;
        const RtViewSource *source;
} RtView;

bool rt_view_has(const RtView *view, const char *path);
/* The file's text up to its first zero, without newlines at its end; NULL: it is not there, or may
 * not be read. */
const char *rt_view_text(const RtView *view, const char *path);
/* All of it, and no text. */
const char *rt_view_bytes(const RtView *view, const char *path, size_t *ret_n);
/* The file's only word is this number; false: it is none, or there is none. */
bool rt_view_integer(const RtView *view, const char *path, int64_t *ret);
/* The same for a list of CPUs, which may be empty. */
bool rt_view_cpus(const RtView *view, const char *path, RtCpuSet *ret);
/* The names in a folder, in strcmp order; none if it is not there. */
RtNames rt_view_names(const RtView *view, const char *path);

/* The first word of a text, and whether a word is one of its words, which blanks separate. */
const char *rt_first_word(RtArena *arena, const char *text);
bool rt_has_word(const char *text, const char *word);
/* The word in brackets, "madvise" of "always [madvise] never"; NULL: there is none. */
const char *rt_bracketed_word(RtArena *arena, const char *text);
