/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "demand.h"

#include "utilisation.h"

/* The deadline that is left when a job is released with all its jitter; may be negative. */
static int64_t effective_deadline(const RtLoad *task)
{
        return task->deadline - task->jitter;
}

int64_t rt_jobs_due(const RtLoad *task, int64_t interval)
{
        int64_t slack;
        if (__builtin_sub_overflow(interval, effective_deadline(task), &slack))
                slack = INT64_MAX - 1; /* only beyond all times */
        return slack < 0 ? 0 : slack / task->period + 1;
}

/* The part of a job that waits for its turn by deadline. */
static int64_t rest_of(const RtLoad *task)
{
        return task->wcet - task->interrupt;
}

/* The tasks' own interrupts do not wait: they hit all tasks, however late they are due. */
static __int128 demand_at_once(const RtDeadlineSet *set, int64_t window, const RtLoad *except)
{
        __int128 sum = 0;
        for (size_t i = 0; i < set->n_others; i++) {
                const RtRival *other = &set->others[i];
                sum += (__int128)rt_jobs_within(window, other->period, other->jitter) * other->wcet;
        }
        for (size_t i = 0; i < set->n_tasks; i++) {
                const RtLoad *task = set->tasks[i];
                if (task->interrupt > 0 && task != except)
                        sum += (__int128)rt_jobs_within(window, task->period, task->jitter) *
                               task->interrupt;
        }
        return sum;
}

/* By a job that is not due before the task is: whom it holds up holds up those that are due later.
 */
static int64_t blocking_within(const RtDeadlineSet *set, int64_t interval)
{
        int64_t blocking = 0;
        for (size_t i = 0; i < set->n_tasks; i++)
                if (set->tasks[i]->blocking > blocking &&
                    effective_deadline(set->tasks[i]) <= interval)
                        blocking = set->tasks[i]->blocking;
        return blocking;
}

static __int128 demand_by_deadline(const RtDeadlineSet *set, int64_t interval)
{
        __int128 sum = blocking_within(set, interval);
        for (size_t i = 0; i < set->n_tasks; i++)
                sum += (__int128)rt_jobs_due(set->tasks[i], interval) * rest_of(set->tasks[i]);
        return sum;
}

/* When all that is due within the interval is done: at the first moment by which what comes at once
 * has left room for it. More than the interval if there is none in it. */
static __int128 end_of_demand(const RtDeadlineSet *set, int64_t interval, int64_t *budget)
{
        const __int128 due = demand_by_deadline(set, interval);
        __int128 end = due > 0 ? due : 1;
        while (end <= interval) {
                *budget -= (int64_t)(set->n_tasks + set->n_others);
                __int128 next = due + demand_at_once(set, (int64_t)end, NULL);
                if (next <= end)
                        break;
                end = next;
        }
        return end;
}

/* The latest absolute deadline that is not after `most`; less than 0 if there is none. */
static int64_t last_deadline(const RtDeadlineSet *set, int64_t most)
{
        int64_t last = -1;
        for (size_t i = 0; i < set->n_tasks; i++) {
                int64_t jobs = rt_jobs_due(set->tasks[i], most);
                if (jobs == 0)
                        continue;
                int64_t due = effective_deadline(set->tasks[i]) +
                              (jobs - 1) * set->tasks[i]->period; /* at most `most` */
                if (due > last)
                        last = due;
        }
        return last;
}

/* The longest busy period of deadline tasks and others together. */
static int64_t busy_period(RtEffort *effort, const RtDeadlineSet *set)
{
        RtRival *rivals = rt_effort_rivals(effort, set->n_tasks + set->n_others);
        int64_t blocking = 0;
        for (size_t i = 0; i < set->n_tasks; i++) {
                const RtLoad *task = set->tasks[i];
                rivals[i] = (RtRival){ task->wcet, task->period, task->jitter, 0, 0 };
                if (task->blocking > blocking)
                        blocking = task->blocking;
        }
        for (size_t i = 0; i < set->n_others; i++)
                rivals[set->n_tasks + i] = set->others[i];
        return rt_busy_period(effort, blocking, set->n_tasks + set->n_others);
}

