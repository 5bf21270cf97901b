/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd says of units: which config is active, and why a container does not run. That is all
 * it is asked, and it is not waited for: without an answer, what runs still speaks for itself. */

#include <stdbool.h>

#include "arena.h"

typedef struct RtUnitState {
        const char *unit;
        const char *active; /* "active", "failed", … */
        const char *result; /* "success", "exit-code", …; "" for a target */
} RtUnitState;

typedef RT_LIST(RtUnitState) RtUnitStates;
typedef RT_LIST(const char *) RtUnitNames;

/* Runs `program` as systemctl(1), for two seconds at most. 0, or a negative errno: -ENOSYS if it is
 * not to be asked, -ETIMEDOUT, -ENODATA if it did not answer. */
int rt_systemd_ask(RtArena *arena, const char *program, const RtUnitNames *units,
                   RtUnitStates *ret);

/* The answer, which is a block of lines "PROPERTY=VALUE" for each unit. */
void rt_systemd_parse(RtArena *arena, const char *text, RtUnitStates *ret);

/* NULL: nothing was said of it. */
const RtUnitState *rt_systemd_state(const RtUnitStates *states, const char *unit);
