/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response.h"

#include "fixture.h"

/* -- asking ------------------------------------------------------------------------------------ */

static RtEffort new_effort(void)
{
        return (RtEffort)RT_EFFORT(fx.arena);
}

static size_t gather(RtEffort *effort, const RtLoad *task, const RtLoad *others, size_t n)
{
        RtRival *rivals = rt_effort_rivals(effort, n);
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
                if (&others[i] != task)
                        m += rt_rival_of(&others[i], task->priority, &rivals[m]);
        return m;
}

/* Both ways of asking agree; of the longer answer. */
static RtResponse ask(const RtLoad *task, const RtLoad *others, size_t n)
{
        RtEffort effort = new_effort();
        RtResponse response = rt_response_time(&effort, task, gather(&effort, task, others, n));
        RtVerdict verdict = rt_response_verdict(&effort, task, gather(&effort, task, others, n));
        ck_assert_int_eq(verdict, response.verdict);
        return response;
}

/* A table, the most urgent first, with the responses that were published for it. Tasks whose
 * response is above their deadline, or for ever, are expected to be late. */
typedef struct Row {
        int64_t wcet, period, deadline, blocking, jitter, response;
} Row;

static void expect_rows(const Row *rows, size_t n)
{
        RtLoad loads[32];
        for (size_t i = 0; i < n; i++)
                loads[i] = (RtLoad){ .wcet = rows[i].wcet,
                                     .period = rows[i].period,
                                     .deadline = rows[i].deadline,
                                     .blocking = rows[i].blocking,
                                     .jitter = rows[i].jitter,
                                     .priority = (int)(n - i) };
        for (size_t i = 0; i < n; i++) {
                RtResponse response = ask(&loads[i], loads, n);
                ck_assert_msg(response.time == rows[i].response, "task %zu: %jd, not %jd", i,
                              (intmax_t)response.time, (intmax_t)rows[i].response);
                bool met = rows[i].response != RT_NO_TIME && rows[i].response <= rows[i].deadline;
                ck_assert_int_eq(response.verdict, met ? RT_MET : RT_MISSED);
        }
}
#define EXPECT_ROWS(...)                                                                           \
        expect_rows((const Row[]){ __VA_ARGS__ },                                                  \
                    sizeof((const Row[]){ __VA_ARGS__ }) / sizeof(Row))

/* A task below some rivals. */
static RtResponse beside(RtLoad task, const RtLoad *rivals, size_t n)
{
        task.priority = 1;
        RtLoad more_urgent[8] = { 0 };
        for (size_t i = 0; i < n; i++) {
                more_urgent[i] = rivals[i];
                more_urgent[i].priority = 2;
        }
        return ask(&task, more_urgent, n);
}
#define BESIDE(task, ...)                                                                          \
        beside((task), (const RtLoad[]){ __VA_ARGS__ },                                            \
               sizeof((const RtLoad[]){ __VA_ARGS__ }) / sizeof(RtLoad))

static void expect_time(RtResponse response, int64_t time)
{
        ck_assert_int_eq(response.time, time);
}

/* -- published examples ------------------------------------------------------------------------ */

/* Liu and Layland, "Scheduling algorithms for multiprogramming in a hard-real-time environment",
 * JACM 20 (1973), figure 2: with the shorter period first C2 may grow to 2, but not further; the
 * other way round neither may grow. */
START_TEST(liu_and_layland_1973)
{
        EXPECT_ROWS({ 1, 2, 2, 0, 0, 1 }, { 2, 5, 5, 0, 0, 4 });
        EXPECT_ROWS({ 1, 2, 2, 0, 0, 1 }, { 3, 5, 5, 0, 0, RT_NO_TIME });
        EXPECT_ROWS({ 1, 5, 5, 0, 0, 1 }, { 1, 2, 2, 0, 0, 2 });
        EXPECT_ROWS({ 2, 5, 5, 0, 0, 2 }, { 1, 2, 2, 0, 0, 3 });
}
END_TEST

/* Lehoczky, Sha, Ding, "The rate monotonic scheduling algorithm: exact characterization and average
 * case behavior", RTSS 1989, the example of section 3. */
