/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the descriptors say, as facts with places. One struct per schema of keys.c; the enum above
 * each struct numbers the rows of its table. Durations are nanoseconds, sizes bytes. An unset
 * optional value is 0, NULL or empty; rt_is_set() tells it from one that was written. */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "cpuset.h"
#include "diag.h"
#include "schema.h"

typedef enum RtKind {
        RT_PLATFORM,
        RT_CONTAINER,
        RT_CHANNEL,
        RT_CONFIG,
        RT_KINDS,
} RtKind;

/* The head of every object, that is of everything that has a descriptor of its own. */
struct RtObject {
        RtItem item;
        RtKind kind;
        const char *name;
        const char *const
                *sources;       /* files that it was read from, the descriptor first; NULL ends */
        const RtDiag *rejected; /* the first error about it; NULL: accepted */
        bool unreadable;        /* no value could be read from its descriptor */
};

/* -- platform ---------------------------------------------------------------------------------- */

enum { RT_PRIORITIES_MIN, RT_PRIORITIES_MAX };

typedef struct RtPriorities {
        RtItem item;
        int64_t min, max;
} RtPriorities;

enum { RT_OVERHEADS_CONTEXT_SWITCH, RT_OVERHEADS_RELEASE, RT_OVERHEADS_IRQ };

typedef struct RtOverheads {
        RtItem item;
        int64_t context_switch, release, irq;
} RtOverheads;

enum { RT_HUGEPAGES_SIZE, RT_HUGEPAGES_COUNT };

typedef struct RtHugepages {
        RtItem item;
        int64_t size, count;
} RtHugepages;

enum {
        RT_PLATFORM_CPUS,
        RT_PLATFORM_HOUSEKEEPING,
        RT_PLATFORM_PRIORITIES,
        RT_PLATFORM_OVERHEADS,
        RT_PLATFORM_RT_BANDWIDTH,
        RT_PLATFORM_KERNEL,
        RT_PLATFORM_UID_BASE,
        RT_PLATFORM_UID_RANGE,
        RT_PLATFORM_ADMISSION,
        RT_PLATFORM_MEMORY,
        RT_PLATFORM_HUGEPAGES,
        RT_PLATFORM_DEFAULT_CONFIG,
};

typedef enum RtAdmission { RT_ADMISSION_ENFORCE, RT_ADMISSION_WARN } RtAdmission;

typedef struct RtPlatform {
        RtObject object;
        RtCpuSet cpus, housekeeping;
        RtPriorities priorities;
        RtOverheads overheads;
        int64_t rt_bandwidth; /* parts per million */
        const char *kernel;   /* "6.1"; NULL: not known */
        int64_t uid_base, uid_range;
        int admission; /* RtAdmission */
        int64_t memory;
        RT_LIST(RtHugepages) hugepages;
        const char *default_config;
} RtPlatform;

/* -- container --------------------------------------------------------------------------------- */

enum {
        RT_TASK_NAME,
        RT_TASK_PERIOD,
        RT_TASK_WCET,
        RT_TASK_DEADLINE,
        RT_TASK_JITTER,
        RT_TASK_BLOCKING,
        RT_TASK_POLICY,
        RT_TASK_PRIORITY,
        RT_TASK_THREAD,
        RT_TASK_CPU,
        RT_TASK_TIMER_SLACK,
};

typedef enum RtPolicy { RT_POLICY_FIFO, RT_POLICY_DEADLINE, RT_POLICY_OTHER } RtPolicy;

typedef struct RtTask {
        RtItem item;
        const char *name;
        int64_t period, wcet;
        int64_t deadline; /* the period if not said */
        int64_t jitter, blocking;
        int policy;          /* RtPolicy */
        int64_t priority;    /* if said */
        const char *thread;  /* comm of the thread; NULL: the main thread */
        int64_t cpu;         /* if said */
        int64_t timer_slack; /* of policy "other", if said */
} RtTask;

enum { RT_CPUS_ALLOWED, RT_CPUS_COUNT, RT_CPUS_EXCLUSIVE, RT_CPUS_SEPARATE_FROM };

typedef struct RtCpus {
        RtItem item;
        RtCpuSet allowed; /* if said; empty if what was said is no list */
        int64_t count;
        bool exclusive;
        RtTexts separate_from;
} RtCpus;

enum {
        RT_MEMORY_MAX,
        RT_MEMORY_HIGH,
        RT_MEMORY_LOW,
        RT_MEMORY_LOCKED,
        RT_MEMORY_HUGEPAGES,
        RT_MEMORY_NODES,
};

typedef struct RtMemory {
        RtItem item;
        int64_t max, high, low, locked;
        RT_LIST(RtHugepages) hugepages;
        RtCpuSet nodes; /* NUMA nodes; empty: any */
} RtMemory;

