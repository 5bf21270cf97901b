/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int rt_read_online_cpus(RtCpuSet *ret)
{
        char text[4096];
        int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = read(fd, text, sizeof text - 1);
        int r = n < 0 ? -errno : 0;
        close(fd);
        if (r < 0)
                return r;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return rt_cpuset_parse(text, ret);
}

const char *rt_kernel_version(RtArena *arena, const char *release)
{
        static const char digits[] = "0123456789";
        size_t major = strspn(release, digits);
        size_t minor = release[major] == '.' ? strspn(release + major + 1, digits) : 0;
        return major > 0 && minor > 0 ? rt_strndup(arena, release, major + 1 + minor) : NULL;
}

void rt_machine_read(RtArena *arena, RtMachine *ret)
{
        struct utsname name;
        RtMachine machine = { 0 };
        RtCpuSet online;
        if (rt_read_online_cpus(&online) == 0)
                machine.cpus = online;
        if (uname(&name) == 0)
                machine.kernel = rt_kernel_version(arena, name.release);
        *ret = machine;
}

void rt_machine_assume(const RtMachine *machine, RtPlatform *platform)
{
        if (!rt_is_set(&platform->object.item, RT_PLATFORM_CPUS))
                platform->cpus = machine->cpus;
        if (!rt_is_set(&platform->object.item, RT_PLATFORM_KERNEL))
                platform->kernel = machine->kernel;
}
