/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The declared threads of a container: which of them are there, and have what is planned. Its
 * memory does not grow with what the container does. */

#include "binding.h"
#include "journal.h"
#include "payload.h"

enum {
        RT_ROSTER_THREADS = 4096, /* are looked at in one pass */
        RT_ROSTER_BOUND = 1024,   /* are remembered */
};

/* Of one declared task. */
typedef struct RtEntry {
        bool found;         /* a thread has been bound, or was before */
        bool found_main;    /* so far a main thread has the name, but no other */
        unsigned n_threads; /* that have its name, in the last pass */
        int error;          /* of the last pass: the kernel has refused it; 0 if not */
        RtBindingStep step; /* what of it */
        pid_t tid;          /* to whom */
        bool told;          /* it was reported */
} RtEntry;

/* A thread that has, or had, what is planned for it. An ID alone may be another one's by now. */
typedef struct RtBound {
        pid_t tid;
        int64_t born; /* in clock ticks since boot */
} RtBound;

typedef struct RtRoster {
        RtPayload payload; /* to be found before the first pass; its deadline bounds each one */
        RtTaskSpecs specs;
        RtEntry *entries; /* one for each of specs */
        RtJournal journal;
        RtBound *bound; /* a ring of RT_ROSTER_BOUND: the oldest is forgotten */
        size_t n_bound; /* so many were put in */
        int n_looked_at;
        bool young; /* the last pass has left out threads that may still get a name of their own */
        bool crowded; /* it was said that there are too many */
} RtRoster;

/* Reads tasks.conf; without a payload yet. 0, or a negative errno. */
int rt_roster_read(RtRoster *ret, const char *path);
void rt_roster_free(RtRoster *roster);

/* Whether it has tasks that anything is to be set of. */
bool rt_roster_has_bindings(const RtRoster *roster);

/* Binds all threads that are to be bound. The number of them; refusals are in the entries. */
int rt_roster_pass(RtRoster *roster);

/* The same of one thread of a process, if that is in the container. It is known to have got its
 * name on purpose. */
int rt_roster_bind_one(RtRoster *roster, pid_t pid, pid_t tid);

/* The error of one that was refused for another reason than that bandwidth is used up now; or, if
 * there is none, -EBUSY; 0: nothing was refused. */
int rt_roster_refusal(const RtRoster *roster);
/* How long what is refused for want of bandwidth is to be tried again, in µs. */
int64_t rt_roster_admission(const RtRoster *roster);
/* Reports what was refused, each once. */
void rt_roster_report_refusals(RtRoster *roster);

/* "imu-sample", or "main". */
const char *rt_task_label(const RtTaskSpec *spec);
