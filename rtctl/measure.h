/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* rtctl measure: what was measured, and what follows from it for platform.conf. */

#include "histogram.h"
#include "model.h"
#include "probe.h"

typedef enum RtOverhead {
        RT_OVERHEAD_RELEASE,
        RT_OVERHEAD_SWITCH,
        RT_OVERHEAD_IRQ,
        RT_OVERHEAD_KINDS,
} RtOverhead;

/* The keys of platform.conf, "release", … */
extern const char *const rt_overhead_words[RT_OVERHEAD_KINDS];
extern const RtProbeKind *const rt_overhead_probes[RT_OVERHEAD_KINDS];

typedef struct RtMeasurement {
        RtCpuSet cpus;
        int priority;
        int64_t duration;                 /* of all probes together */
        int64_t margin;                   /* parts per million */
        RT_LIST(const char *) conditions; /* printable lines: when, on what, beside what */
        RtHistogram *histograms[RT_OVERHEAD_KINDS]; /* of each CPU, in order */
} RtMeasurement;

/* How long each probe runs. */
int64_t rt_measurement_share(const RtMeasurement *measurement, RtOverhead kind);
/* The value for platform.conf: the most that any CPU has seen, and the margin, rounded up. */
int64_t rt_measurement_value(const RtMeasurement *measurement, RtOverhead kind);
/* Whether each probe has seen something on each CPU; else the kind and CPU of one that has not. */
bool rt_measurement_is_whole(const RtMeasurement *measurement, RtOverhead *ret_kind, int *ret_cpu);

/* A drop-in of platform.conf: conditions and figures as comments, and the overheads. */
const char *rt_measurement_text(RtArena *arena, const RtMeasurement *measurement);
/* Whether a file is one of these, or empty, so that another may take its place. */
bool rt_measurement_is_ours(const char *text);

/* "1.2" as parts per million: at least 1, at most 100, with six decimals. -EINVAL: it is not. */
int rt_parse_margin(const char *text, int64_t *ret_ppm);
