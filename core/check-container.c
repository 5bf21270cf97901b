/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "check-internal.h"
#include "quantity.h"
#include "rules.h"
#include "text.h"

static const char *duration(RtCheck *check, int64_t ns)
{
        return rt_duration_text(check->arena, ns);
}

/* -- tasks ------------------------------------------------------------------------------------- */

static void check_task_times(RtCheck *check, RtContainer *container, const RtTask *task)
{
        RtObject *object = &container->object;
        if (task->policy == RT_POLICY_OTHER)
                return;
        if (!rt_is_set(&task->item, RT_TASK_PERIOD))
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_PERIOD),
                            "add period = \"1ms\"; with its least time between two jobs",
                            "a \"%s\" task needs a period", rt_policy_words[task->policy]);
        if (!rt_is_set(&task->item, RT_TASK_WCET))
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_WCET),
                            "add wcet = \"100us\"; with its worst-case execution time",
                            "a \"%s\" task needs a WCET", rt_policy_words[task->policy]);
        if (task->period == 0 || task->wcet == 0)
                return;
        if (task->wcet > task->deadline) {
                size_t other = rt_is_set(&task->item, RT_TASK_DEADLINE) ? RT_TASK_DEADLINE
                                                                        : RT_TASK_PERIOD;
                rt_complain(check, rt_at(check, object, &task->item, other),
                            rt_printf(check->arena, "allow at least %s, or shorten the WCET",
                                      duration(check, task->wcet)),
                            "the deadline, %s, is shorter than the WCET, %s (%s)",
                            duration(check, task->deadline), duration(check, task->wcet),
                            rt_there(check, rt_key_place(&task->item, RT_TASK_WCET)));
        } else if (task->jitter + task->wcet > task->deadline) {
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_JITTER),
                            rt_printf(check->arena, "allow at most %s",
                                      duration(check, task->deadline - task->wcet)),
                            "jitter %s and WCET %s (%s) together exceed the deadline, %s",
                            duration(check, task->jitter), duration(check, task->wcet),
                            rt_there(check, rt_key_place(&task->item, RT_TASK_WCET)),
                            duration(check, task->deadline));
        }
}

/* What sched_setattr(2) accepts: runtime of 1024 ns and more, period of 100 us to 2^22 us. */
static void check_deadline_policy(RtCheck *check, RtContainer *container, const RtTask *task)
{
        const int64_t least_runtime = 1024, least_period = 100000, most_period = 4194304000;
        RtObject *object = &container->object;
        if (task->policy != RT_POLICY_DEADLINE || task->period == 0 || task->wcet == 0)
                return;
        if (task->wcet < least_runtime)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_WCET),
                            "write at least 1024ns",
                            "SCHED_DEADLINE does not take a runtime as short as %s",
                            duration(check, task->wcet));
        if (task->period < least_period || task->period > most_period)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_PERIOD),
                            "write a period from 100us to 4194304us",
                            "SCHED_DEADLINE does not take a period of %s",
                            duration(check, task->period));
        if (task->deadline > task->period)
                rt_complain(check, rt_at(check, object, &task->item, RT_TASK_DEADLINE),
                            "write at most the period",
                            "SCHED_DEADLINE does not take a deadline, %s, beyond the period, %s",
                            duration(check, task->deadline), duration(check, task->period));
}

