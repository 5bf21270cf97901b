/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The container manager's settings: what systemd-nspawn sets up inside. Another back end would be
 * another file like this one over the same plan. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "quantity.h"
#include "rules.h"
#include "text.h"

typedef struct Settings {
        RtEmit *emit;
        RtArena *arena;
        RtArtifact *file;
        const RtInstance *instance;
        const RtContainer *container;
        const RtItem *item; /* of the container */
} Settings;

#define SET(s, origin, key, ...) rt_emit_set((s)->emit, (s)->file, (origin), (key), __VA_ARGS__)

/* Where the library that is preloaded is inside. */
static const char zmq_library[] = "/run/rtcontainers/librtzmq.so";

/* Copies are called as the machine is. What is for one config alone is in a folder of that config,
 * since there are several of that name. */
const char *rt_instance_file(RtArena *arena, const RtInstance *instance, const char *ending)
{
        const char *machine = instance->container->object.name;
        if (!instance->only)
                return rt_printf(arena, "rtcontainers.nspawn.d/%s.%s", machine, ending);
        return rt_printf(arena, "rtcontainers--%s.nspawn.d/%s.%s", instance->only->object.name,
                         machine, ending);
}

static RtOrigin from(const Settings *s, size_t key)
{
        return rt_from(s->item, key);
}

/* A program that notifies runs as PID 1, as nspawn takes READY=1 from no other. Any other gets a
 * stub init above it, for not every program survives being PID 1. */
static bool has_stub_init(const RtContainer *container)
{
        return !container->boot && !container->notify;
}

/* -- [Exec] ------------------------------------------------------------------------------------ */

static void set_program(const Settings *s)
{
        const RtContainer *container = s->container;
        if (container->boot) {
                SET(s, from(s, RT_CONTAINER_BOOT), "Boot", "yes");
        } else {
                SET(s, from(s, RT_CONTAINER_BOOT), "Boot", "no");
                SET(s, from(s, RT_CONTAINER_NOTIFY), "ProcessTwo", "%s",
                    has_stub_init(container) ? "yes" : "no");
        }
        for (size_t i = 0; i < container->command.n; i++)
                SET(s, rt_from_text(s->item, RT_CONTAINER_COMMAND, i), "Parameters", "%s",
                    rt_escape_nspawn_word(s->arena, container->command.items[i]));
        for (size_t i = 0; i < container->environment.n; i++)
                SET(s, rt_from_text(s->item, RT_CONTAINER_ENVIRONMENT, i), "Environment", "%s",
                    rt_escape_nspawn_word(s->arena, container->environment.items[i]));
        if (container->zmq)
                SET(s, from(s, RT_CONTAINER_ZMQ), "Environment", "LD_PRELOAD=%s", zmq_library);
        if (strcmp(container->user, "root") != 0)
                SET(s, from(s, RT_CONTAINER_USER), "User", "%s", container->user);
        if (strcmp(container->working_directory, "/") != 0)
                SET(s, from(s, RT_CONTAINER_WORKING_DIRECTORY), "WorkingDirectory", "%s",
                    rt_escape_nspawn_text(s->arena, container->working_directory));
}

static void set_life(const Settings *s)
{
        const RtContainer *container = s->container;
        bool init = container->boot || has_stub_init(container);
        SET(s,
            rt_by_rule(init ? "what tells an init to stop its program"
                            : "what tells a program that is PID 1 to stop"),
            "KillSignal", "%s", init ? "SIGRTMIN+3" : "SIGTERM");
        SET(s, from(s, RT_CONTAINER_NOTIFY), "NotifyReady", "%s", container->notify ? "yes" : "no");
        if (container->watchdog > 0) {
                RtOrigin origin = from(s, RT_CONTAINER_WATCHDOG);
                SET(s, origin, "Environment", "NOTIFY_SOCKET=/run/host-notify");
                SET(s, origin, "Environment", "WATCHDOG_USEC=%lld",
                    (long long)(container->watchdog / 1000));
        }
}

static bool wants(const RtContainer *container, const char *capability)
{
        if (rt_texts_have(&container->capabilities, capability))
                return true;
        /* Without it the stub init cannot end the container in an orderly way. */
        return has_stub_init(container) && strcmp(capability, "CAP_SYS_BOOT") == 0;
}

