/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Worst-case response times under fixed priorities on one CPU, exact for sporadic tasks with
 * release jitter and any deadlines: Tindell, Burns, Wellings, "An extendible approach for analyzing
 * fixed priority hard real-time tasks", Real-Time Systems 6 (1994). */

#include "load.h"

/* No finite response, or none that could be found. */
enum { RT_NO_TIME = -1 };

typedef struct RtResponse {
        RtVerdict verdict; /* against the deadline; without one: whether the time is known */
        int64_t time;      /* worst time from a job's arrival to its end, or RT_NO_TIME */
        int64_t job;       /* which job of the busy period that is, from 1 on */
        int64_t window;    /* from the start of the busy period to the end of that job */
} RtResponse;

/* Whether `time` is the worst, and not only how far an undecided question got. */
static inline bool rt_response_is_known(const RtResponse *response)
{
        return response->time != RT_NO_TIME && response->verdict != RT_UNDECIDED;
}

/* The response time of `task` beside the first `n` of the rivals in `effort`, of which some may be
 * of no weight. The busy period is followed to its end even if a job is late on the way. */
RtResponse rt_response_time(RtEffort *effort, const RtLoad *task, size_t n);

/* The same question when only the verdict matters: stops at the first late job. */
RtVerdict rt_response_verdict(RtEffort *effort, const RtLoad *task, size_t n);
/* The same, from a window on that the first job is known to reach (0 if nothing is known). If it
 * had to be computed, *window is what it is, or as far as it was followed if that is too late.
 * Rivals only make windows longer. */
RtVerdict rt_response_verdict_from(RtEffort *effort, const RtLoad *task, size_t n, int64_t *window);

/* A straight line above what some loads have run by the end of a window. */
typedef struct RtUpperLine {
        double slope, height;
} RtUpperLine;

/* Adds a load with that part of its wcet; with `sign` -1 takes one out. */
void rt_upper_line_add(RtUpperLine *line, double wcet, int64_t period, int64_t jitter, double sign);
/* Whether the line of all that hits the task, its own interrupts among it, is enough to prove that
 * it is in time. */
bool rt_upper_line_vouches(const RtUpperLine *others, const RtLoad *task);

/* How often the rival interferes in a window from the start of a busy period. */
int64_t rt_jobs_within(int64_t window, int64_t period, int64_t jitter);

/* The length of the longest busy period of the first `n` rivals in `effort`, started by `blocking`,
 * or RT_NO_TIME if there is no end to it or the work was too much. */
int64_t rt_busy_period(RtEffort *effort, int64_t blocking, size_t n);
/* The same, but if it exceeds the limit, any time that does so and is no longer than it. */
int64_t rt_busy_period_until(RtEffort *effort, int64_t blocking, size_t n, int64_t limit);
