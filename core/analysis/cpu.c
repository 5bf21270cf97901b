/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu.h"

#include <string.h>

enum {
        MILLION = 1000000,
        FAIR_SHARE = 50000, /* of the fair server by default, parts per million */
        TICK = 10000000,    /* nanoseconds, at HZ=100 */
};
static const int64_t second = 1000000000;

void rt_loads_sort(RtLoad *loads, size_t n)
{
        /* By insertion: they mostly come in order, with a few new ones at the end. */
        for (size_t i = 1; i < n; i++) {
                RtLoad load = loads[i];
                size_t at = i;
                for (; at > 0 && loads[at - 1].priority < load.priority; at--)
                        loads[at] = loads[at - 1];
                loads[at] = load;
        }
}

/* -- bandwidth --------------------------------------------------------------------------------- */

int64_t rt_loads_utilisation(const RtLoad *loads, size_t n, int priority)
{
        const __int128 most = INT64_MAX / 4;
        __int128 sum = 0;
        for (size_t i = 0; i < n; i++)
                if (loads[i].priority >= priority)
                        sum += ((__int128)loads[i].wcet * second + loads[i].period - 1) /
                               loads[i].period;
        return (int64_t)(sum < most ? sum : most);
}

int64_t rt_deadline_bandwidth(const RtCpuRules *rules)
{
        /* The fair server is admitted like a task. */
        bool server = rules->serves_fair && rules->bandwidth < MILLION;
        int64_t rest = rules->bandwidth - (server ? FAIR_SHARE : 0);
        return rest > 0 ? rest : 0;
}

/* Whether the loads of exactly (or, with 0, of any) priority need more than that many parts per
 * million. Exact. */
static bool exceeds(RtEffort *effort, const RtLoad *loads, size_t n, int priority, int64_t limit)
{
        double sum = 0, bound = (double)limit / MILLION;
        for (size_t i = 0; i < n; i++)
                if (priority == 0 || loads[i].priority == priority)
                        sum += (double)loads[i].wcet / (double)loads[i].period;
        effort->left -= (int64_t)n;
        if (sum < bound - 1e-9 || sum > bound + 1e-9)
                return sum > bound;
        RtShare *shares = rt_effort_room(effort, RT_ROOM_SHARES, (n + 1) * sizeof *shares);
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
                if (priority == 0 || loads[i].priority == priority)
                        shares[m++] = (RtShare){ loads[i].wcet, loads[i].period };
        return rt_utilisation_compare(shares, m, (RtShare){ limit, MILLION }) > 0;
}

/* -- what the kernel takes --------------------------------------------------------------------- */

static __int128 demand_within(const RtLoad *loads, size_t n, int64_t window)
{
        __int128 sum = 0;
        for (size_t i = 0; i < n; i++)
                sum += (__int128)rt_jobs_within(window, loads[i].period, loads[i].jitter) *
                       loads[i].wcet;
        return sum;
}

/* Throttling: if real-time tasks can run for the whole share of a second, the rest of that second
 * is lost to them. It is noticed at the tick; what was run too much is taken from the next second,
 * so two losses may be nearer to each other, as if one were longer. */
static int64_t throttled(const RtLoad *loads, size_t n, const RtCpuRules *rules)
{
        const int64_t share = rules->bandwidth * (second / MILLION);
        return demand_within(loads, n, second) > share ? second - share + TICK : 0;
}

/* Fair server: an ordinary task that has been ready for 950 ms and has run for less than 50 ms of
 * them gets 50 ms. So real-time tasks have to ask for more than 900 ms of 950. */
static int64_t served(const RtLoad *loads, size_t n)
{
        const int64_t budget = FAIR_SHARE * (second / MILLION);
        return demand_within(loads, n, second - budget) > second - 2 * budget ? budget : 0;
}

bool rt_kernel_load(const RtLoad *loads, size_t n, const RtCpuRules *rules, RtLoad *ret)
{
        if (rules->bandwidth >= MILLION)
                return false;
        int64_t off = rules->throttles ? throttled(loads, n, rules) : 0;
        int64_t fair = rules->serves_fair ? served(loads, n) : 0;
        *ret = (RtLoad){
                .wcet = off > fair ? off : fair,
                .period = fair > 0 ? second - FAIR_SHARE * (second / MILLION) : second,
                .priority = RT_LEVEL_MACHINE,
        };
        return ret->wcet > 0;
}

/* -- SCHED_DEADLINE ---------------------------------------------------------------------------- */

/* The loads at the deadline level, and as rivals what hits them. `server` stands for the fair
 * server, which the kernel schedules among them. Loads are in order of priority. */
