/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Device filters as systemd makes them: what type, access and numbers are is loaded first, then one
 * device after the other is compared. In memory of the running test. */

#include "device-program.h"

typedef RT_LIST(struct bpf_insn) FilterCode;

FilterCode filter_beginning(void);
/* A minor below 0 stands for any. `type` is one of BPF_DEVCG_DEV_…. */
void filter_allow(FilterCode *code, int type, int major, int minor, int access);
/* Forbids the rest. */
RtDevicePrograms filter_finished(FilterCode *code);
/* Any instruction. */
void filter_add(FilterCode *code, int opcode, int to, int from, int offset, int constant);
