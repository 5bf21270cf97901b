/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "claim.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "housekeeping.h"
#include "text.h"

enum {
        STEP_NS = 20000000,
        ROUNDS = 50, /* a second altogether */
};

static const char realtime[] = "rtcontainers.slice";

static const char *realtime_path(RtArena *arena, const RtKernel *kernel)
{
        return rt_printf(arena, "%s/%s", kernel->cgroups, realtime);
}

static const char *list(RtArena *arena, const RtCgroupNames *names)
{
        RtText text = RT_TEXT(arena);
        RT_EACH (name, names)
                rt_text_addf(&text, "%s%s", text.n > 0 ? ", " : "", rt_printable(arena, *name, 80));
        return rt_strdup(arena, text.data);
}

/* Why the partition is none: the kernel's words, and who has a share in its CPUs. */
static const char *explain(RtArena *arena, const char *cgroup, int error,
                           const RtPartition *partition)
{
        const char *why = error < 0              ? strerror(-error)
                          : partition->reason[0] ? partition->reason
                                                 : "the kernel says no more than \"invalid\"";
        RtCgroupNames rivals = rt_cgroup_rivals(arena, cgroup);
        return rivals.n == 0 ? why
                             : rt_printf(arena, "%s; the same CPUs are wanted by %s", why,
                                         list(arena, &rivals));
}

/* Asks for it; where that is in vain it is a member, as if it had not been asked for. NULL, or why
 * it is none. */
static const char *claim(RtArena *arena, const char *cgroup, RtPartitionType type)
{
        RtPartition partition = { 0 };
        int r = rt_partition_set(arena, cgroup, type, &partition);
        if (r == 0 && partition.valid && partition.type == type)
                return NULL;
        const char *why = explain(arena, cgroup, r, &partition);
        if (r != -ENOENT)
                rt_partition_set(arena, cgroup, RT_PARTITION_MEMBER, &partition);
        return why;
}

static bool is_claimed(RtArena *arena, const char *cgroup)
{
        RtPartition partition;
        return rt_partition_get(arena, cgroup, &partition) == 0 &&
               partition.type != RT_PARTITION_MEMBER && partition.valid;
}

/* NULL, or why it is no partition. */
static const char *claim_realtime(RtArena *arena, const RtKernel *kernel)
{
        const char *cgroup = realtime_path(arena, kernel);
        if (!rt_partition_is_possible(arena, kernel->cgroups))
                return "there is no cpuset controller in a unified cgroup hierarchy";
        return is_claimed(arena, cgroup) ? NULL : claim(arena, cgroup, RT_PARTITION_ROOT);
}

bool rt_claim_realtime(RtArena *arena, const RtKernel *kernel)
{
        const char *why = claim_realtime(arena, kernel);
        if (why)
                fprintf(stderr,
                        "<4>isolate-cpus: %s is no cpuset partition: %s. Containers run on its "
                        "CPUs, but these are not taken from the rest of the system.\n",
                        realtime, why);
        return !why;
}

/* Whether a slice inside is a partition. */
static bool has_partitions(RtArena *arena, const char *cgroup)
{
        bool found = false;
        DIR *dir = opendir(cgroup);
        if (!dir)
                return false;
        for (struct dirent *entry; !found && (entry = readdir(dir));)
                found = entry->d_name[0] != '.' &&
                        is_claimed(arena, rt_printf(arena, "%s/%s", cgroup, entry->d_name));
        closedir(dir);
        return found;
}

void rt_release_realtime(RtArena *arena, const RtKernel *kernel)
{
        RtPartition partition;
        const char *cgroup = realtime_path(arena, kernel);
        if (!has_partitions(arena, cgroup))
                rt_partition_set(arena, cgroup, RT_PARTITION_MEMBER, &partition);
}

/* The service for the CPUs holds the partition of all real-time CPUs as long as it runs. Where it
 * does not run, the first container takes it and the last gives it back. */
static void release_unheld(RtArena *arena, const RtKernel *kernel)
{
        const char *state = rt_printf(arena, "%s" RT_CPUS_STATE_PATH, kernel->root);
        if (access(state, F_OK) < 0)
                rt_release_realtime(arena, kernel);
}

/* The slice of a container that has just stopped goes a moment after it. */
static const char *claim_patiently(RtArena *arena, const char *cgroup, RtPartitionType type)
{
        const char *why = claim(arena, cgroup, type);
        for (int round = 0; why && round < ROUNDS && rt_cgroup_rivals(arena, cgroup).n > 0;
             round++) {
                nanosleep(&(struct timespec){ .tv_nsec = STEP_NS }, NULL);
                why = claim(arena, cgroup, type);
        }
        return why;
}

bool rt_claim_slice(RtArena *arena, const RtKernel *kernel, const char *slice, RtPartitionType type)
{
        const char *cgroup = rt_printf(arena, "%s/%s", realtime_path(arena, kernel), slice);
        const char *why = claim_realtime(arena, kernel);
        if (why)
                why = rt_printf(arena, "%s is none: %s", realtime, why);
        else
                why = claim_patiently(arena, cgroup, type);
        if (why && type == RT_PARTITION_ISOLATED &&
            is_claimed(arena, realtime_path(arena, kernel)) &&
            !claim(arena, cgroup, RT_PARTITION_ROOT)) {
                fprintf(stderr,
                        "<5>isolate-cpus: the kernel does not make %s an isolated partition (%s); "
                        "it is a root partition, in which load is balanced.\n",
                        slice, why);
                return true;
        }
        if (!why)
                return true;
        fprintf(stderr,
                "<4>isolate-cpus: %s is no cpuset partition: %s. The container runs on its CPUs, "
                "but these are not taken from the rest of the system.\n",
                slice, why);
        release_unheld(arena, kernel);
        return false;
}

void rt_release_slice(RtArena *arena, const RtKernel *kernel, const char *slice)
{
        RtPartition partition;
        rt_partition_set(arena, rt_printf(arena, "%s/%s", realtime_path(arena, kernel), slice),
                         RT_PARTITION_MEMBER, &partition);
        release_unheld(arena, kernel);
}
