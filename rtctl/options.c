/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "build-config.h"
#include "rtctl.h"
#include "text.h"

const RtVerb rt_verbs[] = {
        { "check", "", "Read, check and plan everything; print all mistakes", rt_verb_check, 0, 0 },
        { "analyze", "[CONFIG…]", "Show whether all deadlines hold, by how much, and if not why",
          rt_verb_analyze, 0, -1 },
        { "plot", "[CONFIG…]", "Draw timelines, utilisation and response times as SVG",
          rt_verb_plot, 0, -1 },
        { "list", "", "List platform, containers, channels and configs", rt_verb_list, 0, 0 },
        { "cat", "[NAME…]", "Print descriptors as merged with their drop-ins", rt_verb_cat, 0, -1 },
        { "explain", "CONTAINER|UNIT", "Print generated lines, each with where it comes from",
          rt_verb_explain, 1, 1 },
        { "status", "[NAME…]", "Show what runs beside what is planned, and how channels are used",
          rt_verb_status, 0, -1 },
        { "doctor", "", "Show whether this machine is fit, and what to change", rt_verb_doctor, 0,
          0 },
        { "measure", "", "Measure the overheads of this machine, for platform.conf",
          rt_verb_measure, 0, 0 },
        { "bake", "", "Write the units into the image below --root=DIR, ahead of time",
          rt_verb_bake, 0, 0 },
};
const size_t rt_n_verbs = RT_ELEMENTS(rt_verbs);

/* The order is that of option_ids. */
const RtOption rt_options[] = {
        { "root", "DIR", "Work on the system below DIR instead of the running one",
          "check analyze plot list cat explain doctor bake" },
        { "json", "off|short|pretty", "Print JSON, in one line or indented", NULL },
        { "no-pager", NULL, "Do not send output through a pager", NULL },
        { "strict", NULL, "Exit with status 1 on warnings, too", "check" },
        { "what-if", "OBJECT.KEY=VALUE", "Suppose this to be so; may be repeated",
          "check analyze plot list cat explain" },
        { "output", "FILE", "Write to this file instead of standard output; measure: as well",
          "plot measure" },
        { "watch", NULL, "Show it again each second, until Ctrl-C", "status" },
        { "duration", "TIME", "How long to measure, such as 60s", "measure" },
        { "priority", "NUMBER", "SCHED_FIFO priority to measure at", "measure" },
        { "cpus", "LIST", "Measure on these of the real-time CPUs only", "measure" },
        { "margin", "FACTOR", "By how much the values exceed the most that was measured",
          "measure" },
        { "force", NULL, "Disturb running containers, replace foreign files", "measure" },
        { "help", NULL, "Show this", NULL },
        { "version", NULL, "Show the version", NULL },
};
const size_t rt_n_options = RT_ELEMENTS(rt_options);

enum option_ids {
        OPTION_ROOT,
        OPTION_JSON,
        OPTION_NO_PAGER,
        OPTION_STRICT,
        OPTION_WHAT_IF,
        OPTION_OUTPUT,
        OPTION_WATCH,
        OPTION_DURATION,
        OPTION_PRIORITY,
        OPTION_CPUS,
        OPTION_MARGIN,
        OPTION_FORCE,
        OPTION_HELP,
        OPTION_VERSION
};

bool rt_option_is_for(const RtOption *option, const char *verb)
{
        size_t n = strlen(verb);
        for (const char *s = option->verbs; s && *s;) {
                size_t length = strcspn(s, " ");
                if (length == n && strncmp(s, verb, n) == 0)
                        return true;
                s += length + (s[length] == ' ');
        }
        return !option->verbs;
}

const char *rt_option_verbs(RtArena *arena, const RtOption *option)
{
        RtText text = RT_TEXT(arena);
        for (const char *s = option->verbs; s && *s;) {
                size_t length = strcspn(s, " ");
                bool last = !s[length];
                rt_text_addf(&text, "%s%.*s",
                             text.n == 0 ? ""
                             : last      ? " and "
                                         : ", ",
                             (int)length, s);
                s += length + !last;
        }
        return option->verbs ? rt_strdup(arena, text.data) : NULL;
}

static void print_help(RtArena *arena)
{
        puts("rtctl [OPTION…] VERB …\n\n"
             "Checks and explains rtcontainers' descriptors, and bakes them into images.\n\n"
             "Verbs:");
        for (size_t i = 0; i < rt_n_verbs; i++) {
                const RtVerb *verb = &rt_verbs[i];
                /* "…" is one column, three bytes. */
                int wide = strstr(verb->arguments, "…") ? 2 : 0;
                printf("  %-8s %-*s %s\n", verb->name, 16 + wide, verb->arguments, verb->summary);
        }
        puts("\nOptions:");
        for (size_t i = 0; i < rt_n_options; i++) {
                const RtOption *option = &rt_options[i];
                const char *verbs = rt_option_verbs(arena, option);
                printf("  %-26s %s%s%s%s\n",
                       rt_printf(arena, "--%s%s%s", option->name, option->argument ? "=" : "",
                                 option->argument ? option->argument : ""),
                       option->summary, verbs ? " (" : "", verbs ? verbs : "", verbs ? ")" : "");
        }
        puts("\nExit status: 0 all is well, 1 there are findings, 2 wrong usage or I/O error.\n"
             "See rtctl(1) and rtcontainers.conf(5).");
}

