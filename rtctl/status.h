/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* rtctl status: what runs, beside what is declared. Collected once for each answer, by files that
 * know the running system, and printed by files that do not. */

#include "rtctl.h"
#include "status-inspect.h"
#include "status-page.h"
#include "status-systemd.h"
#include "wiring.h"

/* -- containers -------------------------------------------------------------------------------- */

typedef enum RtRunState {
        RT_RUN_RUNNING,
        RT_RUN_STARTING,
        RT_RUN_STOPPING,
        RT_RUN_FAILED,
        RT_RUN_STOPPED,
        RT_RUN_STATES,
} RtRunState;

/* "running", … as in JSON. */
extern const char *const rt_run_state_words[RT_RUN_STATES];

typedef struct RtContainerStatus {
        const RtContainer *container;
        bool is_named; /* on the command line: details are wanted */
        RtRunState state;
        const char *unit; /* that runs, or that would */
        bool is_wanted;   /* the active config has it */
        pid_t pid;        /* of the program; 0: none, or not known */
        bool knows_age;
        uint64_t age; /* of the program, in seconds */
        RtFindings findings;
} RtContainerStatus;

/* How many of them came out so. */
size_t rt_comparisons_count(const RtComparisons *comparisons, RtAgreement agreement);

/* Which config runs, and who says so. */
typedef enum RtConfigSource {
        RT_CONFIG_UNKNOWN,
        RT_CONFIG_BY_SYSTEMD,
        RT_CONFIG_BY_PROCESSES, /* systemd does not answer, but just its containers run */
        RT_CONFIG_SOURCES,
} RtConfigSource;

extern const char *const rt_config_source_words[RT_CONFIG_SOURCES];

typedef struct RtConfigStatus {
        RtConfigSource source;
        const RtConfig *config; /* NULL: none */
        const char *state;      /* systemd's: "active", "activating"; "active" by processes */
} RtConfigStatus;

/* -- channels ---------------------------------------------------------------------------------- */

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
        const RtSystem *system;
        const RtWiring *wiring;
        RtConfigStatus config;
        RtComparisons platform; /* none if names are given */
        RT_LIST(RtContainerStatus) containers;
        RT_LIST(const char *) undeclared;  /* units of containers that have no descriptor */
        bool wants_channels, has_channels; /* they were asked for; they could be looked at */
        RT_LIST(RtChannelStatus) channels;
        RT_LIST(RtForeignEnd) foreign;
        RT_LIST(const char *) crowded; /* containers with more than was looked at */
} RtStatus;

/* Look at the running system. 0, or -1 after a message. */
int rt_status_collect_containers(RtStatus *status);
int rt_status_collect_channels(RtStatus *status);
/* Whether something is wrong that is not a matter of figures. */
bool rt_status_containers_have_findings(const RtStatus *status);
bool rt_status_channels_have_findings(const RtStatus *status);

/* The roles' numbers that mean something: who only sends receives nothing, and so on. */
bool rt_status_role_sends(RtRole role);
bool rt_status_role_receives(RtRole role);

void rt_status_print_containers(const RtStatus *status);
void rt_status_print_channels(const RtStatus *status);
void rt_status_print_json(const RtStatus *status);
/* Adds "config", "containers" and "undeclared" to the answer. */
void rt_status_add_containers(const RtStatus *status, json_object *answer);
