/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "text.h"

static RtMeasurement measurement;

/* CPUs 1 and 2; CPU 2 has seen 23.4 us of release, 2.1 of switch, 5 of irq. */
static void make_measurement(void)
{
        static const int64_t most[RT_OVERHEAD_KINDS] = { 23400, 2100, 5000 };
        measurement = (RtMeasurement){ .priority = 80, .duration = 30000000000, .margin = 1200000 };
        rt_cpuset_add(&measurement.cpus, 1);
        rt_cpuset_add(&measurement.cpus, 2);
        RT_APPEND(fx.arena, &measurement.conditions, "2026-11-24 12:00:00 UTC");
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++) {
                measurement.histograms[kind] = rt_alloc_array(fx.arena, 2, sizeof(RtHistogram));
                rt_histogram_add(&measurement.histograms[kind][0], 1000);
                rt_histogram_add(&measurement.histograms[kind][1], most[kind]);
        }
}

START_TEST(the_value_is_the_most_of_all_cpus_with_the_margin)
{
        make_measurement();
        ck_assert_int_eq(rt_measurement_value(&measurement, RT_OVERHEAD_RELEASE), 29000);
        ck_assert_int_eq(rt_measurement_value(&measurement, RT_OVERHEAD_SWITCH), 2600);
        ck_assert_int_eq(rt_measurement_value(&measurement, RT_OVERHEAD_IRQ), 6000);
        measurement.margin = 1000000;
        ck_assert_int_eq(rt_measurement_value(&measurement, RT_OVERHEAD_IRQ), 5000);
}
END_TEST

START_TEST(the_time_is_shared_out_and_used_up)
{
        int64_t sum = 0;
        make_measurement();
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++)
                sum += rt_measurement_share(&measurement, kind);
        ck_assert_int_eq(sum, measurement.duration);
}
END_TEST

START_TEST(a_probe_that_has_seen_nothing_is_named)
{
        RtOverhead kind;
        int cpu;
        make_measurement();
        ck_assert(rt_measurement_is_whole(&measurement, &kind, &cpu));
        measurement.histograms[RT_OVERHEAD_IRQ][1] = (RtHistogram){ 0 };
        ck_assert(!rt_measurement_is_whole(&measurement, &kind, &cpu));
        ck_assert_int_eq(kind, RT_OVERHEAD_IRQ);
        ck_assert_int_eq(cpu, 2);
}
END_TEST

START_TEST(the_reader_takes_the_text_as_a_drop_in)
{
        make_measurement();
        put("platform.conf.d/50-measured.conf", rt_measurement_text(fx.arena, &measurement));
        run();
        expect_no_diagnostics();
        const RtOverheads *overheads = &fx.pipeline.model.platform.overheads;
        ck_assert_int_eq(overheads->release, 29000);
        ck_assert_int_eq(overheads->context_switch, 2600);
        ck_assert_int_eq(overheads->irq, 6000);
}
END_TEST

START_TEST(the_analysis_counts_with_it)
{
        make_measurement();
        put_container("a", "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"100us\"; "
                           "deadline = \"120us\"; } );");
        put_config("A", "a", "");
        run();
        expect_no_diagnostics();
        put("platform.conf.d/50-measured.conf", rt_measurement_text(fx.arena, &measurement));
        run(); /* 100 + 2 x 2.6 + 6 + 29 = 140.2 us */
        expect_diagnostic("140200ns", "120us");
}
END_TEST

START_TEST(conditions_are_comments)
{
        make_measurement();
        const char *text = rt_measurement_text(fx.arena, &measurement);
        expect_contains(text, "\n# 2026-11-24 12:00:00 UTC\n");
        size_t others = 0;
        for (const char *line = text; *line; line = strchr(line, '\n') + 1)
                others += line[0] != '#';
        ck_assert_uint_eq(others, 1);
        expect_contains(text, "#   irq                2          1       5.0       5.0");
}
END_TEST

START_TEST(only_files_of_its_own_are_replaced)
{
        make_measurement();
        ck_assert(rt_measurement_is_ours(rt_measurement_text(fx.arena, &measurement)));
        ck_assert(rt_measurement_is_ours(""));
        ck_assert(!rt_measurement_is_ours("overheads = { };\n# Written by rtctl measure\n"));
        ck_assert(!rt_measurement_is_ours("\n"));
}
END_TEST

START_TEST(margins_are_factors_of_one_to_a_hundred)
{
        static const struct {
                const char *text;
                int64_t ppm;
        } good[] = { { "1", 1000000 },        { "1.2", 1200000 },  { "100", 100000000 },
                     { "1.000001", 1000001 }, { "2.50", 2500000 }, { "001", 1000000 } };
        static const char *const bad[] = { "",     "0",    "0.99", "100.1",     "1.",  ".5",
                                           "1,2",  "1.2x", "-1",   "1.0000001", "1e2", "nan",
                                           "1000", " 1",   "1 ",   "+1",        "0x1", "1.2.3" };
        for (size_t i = 0; i < RT_ELEMENTS(good); i++) {
                int64_t ppm = 0;
                ck_assert_int_eq(rt_parse_margin(good[i].text, &ppm), 0);
                ck_assert_int_eq(ppm, good[i].ppm);
        }
        for (size_t i = 0; i < RT_ELEMENTS(bad); i++) {
                int64_t ppm = 7;
                ck_assert_msg(rt_parse_margin(bad[i], &ppm) == -EINVAL, "%s", bad[i]);
                ck_assert_int_eq(ppm, 7);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("measure", the_value_is_the_most_of_all_cpus_with_the_margin,
                         the_time_is_shared_out_and_used_up, a_probe_that_has_seen_nothing_is_named,
                         the_reader_takes_the_text_as_a_drop_in, the_analysis_counts_with_it,
                         conditions_are_comments, only_files_of_its_own_are_replaced,
                         margins_are_factors_of_one_to_a_hundred);
}