enum {
        RT_DEVICE_PATH,
        RT_DEVICE_ACCESS,
        RT_DEVICE_EXCLUSIVE,
        RT_DEVICE_UNPLUG,
        RT_DEVICE_IRQ,
        RT_DEVICE_IRQ_PRIORITY,
        RT_DEVICE_IRQ_PERIOD,
        RT_DEVICE_IRQ_WCET,
};

typedef enum RtUnplug { RT_UNPLUG_IGNORE, RT_UNPLUG_STOP, RT_UNPLUG_RESTART } RtUnplug;

typedef struct RtDevice {
        RtItem item;
        const char *path;
        const char *access;
        bool exclusive;
        int unplug; /* RtUnplug */
        const char *irq;
        int64_t irq_priority;
        int64_t irq_period, irq_wcet;
} RtDevice;

enum { RT_NETWORK_MODE, RT_NETWORK_INTERFACES };

typedef enum RtNetworkMode { RT_NETWORK_NONE, RT_NETWORK_HOST, RT_NETWORK_VETH } RtNetworkMode;

typedef struct RtNetwork {
        RtItem item;
        int mode; /* RtNetworkMode */
        RtTexts interfaces;
} RtNetwork;

enum { RT_MOUNT_SOURCE, RT_MOUNT_TARGET, RT_MOUNT_OPTIONS, RT_MOUNT_TMPFS, RT_MOUNT_SIZE };

typedef struct RtMount {
        RtItem item;
        const char *source, *target, *options;
        const char *tmpfs;
        int64_t size;
} RtMount;

enum { RT_ON_MISS_TOLERATE, RT_ON_MISS_WITHIN, RT_ON_MISS_ACTION };

typedef struct RtOnMiss {
        RtItem item;
        int64_t tolerate, within;
        const char *action;
} RtOnMiss;

/* How a container uses a channel; the rows from RT_CONTAINER_PUBLISHES on follow this order. */
typedef enum RtRole {
        RT_PUBLISHES,
        RT_SUBSCRIBES,
        RT_SERVES,
        RT_CALLS,
        RT_PUSHES,
        RT_PULLS,
        RT_PAIRS,
        RT_ROLES,
} RtRole;

enum {
        RT_CONTAINER_DESCRIPTION,
        RT_CONTAINER_ROOTFS,
        RT_CONTAINER_COMMAND,
        RT_CONTAINER_ENVIRONMENT,
        RT_CONTAINER_USER,
        RT_CONTAINER_WORKING_DIRECTORY,
        RT_CONTAINER_WRITABLE,
        RT_CONTAINER_BOOT,
        RT_CONTAINER_REGISTER,
        RT_CONTAINER_NOTIFY,
        RT_CONTAINER_TASKS,
        RT_CONTAINER_CPUS,
        RT_CONTAINER_MEMORY,
        RT_CONTAINER_DEVICES,
        RT_CONTAINER_NETWORK,
        RT_CONTAINER_MOUNTS,
        RT_CONTAINER_CAPABILITIES,
        RT_CONTAINER_SYSCALLS,
        RT_CONTAINER_PUBLISHES,
        RT_CONTAINER_SUBSCRIBES,
        RT_CONTAINER_SERVES,
        RT_CONTAINER_CALLS,
        RT_CONTAINER_PUSHES,
        RT_CONTAINER_PULLS,
        RT_CONTAINER_PAIRS,
        RT_CONTAINER_ZMQ,
        RT_CONTAINER_WATCHDOG,
        RT_CONTAINER_RESTART,
        RT_CONTAINER_STARTUP,
        RT_CONTAINER_STOP_TIMEOUT,
        RT_CONTAINER_ON_MISS,
        RT_CONTAINER_CPU_LATENCY,
};

typedef struct RtContainer {
        RtObject object;
        const char *description;
        const char *rootfs;
        RtTexts command, environment;
        const char *user, *working_directory;
        bool writable, boot, registered;
        bool notify; /* true as well when a watchdog is declared and notify is not said */
        RT_LIST(RtTask) tasks;
        RT_LIST(const RtTask *) named; /* those with a name, in strcmp order */
        RtCpus cpus;
        RtMemory memory;
        RT_LIST(RtDevice) devices;
        RtNetwork network;
        RT_LIST(RtMount) mounts;
        RtTexts capabilities, syscalls;
        RtTexts channels[RT_ROLES];
        bool zmq;
        int64_t watchdog;
        int restart; /* index into rt_restart_words, which are systemd's */
        int64_t startup, stop_timeout;
        RtOnMiss on_miss;
        int64_t cpu_latency; /* if said; 0 is a value */
} RtContainer;

