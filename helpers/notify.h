/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of the service manager's notification protocol that a small program needs: sd_notify(3)
 * without a library. */

#include <stdint.h>

/* Sends lines such as "READY=1" to the socket named by $NOTIFY_SOCKET. Returns 1 when sent, 0 when
 * nobody asked for notifications, a negative errno otherwise. */
int rt_notify(const char *state);

/* The time within which WATCHDOG=1 is expected again, from $WATCHDOG_USEC; 0 when there is no
 * watchdog. */
uint64_t rt_notify_watchdog_ns(void);
