/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "response.h"

#include "utilisation.h"

/* Work that is counted before a question is looked at again. */
typedef struct Iteration {
        RtEffort *effort;
        int64_t budget;     /* visits left for this question */
        __int128 demand;    /* of all rivals within `window` */
        double utilisation; /* of all rivals, from below */
        double carried;     /* sum of utilisation times jitter, from below */
        size_t n;
        RtRival self; /* the task's interrupts: those of its later jobs hit the earlier ones */
} Iteration;

int64_t rt_jobs_within(int64_t window, int64_t period, int64_t jitter)
{
        int64_t last = window + (jitter - 1); /* may not overflow even at the longest times */
        return last < 0 ? 0 : last / period + 1;
}

static void add_rival(Iteration *it, RtRival *rival)
{
        double share = (double)rival->wcet / (double)rival->period;
        it->utilisation += share;
        it->carried += share * (double)rival->jitter;
        rival->jobs = 0;
        rival->until = -rival->jitter;
}

static void begin(Iteration *it, RtEffort *effort, size_t n, RtRival self)
{
        *it = (Iteration){ .effort = effort, .n = n, .self = self };
        it->budget = rt_effort_budget(effort);
        for (size_t i = 0; i < n; i++)
                add_rival(it, &effort->rivals[i]);
        add_rival(it, &it->self);
        /* Rounding must not make a lower bound too large. */
        it->utilisation -= rt_rounding(n) * (it->utilisation + 1);
        it->carried *= 1 - 1e-9;
        it->budget -= (int64_t)n + 1;
}

static void end(Iteration *it)
{
        it->effort->left -= rt_effort_budget(it->effort) - it->budget;
}

/* Most rivals have no further job in a longer window, and cost one comparison. */
static inline void count_jobs(Iteration *it, RtRival *rival, int64_t window)
{
        if (window <= rival->until)
                return;
        int64_t jobs = rt_jobs_within(window, rival->period, rival->jitter);
        it->demand += (__int128)(jobs - rival->jobs) * rival->wcet;
        rival->jobs = jobs;
        rival->until = rt_time_bounded((__int128)jobs * rival->period - rival->jitter);
}

/* Brings `demand` up to a longer window. */
static void count_demand(Iteration *it, int64_t window)
{
        for (size_t i = 0; i < it->n; i++)
                count_jobs(it, &it->effort->rivals[i], window);
        count_jobs(it, &it->self, window);
        it->budget -= (int64_t)it->n + 1;
}

/* The least window w >= from with w = own + demand(w), or some window beyond the limit if that one
 * is; 0 if there is none below RT_TIME_MOST or the budget ran out. Since ceil(x) >= x, no solution
 * is below the point where the straight lines meet, and the iteration may start there. */
static int64_t solve(Iteration *it, __int128 own, int64_t from, __int128 limit)
{
        if (own >= RT_TIME_MOST)
                return 0;
        double room = 1 - it->utilisation;
        double least = room > 1e-9 ? ((double)own + it->carried) / room * (1 - 1e-9) - 1 : 0;
        if (least >= (double)RT_TIME_MOST)
                return 0;
        int64_t window = least > 1 ? (int64_t)least : 1;
        if (window < (int64_t)own)
                window = (int64_t)own;
        if (window < from)
                window = from;
        while (it->budget > 0) {
                count_demand(it, window);
                __int128 next = own + it->demand;
                if (next >= RT_TIME_MOST)
                        return 0;
                if (next <= window)
                        return window;
                window = (int64_t)next;
                if (window > limit)
                        return window;
        }
        return 0;
}

/* Jobs 1, 2, … of the task in the level's busy period, of which any may be the worst. With `first`
 * the search begins at the window that it points to, where the first job's is left; it ends at the
 * first job that is late. */
static RtResponse search(RtEffort *effort, const RtLoad *task, size_t n, int64_t *first)
{
        RtResponse worst = { .verdict = RT_MET, .time = RT_NO_TIME };
        const int64_t rest = task->wcet - task->interrupt;
        Iteration it;
        begin(&it, effort, n, (RtRival){ task->interrupt, task->period, task->jitter, 0, 0 });
        int64_t window = first ? *first : 0;
        for (int64_t job = 1;; job++) {
                __int128 own = (__int128)job * rest + task->blocking;
                __int128 arrival = (__int128)(job - 1) * task->period - task->jitter;
                window = solve(&it, own, window,
                               first && task->deadline > 0 ? arrival + task->deadline
                                                           : RT_TIME_MOST);
                if (window <= 0) {
                        /* The first job is beyond all deadlines; a later one might not be. */
                        bool beyond = it.budget > 0 && job == 1 && task->deadline > 0 &&
                                      task->deadline < RT_TIME_MOST;
                        worst.verdict =
                                beyond ? RT_MISSED : rt_verdict_worse(worst.verdict, RT_UNDECIDED);
                        worst.time = RT_NO_TIME;
                        break;
                }
                if (first && job == 1)
                        *first = window;
                __int128 time = window - arrival;
                if (time > worst.time) {
                        worst.time = (int64_t)time;
                        worst.job = job;
                        worst.window = window;
                }
                if (task->deadline > 0 && time > task->deadline) {
                        worst.verdict = RT_MISSED;
                        if (first)
                                break;
                }
                if (window <= arrival + task->period)
                        break; /* done before the next arrival can be released */
        }
        end(&it);
        return worst;
}

