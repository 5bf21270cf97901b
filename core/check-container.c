/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "check-internal.h"
#include "quantity.h"
#include "resources.h"
#include "rules.h"
#include "text.h"
#include "wiring.h"

/* On CPUs that do the housekeeping as well, nobody can be promised to be alone. */
static void check_housekeeping_apart(RtCheck *check, RtContainer *container)
{
        const RtPlatform *platform = &check->model->platform;
        const RtCpus *cpus = &container->cpus;
        RtCpuSet home = rt_container_home(platform, container);
        RtCpuSet shared = rt_cpuset_and(&home, &platform->housekeeping);
        if (!rt_container_is_realtime(container) || rt_cpuset_is_empty(&shared))
                return;
        const char *where =
                rt_there(check, rt_key_place(&platform->object.item, RT_PLATFORM_HOUSEKEEPING));
        if (cpus->exclusive)
                rt_complain(check, rt_at(check, &container->object, &cpus->item, RT_CPUS_EXCLUSIVE),
                            "leave CPUs besides the housekeeping ones, or take exclusive away",
                            "all CPUs do the housekeeping as well (%s)", where);
        for (size_t i = 0; i < cpus->separate_from.n; i++) {
                const RtContainer *other =
                        rt_model_container(check->model, cpus->separate_from.items[i]);
                if (other && !rt_container_is_realtime(other))
                        rt_complain(check,
                                    rt_at_text(check, &container->object, &cpus->item,
                                               RT_CPUS_SEPARATE_FROM, i),
                                    "leave CPUs besides the housekeeping ones, or take the name "
                                    "away",
                                    "\"%s\" runs on the housekeeping CPUs, which are all there "
                                    "are (%s)",
                                    other->object.name, where);
        }
}

/* sched_setattr(2) takes a SCHED_DEADLINE task only if it may run on all CPUs of its root domain,
 * and the analysis is one of single CPUs: so a container that has one stays on one CPU. */
static void check_deadline_domain(RtCheck *check, RtContainer *container)
{
        const RtTask *deadline = NULL, *fixed = NULL;
        RT_EACH (task, &container->tasks)
                if (task->policy == RT_POLICY_DEADLINE && !deadline)
                        deadline = task;
        RT_EACH (task, &container->tasks) {
                if (!deadline || task->policy == RT_POLICY_OTHER ||
                    !rt_is_set(&task->item, RT_TASK_CPU))
                        continue;
                if (fixed && fixed->cpu != task->cpu)
                        rt_complain(
                                check, rt_at(check, &container->object, &task->item, RT_TASK_CPU),
                                "fix all its tasks to one CPU, or let the policy be \"fifo\"",
                                "a container with a \"deadline\" task (%s) runs on one CPU, and "
                                "another task is fixed to CPU %lld (%s)",
                                rt_there(check, rt_key_place(&deadline->item, RT_TASK_POLICY)),
                                (long long)fixed->cpu,
                                rt_there(check, rt_key_place(&fixed->item, RT_TASK_CPU)));
                fixed = fixed ? fixed : task;
        }
}

/* Tasks that are fixed by hand must fit into what the container may spread over. */
static void check_count(RtCheck *check, RtContainer *container)
{
        RtCpuSet fixed = { 0 };
        unsigned count = (unsigned)container->cpus.count;
        RT_EACH (task, &container->tasks) {
                if (task->policy == RT_POLICY_OTHER || !rt_is_set(&task->item, RT_TASK_CPU) ||
                    rt_cpuset_has(&fixed, (unsigned)task->cpu))
                        continue;
                if (rt_cpuset_count(&fixed) == count)
                        rt_complain(check,
                                    rt_at(check, &container->object, &task->item, RT_TASK_CPU),
                                    "raise cpus.count, or fix the tasks to fewer CPUs",
                                    "other tasks are fixed to CPU %s, and the container may spread "
                                    "over %u only (cpus.count)",
                                    rt_cpuset_text(check->arena, &fixed), count);
                else
                        rt_cpuset_add(&fixed, (unsigned)task->cpu);
        }
}

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
        check_housekeeping_apart(check, container);
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
        check_count(check, container);
        check_deadline_domain(check, container);
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

/* The place where a mount appears, NULL if neither target nor tmpfs says it. */
static const char *mount_point(const RtMount *mount)
{
        return mount->tmpfs ? mount->tmpfs : mount->target;
}

