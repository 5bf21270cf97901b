/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fixed priorities: what is observed on a simulated CPU against core/analysis/response.c. */

#include "cpu.h"
#include "response.h"

#include <string.h>

#include "fixture.h"
#include "sets.h"

enum { SETS = 12000, UNTIL = 700 };

static Timeline line;

/* -- sets -------------------------------------------------------------------------------------- */

/* SCHED_FIFO tasks at distinct levels, or sharing some; often something above them all. */
static void give_levels(Rng *rng, Set *set, bool distinct)
{
        int levels[SETS_TASKS];
        for (size_t i = 0; i < set->n; i++)
                levels[i] = distinct ? (int)i + 1 : (int)pick(rng, 1, 3);
        for (size_t i = set->n; i-- > 1;) {
                size_t other = (size_t)pick(rng, 0, (int64_t)i);
                int level = levels[i];
                levels[i] = levels[other];
                levels[other] = level;
        }
        for (size_t i = 0; i < set->n; i++) {
                set->loads[i].priority = levels[i];
                if (i > 0 && one_in(rng, 6))
                        set->loads[i].priority =
                                one_in(rng, 2) ? RT_LEVEL_DEADLINE : RT_LEVEL_MACHINE;
                if (set->loads[i].priority == RT_LEVEL_MACHINE)
                        set->loads[i].interrupt = 0;
        }
}

/* Locks: a section blocks those above its task up to its ceiling. */
static void give_sections(Rng *rng, Set *set)
{
        for (size_t i = 0; i < set->n; i++) {
                RtLoad *load = &set->loads[i];
                if (load->priority >= RT_LEVEL_DEADLINE)
                        continue;
                int64_t length = random_section(rng, set, i);
                set->sim[i].ceiling = load->priority + (int)pick(rng, 0, 4);
                for (size_t k = 0; k < set->n; k++) {
                        RtLoad *other = &set->loads[k];
                        if (other->priority > load->priority &&
                            other->priority <= set->sim[i].ceiling && other->blocking < length)
                                other->blocking = length;
                }
        }
}

static void next_set(Rng *rng, bool distinct, Set *ret)
{
        SetKind kind = {
                .n = (size_t)pick(rng, 1, 5),
                .longest = one_in(rng, 2) ? 12 : 40,
                .load = pick(rng, 40, 99),
                .jitter = one_in(rng, 2) ? pick(rng, 1, 250) : 0,
                .constrained = one_in(rng, 3),
                .interrupts = one_in(rng, 3),
        };
        do
                random_set(rng, &kind, ret);
        while (load_of(ret) > 1);
        give_levels(rng, ret, distinct);
        if (one_in(rng, 2))
                give_sections(rng, ret);
        finish_set(ret);
}

static size_t gather(RtEffort *effort, const Set *set, size_t index)
{
        RtRival *rivals = rt_effort_rivals(effort, set->n);
        size_t n = 0;
        for (size_t i = 0; i < set->n; i++)
                if (i != index)
                        n += rt_rival_of(&set->loads[i], set->loads[index].priority, &rivals[n]);
        return n;
}

static RtResponse response_of(RtEffort *effort, const Set *set, size_t index)
{
        return rt_response_time(effort, &set->loads[index], gather(effort, set, index));
}

static bool is_fifo(const Set *set, size_t index)
{
        return set->loads[index].priority < RT_LEVEL_DEADLINE;
}

/* -- the tests --------------------------------------------------------------------------------- */

/* Everything is released at once, and the longest section begins just before. */
static void simulate_critical_instant(Rng *rng, Set *set, size_t index, int64_t until)
{
        SimTask tasks[SETS_TASKS + 1];
        memcpy(tasks, set->sim, sizeof tasks);
        for (size_t i = 0; i < set->n; i++)
                tasks[i].section = 0;
        make_jobs(rng, set, PATTERN_CRITICAL, until, &line);
        if (set->loads[index].blocking > 0)
                add_job(&line, set->n, 0, 0, set->loads[index].blocking);
        simulate(tasks, line.jobs, line.n);
}

START_TEST(the_critical_instant_is_as_bad_as_computed_and_no_worse)
{
        Rng rng = { 1 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t compared = 0, sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                next_set(&rng, true, &set);
                for (size_t i = 0; i < set.n; i++) {
                        if (!is_fifo(&set, i))
                                continue;
                        effort.left = 100000; /* enough for all busy periods that are looked at */
                        RtResponse response = response_of(&effort, &set, i);
                        if (response.time == RT_NO_TIME || response.window > UNTIL - 50)
                                continue;
                        simulate_critical_instant(&rng, &set, i, response.window + 50);
                        int64_t seen = observed(&line, i);
                        ck_assert_msg(seen == response.time, "set %jd, task %zu: %jd, not %jd",
                                      (intmax_t)k, i, (intmax_t)seen, (intmax_t)response.time);
                        compared++;
                }
        }
        ck_assert_int_gt(compared, sets);
}
END_TEST

