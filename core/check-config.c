/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "check-internal.h"
#include "quantity.h"
#include "resources.h"
#include "text.h"

/* -- members ----------------------------------------------------------------------------------- */

static void check_members(RtCheck *check, RtConfig *config)
{
        RtObject *object = &config->object;
        RtUses names = { 0 };
        for (size_t i = 0; i < config->containers.n; i++) {
                const char *name = config->containers.items[i];
                RtAt at = rt_at_text(check, object, &object->item, RT_CONFIG_CONTAINERS, i);
                rt_use(check, &names, name, at);
                if (!rt_model_container(check->model, name))
                        rt_complain(check, at, rt_name_hint(check, RT_CONTAINER, name),
                                    "there is no container \"%s\"", name);
        }
        rt_check_unique(check, &names, "is in the list already", "name each container once");
}

/* -- what only one member may have ------------------------------------------------------------- */

/* Something that a member of a config holds: sorted, equal things stand side by side. */
typedef struct Holding {
        const char *kind; /* "device", … : the word in messages */
        const char *thing;
        size_t most; /* holders that this one tolerates, itself included; 0: any number */
        const RtContainer *holder;
        RtPlace place;
} Holding;

typedef RT_LIST(Holding) Holdings;

static int compare_holdings(const void *a, const void *b)
{
        const Holding *x = a, *y = b;
        int r = strcmp(x->kind, y->kind);
        if (r == 0)
                r = strcmp(x->thing, y->thing);
        if (r == 0)
                r = strcmp(x->holder->object.name, y->holder->object.name);
        return r != 0 ? r : (x->place.line > y->place.line) - (x->place.line < y->place.line);
}

static void hold_devices(RtCheck *check, const RtContainer *container, Holdings *holdings)
{
        RT_EACH (device, &container->devices) {
                if (!device->path)
                        continue;
                Holding node = { "device", device->path, device->exclusive ? 1 : 0, container,
                                 rt_key_place(&device->item, RT_DEVICE_PATH) };
                RT_APPEND(check->arena, holdings, node);
                if (!device->irq)
                        continue;
                Holding irq = { "interrupt", device->irq, 1, container,
                                rt_key_place(&device->item, RT_DEVICE_IRQ) };
                RT_APPEND(check->arena, holdings, irq);
        }
        if (container->rootfs) {
                /* nspawn locks a tree: one writer, or any number of readers. */
                Holding tree = { "root file system", container->rootfs, container->writable ? 1 : 0,
                                 container,
                                 rt_key_place(&container->object.item, RT_CONTAINER_ROOTFS) };
                RT_APPEND(check->arena, holdings, tree);
        }
        const RtTexts *interfaces = &container->network.interfaces;
        for (size_t i = 0; i < interfaces->n; i++) {
                Holding interface = { "network interface", interfaces->items[i], 1, container,
                                      interfaces->places[i] };
                RT_APPEND(check->arena, holdings, interface);
        }
}

/* CPUs that tasks are fixed to by hand. What the plan places never collides. */
static void hold_cpus(RtCheck *check, const RtContainer *container, Holdings *holdings)
{
        RtCpuSet seen = { 0 };
        RT_EACH (task, &container->tasks) {
                if (!rt_is_set(&task->item, RT_TASK_CPU) ||
                    rt_cpuset_has(&seen, (unsigned)task->cpu))
                        continue;
                rt_cpuset_add(&seen, (unsigned)task->cpu);
                Holding cpu = { "CPU", rt_printf(check->arena, "%lld", (long long)task->cpu),
                                container->cpus.exclusive ? 1 : 0, container,
                                rt_key_place(&task->item, RT_TASK_CPU) };
                RT_APPEND(check->arena, holdings, cpu);
        }
}

static void hold_channel_ends(RtCheck *check, const RtContainer *container, Holdings *holdings)
{
        for (RtRole role = 0; role < RT_ROLES; role++) {
                if (!rt_role_is_single(role) && role != RT_PAIRS)
                        continue;
                const RtTexts *names = &container->channels[role];
                for (size_t i = 0; i < names->n; i++) {
                        Holding end = {
                                rt_printf(check->arena, "end (%s) of channel", rt_role_word(role)),
                                names->items[i],
                                rt_role_is_single(role) ? 1 : 2,
                                container,
                                names->places[i],
                        };
                        RT_APPEND(check->arena, holdings, end);
                }
        }
}