static void check_mount(RtCheck *check, RtContainer *container, const RtMount *mount)
{
        static const char *const taken[] = { "/proc",           "/sys",         "/dev",
                                             "/run/host",       "/run/systemd", "/run/rtcontainers",
                                             "/run/host-notify" };
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
                { "ro", "rw" },           { "rbind", "norbind" },     { "idmap", "noidmap" },
                { "idmap", "rootidmap" }, { "rootidmap", "noidmap" }, { "noatime", "relatime" },
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

/* What a container sends lies in memory of its own. */
static void check_channel_memory(RtCheck *check, RtContainer *container)
{
        const RtWiring *wiring = check->model->wiring;
        int64_t sum = rt_channels_memory(check->arena, wiring, container);
        int64_t most = container->memory.max;
        const RtEnd *largest = NULL;
        RtEnds ends = rt_wiring_ends(check->arena, wiring, container);
        RT_EACH (end, &ends)
                if (!largest || rt_channel_memory(*end) > rt_channel_memory(largest))
                        largest = *end;
        if (most > 0 && sum > most)
                rt_complain(
                        check,
                        rt_at(check, &container->object, &container->memory.item, RT_MEMORY_MAX),
                        "raise memory.max, or let the channel have less depth, shorter "
                        "messages or fewer connections",
                        "its ends of channels need %s, of which \"%s\" (%s) takes the most, more "
                        "than %s",
                        rt_size_text(check->arena, sum), largest->wire->channel->object.name,
                        rt_there(check, largest->wire->channel->object.item.place),
                        rt_size_text(check->arena, most));
}

/* What a list names twice is at best superfluous. */
static void check_list(RtCheck *check, RtContainer *container, const RtItem *item, size_t key)
{
        const RtTexts *texts = rt_field(item, &item->schema->keys[key]);
        RtUses uses = { 0 };
        for (size_t i = 0; i < texts->n; i++)
                rt_use(check, &uses, texts->items[i],
                       rt_at_text(check, &container->object, item, key, i));
        rt_check_unique(check, &uses, "is in the list already", "write it once");
}

static void check_lists(RtCheck *check, RtContainer *container)
{
        const RtItem *item = &container->object.item;
        check_list(check, container, item, RT_CONTAINER_CAPABILITIES);
        check_list(check, container, item, RT_CONTAINER_SYSCALLS);
        check_list(check, container, &container->cpus.item, RT_CPUS_SEPARATE_FROM);
        check_list(check, container, &container->network.item, RT_NETWORK_INTERFACES);
        RtUses names = { 0 };
        for (size_t i = 0; i < container->environment.n; i++) {
                const char *text = container->environment.items[i];
                rt_use(check, &names, rt_strndup(check->arena, text, strcspn(text, "=")),
                       rt_at_text(check, &container->object, item, RT_CONTAINER_ENVIRONMENT, i));
        }
        rt_check_unique(check, &names, "is set already", "set each variable once");
}

static void check_user(RtCheck *check, RtContainer *container)
{
        int64_t number;
        int64_t range = check->model->platform.uid_range;
        if (rt_parse_integer(container->user, &number) == 0 && number >= range)
                rt_complain(check,
                            rt_at(check, &container->object, &container->object.item,
                                  RT_CONTAINER_USER),
                            rt_printf(check->arena, "choose one below %lld", (long long)range),
                            "user %lld is outside the container's range of user IDs",
                            (long long)number);
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
        else if (!channel->object.rejected && !rt_wiring_wire(check->model->wiring, name)->listened)
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

/* What a preloaded library needs: a program that is the container's first, and channels. */
static void check_zmq(RtCheck *check, RtContainer *container)
{
        RtObject *object = &container->object;
        RtAt at = rt_at(check, object, &object->item, RT_CONTAINER_ZMQ);
        if (!container->zmq)
                return;
        const RtTexts *environment = &container->environment;
        for (size_t i = 0; i < environment->n; i++)
                if (rt_starts_with(environment->items[i], "LD_PRELOAD="))
                        rt_complain(check, at,
                                    "take one of them away; librtzmq is all that zmq preloads",
                                    "zmq sets LD_PRELOAD, and so does environment[%zu] (%s)", i,
                                    rt_there(check, environment->places[i]));
        if (container->boot)
                rt_complain(check, at,
                            "take zmq away; bind librtzmq with mounts, and set LD_PRELOAD in the "
                            "services that need it",
                            "an init (boot, %s) does not hand LD_PRELOAD on to its services",
                            rt_there(check, rt_key_place(&object->item, RT_CONTAINER_BOOT)));
        for (RtRole role = 0; role < RT_ROLES; role++)
                if (container->channels[role].n > 0)
                        return;
        rt_warn(check, at, "declare its channels, or take zmq away",
                "the container has no channel that shm:// could lead to");
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
        if (object->rejected)
                return;
        RT_EACH (task, &container->tasks)
                if (task->policy == RT_POLICY_OTHER && rt_is_set(&task->item, RT_TASK_CPU))
                        rt_warn(check, rt_at(check, object, &task->item, RT_TASK_CPU),
                                "use cpus.allowed for the container, or policy \"fifo\"",
                                "a task of policy \"other\" is not kept on a CPU of its own");
        if (strcmp(container->on_miss.action, "log") != 0)
                rt_warn(check, rt_at(check, object, &container->on_miss.item, RT_ON_MISS_ACTION),
                        fix, "deadline misses are not noticed yet");
}

/* Nothing can be planned for a machine that is not known: user IDs and CPUs might be others'. */
static void check_platform_holds(RtCheck *check, RtContainer *container)
{
        const RtDiag *why = check->model->platform.object.rejected;
        RtAt at = { &container->object, { container->object.item.place.file, 0 }, "file" };
        if (why)
                rt_complain(check, at, "mend the platform's descriptor",
                            "the container cannot be planned, because the platform is rejected "
                            "(%s: %s)",
                            rt_there(check, why->place), why->key);
}

void rt_check_container(RtCheck *check, RtContainer *container)
{
        check_program(check, container);
        rt_check_tasks(check, container);
        check_cpus(check, container);
        check_channel_memory(check, container);
        rt_check_hardware(check, container);
        check_mounts(check, container);
        check_lists(check, container);
        check_user(check, container);
        check_channels(check, container);
        check_zmq(check, container);
        check_on_miss(check, container);
        check_without_effect(check, container);
        check_platform_holds(check, container);
}
