/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device-program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Programs without loops take no more steps than they have instructions. */
enum { MOST_STEPS = 65536, MOST_NUMBERS = 128, REGISTERS = 11 };

typedef struct Machine {
        uint64_t registers[REGISTERS];
        bool is_context[REGISTERS]; /* it is the address of `context` */
        struct bpf_cgroup_dev_ctx context;
} Machine;

/* -- instructions ------------------------------------------------------------------------------ */

static int calculate(uint8_t operation, bool wide, uint64_t *left, uint64_t right)
{
        const unsigned shift = (unsigned)right & (wide ? 63 : 31);
        uint64_t value = wide ? *left : (uint32_t)*left;
        switch (operation) {
        case BPF_MOV:
                value = right;
                break;
        case BPF_AND:
                value &= right;
                break;
        case BPF_OR:
                value |= right;
                break;
        case BPF_XOR:
                value ^= right;
                break;
        case BPF_ADD:
                value += right;
                break;
        case BPF_SUB:
                value -= right;
                break;
        case BPF_LSH:
                value <<= shift;
                break;
        case BPF_RSH:
                value >>= shift;
                break;
        default:
                return -EOPNOTSUPP;
        }
        *left = wide ? value : (uint32_t)value;
        return 0;
}

/* 1 or 0: whether the condition holds; or a negative errno. */
static int compare(uint8_t operation, uint64_t left, uint64_t right)
{
        switch (operation) {
        case BPF_JA:
                return 1;
        case BPF_JEQ:
                return left == right;
        case BPF_JNE:
                return left != right;
        case BPF_JGT:
                return left > right;
        case BPF_JGE:
                return left >= right;
        case BPF_JLT:
                return left < right;
        case BPF_JLE:
                return left <= right;
        case BPF_JSET:
                return (left & right) != 0;
        default:
                return -EOPNOTSUPP;
        }
}

