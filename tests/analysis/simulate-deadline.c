/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Earliest deadline first: what is observed on a simulated CPU against core/analysis/demand.c. */

#include "demand.h"

#include <string.h>

#include "fixture.h"
#include "sets.h"

enum { SETS = 12000, UNTIL = 600 };

static Timeline line;

/* -- sets -------------------------------------------------------------------------------------- */

/* Deadline tasks first, then interrupts above them and SCHED_FIFO tasks below. */
static void give_levels(Rng *rng, Set *set)
{
        size_t n_deadline = (size_t)pick(rng, 1, (int64_t)set->n);
        for (size_t i = 0; i < set->n; i++) {
                RtLoad *load = &set->loads[i];
                load->priority = i < n_deadline   ? RT_LEVEL_DEADLINE
                                 : one_in(rng, 2) ? RT_LEVEL_MACHINE
                                                  : (int)pick(rng, 1, 5);
                if (load->priority == RT_LEVEL_MACHINE)
                        load->interrupt = 0;
        }
}

static bool is_deadline(const Set *set, size_t index)
{
        return set->loads[index].priority == RT_LEVEL_DEADLINE;
}

static int64_t effective(const RtLoad *load)
{
        return load->deadline - load->jitter;
}

/* One lock. With jitter a job may hold up another even if its deadline is not much longer. */
static void give_section(Rng *rng, Set *set)
{
        size_t owner = (size_t)pick(rng, 0, (int64_t)set->n - 1);
        if (set->loads[owner].priority == RT_LEVEL_MACHINE)
                return;
        int64_t length = random_section(rng, set, owner);
        set->sim[owner].ceiling = RT_LEVEL_DEADLINE;
        set->sim[owner].ceiling_deadline =
                is_deadline(set, owner) ? pick(rng, 0, set->loads[owner].deadline) : 0;
        for (size_t i = 0; i < set->n; i++) {
                RtLoad *load = &set->loads[i];
                if (i == owner || !is_deadline(set, i) ||
                    load->deadline < set->sim[owner].ceiling_deadline)
                        continue;
                if (!is_deadline(set, owner) || set->loads[owner].deadline > effective(load))
                        load->blocking = length;
        }
}

static void next_set(Rng *rng, bool with_section, Set *ret)
{
        SetKind kind = {
                .n = (size_t)pick(rng, 1, 5),
                .longest = one_in(rng, 2) ? 12 : 30,
                .load = pick(rng, 40, 99),
                .jitter = one_in(rng, 2) ? pick(rng, 1, 200) : 0,
                .constrained = one_in(rng, 3),
                .interrupts = one_in(rng, 3),
        };
        do
                random_set(rng, &kind, ret);
        while (load_of(ret) > 1);
        give_levels(rng, ret);
        if (with_section)
                give_section(rng, ret);
        finish_set(ret);
}

typedef struct Asked {
        RtEffort effort;
        const RtLoad *tasks[SETS_TASKS];
        RtRival others[SETS_TASKS];
        RtDeadlineSet set;
} Asked;

static void ask(const Set *set, Asked *ret)
{
        *ret = (Asked){ .effort = RT_EFFORT(fx.arena) };
        ret->effort.left = 200000;
        ret->set = (RtDeadlineSet){ .tasks = ret->tasks, .others = ret->others };
        for (size_t i = 0; i < set->n; i++)
                if (is_deadline(set, i))
                        ret->tasks[ret->set.n_tasks++] = &set->loads[i];
                else
                        ret->set.n_others += rt_rival_of(&set->loads[i], RT_LEVEL_DEADLINE,
                                                         &ret->others[ret->set.n_others]);
}

/* -- the verdict ------------------------------------------------------------------------------- */

/* Whether a job is late whose time until its deadline, at 0, is at least `from`. */
static bool is_late(const Set *set, int64_t from)
{
        for (size_t i = 0; i < line.n; i++) {
                const SimJob *job = &line.jobs[i];
                int64_t due = job->arrival + set->loads[job->task].deadline;
                if (job->task < set->n && is_deadline(set, job->task) && due >= from &&
                    job->end > due)
                        return true;
        }
        return false;
}

/* All released at 0, with a section that blocks for that long. */
static void simulate_critical_instant(Rng *rng, const Set *set, int64_t blocking)
{
        SimTask tasks[SETS_TASKS + 1];
        memcpy(tasks, set->sim, sizeof tasks);
        for (size_t i = 0; i < set->n; i++)
                tasks[i].section = 0;
        make_jobs(rng, set, PATTERN_CRITICAL, UNTIL, &line);
        if (blocking > 0)
                add_job(&line, set->n, 0, 0, blocking);
        simulate(tasks, line.jobs, line.n);
}

static bool can_be_late(Rng *rng, const Set *set)
{
        simulate_critical_instant(rng, set, 0);
        if (is_late(set, INT64_MIN))
                return true;
        for (size_t i = 0; i < set->n; i++) {
                int64_t blocking = is_deadline(set, i) ? set->loads[i].blocking : 0;
                if (blocking == 0)
                        continue;
                simulate_critical_instant(rng, set, blocking);
                if (is_late(set, effective(&set->loads[i])))
                        return true;
        }
        return false;
}

