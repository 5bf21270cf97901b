/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Documentation from tables. With two arguments it copies a man page's template, the .in files of
 * man/, and replaces what stands between "@": whole lines such as
 *
 *     @KEYS:container@   all keys of a kind of descriptor, nested groups included
 *     @SYNOPSIS@         one line for each verb of rtctl
 *     @VERB:check@       heading and summary of a verb; its details follow in the template
 *     @OPTION:json@      the same for an option
 *
 * and @VERSION@ anywhere. With --list it prints the tables one row per line, for the tests. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build-config.h"
#include "model.h"
#include "rtctl.h"
#include "text.h"

/* -- roff -------------------------------------------------------------------------------------- */

static void fail(const char *what, const char *subject)
{
        fprintf(stderr, "docgen: %s: %s\n", what, subject);
        exit(EXIT_FAILURE);
}

/* Plain text as roff. Pages are ASCII, so that every device shows them: the ellipsis becomes three
 * dots, other characters beyond are refused. A "-" is one to type, not a hyphen. */
static void put_text(FILE *out, const char *text)
{
        static const char ellipsis[] = "…";
        if (*text == '.' || *text == '\'')
                fputs("\\&", out);
        for (const char *s = text; *s; s++) {
                if (rt_starts_with(s, ellipsis)) {
                        fputs("...", out);
                        s += strlen(ellipsis) - 1;
                } else if ((unsigned char)*s >= 0x80) {
                        fail("not in ASCII", text);
                } else if (*s == '\\') {
                        fputs("\\e", out);
                } else if (*s == '-') {
                        fputs("\\-", out);
                } else {
                        putc(*s, out);
                }
        }
}

/* A text of several sentences: each on a line of its own, as roff wants it. */
static void put_sentences(FILE *out, const char *text)
{
        for (const char *s = text ? text : ""; *s;) {
                const char *stop = strstr(s, ". ");
                char *sentence = stop ? strndup(s, (size_t)(stop + 1 - s)) : strdup(s);
                put_text(out, sentence);
                putc('\n', out);
                free(sentence);
                s = stop ? stop + 2 : s + strlen(s);
        }
}

/* -- keys -------------------------------------------------------------------------------------- */

/* "tasks[].period" */
static const char *full_name(RtArena *arena, const char *prefix, const RtKey *key)
{
        return rt_printf(arena, "%s%s%s", prefix, key->name,
                         key->type == RT_TYPE_GROUPS ? "[]" : "");
}

/* The type in few words; the section on values says how each is written. */
static const char *type_words(RtArena *arena, const RtKey *key)
{
        const char *words = rt_type_words(arena, key);
        const char *example = strstr(words, " such as ");
        words = example ? rt_strndup(arena, words, (size_t)(example - words)) : words;
        return key->positive ? rt_printf(arena, "%s, not zero", words) : words;
}

static const char *initial_words(RtArena *arena, const RtKey *key)
{
        bool bare = key->type == RT_TYPE_BOOL || key->type == RT_TYPE_INTEGER ||
                    key->type == RT_TYPE_FRACTION;
        return rt_printf(arena, bare ? "%s" : "\"%s\"", key->initial);
}

static void put_key(FILE *out, RtArena *arena, const char *name, const RtKey *key)
{
        fputs(".TP\n\\fB", out);
        put_text(out, name);
        fputs("\\fR\n", out);
        put_sentences(out, key->doc);
        fputs(".br\n\\fIValue:\\fR ", out);
        put_text(out, type_words(arena, key));
        if (key->required) {
                fputs("; required", out);
        } else if (key->initial) {
                fputs("; default ", out);
                put_text(out, initial_words(arena, key));
        }
        fputs(".\n", out);
}

static void put_keys(FILE *out, RtArena *arena, const char *prefix, const RtSchema *schema)
{
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                const char *name = full_name(arena, prefix, key);
                put_key(out, arena, name, key);
                if (key->group)
                        put_keys(out, arena, rt_printf(arena, "%s.", name), key->group);
        }
}

static void put_kind(FILE *out, RtArena *arena, const char *word)
{
        for (RtKind kind = 0; kind < RT_KINDS; kind++) {
                if (strcmp(rt_kind_word(kind), word) != 0)
                        continue;
                put_sentences(out, rt_kind_schema(kind)->doc);
                put_keys(out, arena, "", rt_kind_schema(kind));
                return;
        }
        fail("no kind of descriptors", word);
}

/* -- verbs and options ------------------------------------------------------------------------- */

static const RtVerb *find_verb(const char *name)
{
        for (size_t i = 0; i < rt_n_verbs; i++)
                if (strcmp(rt_verbs[i].name, name) == 0)
                        return &rt_verbs[i];
        fail("no verb", name);
        return NULL;
}

static const RtOption *find_option(const char *name)
{
        for (size_t i = 0; i < rt_n_options; i++)
                if (strcmp(rt_options[i].name, name) == 0)
                        return &rt_options[i];
        fail("no option", name);
        return NULL;
}

/* What stands after a verb, as in a synopsis. */
static void put_arguments(FILE *out, const char *arguments)
{
        if (!*arguments)
                return;
        fputs(" \\fI", out);
        put_text(out, arguments);
        fputs("\\fR", out);
}

