/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

RtVerdict rt_verdict_worse(RtVerdict a, RtVerdict b)
{
        if (a == RT_MISSED || b == RT_MISSED)
                return RT_MISSED;
        return a == RT_UNDECIDED || b == RT_UNDECIDED ? RT_UNDECIDED : RT_MET;
}

RtRival *rt_effort_rivals(RtEffort *effort, size_t n)
{
        if (n > effort->rivals_room) {
                effort->rivals_room = n < 32 ? 64 : n * 2;
                effort->rivals =
                        rt_alloc_array(effort->arena, effort->rivals_room, sizeof *effort->rivals);
        }
        return effort->rivals;
}

bool rt_rival_of(const RtLoad *load, int priority, RtRival *ret)
{
        int64_t wcet = load->priority >= priority ? load->wcet : load->interrupt;
        *ret = (RtRival){ .wcet = wcet, .period = load->period, .jitter = load->jitter };
        return wcet > 0;
}