/* Straight lines above steps: how much they rise in all, where they begin, and the sum of what was
 * added and subtracted for that, by which the rounding is judged. */
typedef struct Lines {
        double slope, height, size;
} Lines;

/* Above `wcet` for each job that arrives from `from` on, counting the one at `from`. */
static void add_line(Lines *lines, int64_t wcet, int64_t period, double from)
{
        double share = (double)wcet / (double)period;
        lines->slope += share;
        lines->height += (double)wcet - share * from;
        lines->size += (double)wcet + share * (from < 0 ? -from : from);
}

/* Beyond this length no interval can ask for more than it is long: with straight lines above all
 * steps, demand(t) <= U t + K, which is at most t from K / (1 - U) on. RT_TIME_MOST if U is too
 * near 1 to say. */
static int64_t linear_limit(const RtDeadlineSet *set)
{
        Lines lines = { 0 };
        double blocking = 0, longest = 0;
        for (size_t i = 0; i < set->n_tasks; i++) {
                const RtLoad *task = set->tasks[i];
                double due = (double)effective_deadline(task);
                add_line(&lines, rest_of(task), task->period, due);
                add_line(&lines, task->interrupt, task->period, -(double)task->jitter);
                /* The line of a task lies above its steps from D - T on. */
                if (due - (double)task->period > longest)
                        longest = due - (double)task->period;
                if ((double)task->blocking > blocking)
                        blocking = (double)task->blocking;
        }
        for (size_t i = 0; i < set->n_others; i++) {
                const RtRival *other = &set->others[i];
                add_line(&lines, other->wcet, other->period, -(double)other->jitter);
        }
        double rounding = rt_rounding(2 * set->n_tasks + set->n_others);
        double room = 1 - lines.slope - rounding * (lines.slope + 1);
        if (room < 1e-9)
                return RT_TIME_MOST;
        double limit = (lines.height + rounding * lines.size + blocking) / room;
        limit = (limit > longest ? limit : longest) * (1 + 1e-6) + 2;
        return limit < (double)RT_TIME_MOST / 2 ? (int64_t)limit : RT_TIME_MOST;
}

static bool is_overload(const RtDeadlineSet *set)
{
        double sum = 0;
        for (size_t i = 0; i < set->n_tasks; i++)
                sum += (double)set->tasks[i]->wcet / (double)set->tasks[i]->period;
        for (size_t i = 0; i < set->n_others; i++)
                sum += (double)set->others[i].wcet / (double)set->others[i].period;
        return sum > 1 + rt_rounding(set->n_tasks + set->n_others) * (sum + 1);
}

static int64_t asked_within(const RtDeadlineSet *set, int64_t interval)
{
        return rt_time_bounded(demand_by_deadline(set, interval) +
                               demand_at_once(set, interval, NULL));
}

/* Walks down from the limit: what is due within an interval, and done early in it, vouches for all
 * intervals that end between the two. */
RtDemand rt_demand_test(RtEffort *effort, const RtDeadlineSet *set)
{
        if (set->n_tasks == 0)
                return (RtDemand){ .verdict = RT_MET };
        if (is_overload(set))
                return (RtDemand){ RT_MISSED, 0, RT_NO_TIME };
        for (size_t i = 0; i < set->n_tasks; i++)
                if (effective_deadline(set->tasks[i]) < set->tasks[i]->wcet)
                        return (RtDemand){ RT_MISSED, effective_deadline(set->tasks[i]),
                                           set->tasks[i]->wcet };
        int64_t limit = linear_limit(set), busy = busy_period(effort, set);
        if (busy != RT_NO_TIME && busy < limit)
                limit = busy;
        int64_t budget = rt_effort_budget(effort), begun = budget;
        int64_t interval = last_deadline(set, limit);
        RtDemand result = { .verdict = RT_MET };
        while (interval > 0) {
                budget -= (int64_t)(3 * set->n_tasks);
                if (budget <= 0) {
                        result.verdict = RT_UNDECIDED;
                        break;
                }
                __int128 end = end_of_demand(set, interval, &budget);
                if (end > interval) {
                        result = (RtDemand){ RT_MISSED, interval, asked_within(set, interval) };
                        break;
                }
                interval = last_deadline(set, end < interval ? (int64_t)end : interval - 1);
        }
        effort->left -= begun - budget;
        return result;
}

