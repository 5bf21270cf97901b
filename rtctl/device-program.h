/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What device filters of cgroups allow. A filter is a BPF program; systemd's compare type, numbers
 * and access with constants, one device after the other. Such programs are run here, in a machine
 * that knows no more than they need; of others it says that it cannot tell. */

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

typedef struct RtDeviceProgram {
        uint32_t id; /* the kernel's */
        const struct bpf_insn *code;
        size_t n; /* instructions; 0: they are not known */
} RtDeviceProgram;

/* Those of a cgroup and the ones above it; all have to allow what is to be allowed. */
typedef RT_LIST(RtDeviceProgram) RtDevicePrograms;

enum { RT_DEVICE_MKNOD = 1, RT_DEVICE_READ = 2, RT_DEVICE_WRITE = 4, RT_DEVICE_ALL = 7 };

typedef struct RtDeviceNumber {
        bool block;
        uint32_t major, minor;
} RtDeviceNumber;

/* Any number of which no program says anything. */
#define RT_DEVICE_ANY UINT32_C(0xfffffffe)

/* Whether the access, some of the bits above, is allowed: 1 or 0. -ENODATA: a program is not known;
 * -EOPNOTSUPP: one does what is not known here. */
int rt_device_programs_allow(const RtDevicePrograms *programs, const RtDeviceNumber *device,
                             unsigned access);

/* All that is allowed of the device, or a negative errno as above. */
int rt_device_programs_access(const RtDevicePrograms *programs, const RtDeviceNumber *device);

typedef struct RtAllowedDevice {
        RtDeviceNumber device;
        unsigned access; /* all that is allowed */
} RtAllowedDevice;

typedef RT_LIST(RtAllowedDevice) RtAllowedDevices;

/* Every device that the programs allow something of, found by trying the numbers that they name,
 * and RT_DEVICE_ANY for all others. 0, or a negative errno as above; -E2BIG: they name too many. */
int rt_device_programs_list(RtArena *arena, const RtDevicePrograms *programs,
                            RtAllowedDevices *ret);
