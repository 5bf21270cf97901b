/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Opening channels as the example programs do: each also runs where there are none, on a
 * developer's machine say, and goes without then. */

#include <stdbool.h>

#include "rtchannel.h"

/* Opens the end of the channel. NULL if none is declared here, which is said. False: it is declared
 * but cannot be opened; why has been printed. */
bool rt_example_open(const char *program, const char *channel, rtchannel **ret);
