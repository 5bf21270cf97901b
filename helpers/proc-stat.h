/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Of /proc/PID/stat, as proc(5) numbers its fields. */
enum {
        RT_STAT_FLAGS = 9,
        RT_STAT_START = 22, /* clock ticks since boot */
        RT_STAT_RT_PRIORITY = 40,
        RT_STAT_POLICY = 41,
};

/* Where a field from 3 on begins in the text; it ends at a blank. NULL: the text is shorter. */
const char *rt_stat_field(const char *stat, int field);
