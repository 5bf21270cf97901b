/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "textbook.h"

static int64_t jobs_within(int64_t window, const RtLoad *load)
{
        return (window + load->jitter + load->period - 1) / load->period;
}

/* -- response times ---------------------------------------------------------------------------- */

bool textbook_responses(const RtLoad *loads, size_t n, int64_t *ret_times)
{
        bool all = true;
        for (size_t i = 0; i < n; i++) {
                const RtLoad *own = &loads[i];
                int64_t window = own->wcet, last = 0;
                while (window != last && window + own->jitter <= own->deadline) {
                        last = window;
                        window = own->wcet + own->blocking;
                        for (size_t k = 0; k < n; k++)
                                if (k != i && loads[k].priority >= own->priority)
                                        window += jobs_within(last, &loads[k]) * loads[k].wcet;
                }
                bool met = window + own->jitter <= own->deadline;
                ret_times[i] = met ? window + own->jitter : -1;
                all = all && met;
        }
        return all;
}

/* -- priorities -------------------------------------------------------------------------------- */

/* Tindell's busy period: whether the load holds below all that have no level yet. */
static bool holds_below(const RtLoad *loads, size_t n, const bool *has_level, size_t index)
{
        const RtLoad *own = &loads[index];
        for (int64_t job = 1;; job++) {
                int64_t arrival = (job - 1) * own->period - own->jitter;
                int64_t window = job * own->wcet, last = 0;
                while (window != last) {
                        if (window - arrival > own->deadline)
                                return false;
                        last = window;
                        window = job * own->wcet + own->blocking;
                        for (size_t k = 0; k < n; k++)
                                if (k != index && !has_level[k])
                                        window += jobs_within(last, &loads[k]) * loads[k].wcet;
                }
                if (window <= arrival + own->period)
                        return true;
        }
}

bool textbook_audsley(const RtLoad *loads, size_t n)
{
        bool has_level[n];
        for (size_t i = 0; i < n; i++)
                has_level[i] = false;
        for (size_t level = 0; level < n; level++) {
                size_t i = 0;
                while (i < n && (has_level[i] || !holds_below(loads, n, has_level, i)))
                        i++;
                if (i == n)
                        return false;
                has_level[i] = true;
        }
        return true;
}

/* -- processor demand -------------------------------------------------------------------------- */

bool textbook_demand(const RtLoad *loads, size_t n)
{
        int64_t busy = 1, last = 0;
        while (busy != last) {
                last = busy;
                busy = 0;
                for (size_t i = 0; i < n; i++)
                        busy += jobs_within(last, &loads[i]) * loads[i].wcet;
        }
        for (size_t d = 0; d < n; d++)
                for (int64_t t = loads[d].deadline; t <= busy; t += loads[d].period) {
                        int64_t demand = 0;
                        for (size_t i = 0; i < n; i++)
                                if (t >= loads[i].deadline)
                                        demand += ((t - loads[i].deadline) / loads[i].period + 1) *
                                                  loads[i].wcet;
                        if (demand > t)
                                return false;
                }
        return true;
}
