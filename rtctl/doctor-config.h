/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a kernel was built with. */

#include "doctor.h"

/* The running kernel's configuration: /proc/config.gz, or the file of that release in /boot or
 * /lib/modules. NULL: there is none. */
const char *rt_config_read(RtArena *arena, const RtView *view, const char *release);
/* RT_YES: "OPTION=y" or "=m" is a line of it. */
RtAnswerKind rt_config_has_option(const char *config, const char *option);
