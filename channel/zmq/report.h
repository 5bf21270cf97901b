/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* With $RTZMQ_REPORT set, says at the end of the program how many of its sockets went which way: a
 * test that is to run over channels should know that it did. */

#include <stdbool.h>

void rtz_count_socket(bool is_shm);