static void check_task_fixed(RtCheck *check, RtContainer *container, const RtTask *task)
{
        RtObject *object = &container->object;
        const RtPlatform *platform = &check->model->platform;
        if (rt_is_set(&task->item, RT_TASK_PRIORITY)) {
                RtAt at = rt_at(check, object, &task->item, RT_TASK_PRIORITY);
                const RtPriorities *band = &platform->priorities;
                if (task->policy != RT_POLICY_FIFO)
                        rt_complain(check, at, "take the priority away, or let policy be \"fifo\"",
                                    "a \"%s\" task has no priority", rt_policy_words[task->policy]);
                else if (task->priority < band->min || task->priority > band->max)
                        rt_complain(check, at,
                                    rt_printf(check->arena, "choose from %lld to %lld",
                                              (long long)band->min, (long long)band->max),
                                    "priority %lld is outside the platform's band (%s)",
                                    (long long)task->priority,
                                    rt_there(check, rt_key_place(&platform->object.item,
                                                                 RT_PLATFORM_PRIORITIES)));
        }
        if (!rt_is_set(&task->item, RT_TASK_CPU))
                return;
        RtAt at = rt_at(check, object, &task->item, RT_TASK_CPU);
        RtCpuSet home = rt_container_home(platform, container);
        unsigned cpu = (unsigned)task->cpu;
        if (!rt_cpuset_has(&platform->cpus, cpu))
                rt_complain(
                        check, at,
                        rt_printf(check->arena, "choose among %s",
                                  rt_cpuset_text(check->arena, &platform->cpus)),
                        "CPU %u is not one of the platform's cpus (%s)", cpu,
                        rt_there(check, rt_key_place(&platform->object.item, RT_PLATFORM_CPUS)));
        else if (!rt_cpuset_has(&home, cpu))
                rt_complain(check, at,
                            rt_printf(check->arena, "choose among %s",
                                      rt_cpuset_text(check->arena, &home)),
                            "CPU %u is not for %s containers (%s)", cpu,
                            rt_container_is_realtime(container) ? "real-time"
                                                                : "housekeeping and other",
                            rt_there(check, rt_key_place(&platform->object.item,
                                                         RT_PLATFORM_HOUSEKEEPING)));
        else if (!rt_cpuset_is_empty(&container->cpus.allowed) &&
                 !rt_cpuset_has(&container->cpus.allowed, cpu))
                rt_complain(check, at, "choose one of the allowed CPUs, or allow this one",
                            "CPU %u is not in cpus.allowed (%s)", cpu,
                            rt_there(check, rt_key_place(&container->cpus.item, RT_CPUS_ALLOWED)));
}

static void check_task_names(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtUses names = { 0 }, threads = { 0 };
        RT_EACH (task, &container->tasks) {
                RtAt named = rt_at(check, object, &task->item, RT_TASK_NAME);
                rt_use(check, &names, task->name, named);
                if (rt_is_set(&task->item, RT_TASK_THREAD)) {
                        RtAt at = rt_at(check, object, &task->item, RT_TASK_THREAD);
                        rt_use(check, &threads, task->thread, at);
                } else if (task->thread && strlen(task->thread) > 15) {
                        rt_complain(check, named,
                                    "add thread = \"…\"; with the thread's name, at most 15 bytes",
                                    "the name is too long to be the thread's as well");
                }
        }
        rt_check_unique(check, &names, "names another task as well", "give each task its own name");
        rt_check_unique(check, &threads, "runs another task as well",
                        "give each task its own thread");
}

/* -- the rest, key by key ---------------------------------------------------------------------- */

static void check_cpus(RtCheck *check, RtContainer *container)
{
        const RtCpus *cpus = &container->cpus;
        RtObject *object = &container->object;
        const RtPlatform *platform = &check->model->platform;
        if (!rt_cpuset_is_empty(&cpus->allowed)) {
                RtCpuSet outside = rt_cpuset_minus(&cpus->allowed, &platform->cpus);
                if (!rt_cpuset_is_empty(&outside))
                        rt_complain(check, rt_at(check, object, &cpus->item, RT_CPUS_ALLOWED),
                                    rt_printf(check->arena, "choose among %s",
                                              rt_cpuset_text(check->arena, &platform->cpus)),
                                    "CPU %s is not one of the platform's cpus (%s)",
                                    rt_cpuset_text(check->arena, &outside),
                                    rt_there(check, rt_key_place(&platform->object.item,
                                                                 RT_PLATFORM_CPUS)));
                RtCpuSet home = rt_container_home(platform, container);
                RtCpuSet usable = rt_cpuset_and(&cpus->allowed, &home);
                if (rt_cpuset_is_empty(&outside) && rt_cpuset_is_empty(&usable))
                        rt_complain(check, rt_at(check, object, &cpus->item, RT_CPUS_ALLOWED),
                                    rt_printf(check->arena, "allow one of %s",
                                              rt_cpuset_text(check->arena, &home)),
                                    "none of these CPUs is for %s containers (%s)",
                                    rt_container_is_realtime(container) ? "real-time"
                                                                        : "housekeeping and other",
                                    rt_there(check, rt_key_place(&platform->object.item,
                                                                 RT_PLATFORM_HOUSEKEEPING)));
        }
        for (size_t i = 0; i < cpus->separate_from.n; i++) {
                const char *name = cpus->separate_from.items[i];
                RtAt at = rt_at_text(check, object, &cpus->item, RT_CPUS_SEPARATE_FROM, i);
                if (strcmp(name, object->name) == 0)
                        rt_complain(check, at, "name another container",
                                    "a container cannot be separate from itself");
                else if (!rt_model_container(check->model, name))
                        rt_complain(check, at, rt_name_hint(check, RT_CONTAINER, name),
                                    "there is no container \"%s\"", name);
        }
        if (cpus->exclusive && !rt_container_is_realtime(container))
                rt_complain(check, rt_at(check, object, &cpus->item, RT_CPUS_EXCLUSIVE),
                            "declare a \"fifo\" or \"deadline\" task, or take exclusive away",
                            "only a container with real-time tasks can have CPUs of its own");
}