/* What is dropped wins over what is kept, so a minimum is said by naming all others. */
static void set_capabilities(const Settings *s)
{
        const RtContainer *container = s->container;
        RtOrigin origin = from(s, RT_CONTAINER_CAPABILITIES);
        for (size_t i = 0; i < container->capabilities.n; i++) {
                RtOrigin one = rt_from_text(s->item, RT_CONTAINER_CAPABILITIES, i);
                SET(s, one, "Capability", "%s", container->capabilities.items[i]);
                if (strcmp(container->user, "root") != 0)
                        SET(s, one, "AmbientCapability", "%s", container->capabilities.items[i]);
        }
        if (container->boot)
                return; /* an init needs nspawn's default set */
        if (container->capabilities.n == 0 && !has_stub_init(container)) {
                SET(s, origin, "DropCapability", "all");
                return;
        }
        RtText dropped = RT_TEXT(s->arena);
        for (size_t i = 0; rt_capabilities[i]; i++) {
                if (wants(container, rt_capabilities[i]))
                        continue;
                rt_text_add(&dropped, dropped.n > 0 ? " " : "");
                rt_text_add(&dropped, rt_capabilities[i]);
        }
        SET(s, origin, "DropCapability", "%s", dropped.data);
}

static void set_privileges(const Settings *s)
{
        const RtContainer *container = s->container;
        const RtPlatform *platform = &s->emit->model->platform;
        SET(s, rt_from(&platform->object.item, RT_PLATFORM_UID_BASE), "PrivateUsers", "%lld:%lld",
            (long long)s->instance->uid, (long long)platform->uid_range);
        SET(s, rt_by_rule("setuid programs gain nothing"), "NoNewPrivileges", "yes");
        set_capabilities(s);
        if (!container->boot && !rt_texts_have(&container->syscalls, "@mount"))
                SET(s, rt_by_rule("a program without an init of its own has nothing to mount"),
                    "SystemCallFilter", "~@mount");
        RtOrigin why_locked;
        if (rt_container_memlock(s->emit, container, &why_locked) > 0)
                SET(s, why_locked, "SystemCallFilter", "@memlock");
        for (size_t i = 0; i < container->syscalls.n; i++)
                SET(s, rt_from_text(s->item, RT_CONTAINER_SYSCALLS, i), "SystemCallFilter", "%s",
                    container->syscalls.items[i]);
}

static void set_scheduling(const Settings *s)
{
        int top = rt_instance_top_priority(s->instance);
        SET(s, rt_instance_cpus_origin(s->emit, s->instance), "CPUAffinity", "%s",
            rt_cpuset_text(s->arena, &s->instance->cpus));
        if (top > 0)
                SET(s, rt_by_rule("its threads may ask for the planned priorities"), "LimitRTPRIO",
                    "%d", top);
        /* Said even if it is nothing: the kernel's default would let mmap() lock some. */
        RtOrigin why_locked;
        const int64_t locked = rt_container_memlock(s->emit, s->container, &why_locked);
        if (locked >= 0)
                SET(s, why_locked, "LimitMEMLOCK", "%lld", (long long)locked);
}

static void set_quiet(const Settings *s)
{
        const RtOrigin why = rt_by_rule("nothing of the host is copied into a read-only tree");
        SET(s, why, "Timezone", "off");
        SET(s, why, "ResolvConf", "off");
        SET(s, why, "LinkJournal", "no");
}

/* -- [Files] ----------------------------------------------------------------------------------- */

static void bind(const Settings *s, RtOrigin origin, bool writable, const char *source,
                 const char *target, const char *options)
{
        /* The options end the line, so that no path does: a blank or backslash there is safe. */
        SET(s, origin, writable ? "Bind" : "BindReadOnly", "%s:%s:%s",
            rt_escape_nspawn_path(s->arena, source), rt_escape_nspawn_path(s->arena, target),
            options);
}

static const char *bind_options(const Settings *s, const RtMount *mount)
{
        const char *map = rt_option_is_set(mount->options, "rootidmap") ? "rootidmap"
                          : rt_option_is_set(mount->options, "idmap")   ? "idmap"
                          : rt_option_is_set(mount->options, "noidmap") ? "noidmap"
                          : rt_option_is_set(mount->options, "rw")      ? "idmap"
                                                                        : "noidmap";
        const char *depth = rt_option_is_set(mount->options, "norbind") ? "norbind" : "rbind";
        return rt_printf(s->arena, "%s,%s", depth, map);
}

