/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices and network interfaces: that they are there, that no others can be opened, and what
 * happens when one is unplugged. */

#include <string.h>

#include "build-config.h"
#include "emit-internal.h"
#include "escape.h"
#include "text.h"

/* How long a start waits for a device that is to be plugged in, or that udev still looks at. */
static const char device_timeout[] = "5s";

static const char *device_unit(RtArena *arena, const RtDevice *device)
{
        return rt_printf(arena, "%s.device", rt_escape_unit_path(arena, device->path));
}

/* Tells udev to tell systemd of the device. */
static const char *tagging_unit(RtArena *arena, const RtDevice *device)
{
        return rt_printf(arena, "rtcontainers-device@%s.service",
                         rt_escape_unit_path(arena, device->path));
}

/* Starts the instance again. */
static const char *replug_unit(RtArena *arena, const RtInstance *instance)
{
        return rt_printf(arena, "rtcontainers-replug-%s.service", instance->stem);
}

bool rt_container_replugs(const RtContainer *container)
{
        RT_EACH (device, &container->devices)
                if (device->unplug == RT_UNPLUG_RESTART)
                        return true;
        return false;
}

/* -- of the instance's service ----------------------------------------------------------------- */

/* Only wanted, so that what does not come in time is named by the assertion below. */
static void await(RtEmit *emit, RtArtifact *file, const RtDevice *device)
{
        const RtOrigin origin = rt_from(&device->item, RT_DEVICE_UNPLUG);
        const char *unit = device_unit(emit->arena, device);
        const char *units =
                rt_printf(emit->arena, "%s %s", tagging_unit(emit->arena, device), unit);
        rt_emit_set(emit, file, origin, "Wants", "%s", units);
        rt_emit_set(emit, file, origin, "After", "%s", units);
        rt_emit_set(emit, file, origin, "StopPropagatedFrom", "%s", unit);
}

void rt_emit_device_dependencies(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        RT_EACH (device, &container->devices) {
                if (device->unplug != RT_UNPLUG_IGNORE)
                        await(emit, file, device);
                rt_emit_set(emit, file, rt_from(&device->item, RT_DEVICE_PATH), "AssertPathExists",
                            "%s", rt_escape_text(emit->arena, device->path));
        }
        const RtNetwork *network = &container->network;
        for (size_t i = 0; i < network->interfaces.n; i++)
                rt_emit_set(emit, file, rt_from_text(&network->item, RT_NETWORK_INTERFACES, i),
                            "AssertPathExists", "/sys/class/net/%s", network->interfaces.items[i]);
}

/* The arguments of grant-devices: for whom, and what. */
static const char *grants(RtEmit *emit, const RtInstance *instance)
{
        RtText text = RT_TEXT(emit->arena);
        rt_text_addf(&text, "%lld", (long long)instance->uid);
        RT_EACH (device, &instance->container->devices) {
                const char *one = rt_printf(emit->arena, "%s:%s:%s",
                                            device->exclusive ? "exclusive" : "shared",
                                            device->access, device->path);
                rt_text_addf(&text, " %s", rt_escape_argument(emit->arena, one));
        }
        return text.data;
}

void rt_emit_device_grant(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        if (container->devices.n > 0)
                rt_emit_set(emit, file, rt_from(&container->object.item, RT_CONTAINER_DEVICES),
                            "ExecStartPre", RT_PKGLIBEXECDIR "/grant-devices %s",
                            grants(emit, instance));
}

void rt_emit_device_revoke(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        if (container->devices.n > 0)
                rt_emit_set(emit, file, rt_from(&container->object.item, RT_CONTAINER_DEVICES),
                            "ExecStopPost", "-" RT_PKGLIBEXECDIR "/grant-devices --revoke %s",
                            grants(emit, instance));
}

/* Physical interfaces come back from a container that was killed only when the kernel has cleared
 * its namespace away; a restart that came first would miss them. */
void rt_emit_interfaces_return(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        const RtNetwork *network = &instance->container->network;
        RtText names = RT_TEXT(emit->arena);
        for (size_t i = 0; i < network->interfaces.n; i++)
                rt_text_addf(&names, " %s", network->interfaces.items[i]);
        if (names.n > 0)
                rt_emit_set(emit, file, rt_from(&network->item, RT_NETWORK_INTERFACES),
                            "ExecStopPost", "-" RT_PKGLIBEXECDIR "/await-interfaces%s", names.data);
}

