/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of all keys that descriptors may hold. A new setting is one row here and one field in
 * model.h; the texts are the man page's. What a container wants of the machine is in
 * keys-hardware.c.
 */

#include "keys-internal.h"
#include "rules.h"

const char *const rt_restart_words[] = {
        "no", "on-failure", "on-success", "on-abnormal", "on-abort", "on-watchdog", "always", NULL,
};
const char *const rt_policy_words[] = { "fifo", "deadline", "other", NULL };
const char *const rt_pattern_words[] = { "publish", "request", "push", "pair", NULL };
static const char *const admission_words[] = { "enforce", "warn", NULL };
const char *const rt_full_words[] = { "overwrite", "refuse", NULL };

/* -- platform ---------------------------------------------------------------------------------- */

static const RtKey priorities_keys[] = {
        [RT_PRIORITIES_MIN] = { "min", .type = RT_TYPE_INTEGER, AT(RtPriorities, min), .min = 1,
                                .max = 99, .initial = "10",
                                .doc = "Lowest SCHED_FIFO priority that is handed out." },
        [RT_PRIORITIES_MAX] = { "max", .type = RT_TYPE_INTEGER, AT(RtPriorities, max), .min = 1,
                                .max = 99, .initial = "80",
                                .doc = "Highest SCHED_FIFO priority that is handed out. Leave "
                                       "threaded interrupts and the monitor their place above." },
};
static const RtSchema priorities_schema =
        SCHEMA("priorities", RtPriorities, priorities_keys,
               "The band of SCHED_FIFO priorities that the plan assigns.");

static const RtKey overheads_keys[] = {
        [RT_OVERHEADS_CONTEXT_SWITCH] = { "context_switch", .type = RT_TYPE_DURATION,
                                          AT(RtOverheads, context_switch), .initial = "0ns",
                                          .doc = "Cost of one context switch." },
        [RT_OVERHEADS_RELEASE] = { "release", .type = RT_TYPE_DURATION, AT(RtOverheads, release),
                                   .initial = "0ns",
                                   .doc = "Worst delay from a timer or interrupt to the first "
                                          "instruction of the thread that it wakes." },
        [RT_OVERHEADS_IRQ] = { "irq", .type = RT_TYPE_DURATION, AT(RtOverheads, irq),
                               .initial = "0ns", .doc = "Cost of one interrupt." },
};
static const RtSchema overheads_schema =
        SCHEMA("overheads", RtOverheads, overheads_keys,
               "Costs of this machine that the analysis adds to the declared times.");

