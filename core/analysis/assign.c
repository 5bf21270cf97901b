/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assign.h"

/* What interferes with contender `index` (none: SIZE_MAX) in the scenario: those `placed` below it
 * only with their interrupts. With `as_numbered` the priorities decide instead. */
static size_t gather(RtEffort *effort, const RtAssignment *assignment, const RtScenario *scenario,
                     size_t index, bool as_numbered)
{
        RtRival *rivals = rt_effort_rivals(effort, scenario->n);
        const int level = as_numbered ? assignment->contenders[index].load.priority : 0;
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
                effort->left -= (int64_t)scenario->n;
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
        size_t *order; /* contenders that are not fixed, the least urgent first */
        size_t n;
        size_t *open; /* those without a level, in that order */
        size_t n_open;
        RtVerdict verdict; /* RT_UNDECIDED once any answer on the way was */
} Sweep;

/* Whether the search gives it a level. */
static bool is_open(const RtContender *contender)
{
        return !contender->fixed && contender->load.deadline > 0;
}

/* Puts one that comes before all in the list where it belongs. By insertion: contenders mostly come
 * in order. */
static void insert(Sweep *sweep, size_t index)
{
        const RtContender *contenders = sweep->assignment->contenders;
        const int64_t urgency = rt_urgency(&contenders[index].load);
        size_t at = sweep->n++;
        for (; at > 0 && rt_urgency(&contenders[sweep->order[at - 1]].load) < urgency; at--)
                sweep->order[at] = sweep->order[at - 1];
        sweep->order[at] = index;
}

static Sweep sweep_of(RtEffort *effort, RtAssignment *assignment)
{
        Sweep sweep = {
                .effort = effort,
                .assignment = assignment,
                .order = rt_effort_room(effort, RT_ROOM_ORDER,
                                        (assignment->n + 1) * sizeof *sweep.order),
                .open = rt_effort_room(effort, RT_ROOM_OPEN,
                                       (assignment->n + 1) * sizeof *sweep.open),
        };
        for (size_t i = assignment->n; i > 0; i--)
                if (is_open(&assignment->contenders[i - 1]))
                        insert(&sweep, i - 1);
        return sweep;
}

