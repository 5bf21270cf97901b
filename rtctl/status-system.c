/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "search.h"

RtSystem rt_system_running(void)
{
        const char *cgroups = getenv("RTCONTAINERS_CGROUP");
        const char *systemctl = getenv("RTCONTAINERS_SYSTEMCTL");
        return (RtSystem){ .root = "",
                           .cgroups = cgroups && cgroups[0] ? cgroups : "/sys/fs/cgroup",
                           .systemctl = systemctl ? systemctl : "systemctl",
                           .scheduling = rt_sched_get,
                           .device_programs = rt_system_device_programs };
}

const char *rt_system_path(RtArena *arena, const RtSystem *system, const char *format, ...)
{
        va_list ap;
        va_start(ap, format);
        const char *path = rt_vprintf(arena, format, ap);
        va_end(ap);
        return rt_printf(arena, "%s%s", system->root, path);
}

/* -- files ------------------------------------------------------------------------------------- */

int rt_system_read(RtArena *arena, int folder, const char *path, const char **ret)
{
        /* O_NONBLOCK: what is no ordinary file fails instead of waiting. */
        int fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat status;
        if (fd < 0)
                return -errno;
        ssize_t n = -EINVAL;
        char *data = NULL;
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
                data = malloc(RT_SYSTEM_FILE);
                n = data ? rt_read_all(fd, data, RT_SYSTEM_FILE) : -ENOMEM;
        }
        (void)close(fd);
        if (n >= 0) {
                n -= n > 0 && data[n - 1] == '\n';
                *ret = rt_strndup(arena, data ? data : "", (size_t)n);
        }
        free(data);
        return n < 0 ? (int)n : 0;
}

int rt_system_open_process(RtArena *arena, const RtSystem *system, pid_t pid)
{
        int fd = open(rt_system_path(arena, system, "/proc/%d", (int)pid),
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* -- programs of the kernel -------------------------------------------------------------------- */

enum { MOST_PROGRAMS = 64, MOST_INSTRUCTIONS = 65536 };

static int bpf(int command, union bpf_attr *attr)
{
        long r = syscall(SYS_bpf, command, attr, sizeof *attr);
        return r < 0 ? -errno : (int)r;
}

static int program_info(int fd, struct bpf_prog_info *info)
{
        union bpf_attr attr = { 0 };
        attr.info.bpf_fd = (uint32_t)fd;
        attr.info.info_len = sizeof *info;
        attr.info.info = (uintptr_t)info;
        return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* Its instructions as the kernel keeps them; none if it does not give them away. */
static void read_program(RtArena *arena, RtDeviceProgram *program)
{
        union bpf_attr attr = { 0 };
        struct bpf_prog_info info = { 0 };
        attr.prog_id = program->id;
        int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
        if (fd < 0)
                return;
        size_t n = program_info(fd, &info) < 0 ? 0 : info.xlated_prog_len / sizeof(struct bpf_insn);
        if (n > 0 && n <= MOST_INSTRUCTIONS) {
                struct bpf_insn *code = rt_alloc_array(arena, n, sizeof *code);
                info = (struct bpf_prog_info){
                        .xlated_prog_len = (uint32_t)(n * sizeof *code),
                        .xlated_prog_insns = (uintptr_t)code,
                };
                if (program_info(fd, &info) == 0 && info.xlated_prog_insns != 0 &&
                    info.xlated_prog_len == n * sizeof *code) {
                        program->code = code;
                        program->n = n;
                }
        }
        (void)close(fd);
}

int rt_system_device_programs(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        uint32_t ids[MOST_PROGRAMS] = { 0 };
        union bpf_attr attr = { 0 };
        int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        attr.query.target_fd = (uint32_t)fd;
        attr.query.attach_type = BPF_CGROUP_DEVICE;
        attr.query.query_flags = BPF_F_QUERY_EFFECTIVE;
        attr.query.prog_ids = (uintptr_t)ids;
        attr.query.prog_cnt = MOST_PROGRAMS;
        int r = bpf(BPF_PROG_QUERY, &attr);
        (void)close(fd);
        if (r < 0)
                return r;
        for (uint32_t i = 0; i < attr.query.prog_cnt && i < MOST_PROGRAMS; i++) {
                RtDeviceProgram program = { .id = ids[i] };
                read_program(arena, &program);
                RT_APPEND(arena, ret, program);
        }
        return 0;
}
