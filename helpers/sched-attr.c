/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sched-attr.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(RtSchedAttr) == 48, "this is what the kernel calls SCHED_ATTR_SIZE_VER0");

static const struct {
        const char *word, *name;
} policies[] = {
        [SCHED_OTHER] = { "other", "SCHED_OTHER" },
        [SCHED_FIFO] = { "fifo", "SCHED_FIFO" },
        [SCHED_RR] = { "rr", "SCHED_RR" },
        [SCHED_BATCH] = { "batch", "SCHED_BATCH" },
        [SCHED_IDLE] = { "idle", "SCHED_IDLE" },
        [RT_SCHED_DEADLINE] = { "deadline", "SCHED_DEADLINE" },
        [7] = { "ext", "SCHED_EXT" },
};

int rt_sched_set(pid_t tid, const RtSchedAttr *attr)
{
        RtSchedAttr copy = *attr;
        copy.size = sizeof copy;
        return syscall(SYS_sched_setattr, tid, &copy, 0) < 0 ? -errno : 0;
}

int rt_sched_get(pid_t tid, RtSchedAttr *ret)
{
        RtSchedAttr attr = { 0 };
        if (syscall(SYS_sched_getattr, tid, &attr, sizeof attr, 0) < 0)
                return -errno;
        *ret = attr;
        return 0;
}

const char *rt_sched_policy_word(uint32_t policy)
{
        return policy < sizeof policies / sizeof policies[0] ? policies[policy].word : NULL;
}

const char *rt_sched_policy_name(uint32_t policy)
{
        return rt_sched_policy_word(policy) ? policies[policy].name : "an unknown policy";
}
