/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ends of channels that processes have open, found by their descriptors in /proc. */

#include "status-page.h"
#include "status-processes.h"

/* The memory of an end, each once, however many processes have it. */
typedef struct RtFoundEnd {
        pid_t pid; /* on this system: of the process that opened it, or else of one that has it */
        ino_t inode;
        bool is_opener; /* the process that opened it still has it */
        bool is_own;    /* it was made in the container, and not passed in from elsewhere */
        int problem;    /* why `page` is not set: as of rt_end_page_parse(); 0: it is */
        RtEndPage page;
} RtFoundEnd;

typedef struct RtFoundEnds {
        RtFoundEnd *items; /* by process */
        size_t n;
        bool all;      /* nothing was left out */
        bool runs;     /* the service has processes */
        pid_t refused; /* a process whose descriptors we may not see; 0: none */
        int error;     /* the errno that came with it */
} RtFoundEnds;

void rt_ends_find(RtArena *arena, const RtService *service, RtFoundEnds *ret);
