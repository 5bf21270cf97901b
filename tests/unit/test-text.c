/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <string.h>

#include "fixture.h"

START_TEST(a_text_grows_and_stays_terminated)
{
        RtText text = RT_TEXT(fx.arena);
        ck_assert_str_eq(text.data, "");
        for (int i = 0; i < 500; i++)
                rt_text_addf(&text, "%d,", i % 10);
        rt_text_add_n(&text, "abcdef", 3);
        rt_text_add_char(&text, '!');
        ck_assert_uint_eq(text.n, 1004);
        ck_assert_str_eq(text.data + 1000, "abc!");
}
END_TEST

START_TEST(beginnings_and_endings_are_compared_whole)
{
        ck_assert(rt_starts_with("config-a", "config-"));
        ck_assert(rt_starts_with("a", ""));
        ck_assert(!rt_starts_with("conf", "config-"));
        ck_assert(rt_ends_with("a.container", ".container"));
        ck_assert(!rt_ends_with("container", ".container"));
        ck_assert(rt_ends_with("", ""));
}
END_TEST

START_TEST(utf8_takes_what_is_well_formed)
{
        ck_assert_uint_eq(rt_utf8_length("a"), 1);
        ck_assert_uint_eq(rt_utf8_length("ü"), 2);
        ck_assert_uint_eq(rt_utf8_length("…"), 3);
        ck_assert_uint_eq(rt_utf8_length("🙂"), 4);
        ck_assert_uint_eq(rt_utf8_length("\xf4\x8f\xbf\xbf"), 4);
        ck_assert_uint_eq(rt_utf8_length("\xef\xbf\xbf"), 3);
        ck_assert(rt_utf8_is_valid("Fähre 🙂"));
        ck_assert(rt_utf8_is_valid(""));
}
END_TEST

START_TEST(utf8_refuses_overlong_surrogate_truncated_and_too_large_forms)
{
        static const char *const bad[] = {
                "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
                "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                "\xc3",         "\xe2\x80",         "\xf0\x9f\x99",     "\xc3z",
        };
        for (size_t i = 0; i < RT_ELEMENTS(bad); i++) {
                ck_assert_msg(rt_utf8_length(bad[i]) == 0, "form %zu was taken", i);
                ck_assert(!rt_utf8_is_valid(rt_printf(fx.arena, "a%s", bad[i])));
        }
}
END_TEST

START_TEST(control_characters_are_found_c1_ones_too)
{
        ck_assert(rt_text_has_control("a\nb"));
        ck_assert(rt_text_has_control("\x1f"));
        ck_assert(rt_text_has_control("\x7f"));
        ck_assert(rt_text_has_control("\xc2\x80"));
        ck_assert(rt_text_has_control("\xc2\x9f"));
        ck_assert(!rt_text_has_control("\xc2\xa0"));
        ck_assert(!rt_text_has_control(" ~ü"));
}
END_TEST

START_TEST(printable_shows_what_is_not_as_hex)
{
        ck_assert_str_eq(rt_printable(fx.arena, "a\nb\x1b[0m", 60), "a\\x0ab\\x1b[0m");
        ck_assert_str_eq(rt_printable(fx.arena, "\xc2\x85", 60), "\\xc2\\x85");
        ck_assert_str_eq(rt_printable(fx.arena, "\xff…", 60), "\\xff…");
        ck_assert_str_eq(rt_printable(fx.arena, "ü", 60), "ü");
}
END_TEST

START_TEST(printable_cuts_long_texts_between_characters)
{
        ck_assert_str_eq(rt_printable(fx.arena, "abcdef", 6), "abcdef");
        ck_assert_str_eq(rt_printable(fx.arena, "abcdefg", 6), "abcdef…");
        ck_assert_str_eq(rt_printable(fx.arena, "üüü", 3), "üü…");
}
END_TEST

START_TEST(distance_counts_edits_and_one_for_a_swap)
{
        ck_assert_uint_eq(rt_edit_distance("period", "period", 3), 0);
        ck_assert_uint_eq(rt_edit_distance("peroid", "period", 3), 1);
        ck_assert_uint_eq(rt_edit_distance("priod", "period", 3), 1);
        ck_assert_uint_eq(rt_edit_distance("", "ab", 3), 2);
        ck_assert_uint_eq(rt_edit_distance("kitten", "sitting", 3), 3);
        ck_assert_uint_eq(rt_edit_distance("kitten", "sitting", 2), 3);
        ck_assert_uint_eq(rt_edit_distance("abcd", "wxyz", 2), 3);
}
END_TEST

START_TEST(distance_gives_up_on_words_too_long_to_be_slips)
{
        ck_assert_uint_eq(rt_edit_distance(repeated("a", 65), repeated("a", 65), 3), 4);
        ck_assert_uint_eq(rt_edit_distance(repeated("a", 64), repeated("a", 64), 3), 0);
}
END_TEST

START_TEST(the_nearest_word_is_suggested_only_when_it_is_near)
{
        static const char *const words[] = { "period", "priority", "policy", "cpu" };
        ck_assert_str_eq(rt_nearest("periode", words, 4), "period");
        ck_assert_str_eq(rt_nearest("policy", words, 4), "policy");
        ck_assert_str_eq(rt_nearest("cpus", words, 4), "cpu");
        ck_assert_ptr_null(rt_nearest("xyz", words, 4));
        ck_assert_ptr_null(rt_nearest("ab", words, 4));
        ck_assert_ptr_null(rt_nearest("period", words, 0));
}
END_TEST

int main(void)
{
        return RUN_TESTS("text", a_text_grows_and_stays_terminated,
                         beginnings_and_endings_are_compared_whole, utf8_takes_what_is_well_formed,
                         utf8_refuses_overlong_surrogate_truncated_and_too_large_forms,
                         control_characters_are_found_c1_ones_too,
                         printable_shows_what_is_not_as_hex,
                         printable_cuts_long_texts_between_characters,
                         distance_counts_edits_and_one_for_a_swap,
                         distance_gives_up_on_words_too_long_to_be_slips,
                         the_nearest_word_is_suggested_only_when_it_is_near);
}
