/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtctl.h"

/* Writes the text to the file of --output=, whole or not at all; to standard output if there is
 * none. -1 after a message. */
int rt_output_write(const RtCommand *command, const char *text);