START_TEST(lehoczky_sha_and_ding_1989)
{
        EXPECT_ROWS({ 40, 100, 100, 0, 0, 40 }, { 40, 150, 150, 0, 0, 80 },
                    { 100, 350, 350, 0, 0, 300 });
}
END_TEST

/* Burns and Wellings, "Real-time systems and programming languages", chapter on scheduling: process
 * sets A (late), C (the CPU is fully used) and D, and the table for deadlines below the period. */
START_TEST(burns_and_wellings_textbook)
{
        EXPECT_ROWS({ 10, 30, 30, 0, 0, 10 }, { 10, 40, 40, 0, 0, 20 }, { 12, 50, 50, 0, 0, 52 });
        EXPECT_ROWS({ 5, 20, 20, 0, 0, 5 }, { 10, 40, 40, 0, 0, 15 }, { 40, 80, 80, 0, 0, 80 });
        EXPECT_ROWS({ 3, 7, 7, 0, 0, 3 }, { 3, 12, 12, 0, 0, 6 }, { 5, 20, 20, 0, 0, 20 });
        EXPECT_ROWS({ 3, 20, 5, 0, 0, 3 }, { 3, 15, 7, 0, 0, 6 }, { 4, 10, 10, 0, 0, 10 },
                    { 3, 20, 20, 0, 0, 20 });
}
END_TEST

/* Audsley, Burns, Richardson, Tindell, Wellings, "Applying new scheduling theory to static priority
 * pre-emptive scheduling", Software Engineering Journal 8 (1993): the avionics of Locke, Vogel and
 * Mesarch (1991) in microseconds, with blocking and, for one task, jitter. The published times
 * count from the release, so its jitter is added. */
START_TEST(audsley_et_al_1993_avionics)
{
        EXPECT_ROWS(
                { 51, 1000, 1000, 0, 0, 51 }, { 3000, 2000000, 5000, 300, 0, 3504 },
                { 2000, 25000, 25000, 600, 0, 5906 }, { 5000, 25000, 25000, 900, 0, 11512 },
                { 1000, 40000, 40000, 1350, 0, 13064 }, { 3000, 50000, 50000, 1350, 0, 16217 },
                { 5000, 50000, 50000, 750, 0, 20821 }, { 8000, 59000, 59000, 750, 0, 36637 },
                { 9000, 80000, 80000, 1350, 0, 47798 }, { 2000, 80000, 80000, 450, 0, 48949 },
                { 5000, 100000, 100000, 1050, 0, 99150 },
                { 1000, 200000, 200000, 450, 1000, 99550 + 1000 },
                { 3000, 200000, 200000, 450, 0, 140641 }, { 1000, 200000, 200000, 450, 0, 141692 },
                { 1000, 200000, 200000, 1350, 0, 143694 }, { 3000, 1000000, 1000000, 0, 0, 145446 },
                { 1000, 1000000, 1000000, 0, 0, 146497 }, { 1000, 1000000, 1000000, 0, 0, 147548 });
}
END_TEST

/* Lehoczky, "Fixed priority scheduling of periodic task sets with arbitrary deadlines", RTSS 1990:
 * the seven jobs of the busy period take 114, 102, 116, 104, 118, 106 and 94. */
START_TEST(lehoczky_1990_the_fifth_job_is_the_worst)
{
        const RtLoad rival = { .wcet = 26, .period = 70 };
        RtLoad task = { .wcet = 62, .period = 100, .deadline = 118 };
        RtResponse response = BESIDE(task, rival);
        ck_assert_int_eq(response.time, 118);
        ck_assert_int_eq(response.job, 5);
        ck_assert_int_eq(response.window, 4 * 100 + 118);
        ck_assert_int_eq(response.verdict, RT_MET);
        task.deadline = 117;
        ck_assert_int_eq(BESIDE(task, rival).verdict, RT_MISSED);
        task.deadline = 115; /* the third is late already, but not the worst */
        ck_assert_int_eq(BESIDE(task, rival).time, 118);
}
END_TEST

/* The same paper, deadlines of 1.1 periods: late with the shorter deadline first, but not the other
 * way round. */
