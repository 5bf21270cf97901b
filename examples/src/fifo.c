/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>
#include <unistd.h>

#include "fifo.h"

const char *rt_fifo_wait(void)
{
        enum { TRIES = 200, PAUSE_US = 10000 };
        for (int i = 0; i < TRIES; i++) {
                if (sched_getscheduler(0) == SCHED_FIFO)
                        return "fifo";
                (void)usleep(PAUSE_US);
        }
        return "other";
}
