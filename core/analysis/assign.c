/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assign.h"

#include <stdlib.h>

/* What interferes with contender `index` in the scenario if it has `level`: those `placed` below it
 * only with their interrupts. With `as_numbered` the priorities decide instead. */
static size_t gather(RtEffort *effort, const RtAssignment *assignment, const RtScenario *scenario,
                     size_t index, bool as_numbered)
{
        RtRival *rivals = rt_effort_rivals(effort, scenario->n);
        const int level = assignment->contenders[index].load.priority;
        size_t n = 0;
        for (size_t i = 0; i < scenario->n; i++) {
                if (scenario->members[i] == index)
                        continue;
                const RtContender *other = &assignment->contenders[scenario->members[i]];
                bool below = as_numbered ? other->load.priority < level : other->placed;
                RtRival rival = { below ? other->load.interrupt : other->load.wcet,
                                  other->load.period, other->load.jitter, 0, 0 };
                if (rival.wcet > 0)
                        rivals[n++] = rival;
        }
        return n;
}

static bool is_member(const RtScenario *scenario, size_t index)
{
        size_t low = 0, high = scenario->n;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (scenario->members[middle] < index)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < scenario->n && scenario->members[low] == index;
}

/* Whether the contender holds in all scenarios that it is in. */
static RtVerdict holds(RtEffort *effort, const RtAssignment *assignment, size_t index,
                       bool as_numbered)
{
        RtVerdict verdict = RT_MET;
        for (size_t s = 0; s < assignment->n_scenarios && verdict == RT_MET; s++) {
                const RtScenario *scenario = &assignment->scenarios[s];
                if (!is_member(scenario, index))
                        continue;
                size_t n = gather(effort, assignment, scenario, index, as_numbered);
                verdict = rt_response_verdict(effort, &assignment->contenders[index].load, n);
        }
        return verdict;
}

static bool is_asked(const RtContender *contender)
{
        return contender->load.deadline > 0 && contender->load.priority < RT_LEVEL_DEADLINE;
}

RtVerdict rt_priorities_hold(RtEffort *effort, const RtAssignment *assignment, int level)
{
        RtVerdict verdict = RT_MET;
        for (size_t i = 0; i < assignment->n && verdict == RT_MET; i++) {
                const RtContender *one = &assignment->contenders[i];
                if (is_asked(one) && (level == 0 || one->load.priority <= level))
                        verdict = holds(effort, assignment, i, true);
        }
        return verdict;
}

/* -- the search -------------------------------------------------------------------------------- */

typedef struct Sweep {
        RtEffort *effort;
        RtAssignment *assignment;
        size_t *open; /* contenders without a level, the least urgent first */
        size_t n_open;
        RtVerdict verdict; /* RT_UNDECIDED once any answer on the way was */
} Sweep;

/* Whether the search gives it a level. */
static bool is_open(const RtContender *contender)
{
        return !contender->fixed && contender->load.deadline > 0;
}

static int compare_urgency(const void *a, const void *b, void *assignment)
{
        const RtContender *contenders = ((const RtAssignment *)assignment)->contenders;
        size_t x = *(const size_t *)a, y = *(const size_t *)b;
        int64_t ux = rt_urgency(&contenders[x].load), uy = rt_urgency(&contenders[y].load);
        if (ux != uy)
                return ux < uy ? 1 : -1;
        return x < y ? 1 : -1;
}

static void begin(Sweep *sweep)
{
        RtAssignment *assignment = sweep->assignment;
        sweep->n_open = 0;
        sweep->verdict = RT_MET;
        for (size_t i = 0; i < assignment->n; i++) {
                RtContender *one = &assignment->contenders[i];
                one->placed = false;
                if (is_open(one))
                        sweep->open[sweep->n_open++] = i;
        }
        if (sweep->n_open > 1)
                qsort_r(sweep->open, sweep->n_open, sizeof *sweep->open, compare_urgency,
                        assignment);
}

/* Contenders that are fixed at the level have to hold with all that is not below it yet. */
static bool fixed_hold(Sweep *sweep, int level)
{
        const RtAssignment *assignment = sweep->assignment;
        for (size_t i = 0; i < assignment->n; i++) {
                const RtContender *one = &assignment->contenders[i];
                if (!one->fixed || one->load.priority != level || !is_asked(one))
                        continue;
                RtVerdict verdict = holds(sweep->effort, assignment, i, false);
                if (verdict == RT_MET)
                        continue;
                if (sweep->verdict == RT_MET)
                        sweep->verdict = verdict;
                return false;
        }
        return true;
}

/* Takes up to `most` of the open contenders that hold at the level. Those taken at one level count
 * as interfering with each other, so none is placed before all are found. */