/* `n` holdings of one thing, at most one per container. */
static void check_shared(RtCheck *check, RtConfig *config, const Holding *group, size_t n)
{
        const Holding *strict = NULL;
        for (size_t i = 0; i < n; i++)
                if (group[i].most > 0 && n > group[i].most && !strict)
                        strict = &group[i];
        if (!strict)
                return;
        const Holding *other = strict == group ? &group[1] : group;
        rt_complain(check,
                    rt_at(check, &config->object, &config->object.item, RT_CONFIG_CONTAINERS),
                    "let one of them do without it, or put them in different configs",
                    "%zu containers, such as \"%s\" (%s) and \"%s\" (%s), want the %s %s, which "
                    "%s can have at a time",
                    n, strict->holder->object.name, rt_there(check, strict->place),
                    other->holder->object.name, rt_there(check, other->place), strict->kind,
                    strict->thing, strict->most == 1 ? "only one" : "only two");
}

static void check_holdings(RtCheck *check, RtConfig *config)
{
        Holdings all = { 0 };
        for (size_t i = 0; i < config->containers.n; i++) {
                const RtContainer *container =
                        rt_model_container(check->model, config->containers.items[i]);
                if (!container)
                        continue;
                hold_devices(check, container, &all);
                hold_cpus(check, container, &all);
                hold_channel_ends(check, container, &all);
        }
        if (all.n < 2)
                return;
        qsort(all.items, all.n, sizeof *all.items, compare_holdings);
        /* Groups of equal things; what one container declares twice has been reported and counts
         * once. */
        size_t first = 0, n = 1;
        for (size_t i = 1; i < all.n; i++) {
                const Holding *one = &all.items[first + n - 1], *next = &all.items[i];
                bool same =
                        strcmp(one->kind, next->kind) == 0 && strcmp(one->thing, next->thing) == 0;
                if (same && one->holder == next->holder)
                        continue;
                if (same) {
                        all.items[first + n++] = *next;
                        continue;
                }
                check_shared(check, config, &all.items[first], n);
                first = i;
                n = 1;
        }
        check_shared(check, config, &all.items[first], n);
}

/* -- what all members have together ------------------------------------------------------------ */

static const char *amount(RtCheck *check, const RtResource *resource, int64_t value)
{
        return resource->is_count ? rt_printf(check->arena, "%lld", (long long)value)
                                  : rt_size_text(check->arena, value);
}

static void check_resources(RtCheck *check, RtConfig *config)
{
        RtAt at = rt_at(check, &config->object, &config->object.item, RT_CONFIG_CONTAINERS);
        const RtItem *platform = &check->model->platform.object.item;
        RtResources list = rt_config_resources(check->model, config);
        RT_EACH (resource, &list) {
                size_t key = resource->is_count ? RT_PLATFORM_HUGEPAGES : RT_PLATFORM_MEMORY;
                if (resource->limit < 0)
                        continue;
                const char *there = rt_there(check, rt_key_place(platform, key));
                if (resource->used > resource->limit)
                        rt_complain(
                                check, at,
                                "take a container out, let it have less, or raise the "
                                "platform's budget if the machine has more",
                                "the containers declare %s of %s together, of which \"%s\" (%s) "
                                "has the most; the platform has %s (%s)",
                                amount(check, resource, resource->used), resource->name,
                                resource->largest->object.name,
                                rt_there(check, rt_key_place(&resource->largest->memory.item,
                                                             resource->key)),
                                amount(check, resource, resource->limit), there);
                else if (resource->silent)
                        rt_warn(check, at, "declare memory.max for it",
                                "the platform's memory (%s) is no bound, as container \"%s\" (%s) "
                                "does not say how much it may use",
                                there, resource->silent->object.name,
                                rt_there(check, resource->silent->object.item.place));
        }
}

/* -- references -------------------------------------------------------------------------------- */

