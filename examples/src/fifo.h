/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A container's threads get their policy and priority from outside, once they are there. Threads
 * that are started afterwards inherit them. */

/* Waits until this thread has a real-time policy, for two seconds at most; it may never get one, as
 * on a developer's machine. Returns the name of the policy. */
const char *rt_fifo_wait(void);
