/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc-stat.h"

#include <string.h>

enum { FIRST = 3 };

static const char blanks[] = " \t\n";

/* "PID (NAME) STATE …": the name may hold anything, so it ends at the last parenthesis. */
const char *rt_stat_field(const char *stat, int field)
{
        const char *s = strrchr(stat, ')');
        if (!s)
                return NULL;
        s++;
        s += strspn(s, blanks);
        for (int i = FIRST; i < field; i++) {
                s += strcspn(s, blanks);
                s += strspn(s, blanks);
        }
        return *s ? s : NULL;
}
