/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Paths of suppositions, OBJECT.PATH as in what-if.h, and where in the model they lead. */

#include "model.h"

/* A group that the path goes through; it counts as set once something in it is. */
typedef struct RtParent {
        RtItem *group;
        RtPlace *set_at; /* where the group was set */
} RtParent;

typedef struct RtTarget {
        RtItem *item;
        const RtKey *key; /* NULL: the item as a whole, an element of a list */
        RT_LIST(RtParent) parents;
} RtTarget;

/* 0; or with *ret_problem -EINVAL: the path is none, -ENOENT: there is no such object, -ERANGE:
 * the list has no such element. Valid until one of the lists in the path changes. */
int rt_find_target(RtModel *model, const char *path, RtTarget *ret, RtProblem *ret_problem);
