/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a descriptor may say, as tables: one row per key (keys.c holds them). The reader, the
 * suggestions for unknown keys, the type checks, the defaults, `rtctl cat` and the key list of
 * rtcontainers.conf(5) all go through these rows, so a new setting is one row and one field. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpuset.h"
#include "diag.h"

typedef struct RtSchema RtSchema;

enum {
        RT_TEXT_MAX = 32768, /* bytes of one text; far below what the kernel takes as argument */
        RT_LIST_MAX = 16384, /* elements of one list */
};

/* The C type of the field that a row's offset points to. */
typedef enum RtType {
        RT_TYPE_BOOL,     /* bool */
        RT_TYPE_INTEGER,  /* int64_t */
        RT_TYPE_FRACTION, /* int64_t, parts per million; written as 0.95 */
        RT_TYPE_TEXT,     /* const char * */
        RT_TYPE_WORD,     /* int: the index into `words` */
        RT_TYPE_DURATION, /* int64_t, nanoseconds */
        RT_TYPE_SIZE,     /* int64_t, bytes */
        RT_TYPE_CPUS,     /* RtCpuSet */
        RT_TYPE_NODES,    /* RtCpuSet, of NUMA nodes */
        RT_TYPE_TEXTS,    /* RtTexts */
        RT_TYPE_GROUP,    /* a struct that starts with RtItem */
        RT_TYPE_GROUPS,   /* RT_LIST of such structs */
} RtType;

typedef struct RtTexts {
        const char **items;
        RtPlace *places; /* of each element */
        size_t n;
} RtTexts;

bool rt_texts_have(const RtTexts *texts, const char *text);

/* What is wrong with a value and what would be right; both in the arena or static. */
typedef struct RtProblem {
        const char *what;
        const char *fix;
} RtProblem;

/* A condition on texts beyond the type. Returns 0, or -EINVAL with *ret_problem set. */
typedef int (*RtRule)(RtArena *arena, const char *text, RtProblem *ret_problem);

typedef struct RtKey {
        const char *name;
        const char *doc;     /* for the man page: what it means; roff-free plain text */
        const char *initial; /* the default as one would write it; NULL: none */
        const char *const *words;
        const RtSchema *group;
        RtRule rule;
        int64_t min, max; /* RT_TYPE_INTEGER, _FRACTION: max 0 means no limits; durations: min */
        size_t offset;
        RtType type;
        bool required;
        bool positive; /* RT_TYPE_DURATION, _SIZE: zero is refused */
} RtKey;

struct RtSchema {
        const char *name; /* "container", "task", … */
        const char *doc;
        const RtKey *keys;
        size_t n_keys;
        size_t size; /* of the struct that holds the values */
};

/* The head of every struct that a schema describes. */
typedef struct RtItem {
        const RtSchema *schema;
        const char *path; /* "" for an object, "tasks[0]" for an element */
        RtPlace place;    /* where it begins */
        RtPlace *set_at;  /* per key: where it was set; file NULL: nowhere, the default holds */
} RtItem;

/* Makes `item` an empty one of that schema with all defaults, its groups included. */
void rt_item_init(RtArena *arena, const RtSchema *schema, const char *path, RtItem *item);

const RtKey *rt_schema_find(const RtSchema *schema, const char *name);
/* The known key that was probably meant, NULL if none is near. */
const char *rt_schema_nearest(const RtSchema *schema, const char *name);

/* The field of `key` inside the struct that `item` heads. */
void *rt_field(const RtItem *item, const RtKey *key);
/* Whether the descriptor said it, and where; `key` is the index of the row. */
bool rt_is_set(const RtItem *item, size_t key);
/* Where the key was set, else where the item begins. */
RtPlace rt_key_place(const RtItem *item, size_t key);
/* "tasks[0].period" */
const char *rt_key_path(RtArena *arena, const RtItem *item, const char *key);

/* Sets one value. On error -EINVAL with *ret_problem, and the old value stays.
 * rt_key_set_text() takes any type but texts and groups in its written form. */
int rt_key_set_text(RtArena *arena, const RtItem *item, const RtKey *key, const char *text,
                    RtProblem *ret_problem);
int rt_key_set_integer(RtArena *arena, const RtItem *item, const RtKey *key, int64_t value,
                       RtProblem *ret_problem);
int rt_key_set_fraction(RtArena *arena, const RtItem *item, const RtKey *key, double value,
                        RtProblem *ret_problem);
/* Checks the text of one element of an RT_TYPE_TEXTS key. */
int rt_key_check_text(RtArena *arena, const RtKey *key, const char *text, RtProblem *ret_problem);
/* A group key's new last element, initialised; for RT_TYPE_GROUPS. */
RtItem *rt_key_add_group(RtArena *arena, const RtItem *item, const RtKey *key);

/* How many groups an RT_TYPE_GROUPS key has, and one of them; NULL: there is none of that index. */
size_t rt_key_length(const RtItem *item, const RtKey *key);
RtItem *rt_key_element(const RtItem *item, const RtKey *key, size_t index);

/* The value as a descriptor would write it: "\"1ms\"", "true", "[ \"a\" ]". Not for groups. */
const char *rt_key_written(RtArena *arena, const RtItem *item, const RtKey *key);
/* How to write a value of that type, for messages and the man page: "a duration such as …". */
const char *rt_type_words(RtArena *arena, const RtKey *key);
