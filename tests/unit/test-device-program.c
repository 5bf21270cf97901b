/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device-program.h"

#include <errno.h>

#include "filter.h"
#include "fixture.h"

static RtDevicePrograms example(void)
{
        FilterCode code = filter_beginning();
        filter_allow(&code, BPF_DEVCG_DEV_CHAR, 1, 3, RT_DEVICE_ALL);
        filter_allow(&code, BPF_DEVCG_DEV_CHAR, 153, 0, RT_DEVICE_READ | RT_DEVICE_WRITE);
        filter_allow(&code, BPF_DEVCG_DEV_CHAR, 136, -1, RT_DEVICE_ALL);
        filter_allow(&code, BPF_DEVCG_DEV_BLOCK, 7, 1, RT_DEVICE_READ);
        return filter_finished(&code);
}

static int allowed(const RtDevicePrograms *programs, bool block, uint32_t major, uint32_t minor,
                   unsigned access)
{
        return rt_device_programs_allow(programs, &(RtDeviceNumber){ block, major, minor }, access);
}

START_TEST(what_a_program_allows_is_allowed_and_nothing_else)
{
        RtDevicePrograms programs = example();
        ck_assert_int_eq(allowed(&programs, false, 1, 3, RT_DEVICE_ALL), 1);
        ck_assert_int_eq(allowed(&programs, false, 1, 4, RT_DEVICE_READ), 0);
        ck_assert_int_eq(allowed(&programs, true, 1, 3, RT_DEVICE_READ), 0);
        ck_assert_int_eq(allowed(&programs, false, 153, 0, RT_DEVICE_WRITE), 1);
        ck_assert_int_eq(allowed(&programs, false, 153, 0, RT_DEVICE_MKNOD), 0);
        ck_assert_int_eq(allowed(&programs, false, 153, 0, RT_DEVICE_ALL), 0);
        ck_assert_int_eq(allowed(&programs, false, 136, 77, RT_DEVICE_READ), 1);
        ck_assert_int_eq(allowed(&programs, true, 7, 1, RT_DEVICE_READ), 1);
        ck_assert_int_eq(allowed(&programs, true, 7, 1, RT_DEVICE_WRITE), 0);
}
END_TEST

START_TEST(everything_that_is_allowed_is_listed)
{
        RtDevicePrograms programs = example();
        RtAllowedDevices devices = { 0 };
        ck_assert_int_eq(rt_device_programs_list(fx.arena, &programs, &devices), 0);
        unsigned found = 0;
        RT_EACH (one, &devices) {
                if (one->device.major == 153) {
                        ck_assert_uint_eq(one->device.minor, 0);
                        ck_assert_uint_eq(one->access, RT_DEVICE_READ | RT_DEVICE_WRITE);
                        found |= 1;
                } else if (one->device.major == 136) {
                        found |= one->device.minor == RT_DEVICE_ANY ? 2 : 0;
                } else if (one->device.block) {
                        ck_assert_uint_eq(one->device.major, 7);
                        ck_assert_uint_eq(one->access, RT_DEVICE_READ);
                        found |= 4;
                } else {
                        ck_assert_uint_eq(one->device.major, 1);
                        ck_assert_uint_eq(one->device.minor, 3);
                        found |= 8;
                }
        }
        ck_assert_uint_eq(found, 15);
}
END_TEST