static void fill(Sweep *sweep, int level, size_t most)
{
        RtAssignment *assignment = sweep->assignment;
        size_t left = 0, taken = 0;
        for (size_t i = 0; i < sweep->n_open; i++) {
                size_t index = sweep->open[i];
                RtVerdict verdict = RT_MISSED;
                if (taken < most)
                        verdict = holds(sweep->effort, assignment, index, false);
                if (verdict == RT_MET) {
                        assignment->contenders[index].load.priority = level;
                        taken++;
                        continue;
                }
                if (verdict == RT_UNDECIDED)
                        sweep->verdict = RT_UNDECIDED;
                sweep->open[left++] = index;
        }
        sweep->n_open = left;
        for (size_t i = 0; i < assignment->n; i++) {
                RtContender *one = &assignment->contenders[i];
                if (one->load.priority == level)
                        one->placed = true;
        }
}

/* From the band's lowest level up. The open ones begin at `start`, `most` of them per level. */
static RtVerdict sweep_levels(Sweep *sweep, int start, size_t most)
{
        const RtAssignment *assignment = sweep->assignment;
        begin(sweep);
        for (size_t i = 0; i < assignment->n; i++)
                if (is_open(&assignment->contenders[i]))
                        assignment->contenders[i].load.priority = 0;
        for (int level = 1; level < RT_LEVEL_DEADLINE; level++) {
                if (!fixed_hold(sweep, level))
                        return sweep->verdict;
                fill(sweep, level, level >= start && level <= assignment->max ? most : 0);
        }
        if (sweep->n_open == 0)
                return RT_MET;
        return sweep->verdict == RT_UNDECIDED ? RT_UNDECIDED : RT_MISSED;
}

/* Whether tasks hold in the order of their urgency if they do in any: with deadlines within the
 * periods and nothing else in their way. Zuhily and Burns, "Optimal (D-J)-monotonic priority
 * assignment", Information Processing Letters 103 (2007). */
static bool is_urgency_optimal(const RtAssignment *assignment)
{
        for (size_t i = 0; i < assignment->n; i++) {
                const RtContender *one = &assignment->contenders[i];
                if (is_asked(one) ? one->fixed || one->load.blocking > 0 ||
                                            one->load.deadline > one->load.period
                                  : one->load.priority < RT_LEVEL_DEADLINE)
                        return false;
        }
        return true;
}

/* Whether the suspect, if there is one, holds in that order. */
static RtVerdict suspect_holds(Sweep *sweep)
{
        RtAssignment *assignment = sweep->assignment;
        size_t at = 0;
        while (at < sweep->n_open &&
               assignment->contenders[sweep->open[at]].load.owner != assignment->suspect)
                at++;
        if (!assignment->suspect || at == sweep->n_open)
                return RT_MET;
        for (size_t i = 0; i < at; i++)
                assignment->contenders[sweep->open[i]].placed = true;
        return holds(sweep->effort, assignment, sweep->open[at], false);
}

/* That order, without regard to levels. */
static RtVerdict urgency_holds(Sweep *sweep)
{
        RtAssignment *assignment = sweep->assignment;
        begin(sweep);
        RtVerdict verdict = suspect_holds(sweep);
        begin(sweep);
        for (size_t i = 0; i < sweep->n_open && verdict == RT_MET; i++) {
                RtContender *one = &assignment->contenders[sweep->open[i]];
                verdict = holds(sweep->effort, assignment, sweep->open[i], false);
                one->placed = true;
                if (verdict != RT_MET)
                        assignment->suspect = one->load.owner;
        }
        return verdict;
}

/* Neighbours in the order of urgency share a level. Whether that holds. */
static bool neighbours_hold(Sweep *sweep, size_t levels)
{
        RtAssignment *assignment = sweep->assignment;
        begin(sweep);
        for (size_t i = 0; i < sweep->n_open; i++)
                assignment->contenders[sweep->open[i]].load.priority =
                        assignment->min + (int)(i * levels / sweep->n_open);
        return rt_priorities_hold(sweep->effort, assignment, 0) == RT_MET;
}

RtVerdict rt_assign_priorities(RtEffort *effort, RtAssignment *assignment)
{
        Sweep sweep = {
                .effort = effort,
                .assignment = assignment,
                .open = rt_effort_room(effort, RT_ROOM_OPEN,
                                       (assignment->n + 1) * sizeof *sweep.open),
        };
        bool optimal = is_urgency_optimal(assignment);
        RtVerdict verdict = optimal ? urgency_holds(&sweep) : RT_MET;
        if (verdict != RT_MET)
                return verdict;
        begin(&sweep);
        size_t levels = assignment->max >= assignment->min
                                ? (size_t)(assignment->max - assignment->min) + 1
                                : 0;
        if (sweep.n_open <= levels &&
            sweep_levels(&sweep, assignment->max + 1 - (int)sweep.n_open, 1) == RT_MET)
                return RT_MET;
        if (optimal && levels > 0 && sweep.n_open > levels && neighbours_hold(&sweep, levels))
                return RT_MET;
        return sweep_levels(&sweep, assignment->min, SIZE_MAX);
}
