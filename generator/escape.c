/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "escape.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

/* `text` with `before` put in front of each character of `special`. */
static const char *prefix_each(RtArena *arena, const char *text, const char *special,
                               const char *before)
{
        if (!strpbrk(text, special))
                return text;
        RtText out = RT_TEXT(arena);
        for (const char *s = text; *s; s++) {
                if (strchr(special, *s))
                        rt_text_add(&out, before);
                rt_text_add_char(&out, *s);
        }
        return rt_strdup(arena, out.data);
}

/* `text` with each `c` doubled. */
static const char *doubled(RtArena *arena, const char *text, char c)
{
        return prefix_each(arena, text, (char[]){ c, '\0' }, (char[]){ c, '\0' });
}

/* A backslash at the end of the line would join the next one; blanks at the end are stripped, but
 * only after that. */
static const char *blank_after_backslash(RtArena *arena, const char *text)
{
        return rt_ends_with(text, "\\") ? rt_printf(arena, "%s ", text) : text;
}

const char *rt_escape_text(RtArena *arena, const char *text)
{
        return blank_after_backslash(arena, doubled(arena, text, '%'));
}

const char *rt_escape_word(RtArena *arena, const char *text)
{
        const char *quoted = prefix_each(arena, doubled(arena, text, '%'), "\"\\", "\\");
        return rt_printf(arena, "\"%s\"", quoted);
}

const char *rt_escape_argument(RtArena *arena, const char *text)
{
        return rt_escape_word(arena, doubled(arena, text, '$'));
}

const char *rt_escape_nspawn_word(RtArena *arena, const char *text)
{
        if (!strchr(text, '\''))
                return rt_printf(arena, "'%s'", text);
        RtText out = RT_TEXT(arena);
        rt_text_add_char(&out, '\'');
        for (const char *s = text; *s; s++) {
                if (*s == '\'')
                        rt_text_add(&out, "'\"'\"'");
                else
                        rt_text_add_char(&out, *s);
        }
        rt_text_add_char(&out, '\'');
        return rt_strdup(arena, out.data);
}

const char *rt_escape_nspawn_text(RtArena *arena, const char *text)
{
        return blank_after_backslash(arena, text);
}

const char *rt_escape_nspawn_path(RtArena *arena, const char *text)
{
        return prefix_each(arena, text, "\\:", "\\");
}

/* systemd escapes a dot where the whole name begins, nowhere else. */
static void add_unit_part(RtText *out, const char *text, size_t n)
{
        for (const char *s = text; s < text + n; s++) {
                unsigned char c = (unsigned char)*s;
                if (c < 0x80 && (isalnum(c) || strchr(":_", c) || (c == '.' && out->n > 0)))
                        rt_text_add_char(out, *s);
                else
                        rt_text_addf(out, "\\x%02x", c);
        }
}

const char *rt_escape_unit_name(RtArena *arena, const char *text)
{
        RtText out = RT_TEXT(arena);
        add_unit_part(&out, text, strlen(text));
        return rt_strdup(arena, out.data);
}

const char *rt_escape_unit_path(RtArena *arena, const char *path)
{
        RtText out = RT_TEXT(arena);
        for (const char *s = path + 1; *s;) {
                size_t n = strcspn(s, "/");
                rt_text_add(&out, out.n > 0 ? "-" : "");
                add_unit_part(&out, s, n);
                s += n + (s[n] == '/');
        }
        return rt_strdup(arena, out.data);
}

const char *rt_escape_mount_unit(RtArena *arena, const char *path)
{
        return rt_printf(arena, "%s.mount", rt_escape_unit_path(arena, path));
}