/* The only memory is the context. */
static int load(Machine *machine, const struct bpf_insn *instruction)
{
        static const size_t sizes[] = { [BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1 };
        const size_t size =
                BPF_SIZE(instruction->code) == BPF_DW ? 8 : sizes[BPF_SIZE(instruction->code) >> 3];
        if (BPF_MODE(instruction->code) != BPF_MEM || !machine->is_context[instruction->src_reg] ||
            instruction->off < 0 || (size_t)instruction->off + size > sizeof machine->context)
                return -EOPNOTSUPP;
        const char *from = (const char *)&machine->context + instruction->off;
        uint64_t value = 0;
        if (size == 4) {
                uint32_t word;
                memcpy(&word, from, sizeof word);
                value = word;
        } else if (size == 2) {
                uint16_t half;
                memcpy(&half, from, sizeof half);
                value = half;
        } else if (size == 1) {
                value = *(const uint8_t *)from;
        } else {
                return -EOPNOTSUPP;
        }
        machine->registers[instruction->dst_reg] = value;
        machine->is_context[instruction->dst_reg] = false;
        return 0;
}

static uint64_t operand(const Machine *machine, const struct bpf_insn *instruction, bool wide)
{
        uint64_t value = BPF_SRC(instruction->code) == BPF_X
                                 ? machine->registers[instruction->src_reg]
                                 : (uint64_t)(int64_t)instruction->imm;
        return wide ? value : (uint32_t)value;
}

static int arithmetic(Machine *machine, const struct bpf_insn *instruction, bool wide)
{
        const uint8_t operation = BPF_OP(instruction->code), to = instruction->dst_reg;
        const bool from_register = BPF_SRC(instruction->code) == BPF_X;
        const bool takes_context = from_register && machine->is_context[instruction->src_reg];
        if (instruction->off != 0)
                return -EOPNOTSUPP; /* moves that extend the sign */
        if (takes_context || (machine->is_context[to] && operation != BPF_MOV)) {
                if (operation != BPF_MOV || !wide)
                        return -EOPNOTSUPP;
        }
        machine->is_context[to] = takes_context;
        return calculate(operation, wide, &machine->registers[to],
                         operand(machine, instruction, wide));
}

/* How far to go on, counted from the next instruction; or a negative errno. */
static int jump(const Machine *machine, const struct bpf_insn *instruction, bool wide, int *ret)
{
        const uint8_t to = instruction->dst_reg;
        if (machine->is_context[to] ||
            (BPF_SRC(instruction->code) == BPF_X && machine->is_context[instruction->src_reg]))
                return -EOPNOTSUPP;
        if (!wide && BPF_OP(instruction->code) == BPF_JA)
                return -EOPNOTSUPP; /* a long jump */
        uint64_t left = wide ? machine->registers[to] : (uint32_t)machine->registers[to];
        int r = compare(BPF_OP(instruction->code), left, operand(machine, instruction, wide));
        if (r >= 0)
                *ret = r ? instruction->off : 0;
        return r < 0 ? r : 0;
}

/* -- a program --------------------------------------------------------------------------------- */

/* Two instructions are one: the constant's upper half is in the second. */
static bool load_constant(Machine *machine, const struct bpf_insn *code, size_t n)
{
        if (n < 2 || code[0].src_reg != 0)
                return false;
        machine->registers[code[0].dst_reg] =
                (uint32_t)code[0].imm | (uint64_t)(uint32_t)code[1].imm << 32;
        machine->is_context[code[0].dst_reg] = false;
        return true;
}

static int step(Machine *machine, const struct bpf_insn *instruction, size_t left, int *ret_skip)
{
        *ret_skip = 0;
        if (instruction->dst_reg >= REGISTERS || instruction->src_reg >= REGISTERS)
                return -EOPNOTSUPP;
        switch (BPF_CLASS(instruction->code)) {
        case BPF_ALU64:
                return arithmetic(machine, instruction, true);
        case BPF_ALU:
                return arithmetic(machine, instruction, false);
        case BPF_LDX:
                return load(machine, instruction);
        case BPF_LD:
                *ret_skip = 1;
                return instruction->code == (BPF_LD | BPF_IMM | BPF_DW) &&
                                       load_constant(machine, instruction, left)
                               ? 0
                               : -EOPNOTSUPP;
        case BPF_JMP:
                return jump(machine, instruction, true, ret_skip);
        case BPF_JMP32:
                return jump(machine, instruction, false, ret_skip);
        default:
                return -EOPNOTSUPP;
        }
}

static int run(const RtDeviceProgram *program, const RtDeviceNumber *device, unsigned access)
{
        Machine machine = { .context = { .access_type = access << 16 |
                                                        (device->block ? BPF_DEVCG_DEV_BLOCK
                                                                       : BPF_DEVCG_DEV_CHAR),
                                         .major = device->major,
                                         .minor = device->minor } };
        machine.is_context[BPF_REG_1] = true;
        int64_t at = 0;
        for (unsigned steps = 0; steps < MOST_STEPS; steps++) {
                int skip;
                if (at < 0 || at >= (int64_t)program->n)
                        return -EOPNOTSUPP;
                const struct bpf_insn *instruction = &program->code[at];
                if (instruction->code == (BPF_JMP | BPF_EXIT))
                        return machine.is_context[BPF_REG_0] ? -EOPNOTSUPP
                                                             : (uint32_t)machine.registers[0] != 0;
                int r = step(&machine, instruction, program->n - (size_t)at, &skip);
                if (r < 0)
                        return r;
                at += 1 + skip;
        }
        return -EOPNOTSUPP;
}

int rt_device_programs_allow(const RtDevicePrograms *programs, const RtDeviceNumber *device,
                             unsigned access)
{
        int allowed = 1;
        RT_EACH (program, programs) {
                if (program->n == 0)
                        return -ENODATA;
                int r = run(program, device, access);
                if (r < 0)
                        return r;
                allowed = allowed && r;
        }
        return allowed;
}

/* -- all that is allowed ----------------------------------------------------------------------- */

typedef RT_LIST(uint32_t) Numbers;

static int by_number(const void *a, const void *b)
{
        const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        return (x > y) - (x < y);
}

static bool compares_with_constant(uint8_t code)
{
        const uint8_t operation = BPF_OP(code);
        return (BPF_CLASS(code) == BPF_JMP || BPF_CLASS(code) == BPF_JMP32) &&
               BPF_SRC(code) == BPF_K && operation != BPF_JA && operation != BPF_CALL &&
               operation != BPF_EXIT;
}

/* What any program compares with, and what no program does. */
static int constants(RtArena *arena, const RtDevicePrograms *programs, Numbers *ret)
{
        Numbers all = { 0 };
        RT_EACH (program, programs)
                for (size_t i = 0; i < program->n; i++)
                        if (compares_with_constant(program->code[i].code))
                                RT_APPEND(arena, &all, (uint32_t)program->code[i].imm);
        RT_APPEND(arena, &all, RT_DEVICE_ANY);
        qsort(all.items, all.n, sizeof *all.items, by_number);
        RT_EACH (number, &all)
                if (number == all.items || number[0] != number[-1])
                        RT_APPEND(arena, ret, *number);
        return ret->n > MOST_NUMBERS ? -E2BIG : 0;
}

int rt_device_programs_access(const RtDevicePrograms *programs, const RtDeviceNumber *device)
{
        int all = 0;
        for (unsigned access = 1; access <= RT_DEVICE_WRITE; access <<= 1) {
                int r = rt_device_programs_allow(programs, device, access);
                if (r < 0)
                        return r;
                all |= r ? (int)access : 0;
        }
        return all;
}

int rt_device_programs_list(RtArena *arena, const RtDevicePrograms *programs, RtAllowedDevices *ret)
{
        Numbers numbers = { 0 };
        RtAllowedDevices allowed = { 0 };
        int r = constants(arena, programs, &numbers);
        if (r < 0)
                return r;
        for (int block = 0; block < 2; block++)
                RT_EACH (major, &numbers)
                        RT_EACH (minor, &numbers) {
                                const RtDeviceNumber device = { block != 0, *major, *minor };
                                r = rt_device_programs_access(programs, &device);
                                if (r < 0)
                                        return r;
                                if (r > 0)
                                        RT_APPEND(arena, &allowed,
                                                  (RtAllowedDevice){ device, (unsigned)r });
                        }
        *ret = allowed;
        return 0;
}
