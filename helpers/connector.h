/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's process events: netlink, CN_IDX_PROC. The kernel has them for the initial PID and
 * user namespaces only. */

#include <sys/types.h>

typedef enum RtProcessEventKind {
        RT_PROCESS_FORKED,  /* a process or a thread; its name is that of who made it */
        RT_PROCESS_RENAMED, /* a thread has got a name on purpose */
        RT_PROCESS_EXECUTED,
} RtProcessEventKind;

typedef struct RtProcessEvent {
        RtProcessEventKind kind;
        pid_t pid; /* of the process */
        pid_t tid; /* of the thread */
} RtProcessEvent;

/* A descriptor that poll() shows events on, or a negative errno. Waits for the kernel's answer for
 * up to 200 ms. */
int rt_connector_open(void);

/* 1, or 0: there is none now; -ENOBUFS: some were lost; another negative errno. */
int rt_connector_next(int fd, RtProcessEvent *ret);
