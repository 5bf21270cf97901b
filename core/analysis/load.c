/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

RtVerdict rt_verdict_worse(RtVerdict a, RtVerdict b)
{
        if (a == RT_MISSED || b == RT_MISSED)
                return RT_MISSED;
        return a == RT_UNDECIDED || b == RT_UNDECIDED ? RT_UNDECIDED : RT_MET;
}

void *rt_effort_room(RtEffort *effort, RtRoom room, size_t size)
{
        if (size > effort->sizes[room]) {
                effort->sizes[room] = size * 2;
                effort->rooms[room] = rt_alloc(effort->arena, size * 2);
        }
        return effort->rooms[room];
}

RtRival *rt_effort_rivals(RtEffort *effort, size_t n)
{
        effort->rivals = rt_effort_room(effort, RT_ROOM_RIVALS, (n + 1) * sizeof(RtRival));
        return effort->rivals;
}

bool rt_rival_of(const RtLoad *load, int priority, RtRival *ret)
{
        int64_t wcet = load->priority >= priority ? load->wcet : load->interrupt;
        *ret = (RtRival){ .wcet = wcet, .period = load->period, .jitter = load->jitter };
        return wcet > 0;
}
