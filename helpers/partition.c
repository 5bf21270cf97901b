/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "partition.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-file.h"
#include "text.h"

const char *const rt_partition_words[RT_PARTITION_TYPES] = {
        [RT_PARTITION_MEMBER] = "member",
        [RT_PARTITION_ROOT] = "root",
        [RT_PARTITION_ISOLATED] = "isolated",
};

static const char *file_of(RtArena *arena, const char *cgroup, const char *name)
{
        return rt_printf(arena, "%s/cpuset.%s", cgroup, name);
}

bool rt_partition_is_possible(RtArena *arena, const char *cgroup_root)
{
        const char *text;
        if (rt_kernel_read(arena, rt_printf(arena, "%s/cgroup.controllers", cgroup_root), &text) <
            0)
                return false;
        return strstr(rt_printf(arena, " %s ", text), " cpuset ");
}

/* "isolated", "isolated invalid", "isolated invalid (Parent is not a partition root)" */
static bool parse(RtArena *arena, const char *text, RtPartition *ret)
{
        size_t length = strcspn(text, " ");
        const char *rest = text + length, *open = strchr(rest, '('), *close = strrchr(rest, ')');
        for (int type = 0; type < RT_PARTITION_TYPES; type++) {
                const char *word = rt_partition_words[type];
                if (strlen(word) != length || strncmp(word, text, length) != 0)
                        continue;
                *ret = (RtPartition){
                        .type = (RtPartitionType)type,
                        .valid = !rt_starts_with(rest, " invalid"),
                        .text = text,
                        .reason = open && close > open
                                          ? rt_strndup(arena, open + 1, (size_t)(close - open - 1))
                                          : "",
                };
                return true;
        }
        return false;
}

int rt_partition_get(RtArena *arena, const char *cgroup, RtPartition *ret)
{
        const char *text;
        int r = rt_kernel_read(arena, file_of(arena, cgroup, "cpus.partition"), &text);
        if (r < 0)
                return r;
        return parse(arena, text, ret) ? 0 : -EBADMSG;
}

int rt_partition_set(RtArena *arena, const char *cgroup, RtPartitionType type, RtPartition *ret)
{
        int r = rt_kernel_write(file_of(arena, cgroup, "cpus.partition"), rt_partition_words[type]);
        return r < 0 ? r : rt_partition_get(arena, cgroup, ret);
}

/* Those that were asked for. */
static int wanted_cpus(RtArena *arena, const char *cgroup, RtCpuSet *ret)
{
        return rt_kernel_read_cpus(arena, file_of(arena, cgroup, "cpus"), ret);
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

RtCgroupNames rt_cgroup_rivals(RtArena *arena, const char *cgroup)
{
        RtCgroupNames rivals = { 0 };
        RtCpuSet own, other;
        const char *slash = strrchr(cgroup, '/');
        const char *parent = slash ? rt_strndup(arena, cgroup, (size_t)(slash - cgroup)) : ".";
        DIR *dir = wanted_cpus(arena, cgroup, &own) < 0 ? NULL : opendir(parent);
        if (!dir)
                return rivals;
        for (struct dirent *entry; (entry = readdir(dir));) {
                const char *name = entry->d_name;
                if (name[0] == '.' || (slash && strcmp(name, slash + 1) == 0) ||
                    wanted_cpus(arena, rt_printf(arena, "%s/%s", parent, name), &other) < 0)
                        continue;
                RtCpuSet shared = rt_cpuset_and(&own, &other);
                if (!rt_cpuset_is_empty(&shared))
                        RT_APPEND(arena, &rivals, rt_strdup(arena, name));
        }
        closedir(dir);
        if (rivals.n > 1)
                qsort(rivals.items, rivals.n, sizeof *rivals.items, compare);
        return rivals;
}
