/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter.h"

#include "fixture.h"

void filter_add(FilterCode *code, int opcode, int to, int from, int offset, int constant)
{
        RT_APPEND(fx.arena, code,
                  (struct bpf_insn){ .code = (uint8_t)opcode,
                                     .dst_reg = (uint8_t)to & 0xf,
                                     .src_reg = (uint8_t)from & 0xf,
                                     .off = (int16_t)offset,
                                     .imm = constant });
}

enum { TYPE = 2, ACCESS = 3, MAJOR = 4, MINOR = 5, LOAD = BPF_LDX | BPF_MEM | BPF_W };

FilterCode filter_beginning(void)
{
        FilterCode code = { 0 };
        filter_add(&code, LOAD, TYPE, 1, 0, 0);
        filter_add(&code, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
        filter_add(&code, LOAD, ACCESS, 1, 0, 0);
        filter_add(&code, BPF_ALU | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
        filter_add(&code, LOAD, MAJOR, 1, 4, 0);
        filter_add(&code, LOAD, MINOR, 1, 8, 0);
        return code;
}

void filter_allow(FilterCode *code, int type, int major, int minor, int access)
{
        const int any_minor = minor < 0, any_access = access == RT_DEVICE_ALL;
        int left = 4 + !any_minor + 3 * !any_access;
        filter_add(code, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, --left, type);
        if (!any_access) {
                filter_add(code, BPF_ALU | BPF_MOV | BPF_X, 1, ACCESS, 0, 0), left--;
                filter_add(code, BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, access), left--;
                filter_add(code, BPF_JMP | BPF_JNE | BPF_X, 1, ACCESS, --left, 0);
        }
        filter_add(code, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, --left, major);
        if (!any_minor)
                filter_add(code, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, --left, minor);
        filter_add(code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
        filter_add(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

RtDevicePrograms filter_finished(FilterCode *code)
{
        RtDevicePrograms programs = { 0 };
        filter_add(code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
        filter_add(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        RT_APPEND(fx.arena, &programs, (RtDeviceProgram){ 1, code->items, code->n });
        return programs;
}
