/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Devices by their numbers: which are declared, which are harmless. */

#include "status-inspect.h"

/* The device that the path leads to on the host. A negative errno; -ENODEV: it is none. */
int rt_device_number(const RtInspection *inspection, const char *path, RtDeviceNumber *ret);
/* What the container declares of it, as bits of RT_DEVICE_ALL. */
unsigned rt_device_declared_access(const RtInspection *inspection, const RtDeviceNumber *number);
/* What every container may do with it. */
unsigned rt_device_harmless_access(const RtDeviceNumber *device);
/* "char 1:3" */
const char *rt_device_words(RtArena *arena, const RtDeviceNumber *device);