static RtDeadlineSet deadline_set(RtEffort *effort, const RtLoad *loads, size_t n,
                                  const RtLoad *server)
{
        const RtLoad **tasks = rt_effort_room(effort, RT_ROOM_TASKS, (n + 1) * sizeof *tasks);
        RtRival *others = rt_effort_room(effort, RT_ROOM_OTHERS, (n + 1) * sizeof *others);
        RtDeadlineSet set = { .tasks = tasks, .others = others };
        for (size_t i = 0; i < n; i++)
                if (loads[i].priority == RT_LEVEL_DEADLINE)
                        tasks[set.n_tasks++] = &loads[i];
                else if (rt_rival_of(&loads[i], RT_LEVEL_DEADLINE, &others[set.n_others]))
                        set.n_others++;
        if (set.n_tasks > 0 && server)
                tasks[set.n_tasks++] = server;
        return set;
}

static bool has_deadline_level(const RtLoad *loads, size_t n)
{
        for (size_t i = 0; i < n && loads[i].priority >= RT_LEVEL_DEADLINE; i++)
                if (loads[i].priority == RT_LEVEL_DEADLINE)
                        return true;
        return false;
}

/* The fair server as a task: its deadline is the end of the kernel's period. */
static RtLoad as_server(const RtLoad *kernel)
{
        RtLoad server = *kernel;
        server.deadline = server.period;
        return server;
}

/* -- SCHED_FIFO -------------------------------------------------------------------------------- */

static bool is_fifo_task(const RtLoad *load)
{
        return load->deadline > 0 && load->priority < RT_LEVEL_DEADLINE;
}

static size_t gather(RtEffort *effort, const RtLoad *loads, size_t n, size_t index,
                     const RtLoad *kernel)
{
        RtRival *rivals = rt_effort_rivals(effort, n + 1);
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
                if (i != index)
                        m += rt_rival_of(&loads[i], loads[index].priority, &rivals[m]);
        if (kernel)
                m += rt_rival_of(kernel, loads[index].priority, &rivals[m]);
        return m;
}

static void add_line(RtUpperLine *line, const RtLoad *load, int64_t wcet, double sign)
{
        rt_upper_line_add(line, (double)wcet, load->period, load->jitter, sign);
}

/* The first load for which the line above all that hits it is not enough; n if there is none. One
 * pass over all: loads are in order, so those above a task are those that have been added. */
static size_t first_doubtful(const RtLoad *loads, size_t n, const RtLoad *kernel)
{
        RtUpperLine line = { 0 };
        for (size_t i = 0; i < n; i++)
                add_line(&line, &loads[i], loads[i].interrupt, 1);
        if (kernel)
                add_line(&line, kernel, kernel->wcet, 1);
        for (size_t i = 0, level = 0; i < n; i++) {
                const RtLoad *load = &loads[i];
                for (; level < n && loads[level].priority >= load->priority; level++)
                        add_line(&line, &loads[level], loads[level].wcet - loads[level].interrupt,
                                 1);
                if (!is_fifo_task(load))
                        continue;
                /* Its own interrupts stay: those of its later jobs hit it too. */
                RtUpperLine others = line;
                add_line(&others, load, load->wcet - load->interrupt, -1);
                if (!rt_upper_line_vouches(&others, load))
                        return i;
        }
        return n;
}

/* Equal loads beside each other have equal rivals, and so equal responses. */
static bool is_repeated(const RtLoad *loads, size_t i)
{
        if (i == 0)
                return false;
        const RtLoad *a = &loads[i - 1], *b = &loads[i];
        return a->wcet == b->wcet && a->period == b->period && a->jitter == b->jitter &&
               a->deadline == b->deadline && a->blocking == b->blocking &&
               a->interrupt == b->interrupt && a->priority == b->priority;
}

/* The verdict on the tasks of at most priority `level`; `windows` as load.window, to and fro. */
static RtCpuVerdict fifo_verdict(RtEffort *effort, const RtLoad *loads, size_t n,
                                 const RtLoad *kernel, int level, int64_t *windows)
{
        effort->left -= (int64_t)n;
        for (size_t i = first_doubtful(loads, n, kernel); i < n; i++) {
                if (!is_fifo_task(&loads[i]) || loads[i].priority > level)
                        continue;
                if (is_repeated(loads, i)) {
                        windows[i] = windows[i - 1];
                        continue;
                }
                effort->left -= (int64_t)n; /* to gather them */
                RtVerdict verdict = rt_response_verdict_from(
                        effort, &loads[i], gather(effort, loads, n, i, kernel), &windows[i]);
                if (verdict != RT_MET)
                        return (RtCpuVerdict){ verdict, RT_CPU_RESPONSE, i, { 0 } };
        }
        return (RtCpuVerdict){ .verdict = RT_MET };
}

/* -- together ---------------------------------------------------------------------------------- */