static void check_program(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtAt at = rt_at(check, object, &object->item, RT_CONTAINER_COMMAND);
        if (container->boot && container->command.n > 0)
                rt_complain(check, at, "take one of them away",
                            "boot (%s) starts the init program, so there is no command",
                            rt_there(check, rt_key_place(&object->item, RT_CONTAINER_BOOT)));
        else if (!container->boot && container->command.n == 0)
                rt_complain(check, at, "add command = [ \"/usr/bin/program\" ];, or boot = true;",
                            "the container has nothing to run");
        else if (container->command.n > 0 && container->command.items[0][0] == '\0')
                rt_complain(check, at, "write the path of the program first",
                            "the program is empty");
        if (container->watchdog > 0 && !container->notify)
                rt_complain(check, rt_at(check, object, &object->item, RT_CONTAINER_NOTIFY),
                            "take one of them away", "a program with a watchdog (%s) has to notify",
                            rt_there(check, rt_key_place(&object->item, RT_CONTAINER_WATCHDOG)));
}

static void check_memory(RtCheck *check, RtContainer *container)
{
        const RtMemory *memory = &container->memory;
        if (memory->max > 0 && memory->locked > memory->max)
                rt_complain(check,
                            rt_at(check, &container->object, &memory->item, RT_MEMORY_LOCKED),
                            rt_printf(check->arena, "lock at most %s",
                                      rt_size_text(check->arena, memory->max)),
                            "locked, %s, is more than max, %s (%s)",
                            rt_size_text(check->arena, memory->locked),
                            rt_size_text(check->arena, memory->max),
                            rt_there(check, rt_key_place(&memory->item, RT_MEMORY_MAX)));
        RtUses sizes = { 0 };
        RT_EACH (pages, &memory->hugepages) {
                rt_check_hugepages(check, &container->object, pages);
                rt_use(check, &sizes, rt_size_text(check->arena, pages->size),
                       rt_at(check, &container->object, &pages->item, RT_HUGEPAGES_SIZE));
        }
        rt_check_unique(check, &sizes, "is the size of other huge pages as well",
                        "add the counts up in one of them");
}

static void check_devices(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtUses paths = { 0 };
        RT_EACH (device, &container->devices) {
                rt_use(check, &paths, device->path,
                       rt_at(check, object, &device->item, RT_DEVICE_PATH));
                if (rt_is_set(&device->item, RT_DEVICE_IRQ_PRIORITY) && !device->irq)
                        rt_complain(check,
                                    rt_at(check, object, &device->item, RT_DEVICE_IRQ_PRIORITY),
                                    "add irq = \"…\"; with the interrupt's name",
                                    "which interrupt gets the priority is not said");
        }
        rt_check_unique(check, &paths, "is declared already", "declare it once");
}

/* The place where a mount appears, NULL if neither target nor tmpfs says it. */
static const char *mount_point(const RtMount *mount)
{
        return mount->tmpfs ? mount->tmpfs : mount->target;
}

