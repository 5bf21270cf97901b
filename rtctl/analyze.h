/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of rtctl analyze only. */

#include "rtctl.h"
#include "sensitivity.h"
#include "transition.h"

/* One config of the answer. */
typedef struct RtAnswer {
        RtConfig *config;
        RtConfigPlan *plan;           /* NULL: the checks rejected it, so nothing is planned */
        const RtConfigTiming *timing; /* NULL likewise */
        bool schedulable;
        const char *reason; /* why not */
} RtAnswer;

typedef struct RtAnalysis {
        RtCommand *command;
        RtPlan *plan;
        RT_LIST(RtAnswer) answers;
        /* For what is good to know: how far times may grow, what would help. It has its own bound
         * on work, so that no verdict depends on it. */
        RtEffort spare;
        bool transitions_left_out; /* there are too many, and none were asked for */
} RtAnalysis;

/* Calls for each ordered pair of configs that can be switched between. */
typedef void (*RtTransitionVisitor)(const RtAnalysis *analysis, const RtTransition *transition,
                                    void *data);
void rt_analysis_each_transition(const RtAnalysis *analysis, RtTransitionVisitor visit, void *data);

/* Gives `spare` what one config may use of it: the same, whichever came before. */
void rt_analysis_share_spare(RtAnalysis *analysis);

void rt_analysis_print_json(RtAnalysis *analysis);
void rt_analysis_print_text(RtAnalysis *analysis);
