/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chain.h"

#include "response.h"

static bool is_bounded(const RtHop *hops, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (hops[i].response == RT_NO_TIME)
                        return false;
        return n > 0;
}

static int64_t result(__int128 sum)
{
        return sum > RT_TIME_MOST ? RT_NO_TIME : (int64_t)sum;
}

/* Queues may be of any depth: their product with a period leaves room for few more in 128 bits. */
static __int128 waiting(const RtHop *hop, const RtHop *next)
{
        __int128 time = (__int128)hop->queue * next->period;
        return time > RT_TIME_MOST ? (__int128)RT_TIME_MOST + 1 : time;
}

/* How long a full queue may go on refusing: until the next task has taken a message, and then this
 * one has sent again. A queue that is emptied as fast as it is filled is never full if it has room
 * for what both can be late. */
static __int128 refusing(const RtHop *hop, const RtHop *next)
{
        if (hop->queue == 0 || !hop->refuses)
                return 0;
        __int128 late = (__int128)hop->response + next->response;
        if (next->period <= hop->period && hop->queue >= late / next->period + 3)
                return 0;
        return late + hop->period + next->period;
}

/* How long a job of the hop can hide what it writes from the next task's jobs that start meanwhile.
 * A more urgent task on the same CPU does so only until it is released; then it ends first. */
static int64_t hidden(const RtHop *hop)
{
        return hop->is_before ? hop->jitter : hop->response;
}

int64_t rt_chain_reaction(const RtHop *hops, size_t n)
{
        if (!is_bounded(hops, n))
                return RT_NO_TIME;
        __int128 sum = (__int128)hops[0].period + hops[n - 1].response;
        for (size_t i = 0; i + 1 < n; i++) {
                __int128 next = (__int128)hops[i + 1].period + hidden(&hops[i]);
                sum += next > hops[i].response ? next : hops[i].response;
                sum += waiting(&hops[i], &hops[i + 1]) + refusing(&hops[i], &hops[i + 1]);
        }
        return result(sum);
}

int64_t rt_chain_davare(const RtHop *hops, size_t n)
{
        if (!is_bounded(hops, n))
                return RT_NO_TIME;
        __int128 sum = 0;
        for (size_t i = 0; i < n; i++) {
                sum += (__int128)hops[i].period + hops[i].response;
                if (i + 1 < n)
                        sum += waiting(&hops[i], &hops[i + 1]) + refusing(&hops[i], &hops[i + 1]);
        }
        return result(sum);
}

/* The longest time from one value that the hop writes to the next. A job that finds its queue empty
 * has nothing to write. */
static __int128 writing_gap(const RtHop *hop, const RtHop *before, __int128 gap_before)
{
        if (!before || before->queue == 0)
                return hop->period;
        return gap_before + before->response + hop->period;
}

int64_t rt_chain_age(const RtHop *hops, size_t n)
{
        if (!is_bounded(hops, n))
                return RT_NO_TIME;
        __int128 sum = hops[n - 1].response, gap = 0;
        for (size_t i = 0; i + 1 < n; i++) {
                gap = writing_gap(&hops[i], i > 0 ? &hops[i - 1] : NULL, gap);
                __int128 newest = gap + hidden(&hops[i]);
                /* What waits in a queue need not be the newest, and took its time to be written. */
                bool older = hops[i].queue > 0 && hops[i].response > newest;
                sum += older ? hops[i].response : newest;
                sum += waiting(&hops[i], &hops[i + 1]);
        }
        return result(sum);
}
