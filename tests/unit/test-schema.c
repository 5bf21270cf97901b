/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "schema.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "text.h"

static RtItem *new_object(RtKind kind)
{
        return &rt_object_new(fx.arena, kind, "x", (RtPlace){ "/x", 0 })->item;
}

static const RtKey *key_of(const RtItem *item, const char *name)
{
        const RtKey *key = rt_schema_find(item->schema, name);
        ck_assert_msg(key, "there is no key %s", name);
        return key;
}

static const char *written(const RtItem *item, const char *name)
{
        return rt_key_written(fx.arena, item, key_of(item, name));
}

static void set(const RtItem *item, const char *name, const char *text)
{
        RtProblem problem = { 0 };
        ck_assert_msg(rt_key_set_text(fx.arena, item, key_of(item, name), text, &problem) == 0,
                      "%s = «%s» is refused: %s", name, text, problem.what);
}

/* The value is refused with `what` and `fix` in the problem, and the old value stays. */
static void refuse(const RtItem *item, const char *name, const char *text, const char *what,
                   const char *fix)
{
        RtProblem problem = { 0 };
        const char *before = written(item, name);
        ck_assert_int_eq(rt_key_set_text(fx.arena, item, key_of(item, name), text, &problem),
                         -EINVAL);
        expect_contains(problem.what, what);
        expect_contains(problem.fix, fix);
        ck_assert_str_eq(written(item, name), before);
}

/* Calls `visit` with every schema there is, once per place where it is used. */
static void visit_schemas(const RtSchema *schema, void (*visit)(const RtSchema *schema))
{
        visit(schema);
        for (size_t i = 0; i < schema->n_keys; i++)
                if (schema->keys[i].group)
                        visit_schemas(schema->keys[i].group, visit);
}

static void check_row_order(const RtSchema *schema)
{
        ck_assert_uint_gt(schema->n_keys, 0);
        ck_assert_uint_ge(schema->size, sizeof(RtItem));
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                ck_assert_msg(key->name && key->name[0], "%s: row %zu has no name", schema->name,
                              i);
                ck_assert_msg(key->doc && key->doc[0], "%s.%s has no doc", schema->name, key->name);
                ck_assert_msg(key->offset >= sizeof(RtItem) && key->offset < schema->size,
                              "%s.%s has no field", schema->name, key->name);
                ck_assert_int_eq(!!key->words, key->type == RT_TYPE_WORD);
                ck_assert_int_eq(!!key->group,
                                 key->type == RT_TYPE_GROUP || key->type == RT_TYPE_GROUPS);
                ck_assert_msg(rt_schema_find(schema, key->name) == key, "%s.%s is there twice",
                              schema->name, key->name);
                for (size_t k = 0; k < i; k++)
                        ck_assert_msg(schema->keys[k].offset != key->offset,
                                      "%s.%s and %s share a field", schema->name, key->name,
                                      schema->keys[k].name);
        }
}

START_TEST(every_row_has_a_name_a_text_and_a_field_of_its_own)
{
        for (RtKind kind = 0; kind < RT_KINDS; kind++)
                visit_schemas(rt_kind_schema(kind), check_row_order);
}
END_TEST

static void check_defaults(const RtSchema *schema)
{
        RtItem *item = rt_alloc(fx.arena, schema->size);
        rt_item_init(fx.arena, schema, "", item);
        for (size_t i = 0; i < schema->n_keys; i++) {
                const RtKey *key = &schema->keys[i];
                RtProblem problem = { 0 };
                ck_assert(!rt_is_set(item, i));
                if (key->initial)
                        ck_assert_msg(
                                rt_key_set_text(fx.arena, item, key, key->initial, &problem) == 0,
                                "default of %s.%s: %s", schema->name, key->name, problem.what);
                ck_assert_msg(!key->required || !key->initial, "%s.%s needs no default",
                              schema->name, key->name);
        }
}

START_TEST(every_default_is_a_valid_value)
{
        for (RtKind kind = 0; kind < RT_KINDS; kind++)
                visit_schemas(rt_kind_schema(kind), check_defaults);
}
END_TEST

START_TEST(a_new_object_holds_its_defaults_in_groups_too)
{
        RtPlatform *platform = (RtPlatform *)(void *)new_object(RT_PLATFORM);
        ck_assert_int_eq(platform->priorities.min, 10);
        ck_assert_int_eq(platform->priorities.max, 80);
        ck_assert_int_eq(platform->rt_bandwidth, 950000);
        ck_assert_int_eq(platform->uid_base, 655360);
        ck_assert_int_eq(platform->admission, RT_ADMISSION_ENFORCE);
        RtContainer *own = (RtContainer *)(void *)new_object(RT_CONTAINER);
        ck_assert_int_eq(own->cpus.count, 1);
        ck_assert_str_eq(own->user, "root");
        ck_assert_str_eq(own->cpus.item.path, "cpus");
        ck_assert_int_eq(own->stop_timeout, 5000000000);
}
END_TEST