START_TEST(lehoczky_1990_deadline_order_is_not_the_best)
{
        EXPECT_ROWS({ 52, 100, 110, 0, 0, 52 }, { 52, 140, 154, 0, 0, 156 });
        EXPECT_ROWS({ 52, 140, 154, 0, 0, 52 }, { 52, 100, 110, 0, 0, 108 });
}
END_TEST

/* -- by hand ----------------------------------------------------------------------------------- */

START_TEST(jobs_within_a_window_are_counted_from_its_start)
{
        ck_assert_int_eq(rt_jobs_within(0, 10, 0), 0);
        ck_assert_int_eq(rt_jobs_within(1, 10, 0), 1);
        ck_assert_int_eq(rt_jobs_within(10, 10, 0), 1);
        ck_assert_int_eq(rt_jobs_within(11, 10, 0), 2);
        ck_assert_int_eq(rt_jobs_within(10, 10, 1), 2);
        ck_assert_int_eq(rt_jobs_within(1, 10, 9), 1);
        ck_assert_int_eq(rt_jobs_within(1, 10, 10), 2);
        ck_assert_int_eq(rt_jobs_within(1, 10, 35), 4);
        ck_assert_int_eq(rt_jobs_within(RT_TIME_MOST, RT_TIME_MOST, 0), 1);
        ck_assert_int_eq(rt_jobs_within(RT_TIME_MOST - 1, 1, RT_TIME_MOST),
                         2 * (RT_TIME_MOST - 1) + 1);
        ck_assert_int_eq(rt_jobs_within(RT_TIME_MOST, 2, RT_TIME_MOST), RT_TIME_MOST);
}
END_TEST

START_TEST(a_task_alone_takes_its_own_time)
{
        const RtLoad task = { .wcet = 3, .period = 10, .deadline = 3 };
        ck_assert_int_eq(beside(task, NULL, 0).time, 3);
        ck_assert_int_eq(beside(task, NULL, 0).verdict, RT_MET);
        const RtLoad tighter = { .wcet = 3, .period = 10, .deadline = 2 };
        ck_assert_int_eq(beside(tighter, NULL, 0).verdict, RT_MISSED);
}
END_TEST

START_TEST(a_time_equal_to_the_deadline_meets_it)
{
        const RtLoad rival = { .wcet = 2, .period = 10 };
        for (int64_t deadline = 4; deadline <= 6; deadline++) {
                const RtLoad task = { .wcet = 3, .period = 10, .deadline = deadline };
                ck_assert_int_eq(BESIDE(task, rival).verdict, deadline >= 5 ? RT_MET : RT_MISSED);
        }
}
END_TEST

/* A rival that is released when the task ends does not hit it any more. */
START_TEST(a_release_at_the_end_of_a_job_does_not_delay_it)
{
        const RtLoad task = { .wcet = 8, .period = 100 };
        expect_time(BESIDE(task, { .wcet = 2, .period = 10 }), 10);
        expect_time(BESIDE(task, { .wcet = 2, .period = 10, .jitter = 1 }), 12);
}
END_TEST

START_TEST(jitter_of_rivals_and_ones_own_both_delay)
{
        RtLoad task = { .wcet = 3, .period = 20 };
        expect_time(BESIDE(task, { .wcet = 2, .period = 10, .jitter = 9 }), 7);
        task.jitter = 4;
        expect_time(BESIDE(task, { .wcet = 2, .period = 10, .jitter = 9 }), 11);
        expect_time(BESIDE(task, { .wcet = 2, .period = 10 }), 9);
}
END_TEST

/* With a jitter of 50 three jobs of the task are released at once. */
START_TEST(jitter_above_the_period_piles_up_jobs)
{
        const RtLoad task = { .wcet = 5, .period = 20, .jitter = 50 };
        RtResponse response = BESIDE(task, { .wcet = 3, .period = 10 });
        expect_time(response, 58);
        ck_assert_int_eq(response.job, 1);
        expect_time(BESIDE(task, { .wcet = 5, .period = 11 }), 60);
}
END_TEST

/* Lehoczky's task of 1990 again: blocking of 10 makes the second job the worst, at 138; if it
 * counted for each job that would be 148. */