static int complain(const char *what, const char *subject)
{
        fprintf(stderr, "rtctl: %s%s; see rtctl --help\n", what, subject);
        return -1;
}

static int set_json(RtCommand *command, const char *mode)
{
        static const char *const modes[] = { "off", "short", "pretty" };
        for (size_t i = 0; i < RT_ELEMENTS(modes); i++)
                if (strcmp(modes[i], mode) == 0) {
                        command->json = (RtJson)i;
                        return 0;
                }
        return complain("--json takes off, short or pretty, not ", mode);
}

static int find_verb(RtCommand *command, const char *name, const RtVerb **ret_verb)
{
        const char *names[RT_ELEMENTS(rt_verbs)];
        for (size_t i = 0; i < rt_n_verbs; i++) {
                names[i] = rt_verbs[i].name;
                if (strcmp(names[i], name) == 0) {
                        *ret_verb = &rt_verbs[i];
                        return 0;
                }
        }
        const char *nearest = rt_nearest(name, names, rt_n_verbs);
        return complain("there is no verb ",
                        nearest ? rt_printf(command->arena, "\"%s\"; did you mean \"%s\"?",
                                            rt_printable(command->arena, name, 60), nearest)
                                : rt_printable(command->arena, name, 60));
}

/* Bit i of `given`: option i is on the command line. */
static int check_usage(const RtCommand *command, const RtVerb *verb, unsigned given)
{
        if (command->n_names < verb->min_names)
                return complain("what is missing after the verb: ", verb->arguments);
        if (verb->max_names >= 0 && command->n_names > verb->max_names)
                return complain("this is too much after the verb: ",
                                command->names[verb->max_names]);
        for (size_t i = 0; i < rt_n_options; i++)
                if (given >> i & 1 && !rt_option_is_for(&rt_options[i], verb->name))
                        return complain(rt_printf(command->arena, "--%s is for %s only, not for ",
                                                  rt_options[i].name,
                                                  rt_option_verbs(command->arena, &rt_options[i])),
                                        verb->name);
        return 0;
}

/* 0, or -1 after a message; *ret_answered: nothing else is wanted. */
static int take_option(RtCommand *command, int id, const char *argument, bool *ret_answered)
{
        switch (id) {
        case OPTION_ROOT:
                command->root = argument;
                return 0;
        case OPTION_JSON:
                return set_json(command, argument);
        case OPTION_NO_PAGER:
                command->pager = false;
                return 0;
        case OPTION_STRICT:
                command->strict = true;
                return 0;
        case OPTION_WHAT_IF:
                RT_APPEND(command->arena, &command->what_if, argument);
                return 0;
        case OPTION_OUTPUT:
                command->output = argument;
                return 0;
        case OPTION_WATCH:
                command->watch = true;
                return 0;
        case OPTION_DURATION:
                command->duration = argument;
                return 0;
        case OPTION_PRIORITY:
                command->priority = argument;
                return 0;
        case OPTION_CPUS:
                command->cpus = argument;
                return 0;
        case OPTION_MARGIN:
                command->margin = argument;
                return 0;
        case OPTION_FORCE:
                command->force = true;
                return 0;
        case OPTION_HELP:
                print_help(command->arena);
                *ret_answered = true;
                return 0;
        case OPTION_VERSION:
                puts("rtctl " RT_VERSION);
                *ret_answered = true;
                return 0;
        default:
                return complain("usage", ""); /* getopt has named the option */
        }
}

static int terminal_columns(void)
{
        struct winsize size;
        bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
        return known ? size.ws_col : INT_MAX;
}

int rt_command_parse(RtCommand *ret_command, RtArena *arena, int argc, char *argv[],
                     const RtVerb **ret_verb)
{
        struct option longs[RT_ELEMENTS(rt_options) + 1] = { 0 };
        for (size_t i = 0; i < rt_n_options; i++)
                longs[i] =
                        (struct option){ rt_options[i].name,
                                         rt_options[i].argument ? required_argument : no_argument,
                                         NULL, (int)i };
        *ret_command = (RtCommand){ .arena = arena,
                                    .pager = true,
                                    .colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
                                    .columns = terminal_columns(),
                                    .root = "" };
        *ret_verb = NULL;
        unsigned given = 0;
        for (int id; (id = getopt_long(argc, argv, "", longs, NULL)) >= 0;) {
                bool answered = false;
                if (take_option(ret_command, id, optarg, &answered) < 0)
                        return -1;
                if (answered)
                        return 0;
                given |= 1u << id;
        }
        if (optind >= argc)
                return complain("which verb?", "");
        ret_command->names = argv + optind + 1;
        ret_command->n_names = argc - optind - 1;
        const RtVerb *verb;
        if (find_verb(ret_command, argv[optind], &verb) < 0 ||
            check_usage(ret_command, verb, given) < 0)
                return -1;
        *ret_verb = verb;
        return 0;
}