START_TEST(a_text_is_kept_as_a_copy)
{
        RtItem *item = new_object(RT_CONTAINER);
        char text[] = "one";
        set(item, "description", text);
        text[0] = 'x';
        ck_assert_str_eq(((RtContainer *)(void *)item)->description, "one");
}
END_TEST

START_TEST(quantities_without_a_unit_are_told_so)
{
        RtItem *item = new_object(RT_CONTAINER);
        RtItem *memory = rt_field(item, key_of(item, "memory"));
        refuse(item, "watchdog", "500", "has no unit", "\"250us\"");
        refuse(memory, "max", "64", "has no unit", "\"64K\"");
        RtProblem problem;
        ck_assert_int_eq(
                rt_key_set_integer(fx.arena, item, key_of(item, "watchdog"), 500, &problem),
                -EINVAL);
        expect_contains(problem.what, "the bare number 500 has no unit");
}
END_TEST

START_TEST(quantities_out_of_range_or_zero_are_refused)
{
        RtItem *item = new_object(RT_CONTAINER);
        refuse(item, "watchdog", "-1ms", "negative", "duration");
        refuse(item, "watchdog", "99999999999s", "over 100 years", "duration");
        refuse(item, "watchdog", "0ms", "is zero", "duration");
        refuse(item, "watchdog", "soon", "is no duration", "duration");
        RtItem *memory = rt_field(item, key_of(item, "memory"));
        refuse(memory, "max", "0K", "is zero", "size");
        refuse(memory, "max", "9999999T", "over 1 EiB", "size");
        refuse(memory, "max", "lots", "is no size", "size");
}
END_TEST

START_TEST(words_suggest_the_one_that_was_meant)
{
        RtItem *item = new_object(RT_CONTAINER);
        set(item, "restart", "always");
        ck_assert_str_eq(written(item, "restart"), "\"always\"");
        refuse(item, "restart", "on-failur", "is not known here", "did you mean \"on-failure\"?");
        refuse(item, "restart", "perhaps", "is not known here", "one of \"no\"");
}
END_TEST

START_TEST(cpu_lists_are_checked)
{
        RtItem *item = new_object(RT_PLATFORM);
        set(item, "cpus", "0,2-3");
        ck_assert_str_eq(written(item, "cpus"), "\"0,2-3\"");
        refuse(item, "cpus", "two", "is no CPU list", "\"0,2-3\"");
        refuse(item, "cpus", "0-4096", "above 1023", "\"0,2-3\"");
        refuse(item, "cpus", "", "is no CPU list", "\"0,2-3\"");
}
END_TEST

START_TEST(integers_keep_to_their_limits)
{
        RtItem *item = new_object(RT_PLATFORM);
        RtItem *band = rt_field(item, key_of(item, "priorities"));
        RtProblem problem;
        const RtKey *key = key_of(band, "min");
        ck_assert_int_eq(rt_key_set_integer(fx.arena, band, key, 1, &problem), 0);
        ck_assert_int_eq(rt_key_set_integer(fx.arena, band, key, 99, &problem), 0);
        ck_assert_int_eq(rt_key_set_integer(fx.arena, band, key, 0, &problem), -EINVAL);
        expect_contains(problem.what, "0 is out of range");
        expect_contains(problem.fix, "from 1 to 99");
        ck_assert_int_eq(rt_key_set_integer(fx.arena, band, key, 100, &problem), -EINVAL);
        ck_assert_int_eq(((RtPriorities *)(void *)band)->min, 99);
        ck_assert_int_eq(rt_key_set_fraction(fx.arena, band, key, 1.5, &problem), -EINVAL);
}
END_TEST

START_TEST(fractions_keep_to_their_limits_and_are_no_nan)
{
        RtItem *item = new_object(RT_PLATFORM);
        RtProblem problem;
        const RtKey *key = key_of(item, "rt_bandwidth");
        ck_assert_int_eq(rt_key_set_fraction(fx.arena, item, key, 0.5, &problem), 0);
        ck_assert_int_eq(((RtPlatform *)(void *)item)->rt_bandwidth, 500000);
        ck_assert_int_eq(rt_key_set_integer(fx.arena, item, key, 1, &problem), 0);
        ck_assert_int_eq(((RtPlatform *)(void *)item)->rt_bandwidth, 1000000);
        static const double bad[] = { 0, -0.5, 1.0001, 1e300 };
        for (size_t i = 0; i < RT_ELEMENTS(bad); i++)
                ck_assert_int_eq(rt_key_set_fraction(fx.arena, item, key, bad[i], &problem),
                                 -EINVAL);
        ck_assert_int_eq(rt_key_set_fraction(fx.arena, item, key, NAN, &problem), -EINVAL);
        ck_assert_int_eq(rt_key_set_fraction(fx.arena, item, key, INFINITY, &problem), -EINVAL);
        ck_assert_int_eq(((RtPlatform *)(void *)item)->rt_bandwidth, 1000000);
}
END_TEST

