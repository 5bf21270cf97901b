/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the verbs of rtctl share. One verb per file, verb-NAME.c; the tables in options.c list them
 * for parsing, --help, the man page and the completion. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "pipeline.h"

/* Exit statuses of the contract. */
enum { RTCTL_GOOD = 0, RTCTL_FINDINGS = 1, RTCTL_TROUBLE = 2 };

typedef enum RtJson { RT_JSON_OFF, RT_JSON_SHORT, RT_JSON_PRETTY } RtJson;

typedef struct RtCommand {
        RtArena *arena;
        const char *root;
        RtJson json;
        bool pager;
        bool colour;        /* of standard output */
        int columns;        /* of the terminal; without one as many as anybody can use */
        const char *output; /* file to write to; NULL: standard output */
        bool strict;
        bool watch;
        bool force;
        /* As they were written; NULL: not said. */
        const char *duration, *priority, *cpus, *margin;
        RT_LIST(const char *) what_if;
        char **names; /* what follows the verb */
        int n_names;
        RtPipeline pipeline; /* filled by rt_command_run_pipeline() */
} RtCommand;

typedef struct RtVerb {
        const char *name;
        const char *arguments; /* as in a synopsis, "" for none */
        const char *summary;
        int (*run)(RtCommand *command); /* returns the exit status */
        int min_names, max_names;       /* max_names -1: any number */
} RtVerb;

typedef struct RtOption {
        const char *name;     /* "root" */
        const char *argument; /* "DIR", NULL for none */
        const char *summary;
        const char *verbs; /* those that take it, "check list"; NULL: all */
} RtOption;

extern const RtVerb rt_verbs[];
extern const size_t rt_n_verbs;
extern const RtOption rt_options[];
extern const size_t rt_n_options;

bool rt_option_is_for(const RtOption *option, const char *verb);
/* The verbs that take it, in words: "check, list and cat"; NULL: all. */
const char *rt_option_verbs(RtArena *arena, const RtOption *option);

/* Parses the command line. *ret_verb is NULL if --help or --version has been answered. 0, or -1
 * after a message on standard error. */
int rt_command_parse(RtCommand *ret_command, RtArena *arena, int argc, char *argv[],
                     const RtVerb **ret_verb);

/* Runs the pipeline for artifacts that will lie in `unit_dir`. 0, or -1 after a message if the root
 * is not there or something is to be supposed that cannot be. */
int rt_command_run_pipeline(RtCommand *command, const char *unit_dir);

/* Diagnostics on standard error, one per line; coloured on a terminal. */
void rt_print_diags(const RtCommand *command);
/* The exit status that the diagnostics call for. */
int rt_diags_status(const RtCommand *command);
/* Prints and releases the object. */
void rt_print_json(const RtCommand *command, json_object *object);
json_object *rt_json_text(const char *text);
/* {"file":…, "line":…} added to `object`; nothing for a place that is nowhere. */
void rt_json_add_place(RtArena *arena, json_object *object, RtPlace place);

/* All diagnostics, as check prints them. */
json_object *rt_json_diags(const RtCommand *command);

/* Sends standard output through a pager if it is a terminal, until rt_pager_close(). */
void rt_pager_open(const RtCommand *command);
void rt_pager_close(void);

/* The accepted and rejected objects of all kinds in order: platform, containers, channels,
 * configs. */
typedef RT_LIST(RtObject *) RtObjects;
RtObjects rt_all_objects(const RtCommand *command);

int rt_verb_check(RtCommand *command);
int rt_verb_analyze(RtCommand *command);
int rt_verb_plot(RtCommand *command);
int rt_verb_cat(RtCommand *command);
int rt_verb_list(RtCommand *command);
int rt_verb_explain(RtCommand *command);
int rt_verb_status(RtCommand *command);
int rt_verb_doctor(RtCommand *command);
int rt_verb_measure(RtCommand *command);
int rt_verb_bake(RtCommand *command);
