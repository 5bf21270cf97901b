/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "diag.h"

#include "fixture.h"
#include "model.h"

START_TEST(a_line_is_file_line_key_severity_what_and_fix)
{
        RtDiags diags = { .arena = fx.arena };
        RtAt at = { NULL, { "/etc/x", 12 }, "tasks[0].period" };
        rt_diag(&diags, RT_ERROR, at, "is zero", "write more");
        rt_diag(&diags, RT_WARNING, at, "w", "f");
        ck_assert_str_eq(rt_diag_line(fx.arena, "", diags.list.items[0]),
                         "/etc/x:12: tasks[0].period: error: is zero; write more");
        ck_assert_str_eq(rt_diag_line(fx.arena, "/image", diags.list.items[1]),
                         "/image/etc/x:12: tasks[0].period: warning: w; f");
        ck_assert_uint_eq(diags.n_errors, 1);
        ck_assert_uint_eq(diags.n_warnings, 1);
}
END_TEST

START_TEST(the_first_error_about_an_object_rejects_it_and_a_warning_does_not)
{
        RtDiags diags = { .arena = fx.arena };
        RtObject *object = rt_object_new(fx.arena, RT_CONFIG, "x", (RtPlace){ "/x", 0 });
        RtAt at = { object, { "/x", 1 }, "k" };
        rt_diag(&diags, RT_WARNING, at, "w", "f");
        ck_assert_ptr_null(object->rejected);
        rt_diag(&diags, RT_ERROR, at, "first", "f");
        rt_diag(&diags, RT_ERROR, at, "second", "f");
        ck_assert_str_eq(object->rejected->what, "first");
        ck_assert_ptr_eq(diags.list.items[2]->about, object);
}
END_TEST

START_TEST(a_place_is_one_printable_line)
{
        ck_assert_str_eq(rt_place_text(fx.arena, (RtPlace){ "/a\nb", 3 }), "/a\\x0ab:3");
        ck_assert_str_eq(rt_place_text(fx.arena, (RtPlace){ NULL, 0 }), "(default):0");
}
END_TEST

START_TEST(a_root_stands_before_files_only)
{
        ck_assert_str_eq(rt_place_text_in(fx.arena, "/image", (RtPlace){ "/a", 3 }), "/image/a:3");
        ck_assert_str_eq(rt_place_text_in(fx.arena, "", (RtPlace){ "/a", 3 }), "/a:3");
        ck_assert_str_eq(rt_place_text_in(fx.arena, "/image", (RtPlace){ RT_WHAT_IF, 1 }),
                         "--what-if:1");
        ck_assert_str_eq(rt_place_text_in(fx.arena, "/image", (RtPlace){ NULL, 0 }), "(default):0");
}
END_TEST

int main(void)
{
        return RUN_TESTS("diag", a_line_is_file_line_key_severity_what_and_fix,
                         the_first_error_about_an_object_rejects_it_and_a_warning_does_not,
                         a_place_is_one_printable_line, a_root_stands_before_files_only);
}
