/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sets.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64: small, and the same everywhere. */
static uint64_t next(Rng *rng)
{
        uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

int64_t pick(Rng *rng, int64_t low, int64_t high)
{
        return low + (int64_t)(next(rng) % (uint64_t)(high - low + 1));
}

bool one_in(Rng *rng, int64_t n)
{
        return pick(rng, 1, n) == 1;
}

int64_t sets_to_try(int64_t most)
{
        const char *limit = getenv("RT_ANALYSIS_SETS");
        int64_t n = limit ? strtoll(limit, NULL, 10) : most;
        return n > 0 && n < most ? n : most;
}

/* -- sets -------------------------------------------------------------------------------------- */

double load_of(const Set *set)
{
        double sum = 0;
        for (size_t i = 0; i < set->n; i++)
                sum += (double)set->loads[i].wcet / (double)set->loads[i].period;
        return sum;
}

void random_set(Rng *rng, const SetKind *kind, Set *ret)
{
        *ret = (Set){ .n = kind->n };
        int64_t left = kind->load * 10; /* shares of 1/1000 */
        for (size_t i = 0; i < kind->n; i++) {
                RtLoad *load = &ret->loads[i];
                int64_t rest = (int64_t)(kind->n - i);
                int64_t share = rest == 1 ? left : pick(rng, 1, 2 * left / rest + 1);
                left = left > share ? left - share : 1;
                load->period = pick(rng, 2, kind->longest);
                load->wcet = (share * load->period + pick(rng, 0, 999)) / 1000;
                if (load->wcet < 1)
                        load->wcet = 1;
                if (kind->jitter > 0 && !one_in(rng, 3))
                        load->jitter = pick(rng, 0, load->period * kind->jitter / 100);
                int64_t most = kind->constrained ? load->period : 4 * load->period;
                load->deadline = most > load->wcet ? pick(rng, load->wcet, most) : load->wcet;
                if (!kind->constrained && !one_in(rng, 3))
                        load->deadline += load->jitter;
                /* Something is left to end with. */
                if (kind->interrupts && one_in(rng, 2))
                        load->interrupt = pick(rng, 0, load->wcet - 1);
        }
}

int64_t random_section(Rng *rng, Set *set, size_t index)
{
        const RtLoad *load = &set->loads[index];
        int64_t room = load->wcet - load->interrupt - 1;
        if (room < 1 || one_in(rng, 3))
                return 0;
        SimTask *sim = &set->sim[index];
        sim->section_at = pick(rng, 1, room);
        sim->section = pick(rng, 1, room + 1 - sim->section_at);
        return sim->section;
}

void finish_set(Set *set)
{
        for (size_t i = 0; i < set->n; i++) {
                set->sim[i].level = set->loads[i].priority;
                set->sim[i].interrupt = set->loads[i].interrupt;
                set->sim[i].deadline = set->loads[i].deadline;
        }
        set->sim[set->n].level = SIM_LEVEL_TOP;
}

/* -- jobs -------------------------------------------------------------------------------------- */

void add_job(Timeline *line, size_t task, int64_t arrival, int64_t release, int64_t work)
{
        if (line->n < SETS_JOBS)
                line->jobs[line->n++] = (SimJob){
                        .task = task, .arrival = arrival, .release = release, .work = work
                };
}

/* Where a task's stream of jobs is. */
typedef struct Stream {
        int64_t arrival, release, last;
} Stream;

static void set_release(Rng *rng, const RtLoad *load, Pattern pattern, Stream *stream)
{
        if (pattern == PATTERN_CRITICAL)
                stream->release = stream->arrival > 0 ? stream->arrival : 0;
        else if (one_in(rng, 3))
                stream->release = stream->arrival + load->jitter;
        else
                stream->release =
                        stream->arrival + (one_in(rng, 2) ? pick(rng, 0, load->jitter) : 0);
        /* A task's jobs do not overtake each other. */
        if (stream->release < stream->last)
                stream->release = stream->last;
        stream->last = stream->release;
}

static void begin_stream(Rng *rng, const RtLoad *load, Pattern pattern, Stream *ret)
{
        ret->arrival = pattern == PATTERN_CRITICAL ? -load->jitter
                                                   : pick(rng, -load->jitter, load->period);
        ret->last = INT64_MIN;
        set_release(rng, load, pattern, ret);
}

static void advance(Rng *rng, const RtLoad *load, Pattern pattern, Stream *stream)
{
        stream->arrival += load->period;
        if (pattern == PATTERN_SPORADIC && one_in(rng, 4))
                stream->arrival += pick(rng, 1, load->period);
        set_release(rng, load, pattern, stream);
}

void make_jobs(Rng *rng, const Set *set, Pattern pattern, int64_t until, Timeline *ret)
{
        Stream streams[SETS_TASKS];
        for (size_t i = 0; i < set->n; i++)
                begin_stream(rng, &set->loads[i], pattern, &streams[i]);
        ret->n = 0;
        while (ret->n < SETS_JOBS) {
                size_t first = set->n, turn = (size_t)pick(rng, 0, (int64_t)set->n - 1);
                for (size_t k = 0; k < set->n; k++) {
                        size_t i = (k + turn) % set->n;
                        if (streams[i].arrival < until &&
                            (first == set->n || streams[i].release < streams[first].release))
                                first = i;
                }
                if (first == set->n)
                        return;
                const RtLoad *load = &set->loads[first];
                int64_t work = load->wcet;
                if (pattern == PATTERN_SPORADIC && one_in(rng, 4))
                        work = pick(rng, 1, load->wcet);
                add_job(ret, first, streams[first].arrival, streams[first].release, work);
                advance(rng, load, pattern, &streams[first]);
        }
}

int64_t observed(const Timeline *line, size_t task)
{
        int64_t worst = 0;
        for (size_t i = 0; i < line->n; i++) {
                const SimJob *job = &line->jobs[i];
                if (job->task == task && job->end - job->arrival > worst)
                        worst = job->end - job->arrival;
        }
        return worst;
}