START_TEST(the_demand_test_agrees_with_the_critical_instant)
{
        Rng rng = { 11 };
        int64_t sets = sets_to_try(SETS), met = 0, missed = 0;
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                Asked asked;
                next_set(&rng, one_in(&rng, 2), &set);
                ask(&set, &asked);
                RtDemand demand = rt_demand_test(&asked.effort, &asked.set);
                if (demand.verdict == RT_UNDECIDED || demand.interval > UNTIL)
                        continue;
                bool late = can_be_late(&rng, &set);
                ck_assert_msg(late == (demand.verdict == RT_MISSED), "set %jd: %d, interval %jd",
                              (intmax_t)k, (int)demand.verdict, (intmax_t)demand.interval);
                met += demand.verdict == RT_MET;
                missed += demand.verdict == RT_MISSED;
        }
        ck_assert_int_gt(met, sets / 8);
        ck_assert_int_gt(missed, sets / 8);
}
END_TEST

START_TEST(a_set_that_passes_is_never_late)
{
        Rng rng = { 12 };
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                Asked asked;
                next_set(&rng, !one_in(&rng, 3), &set);
                ask(&set, &asked);
                if (rt_demand_test(&asked.effort, &asked.set).verdict != RT_MET)
                        continue;
                for (Pattern pattern = 0; pattern < PATTERNS; pattern++) {
                        make_jobs(&rng, &set, pattern, UNTIL, &line);
                        simulate(set.sim, line.jobs, line.n);
                        ck_assert_msg(!is_late(&set, INT64_MIN), "set %jd, pattern %d", (intmax_t)k,
                                      (int)pattern);
                }
        }
}
END_TEST

/* -- response times ---------------------------------------------------------------------------- */

static void ask_responses(const Set *set, Asked *asked, RtResponse *ret)
{
        size_t index = 0;
        for (size_t i = 0; i < set->n; i++) {
                ret[i] = (RtResponse){ .time = RT_NO_TIME };
                if (is_deadline(set, i)) {
                        asked->effort.left = 200000;
                        ret[i] = rt_deadline_response(&asked->effort, &asked->set, index++, false);
                }
        }
}

START_TEST(no_pattern_of_arrivals_is_worse_than_computed)
{
        Rng rng = { 13 };
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                Asked asked;
                RtResponse responses[SETS_TASKS];
                next_set(&rng, !one_in(&rng, 3), &set);
                ask(&set, &asked);
                ask_responses(&set, &asked, responses);
                for (int round = 0; round < 5; round++) {
                        Pattern pattern = (Pattern)(round % PATTERNS);
                        make_jobs(&rng, &set, pattern, UNTIL / 2, &line);
                        simulate(set.sim, line.jobs, line.n);
                        for (size_t i = 0; i < set.n; i++)
                                ck_assert_msg(responses[i].time == RT_NO_TIME ||
                                                      observed(&line, i) <= responses[i].time,
                                              "set %jd, pattern %d, task %zu: %jd exceeds %jd",
                                              (intmax_t)k, (int)pattern, i,
                                              (intmax_t)observed(&line, i),
                                              (intmax_t)responses[i].time);
                }
        }
}
END_TEST

/* All other tasks are released at 0, and this one's stream begins so much later than it might. */
static int64_t observed_when_later(Rng *rng, Set *set, size_t index, int64_t later)
{
        make_jobs(rng, set, PATTERN_CRITICAL, UNTIL / 2, &line);
        for (size_t i = 0; i < line.n; i++) {
                SimJob *job = &line.jobs[i];
                if (job->task == index) {
                        job->arrival += later;
                        job->release = job->arrival > 0 ? job->arrival : 0;
                }
        }
        simulate(set->sim, line.jobs, line.n);
        return observed(&line, index);
}

START_TEST(the_computed_response_does_occur)
{
        Rng rng = { 14 };
        int64_t sets = sets_to_try(SETS / 4), compared = 0;
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                Asked asked;
                RtResponse responses[SETS_TASKS];
                next_set(&rng, false, &set);
                ask(&set, &asked);
                ask_responses(&set, &asked, responses);
                for (size_t i = 0; i < set.n; i++) {
                        if (responses[i].time == RT_NO_TIME || responses[i].window > UNTIL / 4)
                                continue;
                        int64_t worst = 0;
                        set.sim[i].yields = true;
                        for (int64_t later = 0; later < set.loads[i].period; later++) {
                                int64_t seen = observed_when_later(&rng, &set, i, later);
                                if (seen > worst)
                                        worst = seen;
                        }
                        set.sim[i].yields = false;
                        ck_assert_msg(worst == responses[i].time, "set %jd, task %zu: %jd, not %jd",
                                      (intmax_t)k, i, (intmax_t)worst, (intmax_t)responses[i].time);
                        compared++;
                }
        }
        ck_assert_int_gt(compared, sets);
}
END_TEST

START_TEST(the_response_is_late_exactly_if_the_test_says_so)
{
        Rng rng = { 15 };
        int64_t sets = sets_to_try(SETS);
        for (int64_t k = 0; k < sets; k++) {
                Set set;
                Asked asked;
                RtResponse responses[SETS_TASKS];
                next_set(&rng, one_in(&rng, 2), &set);
                ask(&set, &asked);
                RtVerdict verdict = rt_demand_test(&asked.effort, &asked.set).verdict, all = RT_MET;
                ask_responses(&set, &asked, responses);
                for (size_t i = 0; i < set.n; i++)
                        if (is_deadline(&set, i))
                                all = rt_verdict_worse(all, responses[i].verdict);
                if (verdict != RT_UNDECIDED && all != RT_UNDECIDED)
                        ck_assert_msg(verdict == all, "set %jd: %d, not %d", (intmax_t)k, (int)all,
                                      (int)verdict);
        }
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "simulate-deadline", the_demand_test_agrees_with_the_critical_instant,
                a_set_that_passes_is_never_late, no_pattern_of_arrivals_is_worse_than_computed,
                the_computed_response_does_occur, the_response_is_late_exactly_if_the_test_says_so);
}