START_TEST(a_program_that_allows_all_allows_any_number)
{
        FilterCode code = { 0 };
        RtAllowedDevices devices = { 0 };
        filter_add(&code, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
        filter_add(&code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        RtDevicePrograms programs = filter_finished(&code);
        ck_assert_int_eq(rt_device_programs_list(fx.arena, &programs, &devices), 0);
        ck_assert_uint_eq(devices.n, 2);
        ck_assert_uint_eq(devices.items[0].device.major, RT_DEVICE_ANY);
        ck_assert_uint_eq(devices.items[0].access, RT_DEVICE_ALL);
}
END_TEST

START_TEST(of_several_programs_all_have_to_allow_it)
{
        RtDevicePrograms programs = example();
        FilterCode code = filter_beginning();
        filter_allow(&code, BPF_DEVCG_DEV_CHAR, 1, 3, RT_DEVICE_READ);
        filter_allow(&code, BPF_DEVCG_DEV_CHAR, 9, 9, RT_DEVICE_READ);
        RtDevicePrograms second = filter_finished(&code);
        RT_APPEND(fx.arena, &programs, second.items[0]);
        ck_assert_int_eq(allowed(&programs, false, 1, 3, RT_DEVICE_READ), 1);
        ck_assert_int_eq(allowed(&programs, false, 1, 3, RT_DEVICE_WRITE), 0);
        ck_assert_int_eq(allowed(&programs, false, 153, 0, RT_DEVICE_READ), 0);
        ck_assert_int_eq(allowed(&programs, false, 9, 9, RT_DEVICE_READ), 0);
}
END_TEST

START_TEST(of_a_program_that_is_not_known_nothing_is_claimed)
{
        RtDevicePrograms programs = example();
        RtAllowedDevices devices = { 0 };
        RT_APPEND(fx.arena, &programs, (RtDeviceProgram){ .id = 9 });
        ck_assert_int_eq(allowed(&programs, false, 1, 3, RT_DEVICE_READ), -ENODATA);
        ck_assert_int_eq(rt_device_programs_list(fx.arena, &programs, &devices), -ENODATA);
}
END_TEST

START_TEST(of_a_program_that_does_other_things_nothing_is_claimed)
{
        static const struct bpf_insn strange[] = {
                { .code = BPF_JMP | BPF_CALL, .imm = 1 },
                { .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = 10, .off = -4 },
                { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 12 },
                { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = -4 },
                { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 3 },
                { .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 2, .src_reg = 1 },
                { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = 4 },
                { .code = BPF_ALU64 | BPF_DIV | BPF_K, .dst_reg = 2, .imm = 0 },
                { .code = BPF_JMP | BPF_JA, .off = -1 },
                { .code = BPF_JMP | BPF_JA, .off = 100 },
                { .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1 },
                { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 15 },
                { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = 1 },
                { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 0, .src_reg = 1 },
        };
        for (size_t i = 0; i < RT_ELEMENTS(strange); i++) {
                FilterCode code = { 0 };
                RT_APPEND(fx.arena, &code, strange[i]);
                if (strange[i].code == (BPF_ALU64 | BPF_MOV | BPF_X))
                        filter_add(&code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
                RtDevicePrograms programs = filter_finished(&code);
                ck_assert_msg(allowed(&programs, false, 1, 3, RT_DEVICE_READ) == -EOPNOTSUPP, "%zu",
                              i);
        }
}
END_TEST

START_TEST(programs_that_name_too_many_numbers_are_not_tried)
{
        FilterCode code = filter_beginning();
        RtAllowedDevices devices = { 0 };
        for (int i = 0; i < 200; i++)
                filter_allow(&code, BPF_DEVCG_DEV_CHAR, 1000 + i, 0, RT_DEVICE_ALL);
        RtDevicePrograms programs = filter_finished(&code);
        ck_assert_int_eq(rt_device_programs_list(fx.arena, &programs, &devices), -E2BIG);
        ck_assert_int_eq(allowed(&programs, false, 1199, 0, RT_DEVICE_ALL), 1);
}
END_TEST

int main(void)
{
        return RUN_TESTS("device-program", what_a_program_allows_is_allowed_and_nothing_else,
                         everything_that_is_allowed_is_listed,
                         a_program_that_allows_all_allows_any_number,
                         of_several_programs_all_have_to_allow_it,
                         of_a_program_that_is_not_known_nothing_is_claimed,
                         of_a_program_that_does_other_things_nothing_is_claimed,
                         programs_that_name_too_many_numbers_are_not_tried);
}
