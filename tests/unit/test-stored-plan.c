/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stored-plan.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "text.h"

static void put_task(const char *name, const char *times, const char *more)
{
        put_container(name,
                      rt_printf(fx.arena, "tasks = ( { name = \"t\"; %s } ); %s", times, more));
}

static char *stored_text(void)
{
        RtText text = RT_TEXT(fx.arena);
        RtLines lines = rt_stored_plan_lines(&fx.pipeline.plan);
        RT_EACH (line, &lines)
                rt_text_addf(&text, "%s\n", *line);
        return rt_strdup(fx.arena, text.data);
}

static RtStoredPlan parsed(const char *text)
{
        RtStoredPlan stored;
        ck_assert_int_eq(rt_stored_plan_parse(fx.arena, rt_strdup(fx.arena, text), &stored), 0);
        return stored;
}

/* Plans the descriptors with that text as the stored plan. */
static void run_with(const char *text)
{
        RtStoredPlan stored = parsed(text);
        const RtPipelineOptions options = { .root = fx.root, .unit_dir = "/u", .stored = &stored };
        rt_pipeline_search(&fx.pipeline, fx.arena, &options);
        rt_pipeline_run(&fx.pipeline, &options);
}

static void put_pair(void)
{
        put_task("a", "period = \"1ms\"; wcet = \"100us\";", "");
        put_task("b", "period = \"2ms\"; wcet = \"100us\";", "");
        put_config("x", "a b", "");
}

static void expect_recalled(bool recalled)
{
        ck_assert_msg(fx.pipeline.plan.recalled == recalled, "%s; diagnostics:\n%s",
                      recalled ? "not recalled" : "recalled", diagnostics());
        expect_no_diagnostics();
}

START_TEST(a_stored_plan_has_a_line_for_each_real_time_task)
{
        put_pair();
        put_container("o", "tasks = ( { name = \"t\"; policy = \"other\"; } );");
        run();
        ck_assert_str_eq(stored_text(), "rtcontainers-plan 1\na t 1 80\nb t 1 79\n");
}
END_TEST

START_TEST(what_is_stored_is_recalled_as_the_same_plan)
{
        put_pair();
        run();
        const char *text = stored_text();
        ck_assert(!fx.pipeline.plan.recalled);
        run_with(text);
        expect_recalled(true);
        ck_assert_str_eq(stored_text(), text);
}
END_TEST

START_TEST(variants_of_a_container_are_recalled_each_for_its_config)
{
        put("platform.conf", "cpus = \"0-2\";");
        put_task("a", "period = \"1ms\"; wcet = \"900us\"; cpu = 1;", "");
        put_task("b", "period = \"2ms\"; wcet = \"1800us\"; cpu = 2;", "");
        put_task("m", "period = \"3ms\"; wcet = \"1ms\";", "");
        put_config("x", "a m", "");
        put_config("y", "b m", "");
        run();
        const char *text = stored_text();
        expect_contains(text, "\nm--x t 2 ");
        run_with(text);
        expect_recalled(true);
        ck_assert_str_eq(stored_text(), text);
}
END_TEST

START_TEST(a_stored_plan_is_followed_where_a_search_would_do_otherwise)
{
        put_pair();
        run_with("rtcontainers-plan 1\na t 3 20\nb t 2 70\n");
        expect_recalled(true);
        ck_assert_int_eq(task_plan("a", "t")->cpu, 3);
        ck_assert_int_eq(task_plan("b", "t")->priority, 70);
}
END_TEST

START_TEST(a_stored_plan_in_which_a_task_would_be_late_is_not_followed)
{
        put_task("a", "period = \"1ms\"; wcet = \"100us\"; deadline = \"150us\";", "");
        put_task("b", "period = \"2ms\"; wcet = \"100us\";", "");
        put_config("x", "a b", "");
        run_with("rtcontainers-plan 1\na t 1 70\nb t 1 60\n");
        expect_recalled(true);
        run_with("rtcontainers-plan 1\na t 1 60\nb t 1 70\n");
        expect_recalled(false);
        ck_assert_int_gt(task_plan("a", "t")->priority, task_plan("b", "t")->priority);
}
END_TEST

START_TEST(a_stored_plan_in_which_a_container_alone_would_be_late_is_not_followed)
{
        put_container("a",
                      "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"100us\"; deadline = "
                      "\"150us\"; },\n{ name = \"u\"; period = \"2ms\"; wcet = \"100us\"; } );");
        run_with("rtcontainers-plan 1\na t 1 70\na u 1 60\n");
        expect_recalled(true);
        run_with("rtcontainers-plan 1\na t 1 60\na u 1 70\n");
        expect_recalled(false);
        ck_assert_int_gt(task_plan("a", "t")->priority, task_plan("a", "u")->priority);
}
END_TEST