static const RtKey platform_keys[] = {
        [RT_PLATFORM_CPUS] = { "cpus", .type = RT_TYPE_CPUS, AT(RtPlatform, cpus),
                               .doc = "CPUs that the plan may use. Default on the running machine: "
                                      "those that are online. Tools that work for another machine "
                                      "(--root=) want it said." },
        [RT_PLATFORM_HOUSEKEEPING] = { "housekeeping", .type = RT_TYPE_CPUS,
                                       AT(RtPlatform, housekeeping),
                                       .doc = "CPUs for everything that is not real-time: "
                                              "system.slice, user.slice, machine.slice, init.scope "
                                              "and containers without real-time tasks. Default: "
                                              "the lowest of cpus. Real-time tasks get the other "
                                              "CPUs, or these if there is no other." },
        [RT_PLATFORM_PRIORITIES] = { "priorities", .type = RT_TYPE_GROUP,
                                     AT(RtPlatform, priorities), .group = &priorities_schema,
                                     .doc = "The band of SCHED_FIFO priorities." },
        [RT_PLATFORM_OVERHEADS] = { "overheads", .type = RT_TYPE_GROUP, AT(RtPlatform, overheads),
                                    .group = &overheads_schema,
                                    .doc = "Costs of this machine, for the analysis." },
        [RT_PLATFORM_RT_BANDWIDTH] = { "rt_bandwidth", .type = RT_TYPE_FRACTION,
                                       AT(RtPlatform, rt_bandwidth), .min = 1, .max = 1000000,
                                       .initial = "0.95",
                                       .doc = "Share of each CPU that real-time tasks may use, as "
                                              "sched_rt_runtime_us over sched_rt_period_us." },
        [RT_PLATFORM_KERNEL] = { "kernel", .type = RT_TYPE_TEXT, AT(RtPlatform, kernel),
                                 .rule = rt_rule_kernel,
                                 .doc = "Version of its kernel, such as \"6.1\", by which the "
                                        "analysis knows how real-time tasks are kept from taking "
                                        "everything. Default at boot: the running one; elsewhere "
                                        "what holds must hold on any." },
        [RT_PLATFORM_UID_BASE] = { "uid_base", .type = RT_TYPE_INTEGER, AT(RtPlatform, uid_base),
                                   .min = 65536, .max = 1878982656, .initial = "655360",
                                   .doc = "First user ID of the containers' ranges; a multiple of "
                                          "uid_range." },
        [RT_PLATFORM_UID_RANGE] = { "uid_range", .type = RT_TYPE_INTEGER, AT(RtPlatform, uid_range),
                                    .min = 65536, .max = 16777216, .initial = "65536",
                                    .doc = "User IDs per container; a multiple of 65536." },
        [RT_PLATFORM_ADMISSION] = { "admission", .type = RT_TYPE_WORD, AT(RtPlatform, admission),
                                    .words = admission_words, .initial = "enforce",
                                    .doc = "What becomes of a config that does not pass the "
                                           "analysis: \"enforce\" makes it a tombstone, \"warn\" "
                                           "generates it with a warning." },
        [RT_PLATFORM_MEMORY] = { "memory", .type = RT_TYPE_SIZE, AT(RtPlatform, memory),
                                 .positive = true,
                                 .doc = "Memory that the containers of one config may declare "
                                        "together. Default: not checked." },
        [RT_PLATFORM_HUGEPAGES] = { "hugepages", .type = RT_TYPE_GROUPS, AT(RtPlatform, hugepages),
                                    .group = &rt_hugepages_schema,
                                    .doc = "Huge pages that the machine sets aside." },
        [RT_PLATFORM_DEFAULT_CONFIG] = { "default_config", .type = RT_TYPE_TEXT,
                                         AT(RtPlatform, default_config), .rule = rt_rule_name,
                                         .doc = "Config that the machine boots into, by way of a "
                                                "default.target link, unless systemctl set-default "
                                                "or the kernel command line say otherwise. "
                                                "Default: boot starts no config." },
};

/* -- container --------------------------------------------------------------------------------- */

