/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "escape.h"

#include "fixture.h"

typedef const char *(*Escape)(RtArena *arena, const char *text);

static void expect(Escape escape, const char *text, const char *escaped)
{
        ck_assert_str_eq(escape(fx.arena, text), escaped);
}

START_TEST(plain_texts_stay_as_they_are)
{
        expect(rt_escape_text, "a text, \"quoted\" $HOME 'x'", "a text, \"quoted\" $HOME 'x'");
        expect(rt_escape_text, "", "");
        expect(rt_escape_nspawn_path, "/srv/a b", "/srv/a b");
}
END_TEST

START_TEST(specifiers_are_doubled)
{
        expect(rt_escape_text, "100%", "100%%");
        expect(rt_escape_text, "%i%%n", "%%i%%%%n");
        expect(rt_escape_word, "/a%n", "\"/a%%n\"");
        expect(rt_escape_argument, "%h", "\"%%h\"");
}
END_TEST

START_TEST(a_final_backslash_does_not_join_the_next_line)
{
        expect(rt_escape_text, "a\\", "a\\ ");
        expect(rt_escape_text, "a\\b", "a\\b");
        expect(rt_escape_text, "\\\\", "\\\\ ");
        expect(rt_escape_nspawn_text, "/a%\\", "/a%\\ ");
        expect(rt_escape_nspawn_text, "/a%i", "/a%i");
}
END_TEST

START_TEST(words_are_quoted_and_keep_their_quotes_and_backslashes)
{
        expect(rt_escape_word, "a b", "\"a b\"");
        expect(rt_escape_word, "a\"b", "\"a\\\"b\"");
        expect(rt_escape_word, "a\\b\\", "\"a\\\\b\\\\\"");
        expect(rt_escape_word, "it's", "\"it's\"");
        expect(rt_escape_word, "", "\"\"");
        expect(rt_escape_word, " ", "\" \"");
        expect(rt_escape_word, "$x", "\"$x\"");
}
END_TEST

START_TEST(arguments_expand_no_variable)
{
        expect(rt_escape_argument, "$HOME", "\"$$HOME\"");
        expect(rt_escape_argument, "${A}$", "\"$${A}$$\"");
        expect(rt_escape_argument, "a\\$\"", "\"a\\\\$$\\\"\"");
}
END_TEST

START_TEST(nspawn_words_are_single_quoted)
{
        expect(rt_escape_nspawn_word, "a b%i$x\\n\"", "'a b%i$x\\n\"'");
        expect(rt_escape_nspawn_word, "it's", "'it'\"'\"'s'");
        expect(rt_escape_nspawn_word, "", "''");
        expect(rt_escape_nspawn_word, "\\", "'\\'");
}
END_TEST

START_TEST(nspawn_paths_keep_colons_and_backslashes)
{
        expect(rt_escape_nspawn_path, "/a:b\\c", "/a\\:b\\\\c");
}
END_TEST

START_TEST(parts_of_unit_names_are_hexed)
{
        expect(rt_escape_unit_name, "a-b", "a\\x2db");
        expect(rt_escape_unit_name, "a_b:c.d", "a_b:c.d");
        expect(rt_escape_unit_name, ".a", "\\x2ea");
        expect(rt_escape_unit_name, "ü%", "\\xc3\\xbc\\x25");
}
END_TEST

START_TEST(mount_units_are_named_after_their_path)
{
        expect(rt_escape_mount_unit, "/run/rt/mounts/a-b/0", "run-rt-mounts-a\\x2db-0.mount");
        expect(rt_escape_mount_unit, "/a", "a.mount");
        expect(rt_escape_mount_unit, "/.a/b", "\\x2ea-b.mount");
        expect(rt_escape_unit_path, "/dev/.a/.b-c", "dev-.a-.b\\x2dc");
}
END_TEST

int main(void)
{
        return RUN_TESTS("escape", plain_texts_stay_as_they_are, specifiers_are_doubled,
                         a_final_backslash_does_not_join_the_next_line,
                         words_are_quoted_and_keep_their_quotes_and_backslashes,
                         arguments_expand_no_variable, nspawn_words_are_single_quoted,
                         nspawn_paths_keep_colons_and_backslashes, parts_of_unit_names_are_hexed,
                         mount_units_are_named_after_their_path);
}