START_TEST(blocking_counts_once_per_busy_period)
{
        const RtLoad task = { .wcet = 62, .period = 100, .blocking = 10 };
        RtResponse response = BESIDE(task, { .wcet = 26, .period = 70 });
        ck_assert_int_eq(response.time, 138);
        ck_assert_int_eq(response.job, 2);
}
END_TEST

START_TEST(equal_priorities_and_lower_interrupts_interfere)
{
        const RtLoad loads[] = {
                { .wcet = 5, .period = 50, .priority = 10 },
                { .wcet = 4, .period = 60, .priority = 10 },
                { .wcet = 30, .period = 70, .interrupt = 2, .priority = 9 },
        };
        ck_assert_int_eq(ask(&loads[0], loads, 3).time, 5 + 4 + 2);
        ck_assert_int_eq(ask(&loads[1], loads, 3).time, 5 + 4 + 2);
        ck_assert_int_eq(ask(&loads[2], loads, 3).time, 30 + 5 + 4);
}
END_TEST

/* Each job begins with an interrupt of 3. At 12 and 22 that of the task's next job hits it: alone
 * it would take 7 + 8, then 22 - 12. */
START_TEST(interrupts_of_later_jobs_delay_earlier_ones)
{
        const RtLoad task = { .wcet = 7, .period = 12, .interrupt = 3 };
        expect_time(BESIDE(task, { .wcet = 8, .period = 100 }), 7 + 8 + 3);
        const RtLoad piled = { .wcet = 7, .period = 30, .jitter = 30, .interrupt = 3 };
        expect_time(beside(piled, NULL, 0), 30 + 7 + 3);
}
END_TEST

START_TEST(busy_periods_end_where_all_work_is_done)
{
        RtEffort effort = new_effort();
        RtRival *rivals = rt_effort_rivals(&effort, 2);
        rivals[0] = (RtRival){ .wcet = 2, .period = 5 };
        rivals[1] = (RtRival){ .wcet = 4, .period = 9 };
        ck_assert_int_eq(rt_busy_period(&effort, 0, 2), 2 * 2 + 4);
        ck_assert_int_eq(rt_busy_period(&effort, 1, 1), 3);
        ck_assert_int_eq(rt_busy_period(&effort, 4, 1), 8);
        rivals[1].wcet = 6; /* 2/5 + 6/9 is more than 1 */
        effort.left = 100000;
        ck_assert_int_eq(rt_busy_period(&effort, 0, 2), RT_NO_TIME);
}
END_TEST

/* -- edges ------------------------------------------------------------------------------------- */

static const int64_t ten_years = INT64_C(315360000000000000);

START_TEST(a_cpu_that_is_used_up_exactly_is_not_overloaded)
{
        const RtLoad alone = { .wcet = 10, .period = 10, .deadline = 10 };
        ck_assert_int_eq(beside(alone, NULL, 0).verdict, RT_MET);
        const int64_t t = 1000000000000;
        const RtLoad half = { .wcet = t / 2, .period = t, .deadline = t };
        RtResponse response = BESIDE(half, { .wcet = t / 2, .period = t });
        ck_assert_int_eq(response.verdict, RT_MET);
        expect_time(response, t);
}
END_TEST

/* 1/9 nine times is above 1 in floating point. */
START_TEST(rounding_makes_no_overload)
{
        const RtLoad task = { .wcet = 1, .period = 9, .deadline = 9 };
        RtLoad rivals[8];
        for (size_t i = 0; i < 8; i++)
                rivals[i] = task;
        RtResponse response = beside(task, rivals, 8);
        ck_assert_int_eq(response.verdict, RT_MET);
        expect_time(response, 9);
}
END_TEST

START_TEST(overload_by_one_part_in_a_million_million_has_no_response)
{
        const int64_t t = 1000000000000;
        const RtLoad half = { .wcet = t / 2, .period = t, .deadline = 10 * t };
        RtResponse response = BESIDE(half, { .wcet = t / 2 + 1, .period = t });
        ck_assert_int_eq(response.verdict, RT_MISSED);
        expect_time(response, RT_NO_TIME);
        const RtLoad unasked = { .wcet = t / 2, .period = t };
        response = BESIDE(unasked, { .wcet = t / 2 + 1, .period = t });
        ck_assert_int_eq(response.verdict, RT_UNDECIDED);
        expect_time(response, RT_NO_TIME);
}
END_TEST

