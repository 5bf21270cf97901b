/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as systemd reads them back. What follows imitates the parts of its parser that matter:
 * continued lines, blanks at the ends, quoted words, specifiers, variables. */

#include <string.h>

#include "escape.h"
#include "harness.h"
#include "text.h"

/* The line as the parser of unit files sees it; NULL if it goes on in the next one. */
static const char *logical_line(RtArena *arena, const char *line)
{
        bool escaped = false;
        for (const char *s = line; *s; s++)
                escaped = !escaped && *s == '\\';
        if (escaped)
                return NULL;
        size_t n = strlen(line);
        while (n > 0 && strchr(" \t", line[n - 1]))
                n--;
        return rt_strndup(arena, line, n);
}

/* "%%" → "%" and so on; NULL if a single one is left. */
static const char *undoubled(RtArena *arena, const char *text, char c)
{
        RtText out = RT_TEXT(arena);
        for (const char *s = text; *s; s++) {
                if (*s == c && *++s != c)
                        return NULL;
                rt_text_add_char(&out, *s);
        }
        return rt_strdup(arena, out.data);
}

/* The words of a list: quotes and backslashes. With `raw` a backslash stands for itself. */
static const char *unquoted(RtArena *arena, const char *text, bool raw, size_t *ret_words)
{
        RtText out = RT_TEXT(arena);
        char quote = 0;
        *ret_words = 0;
        bool in_word = false;
        for (const char *s = text; *s; s++) {
                bool blank = !quote && strchr(" \t", *s);
                *ret_words += !blank && !in_word;
                in_word = !blank;
                if (blank)
                        continue;
                if (!raw && *s == '\\') {
                        MUST(*++s, "a backslash at the end of %s", text);
                        rt_text_add_char(&out, *s);
                } else if (quote ? *s == quote : *s == '"' || *s == '\'') {
                        quote = quote ? 0 : *s;
                } else {
                        rt_text_add_char(&out, *s);
                }
        }
        MUST(!quote, "a quote is open in %s", text);
        return rt_strdup(arena, out.data);
}

static void expect(const char *what, const char *escaped, const char *read, const char *text)
{
        MUST(read && strcmp(read, text) == 0, "%s: «%s» as «%s» reads «%s»", what, text, escaped,
             read ? read : "(nothing)");
}

static void check_words(RtArena *arena, const char *text)
{
        size_t n;
        const char *word = rt_escape_word(arena, text);
        const char *read = unquoted(arena, logical_line(arena, word), false, &n);
        expect("word", word, undoubled(arena, read, '%'), text);
        MUST(n == 1, "word: %zu words in %s", n, word);

        const char *argument = rt_escape_argument(arena, text);
        read = unquoted(arena, logical_line(arena, argument), false, &n);
        expect("argument", argument, undoubled(arena, undoubled(arena, read, '%'), '$'), text);
        MUST(n == 1, "argument: %zu words in %s", n, argument);

        const char *setting = rt_escape_nspawn_word(arena, text);
        read = unquoted(arena, logical_line(arena, setting), true, &n);
        expect("nspawn word", setting, read, text);
        MUST(n == 1, "nspawn word: %zu words in %s", n, setting);
}

/* Paths and descriptions do not end in blanks; nothing else is asked of them here. */
static void check_texts(RtArena *arena, const char *text)
{
        size_t n = strlen(text);
        if (n > 0 && strchr(" \t", text[n - 1]))
                return;
        const char *plain = rt_escape_text(arena, text);
        expect("text", plain, undoubled(arena, logical_line(arena, plain), '%'), text);
        const char *setting = rt_escape_nspawn_text(arena, text);
        expect("nspawn text", setting, logical_line(arena, setting), text);
}

/* The fields of Bind= are split at colons. */
static void check_path(RtArena *arena, const char *text)
{
        const char *escaped = rt_escape_nspawn_path(arena, text);
        RtText out = RT_TEXT(arena);
        for (const char *s = escaped; *s; s++) {
                MUST(*s != ':', "nspawn path: a field ends in %s", escaped);
                if (*s == '\\')
                        s++;
                rt_text_add_char(&out, *s);
        }
        expect("nspawn path", escaped, out.data, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        const char *text = rt_strndup(arena, (const char *)data, size);
        if (!rt_utf8_is_valid(text) || rt_text_has_control(text))
                return 0;
        check_words(arena, text);
        check_texts(arena, text);
        check_path(arena, text);
        const char *unit = rt_escape_unit_name(arena, text);
        MUST(!strpbrk(unit, "/ -\"'%$@") && rt_utf8_is_valid(unit), "unit name %s", unit);
        return 0;
}
