/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* tasks.conf, as binders and threads read it: what is accepted keeps its bounds, and each policy
 * has what the kernel wants of it. */

#include "task-spec.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "sched-attr.h"

static void check_spec(const RtTaskSpec *spec)
{
        size_t n = strnlen(spec->name, sizeof spec->name);
        MUST(n > 0 && n <= RT_TASK_NAME_MAX, "a name of %zu bytes", n);
        n = strnlen(spec->thread, sizeof spec->thread);
        MUST(n <= RT_COMM_MAX, "a thread's name of %zu bytes", n);
        MUST(spec->timer_slack >= 0, "slack");
        MUST(!spec->has_cpus || CPU_COUNT(&spec->cpus) > 0, "no CPUs");
        if (spec->policy == SCHED_FIFO)
                MUST(spec->priority >= 1 && spec->priority <= 99 && spec->has_cpus, "fifo");
        else if (spec->policy == RT_SCHED_DEADLINE)
                MUST(spec->runtime > 0 && spec->deadline > 0 && spec->period > 0 && spec->has_cpus,
                     "deadline");
        else
                MUST(spec->policy == SCHED_OTHER, "policy %u", spec->policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RtTaskSpecs specs = { 0 };
        int r = rt_task_specs_parse((const char *)data, size, &specs);
        MUST(r == 0 || r == -EINVAL || r == -E2BIG || r == -ENOMEM, "%d", r);
        if (r < 0) {
                MUST(!specs.items && specs.n == 0, "touched");
                return 0;
        }
        MUST(specs.n <= RT_TASK_SPECS_MAX && specs.startup >= 0, "bounds");
        for (size_t i = 0; i < specs.n; i++)
                check_spec(&specs.items[i]);
        rt_task_specs_free(&specs);
        return 0;
}