static const RtKey task_keys[] = {
        [RT_TASK_NAME] = { "name", .type = RT_TYPE_TEXT, AT(RtTask, name), .rule = rt_rule_label,
                           .required = true, .doc = "Name, unique in its container." },
        [RT_TASK_PERIOD] = { "period", .type = RT_TYPE_DURATION, AT(RtTask, period),
                             .positive = true,
                             .doc = "Least time between two jobs. Required unless the policy is "
                                    "\"other\"." },
        [RT_TASK_WCET] = { "wcet", .type = RT_TYPE_DURATION, AT(RtTask, wcet), .positive = true,
                           .doc = "Worst-case execution time of one job on this machine, alone. "
                                  "Required unless the policy is \"other\"." },
        [RT_TASK_DEADLINE] = { "deadline", .type = RT_TYPE_DURATION, AT(RtTask, deadline),
                               .positive = true,
                               .doc = "Time from the nominal arrival by which a job must be done. "
                                      "Default: the period." },
        [RT_TASK_JITTER] = { "jitter", .type = RT_TYPE_DURATION, AT(RtTask, jitter),
                             .initial = "0ns",
                             .doc = "Release jitter: the most that a job's release may lag behind "
                                    "its nominal arrival." },
        [RT_TASK_BLOCKING] = { "blocking", .type = RT_TYPE_DURATION, AT(RtTask, blocking),
                               .initial = "0ns",
                               .doc = "Longest time that lower-priority work may hold the task up, "
                                      "for example inside a shared lock." },
        [RT_TASK_POLICY] = { "policy", .type = RT_TYPE_WORD, AT(RtTask, policy),
                             .words = rt_policy_words, .initial = "fifo",
                             .doc = "Scheduling policy: SCHED_FIFO, SCHED_DEADLINE or "
                                    "SCHED_OTHER." },
        [RT_TASK_PRIORITY] = { "priority", .type = RT_TYPE_INTEGER, AT(RtTask, priority), .min = 1,
                               .max = 99,
                               .doc = "SCHED_FIFO priority, fixed by hand. Default: assigned." },
        [RT_TASK_THREAD] = { "thread", .type = RT_TYPE_TEXT, AT(RtTask, thread),
                             .rule = rt_rule_comm,
                             .doc = "Name (comm) of the thread that runs the task. Default: the "
                                    "task's name; the only task of a container is its main thread "
                                    "unless this is set." },
        [RT_TASK_CPU] = { "cpu", .type = RT_TYPE_INTEGER, AT(RtTask, cpu), .min = 0,
                          .max = RT_CPUS_MAX - 1, .doc = "CPU, fixed by hand. Default: placed." },
        [RT_TASK_TIMER_SLACK] = { "timer_slack", .type = RT_TYPE_DURATION, AT(RtTask, timer_slack),
                                  .positive = true,
                                  .doc = "By how much the kernel may put off the thread's timers to "
                                         "wake up less often; for the policy \"other\" only, since "
                                         "others have none. \"1ns\" is the least. Default: what the "
                                         "thread starts with, the kernel's 50us." },
};
static const RtSchema task_schema =
        SCHEMA("task", RtTask, task_keys, "One schedulable thread of the container.");

static const RtKey cpus_keys[] = {
        [RT_CPUS_ALLOWED] = { "allowed", .type = RT_TYPE_CPUS, AT(RtCpus, allowed),
                              .doc = "CPUs that the container's tasks may be placed on. Default: "
                                     "all real-time CPUs of the platform." },
        [RT_CPUS_COUNT] = { "count", .type = RT_TYPE_INTEGER, AT(RtCpus, count), .min = 1,
                            .max = RT_CPUS_MAX, .initial = "1",
                            .doc = "Most CPUs that its real-time tasks may be spread over." },
        [RT_CPUS_EXCLUSIVE] = { "exclusive", .type = RT_TYPE_BOOL, AT(RtCpus, exclusive),
                                .initial = "false",
                                .doc = "Whether no other container may use its CPUs while it "
                                       "runs." },
        [RT_CPUS_SEPARATE_FROM] = { "separate_from", .type = RT_TYPE_TEXTS,
                                    AT(RtCpus, separate_from), .rule = rt_rule_name,
                                    .doc = "Containers that it must not share a CPU with." },
};
static const RtSchema cpus_schema =
        SCHEMA("cpus", RtCpus, cpus_keys, "Where the container may run.");

static const RtKey mount_keys[] = {
        [RT_MOUNT_SOURCE] = { "source", .type = RT_TYPE_TEXT, AT(RtMount, source),
                              .rule = rt_rule_path, .doc = "File or folder of the host." },
        [RT_MOUNT_TARGET] = { "target", .type = RT_TYPE_TEXT, AT(RtMount, target),
                              .rule = rt_rule_path, .doc = "Where it appears in the container." },
        [RT_MOUNT_OPTIONS] = { "options", .type = RT_TYPE_TEXT, AT(RtMount, options),
                               .rule = rt_rule_mount_options, .initial = "ro",
                               .doc = "Comma-separated: ro, rw, rbind, norbind, idmap, rootidmap, noidmap, "
                                      "nodev, nosuid, noexec, noatime, nodiratime, relatime. "
                                      "Writable sources are mounted with idmap unless noidmap is "
                                      "or rootidmap is said, so that files belong to the same user inside and "
                                      "outside." },
        [RT_MOUNT_TMPFS] = { "tmpfs", .type = RT_TYPE_TEXT, AT(RtMount, tmpfs),
                             .rule = rt_rule_path,
                             .doc = "Where an empty tmpfs appears; instead of source and target." },
        [RT_MOUNT_SIZE] = { "size", .type = RT_TYPE_SIZE, AT(RtMount, size), .positive = true,
                            .doc = "Size limit of the tmpfs." },
};
static const RtSchema mount_schema =
        SCHEMA("mount", RtMount, mount_keys, "One mount in the container.");

