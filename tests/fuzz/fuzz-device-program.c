/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device filters, which anybody with the rights may have attached: whatever the instructions are,
 * the little machine ends, reads nothing but its context, and its list is what it allows. */

#include <errno.h>
#include <string.h>

#include "device-program.h"
#include "harness.h"

enum { MOST_INSTRUCTIONS = 256 };

static void check_list(const RtDevicePrograms *programs, const RtAllowedDevices *devices)
{
        RT_EACH (one, devices) {
                MUST(one->access > 0 && one->access <= RT_DEVICE_ALL, "access %u", one->access);
                for (unsigned access = 1; access <= RT_DEVICE_WRITE; access <<= 1) {
                        int r = rt_device_programs_allow(programs, &one->device, access);
                        MUST(r == !!(one->access & access), "%u:%u: %d", one->device.major,
                             one->device.minor, r);
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtDevicePrograms programs = { 0 };
        RtAllowedDevices devices = { 0 };
        size_t n = size / sizeof(struct bpf_insn);
        n = n < MOST_INSTRUCTIONS ? n : MOST_INSTRUCTIONS;
        struct bpf_insn *code = rt_alloc_array(arena, n + 1, sizeof *code);
        if (n > 0)
                memcpy(code, data, n * sizeof *code);
        RT_APPEND(arena, &programs, (RtDeviceProgram){ 1, code, n });
        int r = rt_device_programs_allow(&programs, &(RtDeviceNumber){ false, 1, 3 },
                                         RT_DEVICE_READ);
        MUST(r == 0 || r == 1 || r == -ENODATA || r == -EOPNOTSUPP, "%d", r);
        MUST(n > 0 || r == -ENODATA, "%d without a program", r);
        r = rt_device_programs_list(arena, &programs, &devices);
        MUST(r == 0 || r == -ENODATA || r == -EOPNOTSUPP || r == -E2BIG, "%d", r);
        MUST(r == 0 || devices.n == 0, "a failure has changed the result");
        check_list(&programs, &devices);
        return 0;
}