static void check_mount(RtCheck *check, RtContainer *container, const RtMount *mount)
{
        static const char *const taken[] = { "/proc",     "/sys",         "/dev",
                                             "/run/host", "/run/systemd", "/run/rtcontainers" };
        RtObject *object = &container->object;
        RtAt whole = { object, mount->item.place, mount->item.path };
        if (mount->tmpfs && (mount->source || mount->target))
                rt_complain(check, whole, "write source and target, or tmpfs",
                            "a mount is either of a source or a tmpfs, not both");
        else if (!mount->tmpfs && (!mount->source || !mount->target))
                rt_complain(check, whole, "write source and target, or tmpfs",
                            "the mount has no %s",
                            mount->target   ? "source"
                            : mount->source ? "target"
                                            : "source");
        if (mount->size > 0 && !mount->tmpfs)
                rt_complain(check, rt_at(check, object, &mount->item, RT_MOUNT_SIZE),
                            "take size away", "only a tmpfs has a size");
        if (mount->tmpfs && rt_is_set(&mount->item, RT_MOUNT_OPTIONS))
                rt_complain(check, rt_at(check, object, &mount->item, RT_MOUNT_OPTIONS),
                            "take options away", "a tmpfs takes no options here");
        static const char *const opposites[][2] = {
                { "ro", "rw" },
                { "rbind", "norbind" },
                { "idmap", "noidmap" },
        };
        for (size_t i = 0; i < RT_ELEMENTS(opposites); i++)
                if (rt_option_is_set(mount->options, opposites[i][0]) &&
                    rt_option_is_set(mount->options, opposites[i][1]))
                        rt_complain(check, rt_at(check, object, &mount->item, RT_MOUNT_OPTIONS),
                                    "choose one", "\"%s\" and \"%s\" contradict each other",
                                    opposites[i][0], opposites[i][1]);

        const char *point = mount_point(mount);
        for (size_t i = 0; point && i < RT_ELEMENTS(taken); i++) {
                size_t n = strlen(taken[i]);
                if (strncmp(point, taken[i], n) == 0 && (point[n] == '\0' || point[n] == '/'))
                        rt_complain(check,
                                    rt_at(check, object, &mount->item,
                                          mount->tmpfs ? RT_MOUNT_TMPFS : RT_MOUNT_TARGET),
                                    "mount it elsewhere", "%s belongs to the container manager",
                                    taken[i]);
        }
}

static void check_mounts(RtCheck *check, RtContainer *container)
{
        RtUses points = { 0 };
        RT_EACH (mount, &container->mounts) {
                check_mount(check, container, mount);
                rt_use(check, &points, mount_point(mount),
                       rt_at(check, &container->object, &mount->item,
                             mount->tmpfs ? RT_MOUNT_TMPFS : RT_MOUNT_TARGET));
        }
        rt_check_unique(check, &points, "is the target of another mount as well",
                        "mount one of them elsewhere");
}

