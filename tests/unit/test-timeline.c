/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

#include "fixture.h"
#include "text.h"

/* "0-40:a 40-80:b …", late segments with "!". */
static const char *drawn(const RtLoad *loads, size_t n, int64_t horizon, size_t most)
{
        RtText text = RT_TEXT(fx.arena);
        RtTimeline line = rt_timeline(fx.arena, loads, n, horizon, most);
        RT_EACH (segment, &line.segments)
                rt_text_addf(&text, "%s%jd-%jd:%c%s", text.n > 0 ? " " : "",
                             (intmax_t)segment->start, (intmax_t)segment->end,
                             'a' + (int)segment->load, segment->late ? "!" : "");
        return text.data;
}

START_TEST(more_urgent_jobs_interrupt_less_urgent_ones)
{
        const RtLoad loads[] = { { .wcet = 40, .period = 100, .deadline = 100, .priority = 2 },
                                 { .wcet = 100, .period = 350, .deadline = 300, .priority = 1 } };
        ck_assert_str_eq(drawn(loads, 2, 300, 99), "0-40:a 40-100:b 100-140:a 140-180:b 200-240:a");
}
END_TEST

START_TEST(a_job_is_late_from_its_deadline_on)
{
        const RtLoad loads[] = { { .wcet = 40, .period = 100, .deadline = 100, .priority = 2 },
                                 { .wcet = 50, .period = 200, .deadline = 70, .priority = 1 } };
        ck_assert_str_eq(drawn(loads, 2, 100, 99), "0-40:a 40-70:b 70-90:b!");
}
END_TEST

/* The first job has arrived 30 before its release, so the second comes after 70. */
START_TEST(the_first_release_is_as_late_as_its_jitter_allows)
{
        const RtLoad loads[] = {
                { .wcet = 10, .period = 100, .jitter = 30, .deadline = 35, .priority = 1 }
        };
        ck_assert_str_eq(drawn(loads, 1, 150, 99), "0-5:a 5-10:a! 70-80:a");
}
END_TEST

START_TEST(jobs_that_jitter_has_held_up_come_together)
{
        const RtLoad loads[] = {
                { .wcet = 10, .period = 40, .jitter = 90, .deadline = 100, .priority = 1 }
        };
        ck_assert_str_eq(drawn(loads, 1, 90, 99), "0-40:a 70-80:a");
}
END_TEST

START_TEST(deadline_tasks_run_by_their_deadlines_before_all_others)
{
        const RtLoad loads[] = {
                { .wcet = 20, .period = 90, .deadline = 60, .priority = RT_LEVEL_DEADLINE },
                { .wcet = 20, .period = 90, .deadline = 50, .priority = RT_LEVEL_DEADLINE },
                { .wcet = 5, .period = 90, .deadline = 90, .priority = 99 },
        };
        ck_assert_str_eq(drawn(loads, 3, 80, 99), "0-20:b 20-40:a 40-45:c");
}
END_TEST

START_TEST(a_timeline_ends_at_its_horizon_or_when_there_are_too_many_jobs)
{
        const RtLoad loads[] = { { .wcet = 1, .period = 2, .deadline = 2, .priority = 1 } };
        RtTimeline line = rt_timeline(fx.arena, loads, 1, 100, 1000);
        ck_assert_int_eq(line.end, 100);
        ck_assert(!line.cut);
        line = rt_timeline(fx.arena, loads, 1, 100, 10);
        ck_assert_int_lt(line.end, 30);
        ck_assert(line.cut);
        /* A burst that never ends does not keep it. */
        const RtLoad burst[] = {
                { .wcet = 1, .period = 1, .jitter = RT_TIME_MOST - 1, .deadline = 2, .priority = 1 }
        };
        line = rt_timeline(fx.arena, burst, 1, 100, 10);
        ck_assert(line.cut);
}
END_TEST

START_TEST(nothing_is_drawn_of_nothing)
{
        RtTimeline line = rt_timeline(fx.arena, NULL, 0, 100, 10);
        ck_assert_uint_eq(line.segments.n, 0);
        ck_assert_int_eq(line.end, 100);
}
END_TEST

int main(void)
{
        return RUN_TESTS("timeline", more_urgent_jobs_interrupt_less_urgent_ones,
                         a_job_is_late_from_its_deadline_on,
                         the_first_release_is_as_late_as_its_jitter_allows,
                         jobs_that_jitter_has_held_up_come_together,
                         deadline_tasks_run_by_their_deadlines_before_all_others,
                         a_timeline_ends_at_its_horizon_or_when_there_are_too_many_jobs,
                         nothing_is_drawn_of_nothing);
}