/* Such busy periods have no end, so the search must have one of its own. */
START_TEST(a_full_cpu_that_starts_late_never_catches_up)
{
        const RtLoad late = { .wcet = 1, .period = 1, .jitter = 1, .deadline = 5 };
        ck_assert_int_eq(beside(late, NULL, 0).verdict, RT_UNDECIDED);
        const RtLoad blocked = { .wcet = 7, .period = 7, .blocking = 1, .deadline = 20 };
        ck_assert_int_eq(beside(blocked, NULL, 0).verdict, RT_UNDECIDED);
}
END_TEST

START_TEST(periods_of_nanoseconds_and_of_years_go_together)
{
        const RtLoad task = { .wcet = 300000007, .period = 999999937 };
        expect_time(BESIDE(task, { .wcet = 333333331, .period = 1000000007 },
                           { .wcet = 100000007, .period = 700000001, .jitter = 123456789 }),
                    833333352);
        const RtLoad slow = { .wcet = ten_years / 4, .period = ten_years };
        expect_time(BESIDE(slow, { .wcet = ten_years / 3, .period = ten_years - 1 },
                           { .wcet = 1000, .period = 1000003 }),
                    INT64_C(184144143591161000));
        const RtLoad quick = { .wcet = 1, .period = 4 };
        expect_time(BESIDE(quick, { .wcet = 1, .period = 2 }), 2);
        ck_assert_int_eq(BESIDE(((RtLoad){ .wcet = 1, .period = 4, .deadline = 9 }),
                                { .wcet = 1, .period = 1 })
                                 .verdict,
                         RT_MISSED);
}
END_TEST

/* Ten years of jitter release 315360000000 jobs of a millisecond's period at once. */
START_TEST(huge_jitter_is_counted_not_walked)
{
        const RtLoad task = { .wcet = 1000, .period = ten_years };
        RtResponse response =
                BESIDE(task, { .wcet = 1000, .period = 1000000, .jitter = ten_years });
        /* w = 1000 + 1000 ceil((w + J) / 1000000) */
        ck_assert_int_eq((response.time - 1000) % 1000, 0);
        int64_t jobs = (response.time + ten_years + 999999) / 1000000;
        ck_assert_int_eq(response.time, 1000 + 1000 * jobs);
        ck_assert_int_lt((jobs - 1) * 1000, response.time - 1000);
        const RtLoad own = { .wcet = 1000, .period = ten_years, .jitter = ten_years };
        expect_time(BESIDE(own, { .wcet = 2, .period = 1000000 }), ten_years + 1002);
}
END_TEST

START_TEST(when_the_work_is_too_much_nothing_is_met)
{
        const RtLoad rival = { .wcet = 4999, .period = 10000 };
        RtLoad task = { .wcet = 49999, .period = 100003, .deadline = 100004, .priority = 1 };
        for (int64_t bound = -1; bound < 4; bound++) {
                RtEffort effort = new_effort();
                effort.most = bound;
                rt_effort_rivals(&effort, 1)[0] = (RtRival){ rival.wcet, rival.period, 0, 0, 0 };
                ck_assert_int_eq(rt_response_time(&effort, &task, 1).verdict, RT_UNDECIDED);
                ck_assert_int_eq(rt_response_time(&effort, &task, 1).time, RT_NO_TIME);
                effort.most = 100;
                effort.left = bound;
                ck_assert_int_eq(rt_response_verdict(&effort, &task, 1), RT_UNDECIDED);
                ck_assert_int_eq(rt_busy_period(&effort, 0, 1), RT_NO_TIME);
        }
}
END_TEST