/* -- channel ----------------------------------------------------------------------------------- */

enum {
        RT_CHANNEL_PATTERN,
        RT_CHANNEL_MESSAGE_SIZE,
        RT_CHANNEL_DEPTH,
        RT_CHANNEL_FULL,
        RT_CHANNEL_MAX_LATENCY,
        RT_CHANNEL_SPIN,
        RT_CHANNEL_CONNECTIONS,
        RT_CHANNEL_BRIDGE,
};

typedef enum RtPattern {
        RT_PATTERN_PUBLISH,
        RT_PATTERN_REQUEST,
        RT_PATTERN_PUSH,
        RT_PATTERN_PAIR,
} RtPattern;

typedef enum RtFull { RT_FULL_OVERWRITE, RT_FULL_REFUSE } RtFull;

typedef struct RtChannel {
        RtObject object;
        int pattern; /* RtPattern */
        int64_t message_size, depth;
        int full; /* RtFull */
        int64_t max_latency;
        int64_t spin;
        int64_t connections; /* that each end which connects may have at once */
        const char *bridge;  /* endpoint; NULL: none */
} RtChannel;

/* -- config ------------------------------------------------------------------------------------ */

enum { RT_CHAIN_NAME, RT_CHAIN_PATH, RT_CHAIN_MAX_REACTION, RT_CHAIN_MAX_AGE };

typedef struct RtChain {
        RtItem item;
        const char *name;
        RtTexts path;
        int64_t max_reaction, max_age;
} RtChain;

enum {
        RT_CONFIG_DESCRIPTION,
        RT_CONFIG_CONTAINERS,
        RT_CONFIG_BASE,
        RT_CONFIG_FALLBACK,
        RT_CONFIG_CHAINS,
};

typedef struct RtConfig {
        RtObject object;
        const char *description;
        RtTexts containers;
        const char **sorted; /* their names in strcmp order, for rt_config_has() */
        const char *base;
        const char *fallback;
        RT_LIST(RtChain) chains;
} RtConfig;

/* -- all of it --------------------------------------------------------------------------------- */

typedef struct RtModel {
        RtArena *arena;
        RtPlatform platform;
        /* Sorted by name (strcmp); pointers, so that references stay valid. */
        RT_LIST(RtContainer *) containers;
        RT_LIST(RtChannel *) channels;
        RT_LIST(RtConfig *) configs;
        const struct RtWiring *wiring; /* of all objects; after rt_model_complete() */
} RtModel;

/* The schema of each kind, from keys.c. */
const RtSchema *rt_kind_schema(RtKind kind);
/* "container"; and the ending of its descriptors, ".container" ("platform.conf" for a platform). */
const char *rt_kind_word(RtKind kind);
const char *rt_kind_ending(RtKind kind);
/* The name of the object's descriptor, "imu.container". */
const char *rt_object_file(RtArena *arena, const RtObject *object);
/* "publishes", …; the pattern that the role belongs to. */
const char *rt_role_word(RtRole role);
RtPattern rt_role_pattern(RtRole role);
/* Whether the role is the end of which a running config has at most one: the one that waits for the
 * others to connect. */
bool rt_role_is_single(RtRole role);
extern const char *const rt_restart_words[];
extern const char *const rt_policy_words[];
extern const char *const rt_pattern_words[];
extern const char *const rt_full_words[];

void rt_model_init(RtModel *model, RtArena *arena);
/* A new object with all defaults, not yet in the model. */
RtObject *rt_object_new(RtArena *arena, RtKind kind, const char *name, RtPlace place);
/* Puts objects in order and fills in what follows from other values; once, after reading. */
void rt_model_complete(RtModel *model);

/* The object of that name, NULL if there is none; after rt_model_complete(). */
RtContainer *rt_model_container(const RtModel *model, const char *name);
RtChannel *rt_model_channel(const RtModel *model, const char *name);
RtConfig *rt_model_config(const RtModel *model, const char *name);

/* The container's task of that name, NULL if there is none; likewise. */
const RtTask *rt_container_task(const RtContainer *container, const char *name);

bool rt_config_has(const RtConfig *config, const char *container);
/* Whether one of its tasks needs real-time scheduling ("fifo" or "deadline"). */
bool rt_container_is_realtime(const RtContainer *container);

/* The platform's CPUs without the housekeeping ones; all of them if that leaves none. */
RtCpuSet rt_platform_realtime_cpus(const RtPlatform *platform);
/* How many containers can have a range of user IDs of their own. */
size_t rt_platform_uid_ranges(const RtPlatform *platform);
/* The CPUs that a container of its sort may be placed on: real-time or housekeeping ones. */
RtCpuSet rt_container_home(const RtPlatform *platform, const RtContainer *container);
