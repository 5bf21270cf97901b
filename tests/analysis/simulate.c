/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "simulate.h"

#include <stdlib.h>

typedef struct Cpu {
        const SimTask *tasks;
        SimJob *jobs;
        size_t first, next; /* jobs before `first` are done, those from `next` on not released */
} Cpu;

static int64_t done_of(const Cpu *cpu, const SimJob *job)
{
        const SimTask *task = &cpu->tasks[job->task];
        int64_t interrupt = task->interrupt < job->work ? task->interrupt : job->work;
        return job->work - interrupt - job->has_to;
}

static bool is_in_section(const Cpu *cpu, const SimJob *job)
{
        const SimTask *task = &cpu->tasks[job->task];
        int64_t done = done_of(cpu, job);
        return job->to_do == 0 && task->section > 0 && done > 0 && done >= task->section_at &&
               done < task->section_at + task->section;
}

static int level_of(const Cpu *cpu, const SimJob *job)
{
        const SimTask *task = &cpu->tasks[job->task];
        if (job->to_do > 0 && task->level < RT_LEVEL_MACHINE)
                return RT_LEVEL_MACHINE;
        if (task->level < RT_LEVEL_DEADLINE && is_in_section(cpu, job) &&
            task->ceiling > task->level)
                return task->ceiling;
        return task->level;
}

static int64_t due(const Cpu *cpu, const SimJob *job)
{
        return job->arrival + cpu->tasks[job->task].deadline;
}

/* Whether `a` goes before `b`, which came first, at their common level. */
static bool is_preferred(const Cpu *cpu, const SimJob *a, const SimJob *b, int level)
{
        bool a_holds = is_in_section(cpu, a) && cpu->tasks[a->task].level < level;
        bool b_holds = is_in_section(cpu, b) && cpu->tasks[b->task].level < level;
        if (a_holds != b_holds)
                return a_holds;
        if (level != RT_LEVEL_DEADLINE || a_holds)
                return false;
        if (due(cpu, a) == due(cpu, b))
                return cpu->tasks[b->task].yields && !cpu->tasks[a->task].yields;
        return due(cpu, a) < due(cpu, b);
}

/* Who runs instead of the most urgent deadline job, because it holds a lock that might be wanted.
 */
static SimJob *holder_against(const Cpu *cpu, SimJob *best)
{
        const SimTask *task = &cpu->tasks[best->task];
        SimJob *holder = best;
        if (task->level != RT_LEVEL_DEADLINE || done_of(cpu, best) > 0)
                return best;
        for (size_t i = cpu->first; i < cpu->next; i++) {
                SimJob *job = &cpu->jobs[i];
                const SimTask *other = &cpu->tasks[job->task];
                if (job->has_to > 0 && other->level == RT_LEVEL_DEADLINE &&
                    is_in_section(cpu, job) && other->ceiling_deadline <= task->deadline)
                        holder = job;
        }
        return holder;
}

static SimJob *choose(const Cpu *cpu)
{
        SimJob *best = NULL;
        int best_level = 0;
        for (size_t i = cpu->first; i < cpu->next; i++) {
                SimJob *job = &cpu->jobs[i];
                if (job->to_do + job->has_to == 0)
                        continue;
                int level = level_of(cpu, job);
                if (!best || level > best_level ||
                    (level == best_level && is_preferred(cpu, job, best, level))) {
                        best = job;
                        best_level = level;
                }
        }
        if (best && best_level == RT_LEVEL_DEADLINE)
                return holder_against(cpu, best);
        return best;
}

/* How long the job runs until its level may change by itself. */
static int64_t stretch(const Cpu *cpu, const SimJob *job)
{
        const SimTask *task = &cpu->tasks[job->task];
        if (job->to_do > 0)
                return job->to_do;
        int64_t done = done_of(cpu, job), until = job->has_to;
        if (task->section > 0 && done == 0)
                until = 1; /* a lock is not taken before the job has begun */
        else if (task->section > 0 && done < task->section_at)
                until = task->section_at - done;
        else if (task->section > 0 && done < task->section_at + task->section)
                until = task->section_at + task->section - done;
        return until < job->has_to ? until : job->has_to;
}

static void spend(SimJob *job, int64_t now, int64_t time)
{
        if (job->to_do > 0) {
                job->to_do -= time;
        } else {
                if (job->start < 0)
                        job->start = now;
                job->has_to -= time;
        }
        if (job->to_do + job->has_to == 0) {
                job->end = now + time;
                if (job->start < 0)
                        job->start = job->end;
        }
}

/* Insertion: patterns come nearly sorted, and the order of equals is part of them. */
static void sort(SimJob *jobs, size_t n)
{
        for (size_t i = 1; i < n; i++) {
                SimJob job = jobs[i];
                size_t at = i;
                for (; at > 0 && jobs[at - 1].release > job.release; at--)
                        jobs[at] = jobs[at - 1];
                jobs[at] = job;
        }
}

void simulate(const SimTask *tasks, SimJob *jobs, size_t n)
{
        sort(jobs, n);
        for (size_t i = 0; i < n; i++) {
                int64_t interrupt = tasks[jobs[i].task].interrupt;
                jobs[i].to_do = interrupt < jobs[i].work ? interrupt : jobs[i].work;
                jobs[i].has_to = jobs[i].work - jobs[i].to_do;
                jobs[i].start = jobs[i].end = -1;
        }
        Cpu cpu = { tasks, jobs, 0, 0 };
        int64_t now = n > 0 ? jobs[0].release : 0;
        for (;;) {
                while (cpu.next < n && jobs[cpu.next].release <= now)
                        cpu.next++;
                while (cpu.first < cpu.next && jobs[cpu.first].end >= 0)
                        cpu.first++;
                SimJob *job = choose(&cpu);
                if (!job && cpu.next == n)
                        return;
                int64_t until = cpu.next < n ? jobs[cpu.next].release : INT64_MAX;
                if (job) {
                        int64_t time = stretch(&cpu, job);
                        if (time > until - now)
                                time = until - now;
                        spend(job, now, time);
                        now += time;
                } else {
                        now = until;
                }
        }
}