START_TEST(a_stored_plan_that_breaks_a_rule_is_not_followed)
{
        const char *own = "cpus = { allowed = \"1-2\"; exclusive = true; };";
        put_task("a", "period = \"1ms\"; wcet = \"100us\";", own);
        put_task("b", "period = \"2ms\"; wcet = \"100us\"; priority = 40;", "");
        put_task("c", "period = \"2ms\"; wcet = \"100us\"; cpu = 3;", "");
        put_config("x", "a b c", "");
        run_with("rtcontainers-plan 1\na t 2 20\nb t 1 40\nc t 3 50\n");
        expect_recalled(true);
        static const char *const wrong[] = {
                "a t 3 20\nb t 1 40\nc t 3 50\n",   /* not allowed */
                "a t 1 20\nb t 1 40\nc t 3 50\n",   /* exclusive */
                "a t 2 20\nb t 1 41\nc t 3 50\n",   /* priority by hand */
                "a t 2 20\nb t 1 40\nc t 1 50\n",   /* CPU by hand */
                "a t 2 5\nb t 1 40\nc t 3 50\n",    /* below the band */
                "a t 2 90\nb t 1 40\nc t 3 50\n",   /* above it */
                "a t 2 20\nb t 0 40\nc t 3 50\n",   /* a housekeeping CPU */
                "a t 2 20\nb t 900 40\nc t 3 50\n", /* no CPU */
                "b t 1 40\nc t 3 50\n",             /* a task is missing */
        };
        for (size_t i = 0; i < RT_ELEMENTS(wrong); i++) {
                run_with(rt_printf(fx.arena, "rtcontainers-plan 1\n%s", wrong[i]));
                expect_recalled(false);
        }
}
END_TEST

START_TEST(a_container_in_two_places_at_once_is_not_recalled)
{
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; },\n"
                           "{ name = \"u\"; period = \"1ms\"; wcet = \"1us\"; } );");
        put_config("x", "a", "");
        run_with("rtcontainers-plan 1\na t 1 70\na u 2 70\n");
        expect_recalled(false);
}
END_TEST

START_TEST(a_stored_plan_does_not_save_a_chain_that_is_too_slow)
{
        put_pair();
        put_config(
                "x", "a b",
                "chains = ( { name = \"c\"; path = [ \"a.t\", \"b.t\" ]; max_age = \"1ms\"; } );");
        run_with("rtcontainers-plan 1\na t 1 70\nb t 1 60\n");
        expect_diagnostic("x.config:2: chains[0].max_age: error:", "may reach");
        ck_assert(!rt_plan_config(&fx.pipeline.plan, "x"));
}
END_TEST

START_TEST(what_is_no_stored_plan_is_refused)
{
        static const char *const texts[] = {
                "",
                "\n",
                "rtcontainers-plan 2\n",
                "rtcontainers-plan 1\na t 1\n",
                "rtcontainers-plan 1\na t 1 2 3\n",
                "rtcontainers-plan 1\na t -1 2\n",
                "rtcontainers-plan 1\na t 1024 2\n",
                "rtcontainers-plan 1\na t 1 100\n",
                "rtcontainers-plan 1\na t 1 x\n",
                "rtcontainers-plan 1\n t 1 2\n",
                "rtcontainers-plan 1\na  1 2\n",
                "rtcontainers-plan 1\n\na t 1 2\n",
        };
        for (size_t i = 0; i < RT_ELEMENTS(texts); i++) {
                RtStoredPlan stored;
                int r = rt_stored_plan_parse(fx.arena, rt_strdup(fx.arena, texts[i]), &stored);
                ck_assert_msg(r == -EBADMSG, "«%s» gives %d", texts[i], r);
        }
}
END_TEST

START_TEST(seats_are_found_in_whatever_order_they_stand)
{
        RtStoredPlan stored = parsed("rtcontainers-plan 1\nb t 1 2\na z 3 4\na t 5 6");
        ck_assert_int_eq(rt_stored_plan_find(&stored, "a", "t")->cpu, 5);
        ck_assert_int_eq(rt_stored_plan_find(&stored, "a", "z")->priority, 4);
        ck_assert_int_eq(rt_stored_plan_find(&stored, "b", "t")->cpu, 1);
        ck_assert_ptr_null(rt_stored_plan_find(&stored, "b", "z"));
        stored = parsed("rtcontainers-plan 1\n");
        ck_assert_ptr_null(rt_stored_plan_find(&stored, "a", "t"));
}
END_TEST

int main(void)
{
        return RUN_TESTS("stored-plan", a_stored_plan_has_a_line_for_each_real_time_task,
                         what_is_stored_is_recalled_as_the_same_plan,
                         variants_of_a_container_are_recalled_each_for_its_config,
                         a_stored_plan_is_followed_where_a_search_would_do_otherwise,
                         a_stored_plan_in_which_a_task_would_be_late_is_not_followed,
                         a_stored_plan_in_which_a_container_alone_would_be_late_is_not_followed,
                         a_stored_plan_that_breaks_a_rule_is_not_followed,
                         a_container_in_two_places_at_once_is_not_recalled,
                         a_stored_plan_does_not_save_a_chain_that_is_too_slow,
                         what_is_no_stored_plan_is_refused,
                         seats_are_found_in_whatever_order_they_stand);
}