static void check_fallback(RtCheck *check, RtConfig *config)
{
        if (!config->fallback)
                return;
        RtAt at = rt_at(check, &config->object, &config->object.item, RT_CONFIG_FALLBACK);
        if (!rt_model_config(check->model, config->fallback)) {
                rt_complain(check, at, rt_name_hint(check, RT_CONFIG, config->fallback),
                            "there is no config \"%s\"", config->fallback);
                return;
        }
        /* Follow the fallbacks; one of as many steps as there are configs must have come back. */
        const RtConfig *next = config;
        for (size_t i = 0; i < check->model->configs.n && next && next->fallback; i++) {
                next = rt_model_config(check->model, next->fallback);
                if (next != config)
                        continue;
                rt_complain(check, at, "end the fallbacks in a config that has none",
                            "falling back from \"%s\" leads back to it: the machine would switch "
                            "for ever",
                            config->object.name);
                return;
        }
}

static void check_chain(RtCheck *check, RtConfig *config, const RtChain *chain)
{
        RtObject *object = &config->object;
        for (size_t i = 0; i < chain->path.n; i++) {
                const char *text = chain->path.items[i];
                const char *dot = strchr(text, '.');
                const char *name = rt_strndup(check->arena, text, (size_t)(dot - text));
                RtAt at = rt_at_text(check, object, &chain->item, RT_CHAIN_PATH, i);
                const RtContainer *container = rt_model_container(check->model, name);
                if (!container || !rt_config_has(config, name)) {
                        rt_complain(check, at,
                                    container ? "add it to the config's containers"
                                              : rt_name_hint(check, RT_CONTAINER, name),
                                    container ? "\"%s\" does not run in this config"
                                              : "there is no container \"%s\"",
                                    name);
                        continue;
                }
                if (!rt_container_task(container, dot + 1))
                        rt_complain(check, at, "name one of its tasks",
                                    "container \"%s\" (%s) has no task \"%s\"", name,
                                    rt_there(check, container->object.item.place), dot + 1);
        }
        if (chain->path.n == 1)
                rt_complain(check, rt_at(check, object, &chain->item, RT_CHAIN_PATH),
                            "name the tasks from the cause to the effect",
                            "a chain has two tasks or more");
}

/* A config stands on what the system is at work with: not on another config, of which only one runs
 * at a time, nor on a link that may lead back to it, nor on the way down. */
static void check_base(RtCheck *check, RtConfig *config)
{
        static const char *const unfit[] = {
                "default.target", "shutdown.target",    "reboot.target", "poweroff.target",
                "halt.target",    "kexec.target",       "exit.target",   "umount.target",
                "final.target",   "soft-reboot.target",
        };
        bool fit = !rt_starts_with(config->base, "rt-config-");
        for (size_t i = 0; i < RT_ELEMENTS(unfit); i++)
                fit = fit && strcmp(config->base, unfit[i]) != 0;
        if (!fit)
                rt_complain(check,
                            rt_at(check, &config->object, &config->object.item, RT_CONFIG_BASE),
                            "name a target of the system at work, such as \"multi-user.target\"",
                            "%s cannot be the base of a config", config->base);
}

/* -- the platform ------------------------------------------------------------------------------ */

/* Nothing that was planned for the wrong machine may start by itself. */
static void check_platform_holds(RtCheck *check, RtConfig *config)
{
        const RtDiag *why = check->model->platform.object.rejected;
        if (!why)
                return;
        RtAt at = { &config->object, { config->object.item.place.file, 0 }, "file" };
        rt_complain(check, at, "mend the platform's descriptor",
                    "no config can be planned, because the platform is rejected (%s: %s: %s)",
                    rt_there(check, why->place), why->key, why->what);
}

void rt_check_config(RtCheck *check, RtConfig *config)
{
        check_members(check, config);
        check_holdings(check, config);
        check_resources(check, config);
        check_base(check, config);
        check_fallback(check, config);
        RtUses chains = { 0 };
        RT_EACH (chain, &config->chains) {
                check_chain(check, config, chain);
                rt_use(check, &chains, chain->name,
                       rt_at(check, &config->object, &chain->item, RT_CHAIN_NAME));
        }
        rt_check_unique(check, &chains, "names another chain as well",
                        "give each chain its own name");
        check_platform_holds(check, config);
}