static void expect_never_worse(Rng *rng, RtEffort *effort, const Set *set, int64_t number)
{
        int64_t bounds[SETS_TASKS];
        for (size_t i = 0; i < set->n; i++)
                bounds[i] = is_fifo(set, i) ? response_of(effort, set, i).time : RT_NO_TIME;
        for (Pattern pattern = 0; pattern < PATTERNS; pattern++) {
                make_jobs(rng, set, pattern, UNTIL / 2, &line);
                simulate(set->sim, line.jobs, line.n);
                for (size_t i = 0; i < set->n; i++)
                        ck_assert_msg(bounds[i] == RT_NO_TIME || observed(&line, i) <= bounds[i],
                                      "set %jd, pattern %d, task %zu: %jd exceeds %jd",
                                      (intmax_t)number, (int)pattern, i,
                                      (intmax_t)observed(&line, i), (intmax_t)bounds[i]);
        }
}

START_TEST(no_pattern_of_arrivals_is_worse_than_computed)
{
        Rng rng = { 2 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                next_set(&rng, one_in(&rng, 3), &set);
                effort.left = 100000;
                expect_never_worse(&rng, &effort, &set, k);
        }
}
END_TEST

/* Without its limit on work the search for the time may not end; the verdict is often found sooner,
 * or by a sum of straight lines. */
START_TEST(the_quick_verdict_is_that_of_the_response_time)
{
        Rng rng = { 3 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS), met = 0, missed = 0;
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                next_set(&rng, one_in(&rng, 2), &set);
                for (size_t i = 0; i < set.n; i++) {
                        if (one_in(&rng, 10))
                                set.loads[i].wcet += set.loads[i].period / 3;
                        effort.left = 100000;
                        RtResponse response = response_of(&effort, &set, i);
                        effort.left = 100000;
                        RtVerdict verdict = rt_response_verdict(&effort, &set.loads[i],
                                                                gather(&effort, &set, i));
                        ck_assert_msg(verdict == response.verdict ||
                                              response.verdict == RT_UNDECIDED,
                                      "set %jd, task %zu: %d, not %d", (intmax_t)k, i, (int)verdict,
                                      (int)response.verdict);
                        met += verdict == RT_MET;
                        missed += verdict == RT_MISSED;
                }
        }
        ck_assert_int_gt(met, sets / 2);
        ck_assert_int_gt(missed, sets / 2);
}
END_TEST

/* A miss need not wait for the worst job, but there has to be one. */
START_TEST(a_verdict_of_missed_can_be_watched)
{
        Rng rng = { 4 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS / 3);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                next_set(&rng, true, &set);
                for (size_t i = 0; i < set.n; i++) {
                        if (!is_fifo(&set, i))
                                continue;
                        effort.left = 100000;
                        size_t n = gather(&effort, &set, i);
                        RtVerdict verdict = rt_response_verdict(&effort, &set.loads[i], n);
                        simulate_critical_instant(&rng, &set, i, UNTIL);
                        bool late = observed(&line, i) > set.loads[i].deadline;
                        ck_assert_msg(!late || verdict != RT_MET, "set %jd, task %zu", (intmax_t)k,
                                      i);
                        ck_assert_msg(late || verdict != RT_MISSED, "set %jd, task %zu",
                                      (intmax_t)k, i);
                }
        }
}
END_TEST

/* One pass over all tasks of a CPU decides for most of them. It must not be wrong by 1 ns. */
START_TEST(a_cpu_holds_exactly_up_to_the_response_time)
{
        Rng rng = { 5 };
        RtEffort effort = RT_EFFORT(fx.arena);
        const RtCpuRules rules = { .bandwidth = 1000000 };
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                next_set(&rng, one_in(&rng, 2), &set);
                for (size_t i = 0; i < set.n; i++) {
                        set.loads[i].deadline = 0;
                        if (set.loads[i].priority == RT_LEVEL_DEADLINE)
                                set.loads[i].priority = RT_LEVEL_MACHINE;
                }
                rt_loads_sort(set.loads, set.n);
                for (size_t i = 0; i < set.n; i++) {
                        effort.left = 100000;
                        int64_t time = response_of(&effort, &set, i).time;
                        if (!is_fifo(&set, i) || time < 2)
                                continue;
                        for (int64_t less = 0; less < 2; less++) {
                                set.loads[i].deadline = time - less;
                                effort.left = 100000;
                                RtCpuVerdict verdict =
                                        rt_cpu_verdict(&effort, set.loads, set.n, &rules);
                                ck_assert_msg((verdict.verdict == RT_MET) == (less == 0),
                                              "set %jd, task %zu: %d at %jd - %jd", (intmax_t)k, i,
                                              (int)verdict.verdict, (intmax_t)time, (intmax_t)less);
                        }
                        set.loads[i].deadline = 0;
                }
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("simulate-fixed", the_critical_instant_is_as_bad_as_computed_and_no_worse,
                         no_pattern_of_arrivals_is_worse_than_computed,
                         the_quick_verdict_is_that_of_the_response_time,
                         a_verdict_of_missed_can_be_watched,
                         a_cpu_holds_exactly_up_to_the_response_time);
}
