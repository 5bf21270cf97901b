/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small random task sets, and the patterns in which their jobs may come. Seeds are fixed: each run
 * sees the same sets. */

#include "simulate.h"

enum { SETS_TASKS = 7, SETS_JOBS = 2048 };

typedef struct Rng {
        uint64_t state;
} Rng;

/* A number from `low` to `high`, both included. */
int64_t pick(Rng *rng, int64_t low, int64_t high);
/* True in one of `n` cases. */
bool one_in(Rng *rng, int64_t n);

/* How many sets a test looks at: `most`, or less if RT_ANALYSIS_SETS says so. */
int64_t sets_to_try(int64_t most);

typedef struct Set {
        size_t n;
        RtLoad loads[SETS_TASKS];
        SimTask sim[SETS_TASKS +
                    1]; /* the last is for a section that blocks, if a test wants one */
} Set;

/* What a set of `n` tasks may have; each quality in some of them. */
typedef struct SetKind {
        size_t n;
        int64_t longest;  /* period */
        int64_t load;     /* aimed at, percent of the CPU */
        int64_t jitter;   /* at most so many percent of the period; 0: none */
        bool constrained; /* deadlines are at most the period */
        bool interrupts;
} SetKind;

/* wcet, period, jitter, deadline and interrupt; no level and no blocking. */
void random_set(Rng *rng, const SetKind *kind, Set *ret);
/* A section for the task, at most as long as it has room for; its length, 0 for none. */
int64_t random_section(Rng *rng, Set *set, size_t index);
/* Copies what the simulation wants to know of the loads. */
void finish_set(Set *set);
double load_of(const Set *set);

typedef enum Pattern {
        PATTERN_CRITICAL, /* all released at 0, the first job as late as its jitter allows */
        PATTERN_OFFSETS,  /* strictly periodic arrivals */
        PATTERN_SPORADIC, /* whenever, but not too soon */
        PATTERNS,
} Pattern;

typedef struct Timeline {
        SimJob jobs[SETS_JOBS];
        size_t n;
} Timeline;

/* Jobs of all tasks whose arrival is before `until`, as many as there is room for. */
void make_jobs(Rng *rng, const Set *set, Pattern pattern, int64_t until, Timeline *ret);
/* One more job, of that task. */
void add_job(Timeline *line, size_t task, int64_t arrival, int64_t release, int64_t work);
/* Longest time from arrival to end of the task's jobs. */
int64_t observed(const Timeline *line, size_t task);
