/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One line of the kernel's trace, as tracefs prints it: switches and wake-ups of the scheduler, all
 * else is RT_EVENT_OTHER. */

#include <stdbool.h>
#include <sys/types.h>

typedef enum RtEventKind {
        RT_EVENT_OTHER,
        RT_EVENT_SWITCH,
        RT_EVENT_WAKEUP,
        RT_EVENT_MIGRATE,
        RT_EVENT_LOST, /* the buffer of this CPU overflowed */
} RtEventKind;

/* A thread as an event names it. Priorities are the kernel's: 0 to 98 for SCHED_FIFO 99 to 1, 120
 * for an ordinary thread, -1 for SCHED_DEADLINE. */
typedef struct RtSubject {
        char comm[32];
        pid_t tid;
        int priority;
} RtSubject;

typedef struct RtEvent {
        RtEventKind kind;
        int cpu;              /* that it happened on; of a wake-up the one that it is for, of a
                                 migration where it leads to */
        double seconds;       /* of the trace's clock */
        RtSubject before;     /* of a switch: who ran */
        bool before_is_ready; /* and did not want to stop */
        RtSubject subject;    /* who runs now, was woken or is moved */
} RtEvent;

/* False for a line that looks like an event of these kinds, but cannot be read. */
bool rt_event_parse(const char *line, RtEvent *ret);
