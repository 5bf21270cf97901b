/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

enum {
        MOST = 1 << 26, /* bytes: a line for each interrupt, with a number for each CPU */
        CHUNK = 4096,
        GROUP = 32, /* bits */
};

int rt_kernel_read(RtArena *arena, const char *path, const char **ret)
{
        RtText text = RT_TEXT(arena);
        char chunk[CHUNK];
        ssize_t n = 0;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        while (text.n < MOST && (n = read(fd, chunk, sizeof chunk)) > 0)
                rt_text_add_n(&text, chunk, strnlen(chunk, (size_t)n));
        int r = n < 0 ? -errno : text.n >= MOST ? -EFBIG : 0;
        close(fd);
        if (r < 0)
                return r;
        while (text.n > 0 && strchr(" \n", text.data[text.n - 1]))
                text.data[--text.n] = '\0';
        *ret = rt_strdup(arena, text.data);
        return 0;
}

int rt_kernel_write(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = write(fd, text, strlen(text));
        int r = n < 0 ? -errno : n == (ssize_t)strlen(text) ? 0 : -EIO;
        close(fd);
        return r;
}

int rt_kernel_read_cpus(RtArena *arena, const char *path, RtCpuSet *ret)
{
        const char *text;
        RtCpuSet set = { 0 };
        int r = rt_kernel_read(arena, path, &text);
        if (r < 0)
                return r;
        if (text[0] && rt_cpuset_parse(text, &set) < 0)
                return -EBADMSG;
        *ret = set;
        return 0;
}

/* -- masks ------------------------------------------------------------------------------------- */

static int digit_of(char c)
{
        static const char digits[] = "0123456789abcdef";
        const char *found = c ? strchr(digits, c | 0x20) : NULL;
        return found ? (int)(found - digits) : -1;
}

/* From the end, where CPU 0 is: each group but the first has all of its digits. */
int rt_cpumask_parse(const char *text, RtCpuSet *ret)
{
        RtCpuSet set = { 0 };
        unsigned cpu = 0;
        size_t n = strlen(text);
        if (n == 0)
                return -EINVAL;
        while (n > 0) {
                int digit = digit_of(text[--n]);
                if (digit < 0)
                        return -EINVAL;
                for (unsigned bit = 0; bit < 4; bit++)
                        if (digit >> bit & 1) {
                                if (cpu + bit >= RT_CPUS_MAX)
                                        return -EINVAL;
                                rt_cpuset_add(&set, cpu + bit);
                        }
                cpu += 4;
                if (cpu % GROUP == 0 && n > 0 && text[n - 1] == ',' && --n == 0)
                        return -EINVAL;
        }
        *ret = set;
        return 0;
}

const char *rt_cpumask_text(RtArena *arena, const RtCpuSet *set)
{
        RtText text = RT_TEXT(arena);
        for (int group = RT_CPUS_MAX / GROUP - 1; group >= 0; group--) {
                unsigned bits = (unsigned)(set->bits[group / 2] >> group % 2 * GROUP);
                if (text.n > 0)
                        rt_text_addf(&text, ",%08x", bits);
                else if (bits || group == 0)
                        rt_text_addf(&text, "%x", bits);
        }
        return text.data;
}