static void set_mount(const Settings *s, size_t index)
{
        const RtMount *mount = &s->container->mounts.items[index];
        if (mount->tmpfs) {
                RtText options = RT_TEXT(s->arena);
                rt_text_add(&options, "mode=1777,nosuid,nodev");
                if (mount->size > 0)
                        rt_text_addf(&options, ",size=%lld", (long long)mount->size);
                SET(s, rt_from(&mount->item, RT_MOUNT_TMPFS), "TemporaryFileSystem", "%s:%s",
                    rt_escape_nspawn_path(s->arena, mount->tmpfs), options.data);
                return;
        }
        const char *source = rt_mount_needs_unit(mount)
                                     ? rt_mount_host(s->arena, s->container, index).where
                                     : mount->source;
        bind(s, rt_from(&mount->item, RT_MOUNT_SOURCE), rt_option_is_set(mount->options, "rw"),
             source, mount->target, bind_options(s, mount));
}

static void set_tasks(const Settings *s)
{
        if (s->container->tasks.n > 0)
                bind(s, rt_by_rule("what its threads may ask for, they know from here"), false,
                     rt_printf(s->arena, RT_NSPAWN_RUN_FOLDER "/%s.tasks",
                               s->container->object.name),
                     RT_TASKS_PATH, "norbind");
}

static void set_channels(const Settings *s)
{
        RtEnds ends = rt_wiring_ends(s->arena, s->emit->wiring, s->container);
        RT_EACH (it, &ends) {
                const RtEnd *end = *it;
                if (end->connects && end->wire->has_socket)
                        bind(s,
                             rt_from_text(s->item, RT_CONTAINER_PUBLISHES + end->role, end->index),
                             false, rt_end_socket_path(s->arena, end),
                             rt_channel_path(s->arena, end->wire->channel->object.name), "norbind");
        }
        if (rt_has_ends(s->emit, s->container))
                bind(s, rt_by_rule("what its ends know of their channels, they know from here"),
                     false,
                     rt_printf(s->arena, RT_NSPAWN_RUN_FOLDER "/%s.channels",
                               s->container->object.name),
                     RT_ENDS_PATH, "norbind");
        if (s->container->zmq)
                bind(s, from(s, RT_CONTAINER_ZMQ), false, RT_ZMQ_LIBRARY, zmq_library, "norbind");
}

static void set_files(const Settings *s)
{
        const RtContainer *container = s->container;
        rt_emit_section(s->emit, s->file, "Files");
        SET(s, from(s, RT_CONTAINER_WRITABLE), "ReadOnly", "%s",
            container->writable ? "no" : "yes");
        SET(s,
            rt_by_rule("owners are mapped; chowning would change every container that shares the "
                       "tree"),
            "PrivateUsersOwnership", "map");
        for (size_t i = 0; i < container->mounts.n; i++)
                set_mount(s, i);
        RT_EACH (device, &container->devices)
                bind(s, rt_from(&device->item, RT_DEVICE_PATH), true, device->path, device->path,
                     "norbind");
        RT_EACH (pages, &container->memory.hugepages)
                bind(s, rt_from(&pages->item, RT_HUGEPAGES_SIZE), true,
                     rt_hugepages_host(s->arena, s->container, pages).where,
                     rt_printf(s->arena, "/dev/hugepages-%s", rt_size_text(s->arena, pages->size)),
                     "norbind");
        set_tasks(s);
        set_channels(s);
        if (container->watchdog > 0)
                bind(s, from(s, RT_CONTAINER_WATCHDOG), false, "/run/systemd/notify",
                     "/run/host-notify", "norbind");
}

/* -- [Network] --------------------------------------------------------------------------------- */

static void set_network(const Settings *s)
{
        const RtNetwork *network = &s->container->network;
        RtOrigin origin = rt_from(&network->item, RT_NETWORK_MODE);
        rt_emit_section(s->emit, s->file, "Network");
        SET(s, origin, "Private", "%s", network->mode == RT_NETWORK_HOST ? "no" : "yes");
        SET(s, origin, "VirtualEthernet", "%s", network->mode == RT_NETWORK_VETH ? "yes" : "no");
        for (size_t i = 0; i < network->interfaces.n; i++)
                SET(s, rt_from_text(&network->item, RT_NETWORK_INTERFACES, i), "Interface", "%s",
                    network->interfaces.items[i]);
}

void rt_nspawn_emit(RtEmit *emit, const RtInstance *instance)
{
        const RtObject *object = &instance->container->object;
        Settings s = {
                .emit = emit,
                .arena = emit->arena,
                .instance = instance,
                .container = instance->container,
                .item = &object->item,
                .file = rt_emit_file(emit, object,
                                     rt_instance_file(emit->arena, instance, "nspawn")),
        };
        rt_emit_section(emit, s.file, "Exec");
        set_program(&s);
        set_life(&s);
        set_privileges(&s);
        set_scheduling(&s);
        set_quiet(&s);
        set_files(&s);
        set_network(&s);
}