static void check_network(RtCheck *check, RtContainer *container)
{
        const RtNetwork *network = &container->network;
        if (network->mode == RT_NETWORK_HOST && network->interfaces.n > 0)
                rt_complain(check,
                            rt_at(check, &container->object, &network->item, RT_NETWORK_INTERFACES),
                            "let mode be \"none\" or \"veth\", or take the interfaces away",
                            "with the host's network (%s) no interface can be moved in",
                            rt_there(check, rt_key_place(&network->item, RT_NETWORK_MODE)));
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether any container is the end of the channel that the others connect to. */
static bool is_listened(RtCheck *check, const char *channel)
{
        if (!check->listened_known) {
                check->listened_known = true;
                RT_EACH (container, &check->model->containers)
                        for (RtRole role = 0; role < RT_ROLES; role++) {
                                const RtTexts *names = &(*container)->channels[role];
                                for (size_t i = 0; rt_role_listens(role) && i < names->n; i++)
                                        RT_APPEND(check->arena, &check->listened, names->items[i]);
                        }
                if (check->listened.n > 1)
                        qsort(check->listened.items, check->listened.n,
                              sizeof *check->listened.items, compare_names);
        }
        return check->listened.n > 0 && bsearch(&channel, check->listened.items, check->listened.n,
                                                sizeof *check->listened.items, compare_names);
}

static void check_channel(RtCheck *check, RtAt at, RtRole role, const char *name)
{
        const RtChannel *channel = rt_model_channel(check->model, name);
        RtPattern pattern = rt_role_pattern(role);
        if (!channel)
                rt_complain(check, at, rt_name_hint(check, RT_CHANNEL, name),
                            "there is no channel \"%s\"", name);
        else if (!channel->object.rejected && (RtPattern)channel->pattern != pattern)
                rt_complain(
                        check, at,
                        rt_printf(check->arena, "name a channel of pattern \"%s\"",
                                  rt_pattern_words[pattern]),
                        "channel \"%s\" has the pattern \"%s\" (%s)", name,
                        rt_pattern_words[channel->pattern],
                        rt_there(check, rt_key_place(&channel->object.item, RT_CHANNEL_PATTERN)));
        else if (!is_listened(check, name))
                rt_warn(check, at, "declare the other end in the container that is it",
                        "no container is the other end of channel \"%s\"", name);
}

static void check_channels(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtUses all = { 0 };
        for (RtRole role = 0; role < RT_ROLES; role++)
                for (size_t i = 0; i < container->channels[role].n; i++) {
                        const char *name = container->channels[role].items[i];
                        RtAt at = rt_at_text(check, object, &object->item,
                                             RT_CONTAINER_PUBLISHES + role, i);
                        check_channel(check, at, role, name);
                        rt_use(check, &all, name, at);
                }
        rt_check_unique(check, &all, "is used by this container already", "name each channel once");
}

static void check_on_miss(RtCheck *check, RtContainer *container)
{
        const char *action = container->on_miss.action;
        const char prefix[] = "switch:";
        if (!rt_starts_with(action, prefix))
                return;
        const char *name = action + strlen(prefix);
        if (!rt_model_config(check->model, name))
                rt_complain(check,
                            rt_at(check, &container->object, &container->on_miss.item,
                                  RT_ON_MISS_ACTION),
                            rt_name_hint(check, RT_CONFIG, name), "there is no config \"%s\"",
                            name);
}

/* What is declared and checked, but has no effect at run time yet: better said than found out. */
static void check_without_effect(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        const char *fix = "see rtcontainers(7), LIMITS";
        RT_EACH (task, &container->tasks)
                if (task->policy == RT_POLICY_DEADLINE)
                        rt_warn(check, rt_at(check, object, &task->item, RT_TASK_POLICY), fix,
                                "SCHED_DEADLINE is planned for, but not set for the thread yet");
        RT_EACH (device, &container->devices)
                if (device->irq)
                        rt_warn(check, rt_at(check, object, &device->item, RT_DEVICE_IRQ), fix,
                                "interrupts are neither moved nor given priorities yet");
        if (strcmp(container->on_miss.action, "log") != 0)
                rt_warn(check, rt_at(check, object, &container->on_miss.item, RT_ON_MISS_ACTION),
                        fix, "deadline misses are not noticed yet");
}

/* Where not even the number of CPUs is known, no unit can be written. */
static void check_placeable(RtCheck *check, RtContainer *container)
{
        const RtObject *platform = &check->model->platform.object;
        RtAt at = { &container->object, { container->object.item.place.file, 0 }, "file" };
        if (rt_cpuset_is_empty(&check->model->platform.cpus))
                rt_complain(check, at, "mend the platform's descriptor",
                            "the container cannot be placed, because the platform's CPUs are not "
                            "known (%s)",
                            rt_there(check, rt_key_place(&platform->item, RT_PLATFORM_CPUS)));
}

void rt_check_container(RtCheck *check, RtContainer *container)
{
        check_program(check, container);
        check_task_names(check, container);
        RT_EACH (task, &container->tasks) {
                check_task_times(check, container, task);
                check_deadline_policy(check, container, task);
                check_task_fixed(check, container, task);
        }
        check_cpus(check, container);
        check_memory(check, container);
        check_devices(check, container);
        check_mounts(check, container);
        check_network(check, container);
        check_channels(check, container);
        check_on_miss(check, container);
        check_without_effect(check, container);
        check_placeable(check, container);
}