void rt_emit_device_policy(RtEmit *emit, RtArtifact *file, const RtInstance *instance)
{
        rt_emit_set(emit, file,
                    rt_by_rule("no device but the declared ones and the few that are harmless"),
                    "DevicePolicy", "closed");
        rt_emit_set(emit, file, rt_by_rule("nspawn makes the node for a private network"),
                    "DeviceAllow", "/dev/net/tun m");
        RT_EACH (device, &instance->container->devices)
                rt_emit_set(emit, file, rt_from(&device->item, RT_DEVICE_PATH), "DeviceAllow",
                            "%s %s", rt_escape_word(emit->arena, device->path), device->access);
}

/* -- beside it --------------------------------------------------------------------------------- */

/* Those of the configs that run the instance, each after a blank; "" if none does. */
static const char *targets_of(const RtEmit *emit, const RtInstance *instance)
{
        RtText targets = RT_TEXT(emit->arena);
        RT_EACH (config, &emit->plan->configs)
                if (rt_config_plan_member(*config, instance->container->object.name) == instance)
                        rt_text_addf(&targets, " %s",
                                     rt_config_target(emit->arena, (*config)->config));
        return targets.data;
}

/* systemd starts this whenever such a device appears, whatever runs; its program looks whether the
 * container is wanted. Without all of the devices there is nothing to try. */
static void emit_replug(RtEmit *emit, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        const char *targets = targets_of(emit, instance);
        if (!rt_container_replugs(container) || !targets[0])
                return;
        const RtOrigin why = rt_by_rule("the container starts again when its device is back");
        RtArtifact *file =
                rt_emit_file(emit, &container->object, replug_unit(emit->arena, instance));
        rt_emit_unit_head(
                emit, file, &container->object, why,
                rt_printf(emit->arena, "Container %s again, with its device", instance->stem));
        RT_EACH (device, &container->devices)
                rt_emit_set(emit, file, rt_from(&device->item, RT_DEVICE_PATH),
                            "ConditionPathExists", "%s", rt_escape_text(emit->arena, device->path));
        rt_emit_set(emit, file, rt_by_rule("a device may come and go quickly"),
                    "StartLimitIntervalSec", "0");
        rt_emit_section(emit, file, "Service");
        rt_emit_set(emit, file, why, "Type", "oneshot");
        rt_emit_set(emit, file, why, "ExecStart", RT_PKGLIBEXECDIR "/start-again %s%s",
                    instance->unit, targets);
}

/* The instance's device of that path, if anything happens when it is unplugged. */
static const RtDevice *plugged_device(const RtInstance *instance, const char *path)
{
        RT_EACH (device, &instance->container->devices)
                if (device->unplug != RT_UNPLUG_IGNORE && strcmp(device->path, path) == 0)
                        return device;
        return NULL;
}

/* What systemd is told of one device, for all containers that have it. */
static void emit_device(RtEmit *emit, const RtDevice *first)
{
        RtArtifact *file = rt_emit_file(emit, NULL,
                                        rt_printf(emit->arena, "%s.d/50-rtcontainers.conf",
                                                  device_unit(emit->arena, first)));
        rt_emit_section(emit, file, "Unit");
        rt_emit_set(emit, file, rt_by_rule("the time begins when systemd can know of the device"),
                    "After", "%s", tagging_unit(emit->arena, first));
        rt_emit_set(emit, file, rt_by_rule("a start waits for a device, but not for long"),
                    "JobRunningTimeoutSec", "%s", device_timeout);
        RT_EACH (instance, &emit->plan->instances) {
                const RtDevice *device = plugged_device(*instance, first->path);
                if (device && device->unplug == RT_UNPLUG_RESTART && targets_of(emit, *instance)[0])
                        rt_emit_set(emit, file, rt_from(&device->item, RT_DEVICE_UNPLUG), "Wants",
                                    "%s", replug_unit(emit->arena, *instance));
        }
}

void rt_emit_devices(RtEmit *emit)
{
        RT_EACH (instance, &emit->plan->instances)
                emit_replug(emit, *instance);
        for (size_t i = 0; i < emit->plan->instances.n; i++)
                RT_EACH (device, &emit->plan->instances.items[i]->container->devices) {
                        bool first = device->unplug != RT_UNPLUG_IGNORE;
                        for (size_t k = 0; k < i && first; k++)
                                first = !plugged_device(emit->plan->instances.items[k],
                                                        device->path);
                        if (first)
                                emit_device(emit, device);
                }
}
