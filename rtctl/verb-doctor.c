/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl doctor: is this machine fit for what is declared. */

#include <stdlib.h>
#include <string.h>

#include "doctor-text.h"
#include "machine.h"
#include "rtctl.h"

static json_object *finding_json(const RtFinding *finding)
{
        json_object *one = json_object_new_object();
        json_object_object_add(one, "id", rt_json_text(finding->id));
        json_object_object_add(one, "level", rt_json_text(rt_level_words[finding->level]));
        json_object_object_add(one, "found", rt_json_text(finding->found));
        json_object_object_add(one, "why", rt_json_text(finding->why));
        json_object_object_add(one, "fix", rt_json_text(finding->fix));
        json_object_object_add(one, "permanent", rt_json_text(finding->keep));
        return one;
}

static void print_json(const RtCommand *command, const RtDoctor *doctor,
                       const size_t counts[RT_LEVELS])
{
        json_object *list = json_object_new_array();
        RT_EACH (finding, &doctor->findings)
                json_object_array_add(list, finding_json(finding));
        json_object *answer = json_object_new_object();
        json_object_object_add(answer, "findings", list);
        json_object_object_add(answer, "errors",
                               json_object_new_int64((int64_t)counts[RT_LEVEL_ERROR]));
        json_object_object_add(answer, "warnings",
                               json_object_new_int64((int64_t)counts[RT_LEVEL_WARNING]));
        rt_print_json(command, answer);
}

/* What platform.conf leaves open is taken from the system that is looked at, also if it is another
 * one: as a supposition, so that it is checked like all else. */
static void suppose(RtCommand *command, const RtView *view)
{
        RtCpuSet online;
        const char *cpus = rt_view_text(view, "/sys/devices/system/cpu/online");
        const char *release = rt_view_text(view, "/proc/sys/kernel/osrelease");
        const char *version = release ? rt_kernel_version(command->arena, release) : NULL;
        const RtItem *platform = &command->pipeline.model.platform.object.item;
        if (!rt_is_set(platform, RT_PLATFORM_CPUS) && cpus && rt_cpuset_parse(cpus, &online) == 0)
                RT_APPEND(command->arena, &command->what_if,
                          rt_printf(command->arena, "platform.cpus=%s",
                                    rt_cpuset_text(command->arena, &online)));
        if (!rt_is_set(platform, RT_PLATFORM_KERNEL) && version)
                RT_APPEND(command->arena, &command->what_if,
                          rt_printf(command->arena, "platform.kernel=%s", version));
}

static int read_descriptors(RtCommand *command, const RtView *view)
{
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return -1;
        if (!command->root[0])
                return 0;
        suppose(command, view);
        return command->what_if.n == 0 ? 0
                                       : rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR);
}

int rt_verb_doctor(RtCommand *command)
{
        const RtView view = { .arena = command->arena,
                              .root = command->root,
                              .source = &rt_view_files };
        if (read_descriptors(command, &view) < 0)
                return RTCTL_TROUBLE;
        if (!rt_view_has(&view, "/proc/sys/kernel")) {
                fprintf(stderr,
                        "rtctl: there is no %s/proc/sys/kernel; doctor examines a running system, "
                        "or files that were copied from one\n",
                        command->root);
                return RTCTL_TROUBLE;
        }
        RtDoctor doctor;
        size_t counts[RT_LEVELS];
        rt_doctor_examine(&doctor, command->arena, &view, &command->pipeline.model,
                          command->pipeline.diags.n_errors);
        rt_doctor_count(&doctor, counts);
        if (command->json != RT_JSON_OFF) {
                print_json(command, &doctor, counts);
        } else {
                rt_pager_open(command);
                rt_doctor_print(command, &doctor);
                rt_pager_close();
        }
        return counts[RT_LEVEL_ERROR] + counts[RT_LEVEL_WARNING] > 0 ? RTCTL_FINDINGS : RTCTL_GOOD;
}