static const RtKey on_miss_keys[] = {
        [RT_ON_MISS_TOLERATE] = { "tolerate", .type = RT_TYPE_INTEGER, AT(RtOnMiss, tolerate),
                                  .min = 0, .max = 1000000, .initial = "0",
                                  .doc = "Deadline misses that are only logged, within the "
                                         "window." },
        [RT_ON_MISS_WITHIN] = { "within", .type = RT_TYPE_DURATION, AT(RtOnMiss, within),
                                .positive = true, .initial = "1s", .doc = "The window." },
        [RT_ON_MISS_ACTION] = { "action", .type = RT_TYPE_TEXT, AT(RtOnMiss, action),
                                .rule = rt_rule_action, .initial = "log",
                                .doc = "What to do beyond that: \"log\", \"restart\" the container "
                                       "or \"switch:CONFIG\". Also by this, other than \"log\" makes a "
                                       "start fail if a declared thread is missing." },
};
static const RtSchema on_miss_schema =
        SCHEMA("on_miss", RtOnMiss, on_miss_keys, "Reaction to missed deadlines.");

#define CHANNELS(word, role, text)                                                                 \
        {                                                                                          \
                (word), .type = RT_TYPE_TEXTS, AT(RtContainer, channels[role]),                    \
                        .rule = rt_rule_name, .doc = (text)                                        \
        }

