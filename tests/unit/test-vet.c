/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vet.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

static void take(const char *text)
{
        unsigned line = 0;
        const char *what = NULL, *fix = NULL;
        ck_assert_msg(rt_vet(text, strlen(text), &line, &what, &fix) == 0, "line %u: %s", line,
                      what);
}

static void refuse_bytes(const char *text, size_t size, unsigned line, const char *what)
{
        unsigned at = 0;
        const char *why = NULL, *fix = NULL;
        ck_assert_int_eq(rt_vet(text, size, &at, &why, &fix), -EINVAL);
        expect_contains(why, what);
        ck_assert_uint_eq(at, line);
        ck_assert(fix && fix[0]);
}

static void refuse(const char *text, unsigned line, const char *what)
{
        refuse_bytes(text, strlen(text), line, what);
}

START_TEST(descriptors_pass)
{
        take("");
        take("\n");
        take("# a comment with @include \"x\" and ( ( (\nrootfs = \"/a\";\n");
        take("a = ( { b = [ 1, 2 ]; } ); /* ( @ */ // {{{\n");
        take("a = \"@ # // /* {{{{{{{{{{{{{{{{{{{{{{\";");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_found_with_their_line)
{
        refuse_bytes("a = 1;\n\0b", 9, 2, "zero byte");
        refuse("a = 1;\n\nb = \"\xff\";", 3, "not valid UTF-8");
        refuse("# \xc0\x80", 1, "not valid UTF-8");
}
END_TEST

START_TEST(includes_are_refused)
{
        refuse("\n@include \"/etc/shadow\"\n", 2, "\"@\" is not possible here");
        refuse("a = { @include \"x\"\n };", 1, "\"@\"");
}
END_TEST

START_TEST(a_string_cannot_hide_what_follows)
{
        take("a = \"\\\"@include\";");
        refuse("a = \"\\\\\"; @", 1, "\"@\"");
        refuse("a = \"x\ny\";\n@", 3, "\"@\"");
        refuse("a = 1;\nb = \"unfinished @\n\n", 2, "never ends");
        refuse("b = \"unfinished \\\"", 1, "never ends");
        refuse("b = \"unfinished \\", 1, "never ends");
}
END_TEST

START_TEST(a_comment_cannot_hide_what_follows)
{
        refuse("/* */ @", 1, "\"@\"");
        refuse("/**/@", 1, "\"@\"");
        refuse("/* \n\n */\n@", 4, "\"@\"");
        refuse("# x\n@", 2, "\"@\"");
        refuse("// /*\n@", 2, "\"@\"");
        refuse("/ * @", 1, "\"@\"");
}
END_TEST

START_TEST(an_unfinished_comment_does_not_swallow_the_rest)
{
        refuse("a = 1;\n/* b = 2;\nc = 3;\n", 2, "comment");
        refuse("/*/", 1, "comment");
        refuse("a = 1; /* *", 1, "comment");
}
END_TEST

START_TEST(a_zero_byte_in_a_string_cannot_end_it)
{
        refuse("a = 1;\nb = \"x\\x00y\";", 2, "\\x00 would end the string");
        take("b = \"x\\x01y\";");
        take("b = \"x\\\\x00y\";");
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
        take(rt_printf(fx.arena, "a = %s%s;", repeated("(", 16), repeated(")", 16)));
        refuse(rt_printf(fx.arena, "a =\n%s", repeated("(", 17)), 2, "nested too deeply");
        refuse(rt_printf(fx.arena, "a = %s", repeated("{ a = ", 100000)), 1, "nested too deeply");
        take(repeated(") ", 100));
}
END_TEST

START_TEST(a_group_with_very_many_settings_is_refused)
{
        take(repeated("a = 1;\n", 256));
        refuse(repeated("a = 1;\n", 257), 257, "more than 256 settings");
        refuse(repeated("a : 1;\n", 257), 257, "more than 256 settings");
        take(rt_printf(fx.arena, "x = ( %s );", repeated("{ a = 1; b = 2; },\n", 5000)));
        refuse(rt_printf(fx.arena, "x = { %s };", repeated("a = 1;\n", 257)), 257, "256");
}
END_TEST

START_TEST(integers_that_the_parser_would_wrap_round_are_refused)
{
        refuse("a = 1;\nb = 0x100000001;", 2, "too large");
        refuse("a = 2147483648;", 1, "too large");
        refuse("a = -4294967295;", 1, "too large");
        refuse("a = [ 1, 2,\n 99999999999999999999 ];", 2, "too large");
        refuse("a=0XfffffffffffffffffL;", 1, "too large");
        take("b = 0x7fffffff; c = \"0x100000001\"; # 0x100000001\n");
        take("b = 2147483647; x99999999999 = 1; y-99999999999 = 2; *9999999999999 = 3;");
        take("b = 0.99999999999999999; c = 99999999999999.5; d = .9999999999999; e = 1e99;");
}
END_TEST

int main(void)
{
        return RUN_TESTS("vet", descriptors_pass, bytes_that_are_no_text_are_found_with_their_line,
                         includes_are_refused, a_string_cannot_hide_what_follows,
                         a_comment_cannot_hide_what_follows,
                         an_unfinished_comment_does_not_swallow_the_rest,
                         a_zero_byte_in_a_string_cannot_end_it, deep_nesting_is_refused,
                         a_group_with_very_many_settings_is_refused,
                         integers_that_the_parser_would_wrap_round_are_refused);
}
