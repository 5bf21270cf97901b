/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a container wants of the machine besides CPUs: memory, devices, interfaces, power. */

#include "check-internal.h"
#include "quantity.h"
#include "rules.h"

/* Of two limits, each set, the lower one is not above the higher one. */
static void check_limits(RtCheck *check, RtContainer *container, size_t lower, size_t higher)
{
        const RtItem *item = &container->memory.item;
        const RtKey *keys = item->schema->keys;
        const int64_t low = *(const int64_t *)rt_field(item, &keys[lower]);
        const int64_t high = *(const int64_t *)rt_field(item, &keys[higher]);
        if (low > 0 && high > 0 && low > high)
                rt_complain(check, rt_at(check, &container->object, item, lower),
                            rt_printf(check->arena, "write at most %s, or raise %s",
                                      rt_size_text(check->arena, high), keys[higher].name),
                            "%s, %s, is more than %s, %s (%s)", keys[lower].name,
                            rt_size_text(check->arena, low), keys[higher].name,
                            rt_size_text(check->arena, high),
                            rt_there(check, rt_key_place(item, higher)));
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
        check_limits(check, container, RT_MEMORY_HIGH, RT_MEMORY_MAX);
        check_limits(check, container, RT_MEMORY_LOW, RT_MEMORY_HIGH);
        if (memory->high == 0)
                check_limits(check, container, RT_MEMORY_LOW, RT_MEMORY_MAX);
        RtUses sizes = { 0 };
        RT_EACH (pages, &memory->hugepages) {
                rt_check_hugepages(check, &container->object, pages);
                rt_use(check, &sizes, rt_size_text(check->arena, pages->size),
                       rt_at(check, &container->object, &pages->item, RT_HUGEPAGES_SIZE));
        }
        rt_check_unique(check, &sizes, "is the size of other huge pages as well",
                        "add the counts up in one of them");
}

/* systemd learns of the device from udev, by a rule that the name becomes a part of, and knows it
 * by the name of a unit. */
static void check_unplug(RtCheck *check, RtContainer *container, const RtDevice *device)
{
        RtAt at = rt_at(check, &container->object, &device->item, RT_DEVICE_UNPLUG);
        if (device->unplug == RT_UNPLUG_IGNORE || !device->path)
                return;
        if (!rt_is_udev_path(device->path))
                rt_complain(check, at, "leave it at \"ignore\", or use another name of the device",
                            "udev does not tell of a device of this name (%s)",
                            rt_there(check, rt_key_place(&device->item, RT_DEVICE_PATH)));
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
                check_unplug(check, container, device);
        }
        rt_check_unique(check, &paths, "is declared already", "declare it once");
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

/* The kernel takes a signed number of microseconds. */
static void check_cpu_latency(RtCheck *check, RtContainer *container)
{
        const int64_t most = INT64_C(2147483647) * 1000;
        if (container->cpu_latency > most)
                rt_complain(check,
                            rt_at(check, &container->object, &container->object.item,
                                  RT_CONTAINER_CPU_LATENCY),
                            "take it away; no CPU sleeps as deeply as that",
                            "%s is more than the kernel takes, %s",
                            rt_duration_text(check->arena, container->cpu_latency),
                            rt_duration_text(check->arena, most));
}

void rt_check_hardware(RtCheck *check, RtContainer *container)
{
        check_memory(check, container);
        check_devices(check, container);
        check_network(check, container);
        check_cpu_latency(check, container);
}