static const RtKey container_keys[] = {
        [RT_CONTAINER_DESCRIPTION] = { "description", .type = RT_TYPE_TEXT,
                                       AT(RtContainer, description),
                                       .doc = "One line for people; systemctl status shows it." },
        [RT_CONTAINER_ROOTFS] = { "rootfs", .type = RT_TYPE_TEXT, AT(RtContainer, rootfs),
                                  .rule = rt_rule_path, .required = true,
                                  .doc = "The container's root file system, an absolute path. It "
                                         "is mounted read-only unless writable is set, and is "
                                         "never chowned: ownership is mapped." },
        [RT_CONTAINER_COMMAND] = { "command", .type = RT_TYPE_TEXTS, AT(RtContainer, command),
                                   .doc = "Program and arguments, as seen in the container. "
                                          "Required unless boot is set. No shell is involved." },
        [RT_CONTAINER_ENVIRONMENT] = { "environment", .type = RT_TYPE_TEXTS,
                                       AT(RtContainer, environment), .rule = rt_rule_environment,
                                       .doc = "Environment variables, each as NAME=value." },
        [RT_CONTAINER_USER] = { "user", .type = RT_TYPE_TEXT, AT(RtContainer, user),
                                .rule = rt_rule_user, .initial = "root",
                                .doc = "User of the container that runs the command. A user other "
                                       "than root needs getent(1) in the root file system." },
        [RT_CONTAINER_WORKING_DIRECTORY] = { "working_directory", .type = RT_TYPE_TEXT,
                                             AT(RtContainer, working_directory),
                                             .rule = rt_rule_directory, .initial = "/",
                                             .doc = "Working directory of the command." },
        [RT_CONTAINER_WRITABLE] = { "writable", .type = RT_TYPE_BOOL, AT(RtContainer, writable),
                                    .initial = "false",
                                    .doc = "Whether it may write to its root file system." },
        [RT_CONTAINER_BOOT] = { "boot", .type = RT_TYPE_BOOL, AT(RtContainer, boot),
                                .initial = "false",
                                .doc = "Whether to start the init program of the root file system "
                                       "instead of a command." },
        [RT_CONTAINER_REGISTER] = { "register", .type = RT_TYPE_BOOL, AT(RtContainer, registered),
                                    .initial = "false",
                                    .doc = "Whether to register with systemd-machined, for "
                                           "machinectl(1)." },
        [RT_CONTAINER_NOTIFY] = { "notify", .type = RT_TYPE_BOOL, AT(RtContainer, notify),
                                  .doc = "Whether the program says READY=1 as with sd_notify(3); "
                                         "the container counts as started only then. Such a "
                                         "program runs as PID 1 of the container and must handle "
                                         "SIGTERM. Default: true with boot or a watchdog, else "
                                         "false." },
        [RT_CONTAINER_TASKS] = { "tasks", .type = RT_TYPE_GROUPS, AT(RtContainer, tasks),
                                 .group = &task_schema,
                                 .doc = "The container's threads and their timing." },
        [RT_CONTAINER_CPUS] = { "cpus", .type = RT_TYPE_GROUP, AT(RtContainer, cpus),
                                .group = &cpus_schema, .doc = "Where it may run." },
        [RT_CONTAINER_MEMORY] = { "memory", .type = RT_TYPE_GROUP, AT(RtContainer, memory),
                                  .group = &rt_memory_schema, .doc = "Its memory." },
        [RT_CONTAINER_DEVICES] = { "devices", .type = RT_TYPE_GROUPS, AT(RtContainer, devices),
                                   .group = &rt_device_schema,
                                   .doc = "Devices that it may use; no others are reachable." },
        [RT_CONTAINER_NETWORK] = { "network", .type = RT_TYPE_GROUP, AT(RtContainer, network),
                                   .group = &rt_network_schema, .doc = "Its network." },
        [RT_CONTAINER_MOUNTS] = { "mounts", .type = RT_TYPE_GROUPS, AT(RtContainer, mounts),
                                  .group = &mount_schema,
                                  .doc = "Further folders and files, and tmpfs." },
        [RT_CONTAINER_CAPABILITIES] = { "capabilities", .type = RT_TYPE_TEXTS,
                                        AT(RtContainer, capabilities), .rule = rt_rule_capability,
                                        .doc = "Capabilities, within its user namespace, beyond "
                                               "the minimum. That is none for a program that notifies, and "
                                               "CAP_SYS_BOOT for one that does not, by which its "
                                               "init ends the container." },
        [RT_CONTAINER_SYSCALLS] = { "syscalls", .type = RT_TYPE_TEXTS, AT(RtContainer, syscalls),
                                    .rule = rt_rule_syscall,
                                    .doc = "System calls or @groups beyond the default filter." },
        [RT_CONTAINER_PUBLISHES] = CHANNELS("publishes", RT_PUBLISHES, "Channels it publishes."),
        [RT_CONTAINER_SUBSCRIBES] =
                CHANNELS("subscribes", RT_SUBSCRIBES, "Channels it subscribes to."),
        [RT_CONTAINER_SERVES] =
                CHANNELS("serves", RT_SERVES, "Channels whose requests it answers."),
        [RT_CONTAINER_CALLS] = CHANNELS("calls", RT_CALLS, "Channels it sends requests to."),
        [RT_CONTAINER_PUSHES] = CHANNELS("pushes", RT_PUSHES, "Channels it pushes to."),
        [RT_CONTAINER_PULLS] = CHANNELS("pulls", RT_PULLS, "Channels it pulls from."),
        [RT_CONTAINER_PAIRS] = CHANNELS("pairs", RT_PAIRS, "Channels it is one end of."),
        [RT_CONTAINER_ZMQ] = { "zmq", .type = RT_TYPE_BOOL, AT(RtContainer, zmq),
                               .initial = "false",
                               .doc = "Whether ZeroMQ programs in it find the channels as "
                                      "shm://NAME: librtzmq is bound in read-only and "
                                      "preloaded." },
        [RT_CONTAINER_WATCHDOG] = { "watchdog", .type = RT_TYPE_DURATION, AT(RtContainer, watchdog),
                                    .positive = true, .min = 1000000,
                                    .doc = "The program says WATCHDOG=1 at least this often, as "
                                           "with sd_notify(3), or is killed and restarted." },
        [RT_CONTAINER_RESTART] = { "restart", .type = RT_TYPE_WORD, AT(RtContainer, restart),
                                   .words = rt_restart_words, .initial = "on-failure",
                                   .doc = "When to restart it; as Restart= of "
                                          "systemd.service(5)." },
        [RT_CONTAINER_STARTUP] = { "startup", .type = RT_TYPE_DURATION, AT(RtContainer, startup),
                                   .initial = "1s",
                                   .doc = "Time from the start within which every declared thread "
                                          "that is to be set must be there. If one is missing then, "
                                          "an error is logged, and unless on_miss.action is \"log\" "
                                          "the start fails." },
        [RT_CONTAINER_STOP_TIMEOUT] = { "stop_timeout", .type = RT_TYPE_DURATION,
                                        AT(RtContainer, stop_timeout), .positive = true,
                                        .min = 1000000, .initial = "5s",
                                        .doc = "Time to stop after SIGTERM; then it is killed." },
        [RT_CONTAINER_ON_MISS] = { "on_miss", .type = RT_TYPE_GROUP, AT(RtContainer, on_miss),
                                   .group = &on_miss_schema,
                                   .doc = "Reaction to missed deadlines." },
        [RT_CONTAINER_CPU_LATENCY] = { "cpu_latency", .type = RT_TYPE_DURATION,
                                       AT(RtContainer, cpu_latency),
                                       .doc = "Longest time that an idle CPU may take to wake up, "
                                              "in whole microseconds, while the container runs; "
                                              "\"0us\" lets none sleep. It holds for all CPUs. "
                                              "Default: not limited." },
};

