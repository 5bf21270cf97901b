/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "doctor.h"
#include "rtctl.h"

/* Everything that was found, the worst first, and a count. */
void rt_doctor_print(const RtCommand *command, const RtDoctor *doctor);
