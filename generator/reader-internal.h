/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What reader.c shares with what-if.c: the way of a single value into the model. */

#include "model.h"

/* Where values come from, and whom they concern. */
typedef struct RtReader {
        RtArena *arena;
        RtDiags *diags;
        RtObject *object; /* mistakes reject it; NULL: they reject nothing */
        const char *file;
        unsigned line; /* the line of every place; 0: as it is in the file */
} RtReader;

/* Reads what a descriptor would have after "KEY = " into that key of `item`; `key` NULL: into the
 * item itself, whose group it is. The same limits hold as for files, and it has to be one value: a
 * text that goes on with further settings is refused. Problems are reported with the paths of their
 * keys in the object; then some of a list or group may have been set. */
void rt_read_value(const RtReader *reader, const char *value, RtItem *item, const RtKey *key);
/* The path that such a report begins with: that of the key or of the item. */
const char *rt_value_path(RtArena *arena, const RtItem *item, const RtKey *key);