/* -- channel ----------------------------------------------------------------------------------- */

static const RtKey channel_keys[] = {
        [RT_CHANNEL_PATTERN] = { "pattern", .type = RT_TYPE_WORD, AT(RtChannel, pattern),
                                 .words = rt_pattern_words, .required = true,
                                 .doc = "\"publish\": one to many; \"request\": many to one, with "
                                        "replies; \"push\": many to one; \"pair\": one to one." },
        [RT_CHANNEL_MESSAGE_SIZE] = { "message_size", .type = RT_TYPE_INTEGER,
                                      AT(RtChannel, message_size), .min = 1, .max = 1 << 30,
                                      .required = true, .doc = "Bytes of a message at most." },
        [RT_CHANNEL_DEPTH] = { "depth", .type = RT_TYPE_INTEGER, AT(RtChannel, depth), .min = 1,
                               .max = 1 << 20, .initial = "16",
                               .doc = "Messages that it holds at most." },
        [RT_CHANNEL_FULL] = { "full", .type = RT_TYPE_WORD, AT(RtChannel, full),
                              .words = rt_full_words,
                              .doc = "When it is full: \"overwrite\" loses the oldest message of "
                                     "a slow receiver and counts it, \"refuse\" makes sending "
                                     "fail. Default: overwrite for publish, else refuse." },
        [RT_CHANNEL_MAX_LATENCY] = { "max_latency", .type = RT_TYPE_DURATION,
                                     AT(RtChannel, max_latency), .positive = true,
                                     .doc = "Bound on the time from sending to receiving, end to "
                                            "end, checked by the analysis." },
        [RT_CHANNEL_SPIN] = { "spin", .type = RT_TYPE_DURATION, AT(RtChannel, spin),
                              .initial = "20us",
                              .doc = "How long a receiver looks for a message before it sleeps, "
                                     "where that costs nobody: on CPUs that its peers and other "
                                     "real-time tasks do not use. \"0us\": never." },
        [RT_CHANNEL_CONNECTIONS] = { "connections", .type = RT_TYPE_INTEGER,
                                     AT(RtChannel, connections), .min = 1, .max = 16,
                                     .initial = "1",
                                     .doc = "How many ends of the channel each container that "
                                            "connects may open at once; a pair "
                                            "has one." },
        [RT_CHANNEL_BRIDGE] = { "bridge", .type = RT_TYPE_TEXT, AT(RtChannel, bridge),
                                .rule = rt_rule_endpoint,
                                .doc = "Endpoint by which ordinary ZeroMQ sockets outside reach "
                                       "the channel, such as \"tcp://*:5556\" or "
                                       "\"ipc:///run/NAME/socket\": a service on the housekeeping "
                                       "CPUs passes messages on. Default: none." },
};

