/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

/* The jobs of one load. Job k arrives at k T - J, and is released then, or at 0 if that is later.
 */
typedef struct Source {
        int64_t job;        /* the oldest that is not done */
        int64_t come;       /* how many have been released */
        int64_t left;       /* of that job, without what runs as an interrupt */
        int64_t interrupts; /* time of interrupts that have come and not been served */
} Source;

static int64_t own_work(const RtLoad *load)
{
        return load->wcet - load->interrupt;
}

static int64_t arrival(const RtLoad *load, int64_t job)
{
        __int128 time = (__int128)job * load->period - load->jitter;
        return time < RT_TIME_MOST ? (int64_t)time : RT_TIME_MOST;
}

static int64_t release_of(const RtLoad *load, int64_t job)
{
        int64_t time = arrival(load, job);
        return time > 0 ? time : 0;
}

static int64_t due(const RtLoad *load, int64_t job)
{
        return load->deadline > 0 ? arrival(load, job) + load->deadline : RT_TIME_MOST;
}

/* Lets all jobs come whose time it is. How many there were; no more than `most` at once. */
static size_t release(Source *sources, const RtLoad *loads, size_t n, int64_t now, size_t most)
{
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
                while (count < most && release_of(&loads[i], sources[i].come) <= now) {
                        sources[i].come++;
                        if (sources[i].interrupts < RT_TIME_MOST)
                                sources[i].interrupts += loads[i].interrupt;
                        count++;
                }
        return count;
}

/* Whether job x goes before job y: by priority; equals by deadline under SCHED_DEADLINE, else as
 * they came. */
static bool goes_before(const Source *x, const RtLoad *a, const Source *y, const RtLoad *b)
{
        if (a->priority != b->priority)
                return a->priority > b->priority;
        return a->priority == RT_LEVEL_DEADLINE ? due(a, x->job) < due(b, y->job)
                                                : release_of(a, x->job) < release_of(b, y->job);
}

/* Whose job runs; n if none waits. Interrupts go first, whoever they are for. */
static size_t choose(const Source *sources, const RtLoad *loads, size_t n)
{
        size_t best = n;
        for (size_t i = 0; i < n; i++)
                if (sources[i].interrupts > 0)
                        return i;
        for (size_t i = 0; i < n; i++)
                if (sources[i].job < sources[i].come &&
                    (best == n ||
                     goes_before(&sources[i], &loads[i], &sources[best], &loads[best])))
                        best = i;
        return best;
}

static int64_t next_release(const Source *sources, const RtLoad *loads, size_t n)
{
        int64_t next = RT_TIME_MOST;
        for (size_t i = 0; i < n; i++) {
                int64_t time = release_of(&loads[i], sources[i].come);
                if (time < next)
                        next = time;
        }
        return next;
}

static void add_segment(RtArena *arena, RtTimeline *line, RtSegment segment)
{
        RtSegment *last = line->segments.n > 0 ? &line->segments.items[line->segments.n - 1] : NULL;
        if (last && last->load == segment.load && last->end == segment.start &&
            last->late == segment.late)
                last->end = segment.end;
        else
                RT_APPEND(arena, &line->segments, segment);
}

/* The time as a segment, or as two if the job's deadline lies in it. */
static void draw(RtArena *arena, RtTimeline *line, size_t index, int64_t start, int64_t end,
                 int64_t deadline)
{
        int64_t middle = deadline > start && deadline < end ? deadline : end;
        add_segment(arena, line, (RtSegment){ index, start, middle, deadline <= start });
        if (middle < end)
                add_segment(arena, line, (RtSegment){ index, middle, end, true });
}

/* Runs the job, or its load's interrupts, until `until` or the end of that. */
static int64_t run(RtArena *arena, RtTimeline *line, Source *source, const RtLoad *load,
                   size_t index, int64_t now, int64_t until)
{
        bool interrupt = source->interrupts > 0;
        int64_t *left = interrupt ? &source->interrupts : &source->left;
        int64_t end = *left < until - now ? now + *left : until;
        draw(arena, line, index, now, end, due(load, interrupt ? source->come - 1 : source->job));
        *left -= end - now;
        if (source->left == 0 && source->interrupts == 0) {
                source->job++;
                source->left = own_work(load);
        }
        return end;
}

RtTimeline rt_timeline(RtArena *arena, const RtLoad *loads, size_t n, int64_t horizon, size_t most)
{
        RtTimeline line = { 0 };
        Source *sources = rt_alloc_array(arena, n + 1, sizeof *sources);
        int64_t now = 0;
        for (size_t i = 0; i < n; i++)
                sources[i].left = own_work(&loads[i]);
        size_t jobs = release(sources, loads, n, 0, most);
        while (now < horizon && jobs < most) {
                size_t index = choose(sources, loads, n);
                int64_t until = next_release(sources, loads, n);
                if (until > horizon)
                        until = horizon;
                now = index < n
                              ? run(arena, &line, &sources[index], &loads[index], index, now, until)
                              : until;
                jobs += release(sources, loads, n, now, most - jobs);
        }
        line.cut = now < horizon;
        line.end = now;
        return line;
}
