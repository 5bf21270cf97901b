/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* rtctl status: what runs, beside what is declared. Collected once for each answer, by files that
 * know the running system, and printed by files that do not. */

#include "rtctl.h"
#include "status-page.h"
#include "wiring.h"

typedef enum RtEndState {
        RT_END_OPEN,
        RT_END_LEFT,    /* the process that opened it has ended, but a child has its memory */
        RT_END_MISSING, /* the container, or bridge, runs and has not opened it */
        RT_END_STOPPED, /* it does not run */
        RT_END_STATES,
} RtEndState;

/* "open", "left", … as in JSON. */
extern const char *const rt_end_state_words[RT_END_STATES];

/* An end that is declared; what it says of itself has been compared with that. */
typedef struct RtEndStatus {
        const RtEnd *end;
        RtEndState state;
        pid_t pid;                    /* on this system; 0: it is not open */
        bool outdated;                /* opened when the channel was declared otherwise */
        rtchannel_statistics numbers; /* any values; zero if it is not open */
} RtEndStatus;

typedef struct RtChannelStatus {
        const RtWire *wire;
        RT_LIST(RtEndStatus) ends; /* by container; of one that has several open, each */
        rtchannel_statistics sums; /* of the numbers that can be added up; never overflows */
} RtChannelStatus;

/* Something that looks like an end, but is none that is declared for the container or bridge. */
typedef struct RtForeignEnd {
        const char *container; /* or ".bridge" */
        pid_t pid;
        const char *channel; /* as it says, printable; NULL: it does not say */
        const char *reason;
} RtForeignEnd;

typedef struct RtStatus {
        RtCommand *command;
        RtArena *arena; /* of this answer alone */
        const RtWiring *wiring;
        RT_LIST(RtChannelStatus) channels;
        RT_LIST(RtForeignEnd) foreign;
        RT_LIST(const char *) crowded; /* containers with more than was looked at */
} RtStatus;

/* Looks at the running system. 0, or -1 after a message. */
int rt_status_collect(RtStatus *status);
/* Whether something is wrong that is not a matter of figures. */
bool rt_status_has_findings(const RtStatus *status);

/* The roles' numbers that mean something: who only sends receives nothing, and so on. */
bool rt_status_role_sends(RtRole role);
bool rt_status_role_receives(RtRole role);

void rt_status_print_text(const RtStatus *status);
void rt_status_print_json(const RtStatus *status);
