/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by check*.c only. */

#include "check.h"

typedef struct RtCheck {
        RtModel *model;
        RtDiags *diags;
        RtArena *arena;
        size_t n_hints; /* given so far; see rt_name_hint() */
} RtCheck;

/* Where key number `key` of `item`, a part of `object`, stands. */
RtAt rt_at(RtCheck *check, RtObject *object, const RtItem *item, size_t key);
/* The same for element `index` of a list of texts. */
RtAt rt_at_text(RtCheck *check, RtObject *object, const RtItem *item, size_t key, size_t index);

/* Reports an error; `fix` and the formatted text as in RtDiag. */
void rt_complain(RtCheck *check, RtAt at, const char *fix, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
void rt_warn(RtCheck *check, RtAt at, const char *fix, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* "did you mean "x"? …" or `otherwise`, for a name that `kind` does not have. */
const char *rt_name_hint(RtCheck *check, RtKind kind, const char *name);
/* "FILE:LINE" */
const char *rt_there(RtCheck *check, RtPlace place);

/* One use of a name that must be unique among its likes. */
typedef struct RtUse {
        const char *name;
        RtAt at;
} RtUse;

typedef RT_LIST(RtUse) RtUses;

/* Notes a use; a NULL name, which some other rule reports, is none. */
void rt_use(RtCheck *check, RtUses *uses, const char *name, RtAt at);
/* Reports every use but the first of each name: "NAME WHAT (FILE:LINE of the first)". */
void rt_check_unique(RtCheck *check, const RtUses *uses, const char *what, const char *fix);

/* The size of huge pages is one that a kernel can have. */
void rt_check_hugepages(RtCheck *check, RtObject *object, const RtHugepages *pages);
void rt_check_platform(RtCheck *check);
void rt_check_tasks(RtCheck *check, RtContainer *container);
/* What a container wants of the machine besides CPUs. */
void rt_check_hardware(RtCheck *check, RtContainer *container);
void rt_check_container(RtCheck *check, RtContainer *container);
void rt_check_channel(RtCheck *check, RtChannel *channel);
void rt_check_config(RtCheck *check, RtConfig *config);