static RtCpuVerdict bandwidth_verdict(RtEffort *effort, const RtLoad *loads, size_t n,
                                      const RtCpuRules *rules)
{
        if (exceeds(effort, loads, n, 0, rules->bandwidth))
                return (RtCpuVerdict){ RT_MISSED, RT_CPU_BANDWIDTH, 0, { 0 } };
        if (has_deadline_level(loads, n) &&
            exceeds(effort, loads, n, RT_LEVEL_DEADLINE, rt_deadline_bandwidth(rules)))
                return (RtCpuVerdict){ RT_MISSED, RT_CPU_DEADLINE_BANDWIDTH, 0, { 0 } };
        return (RtCpuVerdict){ .verdict = RT_MET };
}

static RtCpuVerdict whole_verdict(RtEffort *effort, const RtLoad *loads, size_t n,
                                  const RtCpuRules *rules, int level, int64_t *windows)
{
        RtCpuVerdict verdict = bandwidth_verdict(effort, loads, n, rules);
        if (verdict.verdict != RT_MET)
                return verdict;
        RtLoad kernel = { 0 };
        bool taken = rt_kernel_load(loads, n, rules, &kernel);
        if (has_deadline_level(loads, n)) {
                RtLoad server = as_server(&kernel);
                RtDeadlineSet set = deadline_set(effort, loads, n,
                                                 taken && rules->serves_fair ? &server : NULL);
                RtDemand demand = rt_demand_test(effort, &set);
                if (demand.verdict != RT_MET)
                        return (RtCpuVerdict){ demand.verdict, RT_CPU_DEMAND, 0, demand };
        }
        /* What the kernel takes, it takes from all. */
        return fifo_verdict(effort, loads, n, taken ? &kernel : NULL,
                            taken ? RT_LEVEL_MACHINE : level, windows);
}

RtCpuVerdict rt_cpu_verdict(RtEffort *effort, const RtLoad *loads, size_t n,
                            const RtCpuRules *rules)
{
        int64_t *windows = rt_effort_room(effort, RT_ROOM_WINDOWS, (n + 1) * sizeof *windows);
        memset(windows, 0, n * sizeof *windows);
        return whole_verdict(effort, loads, n, rules, RT_LEVEL_MACHINE, windows);
}

RtCpuVerdict rt_cpu_verdict_grown(RtEffort *effort, RtLoad *loads, size_t n,
                                  const RtCpuRules *rules, int level)
{
        int64_t *windows = rt_effort_room(effort, RT_ROOM_WINDOWS, (n + 1) * sizeof *windows);
        for (size_t i = 0; i < n; i++)
                windows[i] = loads[i].window;
        RtCpuVerdict verdict = whole_verdict(effort, loads, n, rules, level, windows);
        for (size_t i = 0; i < n && verdict.verdict == RT_MET; i++)
                loads[i].window = windows[i];
        return verdict;
}

/* Responses of the loads at the deadline level; the verdict of all of them together. */
static RtDemand deadline_responses(RtEffort *effort, const RtLoad *loads, size_t n,
                                   const RtLoad *server, RtResponse *ret_responses)
{
        RtDeadlineSet set = deadline_set(effort, loads, n, server);
        RtDemand demand = rt_demand_test(effort, &set);
        for (size_t i = 0; i < set.n_tasks; i++)
                if (set.tasks[i] != server)
                        ret_responses[set.tasks[i] - loads] =
                                rt_deadline_response(effort, &set, i, demand.verdict == RT_MET);
        return demand;
}

RtCpuVerdict rt_cpu_responses(RtEffort *effort, const RtLoad *loads, size_t n,
                              const RtCpuRules *rules, RtResponse *ret_responses)
{
        RtCpuVerdict result = bandwidth_verdict(effort, loads, n, rules);
        RtLoad kernel = { 0 };
        bool taken = rt_kernel_load(loads, n, rules, &kernel);
        for (size_t i = 0; i < n; i++)
                ret_responses[i] = (RtResponse){ .verdict = RT_MET, .time = RT_NO_TIME };
        if (has_deadline_level(loads, n)) {
                RtLoad server = as_server(&kernel);
                RtDemand demand = deadline_responses(effort, loads, n,
                                                     taken && rules->serves_fair ? &server : NULL,
                                                     ret_responses);
                if (result.verdict == RT_MET && demand.verdict != RT_MET)
                        result = (RtCpuVerdict){ demand.verdict, RT_CPU_DEMAND, 0, demand };
        }
        for (size_t i = 0; i < n; i++) {
                if (!is_fifo_task(&loads[i]))
                        continue;
                if (is_repeated(loads, i))
                        ret_responses[i] = ret_responses[i - 1];
                else
                        ret_responses[i] = rt_response_time(
                                effort, &loads[i],
                                gather(effort, loads, n, i, taken ? &kernel : NULL));
                if (result.verdict == RT_MET && ret_responses[i].verdict != RT_MET)
                        result = (RtCpuVerdict){
                                ret_responses[i].verdict, RT_CPU_RESPONSE, i, { 0 }
                        };
        }
        return result;
}
