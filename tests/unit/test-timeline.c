/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

#include "cpu.h"
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

/* Job b takes 2 of its 10 as an interrupt; its second one comes while the first waits. */
START_TEST(interrupts_for_less_urgent_jobs_run_at_once)
{
        const RtLoad loads[] = {
                { .wcet = 20, .period = 100, .deadline = 100, .priority = 2 },
                { .wcet = 10, .period = 15, .deadline = 99, .interrupt = 2, .priority = 1 },
        };
        ck_assert_str_eq(drawn(loads, 2, 40, 99), "0-2:b 2-15:a 15-17:b 17-24:a 24-40:b");
}
END_TEST

/* The worst time from an arrival to an end that the picture shows. */
static int64_t worst_drawn(const RtTimeline *line, size_t load, const RtLoad *self)
{
        int64_t worst = 0, done = 0, job = 0;
        RT_EACH (segment, &line->segments) {
                if (segment->load != load)
                        continue;
                int64_t before = done;
                done += segment->end - segment->start;
                for (; (job + 1) * self->wcet <= done; job++) {
                        int64_t end = segment->start + (job + 1) * self->wcet - before;
                        int64_t time = end - (job * self->period - self->jitter);
                        worst = time > worst ? time : worst;
                }
        }
        return worst;
}

/* Each has a level of its own: of equal ones, which run as they come, there is a bound only. */
START_TEST(the_worst_that_is_drawn_is_what_the_analysis_says)
{
        enum { SETS = 500, TASKS = 4, HORIZON = 4000 };
        const RtCpuRules rules = { .bandwidth = 1000000 };
        unsigned state = 1;
        for (int set = 0; set < SETS; set++) {
                RtLoad loads[TASKS] = { 0 };
                RtResponse responses[TASKS];
                for (int i = 0; i < TASKS; i++) {
                        int parts[3];
                        for (int k = 0; k < 3; k++)
                                parts[k] = (int)((state = state * 1103515245 + 12345) >> 16);
                        loads[i].period = 10 + parts[0] % 60;
                        loads[i].wcet = 1 + parts[1] % (loads[i].period / 5);
                        loads[i].jitter = parts[2] % 30;
                        loads[i].deadline = 500;
                        loads[i].priority = TASKS - i;
                }
                RtEffort effort = RT_EFFORT(fx.arena);
                rt_cpu_responses(&effort, loads, TASKS, &rules, responses);
                RtTimeline line = rt_timeline(fx.arena, loads, TASKS, HORIZON, 10000);
                for (size_t i = 0; i < TASKS; i++)
                        ck_assert_int_eq(worst_drawn(&line, i, &loads[i]), responses[i].time);
        }
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
                         interrupts_for_less_urgent_jobs_run_at_once,
                         the_worst_that_is_drawn_is_what_the_analysis_says,
                         a_timeline_ends_at_its_horizon_or_when_there_are_too_many_jobs,
                         nothing_is_drawn_of_nothing);
}