START_TEST(work_is_taken_from_what_is_left)
{
        RtEffort effort = new_effort();
        const int64_t before = effort.left;
        const RtLoad task = { .wcet = 62, .period = 100, .deadline = 118 };
        rt_effort_rivals(&effort, 1)[0] = (RtRival){ 26, 70, 0, 0, 0 };
        rt_response_time(&effort, &task, 1);
        ck_assert_int_lt(effort.left, before - 7);
        const int64_t between = effort.left;
        rt_response_verdict(&effort, &task, 1);
        ck_assert_int_lt(effort.left, between);
}
END_TEST

/* A job that is late on the way remains late, whatever is not known of later ones. */
START_TEST(a_late_job_is_known_even_if_the_end_is_not)
{
        const RtLoad task = { .wcet = 50, .period = 100, .deadline = 60, .blocking = 11 };
        RtResponse response = BESIDE(task, { .wcet = 50, .period = 100 });
        ck_assert_int_eq(response.verdict, RT_MISSED);
        expect_time(response, RT_NO_TIME);
}
END_TEST

START_TEST(times_near_the_longest_do_not_wrap)
{
        const RtLoad all = { .wcet = RT_TIME_MOST,
                             .period = RT_TIME_MOST,
                             .deadline = RT_TIME_MOST };
        ck_assert_int_ne(beside(all, NULL, 0).verdict, RT_MISSED);
        const RtLoad near = { .wcet = RT_TIME_MOST - 1,
                              .period = RT_TIME_MOST,
                              .deadline = RT_TIME_MOST - 1 };
        expect_time(beside(near, NULL, 0), RT_TIME_MOST - 1);
        ck_assert_int_eq(BESIDE(near, { .wcet = 1, .period = RT_TIME_MOST }).verdict, RT_MISSED);
        const RtLoad late = { .wcet = RT_TIME_MOST - 2,
                              .period = RT_TIME_MOST,
                              .jitter = RT_TIME_MOST,
                              .deadline = RT_TIME_MOST };
        ck_assert_int_eq(beside(late, NULL, 0).verdict, RT_MISSED);
        const RtLoad small = { .wcet = 3, .period = RT_TIME_MOST, .deadline = 100 };
        expect_time(BESIDE(small, { .wcet = 2, .period = RT_TIME_MOST, .jitter = RT_TIME_MOST }),
                    3 + 2 * 2);
        RtResponse response = BESIDE(
                small,
                { .wcet = RT_TIME_MOST / 2, .period = RT_TIME_MOST, .jitter = RT_TIME_MOST });
        ck_assert_int_eq(response.verdict, RT_MISSED);
        expect_time(response, RT_NO_TIME);
        const RtLoad held = { .wcet = RT_TIME_MOST / 2,
                              .period = RT_TIME_MOST,
                              .blocking = RT_TIME_MOST,
                              .deadline = RT_TIME_MOST / 2 };
        ck_assert_int_eq(beside(held, NULL, 0).verdict, RT_MISSED);
        expect_time(beside(held, NULL, 0), RT_NO_TIME);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "response", liu_and_layland_1973, lehoczky_sha_and_ding_1989,
                burns_and_wellings_textbook, audsley_et_al_1993_avionics,
                lehoczky_1990_the_fifth_job_is_the_worst,
                lehoczky_1990_deadline_order_is_not_the_best,
                jobs_within_a_window_are_counted_from_its_start, a_task_alone_takes_its_own_time,
                a_time_equal_to_the_deadline_meets_it,
                a_release_at_the_end_of_a_job_does_not_delay_it,
                jitter_of_rivals_and_ones_own_both_delay, jitter_above_the_period_piles_up_jobs,
                blocking_counts_once_per_busy_period,
                equal_priorities_and_lower_interrupts_interfere,
                interrupts_of_later_jobs_delay_earlier_ones,
                busy_periods_end_where_all_work_is_done,
                a_cpu_that_is_used_up_exactly_is_not_overloaded, rounding_makes_no_overload,
                overload_by_one_part_in_a_million_million_has_no_response,
                a_full_cpu_that_starts_late_never_catches_up,
                periods_of_nanoseconds_and_of_years_go_together, huge_jitter_is_counted_not_walked,
                when_the_work_is_too_much_nothing_is_met, work_is_taken_from_what_is_left,
                a_late_job_is_known_even_if_the_end_is_not, times_near_the_longest_do_not_wrap);
}