/* Whether the task and its rivals ask for more than the CPU: then some job waits for ever, and no
 * busy period ends. Floating point is enough: what it cannot tell, the iteration decides. */
static bool is_overload(const RtEffort *effort, const RtLoad *task, size_t n)
{
        double sum = (double)task->wcet / (double)task->period;
        for (size_t i = 0; i < n; i++)
                sum += (double)effort->rivals[i].wcet / (double)effort->rivals[i].period;
        return sum > 1 + rt_rounding(n) * (sum + 1);
}

RtResponse rt_response_time(RtEffort *effort, const RtLoad *task, size_t n)
{
        if (is_overload(effort, task, n))
                return (RtResponse){ .verdict = task->deadline > 0 ? RT_MISSED : RT_UNDECIDED,
                                     .time = RT_NO_TIME };
        return search(effort, task, n, NULL);
}

/* An upper bound by straight lines: a rival has not run for more than U (w + J) + C (1 - U) when a
 * window w ends, with U = C/T. So R <= J + (B + C + sum of (C (1 - U) + J U)) / (1 - sum of U) if
 * the task fits beside them at all: Bini, Parri, Buttazzo, "A quadratic-time response time upper
 * bound with a tightness property", RTSS 2015. Its own interrupts count as a rival. Decides most
 * questions at the price of one pass. */
void rt_upper_line_add(RtUpperLine *line, double wcet, int64_t period, int64_t jitter, double sign)
{
        double share = wcet / (double)period;
        line->slope += sign * share;
        line->height += sign * (wcet * (1 - share) + share * (double)jitter);
}

/* The margins are for rounding, also where loads have been taken out of the line. */
bool rt_upper_line_vouches(const RtUpperLine *others, const RtLoad *task)
{
        const double rest = (double)(task->wcet - task->interrupt);
        double room = 1 - others->slope - 1e-9;
        if (room < 1e-3 || rest / (double)task->period >= room)
                return false;
        double sum = others->height + (double)task->blocking + rest;
        return (sum / room + (double)task->jitter) * (1 + 1e-6) + 2 <= (double)task->deadline;
}

static bool is_met_by_line(const RtEffort *effort, const RtLoad *task, size_t n)
{
        RtUpperLine others = { 0 };
        rt_upper_line_add(&others, (double)task->interrupt, task->period, task->jitter, 1);
        for (size_t i = 0; i < n; i++) {
                const RtRival *rival = &effort->rivals[i];
                rt_upper_line_add(&others, (double)rival->wcet, rival->period, rival->jitter, 1);
        }
        return rt_upper_line_vouches(&others, task);
}

/* Whether by the deadline the CPU has done all that arrives until then. If so, a job that begins
 * with the busy period is done; and if the next one arrives no earlier, it is the only one. */
static bool is_met_at_deadline(const RtEffort *effort, const RtLoad *task, size_t n)
{
        const int64_t window = task->deadline - task->jitter;
        if (task->deadline > task->period || window <= 0 || (int64_t)n > effort->most)
                return false;
        __int128 demand = (__int128)task->blocking + task->wcet;
        for (size_t i = 0; i < n && demand <= window; i++) {
                const RtRival *rival = &effort->rivals[i];
                demand += (__int128)rt_jobs_within(window, rival->period, rival->jitter) *
                          rival->wcet;
        }
        return demand <= window && demand < RT_TIME_MOST;
}

RtVerdict rt_response_verdict(RtEffort *effort, const RtLoad *task, size_t n)
{
        int64_t window = 0;
        return rt_response_verdict_from(effort, task, n, &window);
}

RtVerdict rt_response_verdict_from(RtEffort *effort, const RtLoad *task, size_t n, int64_t *window)
{
        effort->left -= (int64_t)n;
        if (is_met_by_line(effort, task, n))
                return RT_MET;
        if (is_overload(effort, task, n))
                return task->deadline > 0 ? RT_MISSED : RT_UNDECIDED;
        effort->left -= (int64_t)n;
        if (is_met_at_deadline(effort, task, n))
                return RT_MET;
        return search(effort, task, n, window).verdict;
}

int64_t rt_busy_period(RtEffort *effort, int64_t blocking, size_t n)
{
        return rt_busy_period_until(effort, blocking, n, RT_TIME_MOST);
}

int64_t rt_busy_period_until(RtEffort *effort, int64_t blocking, size_t n, int64_t limit)
{
        Iteration it;
        begin(&it, effort, n, (RtRival){ .period = 1 });
        /* A window of any length has a job of each. */
        __int128 first = blocking;
        for (size_t i = 0; i < n; i++)
                first += effort->rivals[i].wcet;
        int64_t window = first > RT_TIME_MOST ? 0 : solve(&it, blocking, (int64_t)first, limit);
        end(&it);
        return window > 0 ? window : RT_NO_TIME;
}
