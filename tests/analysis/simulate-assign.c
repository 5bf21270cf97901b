/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Priorities that core/analysis/assign.c finds, or says do not exist, against trying all of them.
 */

#include "assign.h"

#include <string.h>

#include "fixture.h"
#include "sets.h"

enum { SETS = 10000, UNTIL = 300, SCENARIOS = 3 };

static Timeline line;

typedef struct Case {
        Set set;
        RtContender contenders[SETS_TASKS];
        size_t members[SCENARIOS][SETS_TASKS];
        RtScenario scenarios[SCENARIOS];
        RtAssignment assignment;
        size_t n_open;
        bool has_fixed;
} Case;

static bool is_open(const RtContender *one)
{
        return !one->fixed && one->load.deadline > 0;
}

static void give_scenarios(Rng *rng, Case *ret)
{
        RtAssignment *assignment = &ret->assignment;
        assignment->n_scenarios = (size_t)pick(rng, 1, SCENARIOS);
        assignment->scenarios = ret->scenarios;
        for (size_t s = 0; s < assignment->n_scenarios; s++) {
                size_t n = 0;
                for (size_t i = 0; i < assignment->n; i++)
                        if (s == i % assignment->n_scenarios || one_in(rng, 2))
                                ret->members[s][n++] = i;
                ret->scenarios[s] = (RtScenario){ ret->members[s], n };
        }
}

static void next_case(Rng *rng, Case *ret)
{
        SetKind kind = {
                .n = (size_t)pick(rng, 2, 5),
                .longest = 30,
                .load = pick(rng, 60, 120),
                .jitter = one_in(rng, 2) ? pick(rng, 1, 150) : 0,
                .constrained = !one_in(rng, 3),
                .interrupts = one_in(rng, 4),
        };
        memset(ret, 0, sizeof *ret);
        random_set(rng, &kind, &ret->set);
        bool fixes = one_in(rng, 2);
        for (size_t i = 0; i < kind.n; i++) {
                RtContender *one = &ret->contenders[i];
                one->load = ret->set.loads[i];
                one->load.deadline += one->load.period / 3;
                one->load.priority = (int)pick(rng, 1, 9);
                one->fixed = fixes && one_in(rng, 3);
                if (fixes && one_in(rng, 8))
                        one->load.deadline = 0;
                if (one->fixed && one_in(rng, 4))
                        one->load.priority = RT_LEVEL_MACHINE;
                if (one_in(rng, 4))
                        one->load.blocking = pick(rng, 1, 5);
                ret->n_open += is_open(one);
                ret->has_fixed = ret->has_fixed || !is_open(one);
        }
        ret->assignment = (RtAssignment){ .contenders = ret->contenders, .n = kind.n };
        ret->assignment.min = (int)pick(rng, 1, 5);
        ret->assignment.max = ret->assignment.min + (int)pick(rng, 0, (int64_t)kind.n - 1);
        give_scenarios(rng, ret);
}

/* -- what is right ----------------------------------------------------------------------------- */

static bool holds_in(RtEffort *effort, const Case *one, const RtScenario *scenario, size_t index)
{
        const RtLoad *load = &one->contenders[index].load;
        RtRival *rivals = rt_effort_rivals(effort, scenario->n);
        size_t n = 0;
        for (size_t k = 0; k < scenario->n; k++) {
                size_t other = scenario->members[k];
                if (other != index)
                        n += rt_rival_of(&one->contenders[other].load, load->priority, &rivals[n]);
        }
        return rt_response_time(effort, load, n).verdict == RT_MET;
}

/* All with a deadline and a level of at most `level` hold wherever they are. */
static bool all_hold(RtEffort *effort, const Case *one, int level)
{
        effort->left = 1000000;
        for (size_t s = 0; s < one->assignment.n_scenarios; s++)
                for (size_t k = 0; k < one->scenarios[s].n; k++) {
                        size_t index = one->scenarios[s].members[k];
                        const RtLoad *load = &one->contenders[index].load;
                        if (load->deadline > 0 && load->priority <= level &&
                            !holds_in(effort, one, &one->scenarios[s], index))
                                return false;
                }
        return true;
}

static int levels_of(const Case *one)
{
        uint64_t seen = 0;
        for (size_t i = 0; i < one->assignment.n; i++)
                if (is_open(&one->contenders[i]))
                        seen |= UINT64_C(1) << one->contenders[i].load.priority;
        return __builtin_popcountll(seen);
}

/* The least number of levels with which all hold, of all ways to give them; 0 if none does. */
static int try_all(RtEffort *effort, Case *one, size_t index)
{
        if (index == one->assignment.n)
                return all_hold(effort, one, RT_LEVEL_DEADLINE - 1) ? levels_of(one) : 0;
        if (!is_open(&one->contenders[index]))
                return try_all(effort, one, index + 1);
        int best = 0;
        for (int level = one->assignment.min; level <= one->assignment.max; level++) {
                one->contenders[index].load.priority = level;
                int levels = try_all(effort, one, index + 1);
                if (levels > 0 && (best == 0 || levels < best))
                        best = levels;
        }
        return best;
}