static void put_synopsis(FILE *out)
{
        for (size_t i = 0; i < rt_n_verbs; i++) {
                fputs(i > 0 ? ".br\n" : "", out);
                fputs("\\fBrtctl\\fR [\\fIOPTION\\fR...] \\fB", out);
                put_text(out, rt_verbs[i].name);
                fputs("\\fR", out);
                put_arguments(out, rt_verbs[i].arguments);
                putc('\n', out);
        }
}

static void put_verb(FILE *out, const RtVerb *verb)
{
        fputs(".TP\n\\fB", out);
        put_text(out, verb->name);
        fputs("\\fR", out);
        put_arguments(out, verb->arguments);
        putc('\n', out);
        put_text(out, verb->summary);
        fputs(".\n", out);
}

static void put_option(FILE *out, RtArena *arena, const RtOption *option)
{
        const char *verbs = rt_option_verbs(arena, option);
        fputs(".TP\n\\fB\\-\\-", out);
        put_text(out, option->name);
        fputs("\\fR", out);
        if (option->argument) {
                fputs("=\\fI", out);
                put_text(out, option->argument);
                fputs("\\fR", out);
        }
        putc('\n', out);
        put_text(out, option->summary);
        fputs(".\n", out);
        if (verbs) {
                fputs("For ", out);
                put_text(out, verbs);
                fputs(" only.\n", out);
        }
}

/* -- templates --------------------------------------------------------------------------------- */

/* "@NAME:ARGUMENT@" or "@NAME@" as a whole line. Whether it was one; splits the line. */
static bool parse_line(char *line, const char **ret_name, const char **ret_argument)
{
        size_t n = strlen(line);
        if (n < 3 || line[0] != '@' || line[n - 1] != '@')
                return false;
        line[n - 1] = '\0';
        char *colon = strchr(line, ':');
        if (colon)
                *colon = '\0';
        *ret_name = line + 1;
        *ret_argument = colon ? colon + 1 : "";
        return true;
}

static void put_line(FILE *out, const char *line)
{
        static const char version[] = "@VERSION@";
        for (const char *s = line; *s; s++)
                if (rt_starts_with(s, version)) {
                        fputs(RT_VERSION, out);
                        s += strlen(version) - 1;
                } else {
                        putc(*s, out);
                }
        putc('\n', out);
}

static void fill_line(FILE *out, RtArena *arena, char *line)
{
        const char *name, *argument;
        if (!parse_line(line, &name, &argument))
                put_line(out, line);
        else if (strcmp(name, "KEYS") == 0)
                put_kind(out, arena, argument);
        else if (strcmp(name, "SYNOPSIS") == 0)
                put_synopsis(out);
        else if (strcmp(name, "VERB") == 0)
                put_verb(out, find_verb(argument));
        else if (strcmp(name, "OPTION") == 0)
                put_option(out, arena, find_option(argument));
        else
                fail("nothing is known to put here", name);
}

static void fill_template(RtArena *arena, const char *from, const char *to)
{
        FILE *in = fopen(from, "re"), *out = fopen(to, "we");
        if (!in || !out)
                fail("cannot be opened", in ? to : from);
        char *line = NULL;
        size_t capacity = 0;
        while (getline(&line, &capacity, in) >= 0) {
                line[strcspn(line, "\n")] = '\0';
                fill_line(out, arena, line);
        }
        free(line);
        if (ferror(in))
                fail("cannot be read", from);
        fclose(in);
        if (fclose(out) != 0)
                fail("cannot be written", to);
}

/* -- list -------------------------------------------------------------------------------------- */

static void list_keys(RtArena *arena, const char *kind, const char *prefix, const RtSchema *schema)
{
        printf("schema\t%s\t%s\n", schema->name, schema->doc ? schema->doc : "");
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                const char *name = full_name(arena, prefix, key);
                printf("key\t%s\t%s\t%s\n", kind, name, key->doc ? key->doc : "");
                if (key->group)
                        list_keys(arena, kind, rt_printf(arena, "%s.", name), key->group);
        }
}

static void list_tables(RtArena *arena)
{
        for (RtKind kind = 0; kind < RT_KINDS; kind++)
                list_keys(arena, rt_kind_word(kind), "", rt_kind_schema(kind));
        for (size_t i = 0; i < rt_n_verbs; i++)
                printf("verb\t%s\t%s\t%s\n", rt_verbs[i].name, rt_verbs[i].arguments,
                       rt_verbs[i].summary);
        for (size_t i = 0; i < rt_n_options; i++)
                printf("option\t%s\t%s\t%s\t%s\n", rt_options[i].name,
                       rt_options[i].argument ? rt_options[i].argument : "",
                       rt_options[i].verbs ? rt_options[i].verbs : "", rt_options[i].summary);
}

int main(int argc, char *argv[])
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        if (argc == 2 && strcmp(argv[1], "--list") == 0) {
                list_tables(arena);
        } else if (argc == 3) {
                fill_template(arena, argv[1], argv[2]);
        } else {
                fputs("docgen TEMPLATE PAGE | docgen --list\n", stderr);
                return 2;
        }
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
