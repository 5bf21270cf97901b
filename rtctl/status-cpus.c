/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CPUs and memory nodes of the container's cgroup, and the partitions that it lies in. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "partition.h"
#include "status-inspect.h"
#include "text.h"

static const char slice_ending[] = ".slice";

/* A set as the kernel writes it, in our way of writing. */
static int read_set(const RtInspection *inspection, const char *name, RtCpuSet *ret)
{
        const char *text;
        int r = rt_read_group(inspection, name, &text);
        if (r < 0)
                return r;
        *ret = (RtCpuSet){ 0 };
        return text[0] && rt_cpuset_parse(text, ret) < 0 ? -EBADMSG : 0;
}

static void compare_set(RtInspection *inspection, RtComparison comparison, const char *name,
                        const RtCpuSet *planned)
{
        RtCpuSet actual;
        comparison.planned = rt_cpuset_text(inspection->arena, planned);
        int r = read_set(inspection, name, &actual);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual =
                rt_cpuset_is_empty(&actual) ? "none" : rt_cpuset_text(inspection->arena, &actual);
        comparison.agreement = rt_cpuset_equal(&actual, planned) ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

/* -- partitions -------------------------------------------------------------------------------- */

/* The cgroup of the innermost slice that the service lies in. */
static const char *slice_group(const RtInspection *inspection)
{
        const char *group = rt_strdup(inspection->arena, inspection->group);
        char *end = strrchr(group, '/');
        if (!end)
                return NULL;
        *end = '\0';
        return rt_ends_with(group, slice_ending) ? group : NULL;
}

static void compare_partition(RtInspection *inspection, const char *group, const char *declared,
                              const char *planned, const char *also)
{
        RtArena *arena = inspection->arena;
        RtPartition partition;
        RtComparison comparison = {
                .subject = rt_printable(arena, strrchr(group, '/') + 1, 256),
                .aspect = "partition",
                .declared = declared,
                .planned = planned,
        };
        int r = rt_partition_get(arena, group, &partition);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r == -ENOENT ? -ENODEV : r);
                return;
        }
        const char *word = rt_partition_words[partition.type];
        bool fits = strcmp(word, planned) == 0 || (also && strcmp(word, also) == 0);
        comparison.actual = rt_printable(arena, partition.text, 256);
        comparison.agreement = fits && partition.valid ? RT_AS_PLANNED : RT_DRIFT;
        comparison.hint =
                !partition.valid ? "the kernel has taken it back for that reason; when it is gone, "
                                   "restart the container"
                                 : "the kernel has refused it when the container started, as the "
                                   "journal says, or somebody has changed it; restart it";
        rt_compare(inspection, comparison);
}

/* An exclusive container has a slice of its own in that of all real-time containers; both are
 * partitions. Instead of an isolated one, a kernel that does not know these has a root. */
static void compare_partitions(RtInspection *inspection)
{
        RtArena *arena = inspection->arena;
        const char *arguments =
                rt_planned_arguments(inspection, "ExecStartPre", "/isolate-cpus take");
        const char *type = arguments ? strrchr(arguments, ' ') : NULL;
        const char *own = slice_group(inspection);
        if (!type || !own)
                return;
        const char *above = rt_strndup(arena, own, (size_t)(strrchr(own, '/') - own));
        if (rt_ends_with(above, slice_ending))
                compare_partition(inspection, above, NULL, "root", NULL);
        compare_partition(inspection, own, "exclusive", type + 1, "root");
}

static void compare_slice(RtInspection *inspection)
{
        const char *planned = rt_planned_in_unit(inspection, "Slice");
        const char *own = slice_group(inspection);
        if (!planned)
                return;
        RtComparison comparison = {
                .subject = "unit",
                .aspect = "slice",
                .planned = planned,
                .actual =
                        own ? rt_printable(inspection->arena, strrchr(own, '/') + 1, 256) : "none",
                .hint = "it runs as it was declared when it was started; restart it",
        };
        rt_compare_texts(inspection, comparison);
}

void rt_inspect_cpus(RtInspection *inspection)
{
        const RtInstance *instance = inspection->instance;
        const RtCpus *cpus = &instance->container->cpus;
        RtComparison allowed = {
                .subject = "cgroup",
                .aspect = "allowed CPUs",
                .declared = rt_is_set(&cpus->item, RT_CPUS_ALLOWED)
                                    ? rt_cpuset_text(inspection->arena, &cpus->allowed)
                                    : NULL,
                .hint = "the unit's AllowedCPUs= is not what the plan says; systemctl daemon-reload "
                        "and restart it, or look for drop-ins: systemctl cat",
        };
        compare_slice(inspection);
        compare_set(inspection, allowed, "cpuset.cpus", &instance->cpus);
        allowed.aspect = "effective CPUs";
        allowed.declared = NULL;
        allowed.hint = "a slice above, or another partition, leaves it no more";
        /* Where nspawn has not passed the controller on, the unit's own hold for all in it. */
        const char *text, *effective = "payload/cpuset.cpus.effective";
        if (rt_read_group(inspection, effective, &text) == -ENODEV)
                effective = "cpuset.cpus.effective";
        compare_set(inspection, allowed, effective, &instance->cpus);
        compare_partitions(inspection);
}