START_TEST(no_text_may_hold_control_characters_or_invalid_utf8)
{
        RtItem *item = new_object(RT_CONTAINER);
        refuse(item, "description", "a\nb", "contains a control character", "one line");
        refuse(item, "description", "a\tb", "contains a control character", "one line");
        refuse(item, "description", "a\xc2\x85z", "contains a control character", "one line");
        refuse(item, "description", "a\xffz", "contains invalid UTF-8", "one line");
        const RtKey *command = key_of(item, "command");
        RtProblem problem;
        ck_assert_int_eq(rt_key_check_text(fx.arena, command, "a\nb", &problem), -EINVAL);
        ck_assert_int_eq(rt_key_check_text(fx.arena, command, "a b", &problem), 0);
}
END_TEST

START_TEST(a_text_has_a_greatest_length)
{
        RtItem *item = new_object(RT_CONTAINER);
        set(item, "description", repeated("a", RT_TEXT_MAX));
        refuse(item, "description", repeated("a", RT_TEXT_MAX + 1), "32769 bytes long",
               "at most 32768");
}
END_TEST

START_TEST(lists_and_groups_are_no_single_value)
{
        RtItem *item = new_object(RT_CONTAINER);
        RtProblem problem;
        static const char *const keys[] = { "command", "tasks", "cpus" };
        for (size_t i = 0; i < RT_ELEMENTS(keys); i++)
                ck_assert_int_eq(
                        rt_key_set_text(fx.arena, item, key_of(item, keys[i]), "x", &problem),
                        -EINVAL);
        ck_assert_int_eq(rt_key_set_integer(fx.arena, item, key_of(item, "boot"), 1, &problem),
                         -EINVAL);
        expect_contains(problem.fix, "true or false");
}
END_TEST

START_TEST(values_are_written_as_a_descriptor_would)
{
        RtItem *item = new_object(RT_CONTAINER);
        set(item, "description", "say \"hi\" \\o/");
        ck_assert_str_eq(written(item, "description"), "\"say \\\"hi\\\" \\\\o/\"");
        set(item, "writable", "true");
        ck_assert_str_eq(written(item, "writable"), "true");
        set(item, "watchdog", "0.5s");
        ck_assert_str_eq(written(item, "watchdog"), "\"500ms\"");
        ck_assert_str_eq(written(item, "command"), "[ ]");
        const char *words[] = { "a", "b\"" };
        ((RtContainer *)(void *)item)->command = (RtTexts){ .items = words, .n = 2 };
        ck_assert_str_eq(written(item, "command"), "[ \"a\", \"b\\\"\" ]");
        RtItem *platform = new_object(RT_PLATFORM);
        ck_assert_str_eq(written(platform, "rt_bandwidth"), "0.95");
        ck_assert_str_eq(written(platform, "uid_base"), "655360");
}
END_TEST

START_TEST(added_groups_know_their_path_and_keep_their_values)
{
        RtItem *item = new_object(RT_CONTAINER);
        const RtKey *tasks = key_of(item, "tasks");
        for (int i = 0; i < 20; i++) {
                RtTask *task = (RtTask *)(void *)rt_key_add_group(fx.arena, item, tasks);
                task->priority = i;
        }
        RtContainer *own = (RtContainer *)(void *)item;
        ck_assert_uint_eq(own->tasks.n, 20);
        for (int i = 0; i < 20; i++) {
                const RtTask *task = &own->tasks.items[i];
                ck_assert_int_eq(task->priority, i);
                ck_assert_str_eq(task->item.path, rt_printf(fx.arena, "tasks[%d]", i));
                ck_assert_str_eq(rt_key_path(fx.arena, &task->item, "wcet"),
                                 rt_printf(fx.arena, "tasks[%d].wcet", i));
                ck_assert_ptr_eq(rt_key_element(item, tasks, (size_t)i), &task->item);
        }
        ck_assert_uint_eq(rt_key_length(item, tasks), 20);
        ck_assert_ptr_null(rt_key_element(item, tasks, 20));
}
END_TEST

START_TEST(unknown_keys_have_a_nearest_one_if_any_is_near)
{
        const RtSchema *schema = rt_kind_schema(RT_CONTAINER);
        ck_assert_str_eq(rt_schema_nearest(schema, "comand"), "command");
        ck_assert_str_eq(rt_schema_nearest(schema, "stop-timeout"), "stop_timeout");
        ck_assert_ptr_null(rt_schema_nearest(schema, "zzz"));
        ck_assert_ptr_null(rt_schema_find(schema, "comand"));
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "schema", every_row_has_a_name_a_text_and_a_field_of_its_own,
                every_default_is_a_valid_value, a_new_object_holds_its_defaults_in_groups_too,
                a_text_is_kept_as_a_copy, quantities_without_a_unit_are_told_so,
                quantities_out_of_range_or_zero_are_refused, words_suggest_the_one_that_was_meant,
                cpu_lists_are_checked, integers_keep_to_their_limits,
                fractions_keep_to_their_limits_and_are_no_nan,
                no_text_may_hold_control_characters_or_invalid_utf8, a_text_has_a_greatest_length,
                lists_and_groups_are_no_single_value, values_are_written_as_a_descriptor_would,
                added_groups_know_their_path_and_keep_their_values,
                unknown_keys_have_a_nearest_one_if_any_is_near);
}
