/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"

#include <stdarg.h>
#include <string.h>

[[gnu::format(printf, 3, 4)]] static void violation(RtJudge *judge, const RtEvent *event,
                                                    const char *format, ...)
{
        if (++judge->n_violations > RT_JUDGE_SHOWN)
                return;
        va_list arguments;
        va_start(arguments, format);
        fprintf(judge->out, "%.6f CPU %d: ", event->seconds, event->cpu);
        vfprintf(judge->out, format, arguments);
        fputc('\n', judge->out);
        va_end(arguments);
}

static RtDeclared *declared(RtJudge *judge, pid_t tid)
{
        for (size_t i = 0; i < judge->n_threads; i++)
                if (judge->threads[i].tid == tid)
                        return &judge->threads[i];
        return NULL;
}

/* Kernel threads come and go; those that are made on demand are told by their names. */
static bool may_be_anywhere(const RtJudge *judge, const RtSubject *subject)
{
        static const char *const kernel[] = { "swapper/", "kworker/", "migration/", "ksoftirqd/",
                                              "irq/",     "cpuhp/",   "ktimers/",   "rcu" };
        if (subject->tid == 0)
                return true;
        for (size_t i = 0; i < judge->n_known; i++)
                if (judge->known[i] == subject->tid)
                        return true;
        for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++)
                if (strncmp(subject->comm, kernel[i], strlen(kernel[i])) == 0)
                        return true;
        return false;
}

static void check_thread(RtJudge *judge, const RtEvent *event, RtDeclared *thread)
{
        thread->ran++;
        thread->is_ready = false;
        if (event->cpu != thread->cpu)
                violation(judge, event, "%s runs here, not on CPU %d", thread->name, thread->cpu);
        /* A lower number is a higher priority: one that is inherited is no mistake. */
        if (event->subject.priority > thread->priority)
                violation(judge, event, "%s runs at priority %d, not %d", thread->name,
                          event->subject.priority, thread->priority);
}

/* Nobody may start to run who has to wait for one that is ready. */
static void check_order(RtJudge *judge, const RtEvent *event)
{
        for (size_t i = 0; i < judge->n_threads; i++) {
                const RtDeclared *thread = &judge->threads[i];
                if (thread->is_ready && thread->cpu == event->cpu &&
                    thread->priority < event->subject.priority)
                        violation(judge, event,
                                  "%s (%d) runs at priority %d while %s is ready at %d",
                                  event->subject.comm, event->subject.tid, event->subject.priority,
                                  thread->name, thread->priority);
        }
}

static void take_switch(RtJudge *judge, const RtEvent *event)
{
        judge->n_switches++;
        RtDeclared *before = declared(judge, event->before.tid);
        if (before)
                before->is_ready = event->before_is_ready;
        RtDeclared *now = declared(judge, event->subject.tid);
        if (now)
                check_thread(judge, event, now);
        check_order(judge, event);
        if (!now && rt_cpuset_has(&judge->exclusive, event->cpu) &&
            !may_be_anywhere(judge, &event->subject))
                violation(judge, event, "%s (%d) runs on an exclusive CPU", event->subject.comm,
                          event->subject.tid);
}

static void take_wakeup(RtJudge *judge, const RtEvent *event)
{
        RtDeclared *thread = declared(judge, event->subject.tid);
        if (!thread)
                return;
        thread->woken++;
        thread->is_ready = true;
        if (event->cpu != thread->cpu)
                violation(judge, event, "%s is woken for this CPU, not for CPU %d", thread->name,
                          thread->cpu);
}

void rt_judge_line(RtJudge *judge, const char *line)
{
        RtEvent event;
        if (!rt_event_parse(line, &event)) {
                judge->n_unread++;
                return;
        }
        switch (event.kind) {
        case RT_EVENT_SWITCH:
                take_switch(judge, &event);
                break;
        case RT_EVENT_WAKEUP:
                take_wakeup(judge, &event);
                break;
        case RT_EVENT_MIGRATE:
                if (declared(judge, event.subject.tid))
                        violation(judge, &event, "%s is moved to this CPU",
                                  declared(judge, event.subject.tid)->name);
                break;
        case RT_EVENT_LOST:
                judge->n_lost++;
                break;
        case RT_EVENT_OTHER:
                break;
        }
}

bool rt_judge_end(RtJudge *judge)
{
        bool good = judge->n_violations == 0 && judge->n_unread == 0 && judge->n_lost == 0 &&
                    judge->n_threads > 0;
        if (judge->n_violations > RT_JUDGE_SHOWN)
                fprintf(judge->out, "... and %lu more\n", judge->n_violations - RT_JUDGE_SHOWN);
        for (size_t i = 0; i < judge->n_threads; i++) {
                const RtDeclared *thread = &judge->threads[i];
                fprintf(judge->out, "%s: woken %lu times, ran %lu times\n", thread->name,
                        thread->woken, thread->ran);
                good &= thread->ran > 0 && thread->woken > 0;
        }
        fprintf(judge->out, "%lu switches, %lu violations, %lu lines not understood, %lu gaps\n",
                judge->n_switches, judge->n_violations, judge->n_unread, judge->n_lost);
        return good;
}
