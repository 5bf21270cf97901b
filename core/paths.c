/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ways that data takes: chains of tasks, and channels between containers. */

#include <string.h>

#include "paths.h"

/* -- channels between containers --------------------------------------------------------------- */

/* Whether the container sends by that role, or receives by it. Replies flow the other way. */
static bool sends(RtRole role)
{
        return role != RT_SUBSCRIBES && role != RT_PULLS;
}

static bool receives(RtRole role)
{
        return role != RT_PUBLISHES && role != RT_PUSHES;
}

/* Whether `from` can send to `to` by the channel. Ends of one role only do in a pair. */
static bool leads(const RtChannel *channel, const RtContainer *from, const RtContainer *to)
{
        for (RtRole a = 0; a < RT_ROLES; a++) {
                if (!sends(a) || !rt_texts_have(&from->channels[a], channel->object.name))
                        continue;
                for (RtRole b = 0; b < RT_ROLES; b++)
                        if (receives(b) && (a != b || a == RT_PAIRS) &&
                            rt_texts_have(&to->channels[b], channel->object.name))
                                return true;
        }
        return false;
}

/* Messages that may wait in it. What overwrites the oldest for everybody's newest value has none
 * that matter: a subscriber can always have the newest. */
static int64_t queue_of(const RtChannel *channel)
{
        bool newest = channel->pattern == RT_PATTERN_PUBLISH && channel->full == RT_FULL_OVERWRITE;
        return newest ? 0 : channel->depth;
}

/* What a member may send, at most: each of its real-time tasks in every job. */
typedef struct Senders {
        size_t n;               /* tasks that may send; one without real-time tasks counts as one */
        double rate;            /* messages per nanosecond, all together */
        bool any_time;          /* some sender has no period to go by */
        const RtInstance *only; /* the one there is, if n is 1 */
} Senders;

static Senders senders_of(const RtConfigPlan *config, const RtChannel *channel,
                          const RtContainer *to)
{
        Senders senders = { 0 };
        RT_EACH (member, &config->members) {
                const RtContainer *from = (*member)->container;
                if (from == to || !leads(channel, from, to))
                        continue;
                senders.only = *member;
                if (!rt_container_is_realtime(from)) {
                        senders.n++;
                        senders.any_time = true;
                }
                RT_EACH (task, &from->tasks) {
                        if (task->policy == RT_POLICY_OTHER)
                                continue;
                        senders.n++;
                        senders.rate += 1 / (double)task->period;
                }
        }
        return senders;
}

/* Whether several senders together may send more often than somebody with that period receives. */
static bool is_flooded(const RtConfigPlan *config, const RtChannel *channel, const RtContainer *to,
                       int64_t period)
{
        Senders senders = senders_of(config, channel, to);
        return senders.n > 1 && (senders.any_time || senders.rate * (double)period > 1 + 1e-9);
}

RtWay rt_way_between(const RtPlan *plan, const RtConfigPlan *config, const RtContainer *from,
                     const RtContainer *to, int64_t period)
{
        RtWay way = { .is_there = from == to };
        RT_EACH (it, &plan->model->channels) {
                const RtChannel *channel = *it;
                if (channel->object.rejected || from == to || !leads(channel, from, to))
                        continue;
                way.is_there = true;
                if (queue_of(channel) == 0)
                        continue;
                if (queue_of(channel) > way.queue)
                        way.queue = queue_of(channel);
                way.refuses = way.refuses || channel->full == RT_FULL_REFUSE;
                way.is_flooded = way.is_flooded || is_flooded(config, channel, to, period);
        }
        return way;
}

/* -- chains ------------------------------------------------------------------------------------ */

static const RtTaskTiming *find_task(const RtPlan *plan, const RtConfigTiming *timing,
                                     const char *reference)
{
        const char *dot = strchr(reference, '.');
        return rt_config_timing_task(
                timing, rt_strndup(plan->arena, reference, (size_t)(dot - reference)), dot + 1);
}

static RtHop hop_of(const RtPlan *plan, const RtConfigPlan *config, const RtTaskTiming *task,
                    const RtTaskTiming *next)
{
        const RtTask *declared = task->task->task;
        RtHop hop = {
                .period = declared->period,
                .jitter = declared->jitter + plan->model->platform.overheads.release,
                .response =
                        rt_response_is_known(&task->response) ? task->response.time : RT_NO_TIME,
        };
        if (!next)
                return hop;
        int level = task->task->priority, below = next->task->priority;
        bool both_fifo =
                declared->policy == RT_POLICY_FIFO && next->task->task->policy == RT_POLICY_FIFO;
        bool above = declared->policy == RT_POLICY_DEADLINE &&
                     next->task->task->policy == RT_POLICY_FIFO;
        hop.is_before =
                task->task->cpu == next->task->cpu && (above || (both_fifo && level > below));
        RtWay way = rt_way_between(plan, config, task->instance->container,
                                   next->instance->container, next->task->task->period);
        hop.queue = way.queue;
        hop.refuses = way.refuses;
        if (way.is_flooded)
                hop.response = RT_NO_TIME;
        return hop;
}

