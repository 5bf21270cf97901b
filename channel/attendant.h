/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The thread that makes and ends connections, so that no user of an end ever does. There is one for
 * all ends of a process, of policy "other" and with all signals blocked, from the first end that is
 * opened to the last that is closed. */

#include "end.h"

/* Takes the end into care, and makes those of its connections that can be made at once.
 * -EADDRINUSE: another end has one of its listening sockets. */
int rt_attendant_add(rtchannel *end);
void rt_attendant_remove(rtchannel *end);

/* Makes it look after all ends: something was handed back, or a user that sleeps is to be woken.
 * May be called by any thread and by signal handlers. */
void rt_attendant_poke(void);

/* Frees what belongs to the way's connections; nobody may use them any more. In a child of fork()
 * it closes sockets only: the rest is the parent's. */
void rt_way_release(RtWay *way, bool in_child);