/* -- config ------------------------------------------------------------------------------------ */

static const RtKey chain_keys[] = {
        [RT_CHAIN_NAME] = { "name", .type = RT_TYPE_TEXT, AT(RtChain, name), .rule = rt_rule_label,
                            .required = true, .doc = "Name, unique in its config." },
        [RT_CHAIN_PATH] = { "path", .type = RT_TYPE_TEXTS, AT(RtChain, path),
                            .rule = rt_rule_task_reference, .required = true,
                            .doc = "Tasks from the cause to the effect, each \"CONTAINER.TASK\"." },
        [RT_CHAIN_MAX_REACTION] = { "max_reaction", .type = RT_TYPE_DURATION,
                                    AT(RtChain, max_reaction), .positive = true,
                                    .doc = "Bound on the time from an event to the reaction." },
        [RT_CHAIN_MAX_AGE] = { "max_age", .type = RT_TYPE_DURATION, AT(RtChain, max_age),
                               .positive = true,
                               .doc = "Bound on the age of the data that a reaction rests on." },
};
static const RtSchema chain_schema =
        SCHEMA("chain", RtChain, chain_keys, "One cause-effect chain over tasks.");

static const RtKey config_keys[] = {
        [RT_CONFIG_DESCRIPTION] = { "description", .type = RT_TYPE_TEXT, AT(RtConfig, description),
                                    .doc = "One line for people; systemctl status shows it." },
        [RT_CONFIG_CONTAINERS] = { "containers", .type = RT_TYPE_TEXTS, AT(RtConfig, containers),
                                   .rule = rt_rule_name, .required = true,
                                   .doc = "Containers that run together in this config." },
        [RT_CONFIG_BASE] = { "base", .type = RT_TYPE_TEXT, AT(RtConfig, base),
                             .rule = rt_rule_target, .initial = "multi-user.target",
                             .doc = "What stays of the system across systemctl isolate." },
        [RT_CONFIG_FALLBACK] = { "fallback", .type = RT_TYPE_TEXT, AT(RtConfig, fallback),
                                 .rule = rt_rule_name,
                                 .doc = "Config to switch to when this one cannot start." },
        [RT_CONFIG_CHAINS] = { "chains", .type = RT_TYPE_GROUPS, AT(RtConfig, chains),
                               .group = &chain_schema,
                               .doc = "Cause-effect chains whose timing the analysis checks." },
};

static const RtSchema kind_schemas[RT_KINDS] = {
        [RT_PLATFORM] = SCHEMA("platform", RtPlatform, platform_keys,
                               "The machine: CPUs, priorities, limits. All keys are optional."),
        [RT_CONTAINER] = SCHEMA("container", RtContainer, container_keys,
                                "An isolated application with its tasks, devices and memory."),
        [RT_CHANNEL] = SCHEMA("channel", RtChannel, channel_keys,
                              "A typed, sized, directed communication path between containers."),
        [RT_CONFIG] = SCHEMA("config", RtConfig, config_keys,
                             "A named set of containers that run together."),
};

const RtSchema *rt_kind_schema(RtKind kind)
{
        return &kind_schemas[kind];
}