static bool is_within(int64_t time, int64_t bound)
{
        return bound == 0 || (time != RT_NO_TIME && time <= bound);
}

static void add_chain(const RtPlan *plan, RtConfigTiming *timing, const RtChain *chain)
{
        size_t n = chain->path.n;
        RtHop *hops = rt_alloc_array(plan->arena, n + 1, sizeof *hops);
        RtChainTiming one = {
                .chain = chain, .reaction = RT_NO_TIME, .age = RT_NO_TIME, .davare = RT_NO_TIME
        };
        bool known = n > 0;
        for (size_t i = 0; i < n && known; i++) {
                const RtTaskTiming *task = find_task(plan, timing, chain->path.items[i]);
                const RtTaskTiming *next =
                        i + 1 < n ? find_task(plan, timing, chain->path.items[i + 1]) : NULL;
                known = task && (next || i + 1 == n); /* policy "other" has no bound */
                if (known)
                        hops[i] = hop_of(plan, timing->plan, task, next);
        }
        if (known) {
                one.reaction = rt_chain_reaction(hops, n);
                one.age = rt_chain_age(hops, n);
                one.davare = rt_chain_davare(hops, n);
        }
        one.ok = is_within(one.reaction, chain->max_reaction) && is_within(one.age, chain->max_age);
        RT_APPEND(plan->arena, &timing->chains, one);
}

/* -- max_latency ------------------------------------------------------------------------------- */

static void worsen(int64_t *bound, __int128 time)
{
        if (*bound != RT_NO_TIME)
                *bound = time > RT_TIME_MOST ? RT_NO_TIME : time > *bound ? (int64_t)time : *bound;
}

/* Whether the receiving task, if it waits for messages, runs no more often and no more irregularly
 * than it is declared to: there is one task that sends, as seldom, and how late that may send is
 * within the receiver's jitter. */
static bool keeps_up(const RtConfigTiming *timing, const Senders *senders, const RtTask *receiver)
{
        if (senders->n != 1 || senders->any_time)
                return false;
        RT_EACH (task, &senders->only->container->tasks) {
                if (task->policy == RT_POLICY_OTHER || !task->name)
                        continue;
                const RtTaskTiming *sender = rt_config_timing_task(
                        timing, senders->only->container->object.name, task->name);
                return sender && sender->response.time != RT_NO_TIME &&
                       task->period >= receiver->period &&
                       sender->response.time <= receiver->jitter;
        }
        return false;
}

/* Which of its tasks receives is not declared, so it is the slowest. One that waits for messages
 * has received when its job ends, provided that it keeps up. One that looks once a period may just
 * have looked. */
static void add_latency(const RtPlan *plan, RtConfigTiming *timing, const RtChannel *channel,
                        const RtInstance *from, const RtInstance *to)
{
        RtLatencyTiming one = { .channel = channel, .from = from, .to = to };
        Senders senders = senders_of(timing->plan, channel, to->container);
        RT_EACH (task, &to->container->tasks) {
                if (task->policy == RT_POLICY_OTHER || !task->name)
                        continue;
                const RtTaskTiming *receiver =
                        rt_config_timing_task(timing, to->container->object.name, task->name);
                if (!receiver || receiver->response.time == RT_NO_TIME) {
                        one.waiting = one.polling = RT_NO_TIME;
                        break;
                }
                __int128 polling = (__int128)receiver->response.time + task->period +
                                   (__int128)queue_of(channel) * task->period;
                worsen(&one.polling, polling);
                worsen(&one.waiting,
                       keeps_up(timing, &senders, task) ? receiver->response.time : polling);
        }
        one.ok = is_within(one.waiting, channel->max_latency);
        RT_APPEND(plan->arena, &timing->latencies, one);
}

static void add_latencies(const RtPlan *plan, RtConfigTiming *timing, const RtChannel *channel)
{
        const RtConfigPlan *config = timing->plan;
        RT_EACH (from, &config->members)
                RT_EACH (to, &config->members)
                        if (*from != *to && rt_container_is_realtime((*from)->container) &&
                            rt_container_is_realtime((*to)->container) &&
                            leads(channel, (*from)->container, (*to)->container))
                                add_latency(plan, timing, channel, *from, *to);
}

void rt_timing_add_paths(const RtPlan *plan, RtConfigTiming *timing)
{
        RT_EACH (chain, &timing->plan->config->chains)
                add_chain(plan, timing, chain);
        RT_EACH (channel, &plan->model->channels)
                if ((*channel)->max_latency > 0 && !(*channel)->object.rejected)
                        add_latencies(plan, timing, *channel);
}
