/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The running containers whose threads are watched: one for each NAME.tasks that a start has put
 * into /run/systemd/nspawn. */

#include <stdint.h>
#include <sys/stat.h>

#include "connector.h"
#include "roster.h"

#define RT_WATCHED_FOLDER "/run/systemd/nspawn"

enum { RT_WATCHED_MOST = 256 };

typedef struct RtWatched {
        char name[64], unit[160];
        struct stat file;
        RtRoster roster;
        bool is_found;       /* its processes are known; what follows counts in µs */
        int64_t scan_at;     /* when all of its threads are to be looked at; INT64_MAX: no need */
        int64_t quiet_until; /* the start is still going on: bind-threads reports, if anybody */
        int64_t give_up_at;  /* when what was refused is not tried again; 0: nothing was refused */
} RtWatched;

typedef struct RtWatch {
        RtWatched *items[RT_WATCHED_MOST];
        size_t n;
        int64_t interval; /* of looking at everything, in µs; 0: events come instead */
        bool crowded;     /* it was said that there are too many */
} RtWatch;

/* Notices containers that have come, changed or gone. */
void rt_watch_refresh(RtWatch *watch);

/* Binds the thread, or sees to it that it is looked at in time. */
void rt_watch_event(RtWatch *watch, const RtProcessEvent *event);

/* All of them are to be looked at, since events were lost. */
void rt_watch_scan_all(RtWatch *watch);

/* Does what is due. When to be called again, as by rt_monotonic(); INT64_MAX: not before something
 * happens. */
int64_t rt_watch_turn(RtWatch *watch);