/* -- response times ---------------------------------------------------------------------------- */

/* A question about one job, which may be released at `release` of the busy period. */
typedef struct Job {
        const RtDeadlineSet *set;
        size_t index;
        int64_t release;
} Job;

/* What runs before the job ends, of all that is released before `window` ends. The task's earlier
 * jobs came at its period before the job, and some of its later ones may hit it as interrupts. */
static int64_t work_before(const Job *job, int64_t window)
{
        const RtDeadlineSet *set = job->set;
        const RtLoad *own = set->tasks[job->index];
        int64_t due = job->release + effective_deadline(own);
        int64_t jobs = job->release / own->period + 1;
        int64_t hits =
                rt_jobs_within(window, own->period, own->jitter - job->release % own->period);
        __int128 sum = demand_at_once(set, window, own) + blocking_within(set, due) +
                       (__int128)jobs * rest_of(own) +
                       (__int128)(hits > jobs ? hits : jobs) * own->interrupt;
        for (size_t i = 0; i < set->n_tasks; i++) {
                const RtLoad *task = set->tasks[i];
                if (i == job->index)
                        continue;
                int64_t released = rt_jobs_within(window, task->period, task->jitter);
                int64_t urgent = rt_jobs_due(task, due);
                sum += (__int128)(released < urgent ? released : urgent) * rest_of(task);
        }
        return rt_time_bounded(sum);
}

/* When the job ends, from the start of the busy period; RT_NO_TIME if the budget runs out. */
static int64_t end_of(const Job *job, int64_t *budget)
{
        int64_t window = 1;
        for (;;) {
                *budget -= (int64_t)(3 * job->set->n_tasks + job->set->n_others);
                if (*budget <= 0)
                        return RT_NO_TIME;
                int64_t next = work_before(job, window);
                if (next >= RT_TIME_MOST)
                        return RT_NO_TIME;
                if (next <= window)
                        return window;
                window = next;
        }
}

/* Releases at which the job's deadline coincides with that of some other: only these can be the
 * worst. Calls for each within the busy period, and keeps the worst in `worst`. */
static bool try_releases(const RtDeadlineSet *set, size_t index, int64_t busy, int64_t *budget,
                         RtResponse *worst)
{
        const RtLoad *own = set->tasks[index];
        for (size_t i = 0; i < set->n_tasks; i++) {
                const RtLoad *task = set->tasks[i];
                __int128 release = (__int128)effective_deadline(task) - effective_deadline(own);
                if (release < 0)
                        release += (-release + task->period - 1) / task->period * task->period;
                for (; release < busy; release += task->period) {
                        const Job job = { set, index, (int64_t)release };
                        int64_t done = end_of(&job, budget);
                        if (done == RT_NO_TIME)
                                return false;
                        int64_t time = done - job.release + own->jitter;
                        if (time > worst->time) {
                                worst->time = time;
                                worst->job = job.release / own->period + 1;
                                worst->window = done;
                        }
                }
        }
        return true;
}

RtResponse rt_deadline_response(RtEffort *effort, const RtDeadlineSet *set, size_t index,
                                bool passed)
{
        const RtLoad *own = set->tasks[index];
        RtResponse worst = { .verdict = RT_MET, .time = RT_NO_TIME };
        bool overload = is_overload(set);
        int64_t busy = overload ? RT_NO_TIME : busy_period(effort, set);
        int64_t budget = rt_effort_budget(effort), begun = budget;
        bool known = busy != RT_NO_TIME && try_releases(set, index, busy, &budget, &worst);
        effort->left -= begun - budget;
        if (known)
                worst.verdict = worst.time <= own->deadline ? RT_MET : RT_MISSED;
        else
                worst = (RtResponse){ .verdict = passed ? RT_MET : RT_UNDECIDED,
                                      .time = passed ? own->deadline : RT_NO_TIME };
        if (overload)
                worst.verdict = RT_MISSED;
        return worst;
}