/* -- the tests --------------------------------------------------------------------------------- */

static void expect_legal(const Case *before, const Case *after, int64_t number)
{
        for (size_t i = 0; i < after->assignment.n; i++) {
                int old = before->contenders[i].load.priority;
                int new = after->contenders[i].load.priority;
                if (is_open(&before->contenders[i]))
                        ck_assert_msg(new >= after->assignment.min &&new <= after->assignment.max,
                                      "set %jd: level %d", (intmax_t)number, new);
                else
                        ck_assert_msg(new == old, "set %jd: %d is %d now", (intmax_t)number, old,
                                      new);
        }
}

START_TEST(an_assignment_is_found_exactly_if_there_is_one)
{
        Rng rng = { 21 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS), found = 0, none = 0;
        for (int64_t k = 0; k < sets; k++) {
                Case before, one, all;
                next_case(&rng, &before);
                one = all = before;
                one.assignment.contenders = one.contenders;
                effort.left = 1000000;
                RtVerdict verdict = rt_assign_priorities(&effort, &one.assignment);
                if (verdict == RT_UNDECIDED)
                        continue;
                int fewest = try_all(&effort, &all, 0);
                ck_assert_msg((verdict == RT_MET) ==
                                      (fewest > 0 ||
                                       (before.n_open == 0 && all_hold(&effort, &before, 99))),
                              "set %jd: %d, but %d levels do", (intmax_t)k, (int)verdict, fewest);
                found += verdict == RT_MET;
                none += verdict == RT_MISSED;
                if (verdict != RT_MET)
                        continue;
                expect_legal(&before, &one, k);
                ck_assert_msg(all_hold(&effort, &one, 99), "set %jd", (intmax_t)k);
                effort.left = 1000000;
                ck_assert_int_eq(rt_priorities_hold(&effort, &one.assignment, 0), RT_MET);
                size_t levels = (size_t)(one.assignment.max - one.assignment.min) + 1;
                /* One for each if there are enough; otherwise more than the fewest are as good. */
                int used = levels_of(&one);
                bool each = before.n_open <= levels;
                if (!before.has_fixed)
                        ck_assert_msg(each ? used == (int)before.n_open
                                           : used >= fewest && used <= (int)levels,
                                      "set %jd: %d levels", (intmax_t)k, used);
        }
        ck_assert_int_gt(found, sets / 5);
        ck_assert_int_gt(none, sets / 5);
}
END_TEST

START_TEST(asking_whether_priorities_hold_is_asking_each_task)
{
        Rng rng = { 22 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS), met = 0;
        for (int64_t k = 0; k < sets; k++) {
                Case one;
                next_case(&rng, &one);
                one.assignment.contenders = one.contenders;
                int level = (int)pick(&rng, 0, 9);
                effort.left = 1000000;
                RtVerdict verdict = rt_priorities_hold(&effort, &one.assignment, level);
                if (verdict == RT_UNDECIDED)
                        continue;
                bool expected = all_hold(&effort, &one, level == 0 ? 99 : level);
                ck_assert_msg(expected == (verdict == RT_MET), "set %jd: %d", (intmax_t)k,
                              (int)verdict);
                met += verdict == RT_MET;
        }
        ck_assert_int_gt(met, sets / 5);
}
END_TEST

static void expect_never_late(Rng *rng, Case *one, const RtScenario *scenario, int64_t number)
{
        Set set = { .n = scenario->n };
        for (size_t k = 0; k < scenario->n; k++)
                set.loads[k] = one->contenders[scenario->members[k]].load;
        finish_set(&set);
        for (Pattern pattern = 0; pattern < PATTERNS && set.n > 0; pattern++) {
                make_jobs(rng, &set, pattern, UNTIL, &line);
                simulate(set.sim, line.jobs, line.n);
                for (size_t i = 0; i < set.n; i++)
                        ck_assert_msg(set.loads[i].deadline == 0 ||
                                              set.loads[i].priority > RT_LEVEL_DEADLINE ||
                                              observed(&line, i) <= set.loads[i].deadline,
                                      "set %jd, task %zu", (intmax_t)number, i);
        }
}

START_TEST(with_assigned_priorities_no_task_is_late_in_any_scenario)
{
        Rng rng = { 23 };
        RtEffort effort = RT_EFFORT(fx.arena);
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Case one;
                next_case(&rng, &one);
                one.assignment.contenders = one.contenders;
                effort.left = 1000000;
                if (rt_assign_priorities(&effort, &one.assignment) != RT_MET)
                        continue;
                for (size_t s = 0; s < one.assignment.n_scenarios; s++)
                        expect_never_late(&rng, &one, &one.scenarios[s], k);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS("simulate-assign", an_assignment_is_found_exactly_if_there_is_one,
                         asking_whether_priorities_hold_is_asking_each_task,
                         with_assigned_priorities_no_task_is_late_in_any_scenario);
}