static void begin(Sweep *sweep)
{
        sweep->n_open = sweep->n;
        sweep->verdict = RT_MET;
        for (size_t i = 0; i < sweep->n; i++)
                sweep->open[i] = sweep->order[i];
        for (size_t i = 0; i < sweep->assignment->n; i++)
                sweep->assignment->contenders[i].placed = false;
        sweep->effort->left -= (int64_t)sweep->assignment->n;
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

/* Whether the run's work is used up, and some answer has been lacking since. */
static bool is_given_up(const Sweep *sweep)
{
        return sweep->verdict == RT_UNDECIDED && sweep->effort->left <= 0;
}

/* What all contenders of a scenario that are not placed have in common. */
typedef struct Crowd {
        int64_t least; /* a job of each */
        int64_t busy;  /* their longest busy period without blocking, if it is within the limit */
} Crowd;

static Crowd crowd_of(RtEffort *effort, const RtAssignment *assignment, const RtScenario *scenario,
                      int64_t limit)
{
        size_t n = gather(effort, assignment, scenario, SIZE_MAX, false);
        effort->left -= (int64_t)scenario->n;
        __int128 sum = 0;
        for (size_t i = 0; i < n; i++)
                sum += effort->rivals[i].wcet;
        return (Crowd){ rt_time_bounded(sum), rt_busy_period_until(effort, 0, n, limit) };
}

/* Whether one of the crowd is late for sure at the level below the others. Its first job waits for
 * one of each. And if no second job of it can be in time, then until its deadline the first job's
 * window is that busy period, or longer if it is blocked. */
static bool is_late_in(const Crowd *crowd, const RtLoad *load)
{
        const int64_t latest = load->deadline - load->jitter;
        return crowd->least > latest - load->blocking ||
               (load->deadline <= load->period && crowd->busy > latest);
}

/* The crowds of all scenarios. They are worth their work once a contender has not held, for then
 * others will not either. */
static Crowd *crowds_of(Sweep *sweep)
{
        const RtAssignment *assignment = sweep->assignment;
        Crowd *crowds = rt_effort_room(sweep->effort, RT_ROOM_CROWDS,
                                       (assignment->n_scenarios + 1) * sizeof *crowds);
        /* The latest deadline; nobody asks for what is beyond it. */
        const int64_t limit = rt_urgency(&assignment->contenders[sweep->order[0]].load);
        for (size_t s = 0; s < assignment->n_scenarios; s++)
                crowds[s] = crowd_of(sweep->effort, assignment, &assignment->scenarios[s], limit);
        return crowds;
}

static bool is_late(const RtAssignment *assignment, const Crowd *crowds, size_t index)
{
        for (size_t s = 0; crowds && s < assignment->n_scenarios; s++)
                if (is_member(&assignment->scenarios[s], index) &&
                    is_late_in(&crowds[s], &assignment->contenders[index].load))
                        return true;
        return false;
}

/* Takes up to `most` of the open contenders that hold at the level. Those taken at one level count
 * as interfering with each other, so none is placed before all are found. Whether any was placed,
 * the fixed ones among them. */
static bool fill(Sweep *sweep, int level, size_t most)
{
        RtAssignment *assignment = sweep->assignment;
        const Crowd *crowds = NULL;
        size_t left = 0, taken = 0;
        for (size_t i = 0; i < sweep->n_open; i++) {
                size_t index = sweep->open[i];
                RtVerdict verdict = RT_MISSED;
                if (taken < most && !is_given_up(sweep) && !is_late(assignment, crowds, index)) {
                        verdict = holds(sweep->effort, assignment, index, false);
                        if (verdict != RT_MET && !crowds)
                                crowds = crowds_of(sweep);
                }
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
        bool placed = false;
        for (size_t i = 0; i < assignment->n; i++) {
                RtContender *one = &assignment->contenders[i];
                if (one->load.priority == level)
                        one->placed = placed = true;
        }
        return placed;
}

/* From the band's lowest level up. The open ones begin at `start`, `most` of them per level. Once
 * they have been asked in vain, they are not asked again before something is placed. */
static RtVerdict sweep_levels(Sweep *sweep, int start, size_t most)
{
        const RtAssignment *assignment = sweep->assignment;
        begin(sweep);
        for (size_t i = 0; i < assignment->n; i++)
                if (is_open(&assignment->contenders[i]))
                        assignment->contenders[i].load.priority = 0;
        bool in_vain = false;
        for (int level = 1; level < RT_LEVEL_DEADLINE; level++) {
                if (!fixed_hold(sweep, level))
                        return sweep->verdict;
                bool asks = level >= start && level <= assignment->max && !in_vain;
                bool placed = fill(sweep, level, asks ? most : 0);
                in_vain = (in_vain || asks) && !placed;
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
        RtVerdict verdict = holds(sweep->effort, assignment, sweep->open[at], false);
        for (size_t i = 0; i < at; i++)
                assignment->contenders[sweep->open[i]].placed = false;
        return verdict;
}

/* That order, without regard to levels. */
static RtVerdict urgency_holds(Sweep *sweep)
{
        RtAssignment *assignment = sweep->assignment;
        begin(sweep);
        RtVerdict verdict = suspect_holds(sweep);
        for (size_t i = 0; i < sweep->n_open && verdict == RT_MET; i++) {
                RtContender *one = &assignment->contenders[sweep->open[i]];
                verdict = holds(sweep->effort, assignment, sweep->open[i], false);
                one->placed = true;
                if (verdict != RT_MET)
                        assignment->suspect = one->load.owner;
        }
        return verdict;
}

/* Gives levels in the order of urgency; with fewer of them than contenders, neighbours share one.
 */
static void number(Sweep *sweep, size_t levels)
{
        const RtAssignment *assignment = sweep->assignment;
        const size_t used = sweep->n < levels ? sweep->n : levels;
        for (size_t i = 0; i < sweep->n; i++)
                assignment->contenders[sweep->order[i]].load.priority =
                        assignment->max + 1 - (int)used + (int)(i * used / sweep->n);
}

RtVerdict rt_assign_priorities(RtEffort *effort, RtAssignment *assignment)
{
        Sweep sweep = sweep_of(effort, assignment);
        const size_t levels = assignment->max >= assignment->min
                                      ? (size_t)(assignment->max - assignment->min) + 1
                                      : 0;
        if (is_urgency_optimal(assignment)) {
                RtVerdict verdict = urgency_holds(&sweep);
                if (verdict != RT_MET)
                        return verdict;
                number(&sweep, levels);
                if (sweep.n <= levels)
                        return RT_MET;
                if (levels > 0 && rt_priorities_hold(effort, assignment, 0) == RT_MET)
                        return RT_MET;
        } else if (sweep.n <= levels &&
                   sweep_levels(&sweep, assignment->max + 1 - (int)sweep.n, 1) == RT_MET) {
                return RT_MET;
        }
        return sweep_levels(&sweep, assignment->min, SIZE_MAX);
}
