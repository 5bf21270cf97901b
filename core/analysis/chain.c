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
                sum += waiting(&hops[i], &hops[i + 1]);
        }
        return result(sum);
}

int64_t rt_chain_age(const RtHop *hops, size_t n)
{
        if (!is_bounded(hops, n))
                return RT_NO_TIME;
        __int128 sum = hops[n - 1].response;
        for (size_t i = 0; i + 1 < n; i++) {
                sum += (__int128)hops[i].period + hidden(&hops[i]);
                sum += waiting(&hops[i], &hops[i + 1]);
        }
        return result(sum);
}
