/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What this process has: so that tests see what is not given back. */

#include <stddef.h>

typedef struct Open {
        unsigned descriptors, mappings;
        size_t memory; /* bytes from malloc() */
} Open;

Open open_things(void);

/* NULL, or what there is more of now than there was before. */
const char *open_more(Open before, Open now);
