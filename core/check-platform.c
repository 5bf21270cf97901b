/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-internal.h"
#include "quantity.h"

static void check_cpus(RtCheck *check, RtPlatform *platform)
{
        RtObject *object = &platform->object;
        if (rt_cpuset_is_empty(&platform->cpus) && rt_is_set(&object->item, RT_PLATFORM_CPUS))
                return; /* they could not be read, and that has been said */
        if (rt_cpuset_is_empty(&platform->cpus)) {
                rt_complain(check, rt_at(check, object, &object->item, RT_PLATFORM_CPUS),
                            "add cpus = \"0-3\"; with the CPUs of the machine that is meant",
                            "which CPUs there are is not known here");
                return;
        }
        RtCpuSet outside = rt_cpuset_minus(&platform->housekeeping, &platform->cpus);
        if (!rt_cpuset_is_empty(&outside))
                rt_complain(check, rt_at(check, object, &object->item, RT_PLATFORM_HOUSEKEEPING),
                            rt_printf(check->arena, "choose among %s",
                                      rt_cpuset_text(check->arena, &platform->cpus)),
                            "CPU %s is not one of the platform's cpus",
                            rt_cpuset_text(check->arena, &outside));
}

static void check_numbers(RtCheck *check, RtPlatform *platform)
{
        RtObject *object = &platform->object;
        const RtPriorities *band = &platform->priorities;
        if (band->min > band->max)
                rt_complain(check, rt_at(check, object, &band->item, RT_PRIORITIES_MIN),
                            "let min be at most max", "min %lld is above max %lld",
                            (long long)band->min, (long long)band->max);
        if (platform->uid_range % 65536 != 0)
                rt_complain(check, rt_at(check, object, &object->item, RT_PLATFORM_UID_RANGE),
                            "write 65536, or a multiple", "%lld is not a multiple of 65536",
                            (long long)platform->uid_range);
        else if (platform->uid_base % platform->uid_range != 0)
                rt_complain(check, rt_at(check, object, &object->item, RT_PLATFORM_UID_BASE),
                            "write a multiple of uid_range",
                            "%lld is not a multiple of uid_range, %lld",
                            (long long)platform->uid_base, (long long)platform->uid_range);
        else if (check->model->containers.n > rt_platform_uid_ranges(platform))
                rt_complain(check, rt_at(check, object, &object->item, RT_PLATFORM_UID_BASE),
                            "begin lower, or let uid_range be smaller",
                            "there are %zu containers, but only %zu ranges of user IDs for them",
                            check->model->containers.n, rt_platform_uid_ranges(platform));
}

void rt_check_hugepages(RtCheck *check, RtObject *object, const RtHugepages *pages)
{
        const int64_t least = INT64_C(16) << 10, most = INT64_C(16) << 30;
        bool power_of_two = (pages->size & (pages->size - 1)) == 0;
        if (pages->size > 0 && (pages->size < least || pages->size > most || !power_of_two))
                rt_complain(check, rt_at(check, object, &pages->item, RT_HUGEPAGES_SIZE),
                            "write a size of /sys/kernel/mm/hugepages, such as \"2M\" or \"1G\"",
                            "%s is no size of huge pages", rt_size_text(check->arena, pages->size));
}

void rt_check_platform(RtCheck *check)
{
        RtPlatform *platform = &check->model->platform;
        RtObject *object = &platform->object;
        check_cpus(check, platform);
        check_numbers(check, platform);
        RT_EACH (pages, &platform->hugepages)
                rt_check_hugepages(check, object, pages);
        if (platform->default_config && !rt_model_config(check->model, platform->default_config))
                /* The machine is known all the same, so this rejects nothing. */
                rt_complain(check, rt_at(check, NULL, &object->item, RT_PLATFORM_DEFAULT_CONFIG),
                            rt_name_hint(check, RT_CONFIG, platform->default_config),
                            "there is no config \"%s\"", platform->default_config);
}
