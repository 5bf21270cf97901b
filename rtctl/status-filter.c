/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The device filter as the kernel enforces it: each declared device is allowed as declared, and
 * nothing is that is neither declared nor harmless. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "status-devices.h"
#include "text.h"

enum { MOST_STRANGERS = 8 };

static const char *access_words(RtArena *arena, unsigned access)
{
        return access == 0 ? "none"
                           : rt_printf(arena, "%s%s%s", access & RT_DEVICE_READ ? "r" : "",
                                       access & RT_DEVICE_WRITE ? "w" : "",
                                       access & RT_DEVICE_MKNOD ? "m" : "");
}

static unsigned access_of(const char *words)
{
        return (strchr(words, 'r') ? RT_DEVICE_READ : 0U) |
               (strchr(words, 'w') ? RT_DEVICE_WRITE : 0U) |
               (strchr(words, 'm') ? RT_DEVICE_MKNOD : 0U);
}

int rt_device_number(const RtInspection *inspection, const char *path, RtDeviceNumber *ret)
{
        struct stat status;
        if (stat(rt_system_path(inspection->arena, inspection->system, "%s", path), &status) < 0)
                return -errno;
        if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
                return -ENODEV;
        *ret = (RtDeviceNumber){ S_ISBLK(status.st_mode), major(status.st_rdev),
                                 minor(status.st_rdev) };
        return 0;
}

unsigned rt_device_declared_access(const RtInspection *inspection, const RtDeviceNumber *number)
{
        unsigned access = 0;
        RT_EACH (device, &inspection->instance->container->devices) {
                RtDeviceNumber one;
                if (rt_device_number(inspection, device->path, &one) == 0 &&
                    one.block == number->block && one.major == number->major &&
                    one.minor == number->minor)
                        access |= access_of(device->access);
        }
        return access;
}

/* What DevicePolicy=closed allows, and the node that nspawn makes for a private network. */
unsigned rt_device_harmless_access(const RtDeviceNumber *device)
{
        static const struct {
                uint32_t major, minor;
                unsigned access;
        } known[] = {
                { 1, 3, RT_DEVICE_ALL },     /* null */
                { 1, 5, RT_DEVICE_ALL },     /* zero */
                { 1, 7, RT_DEVICE_ALL },     /* full */
                { 1, 8, RT_DEVICE_ALL },     /* random */
                { 1, 9, RT_DEVICE_ALL },     /* urandom */
                { 5, 0, RT_DEVICE_ALL },     /* tty */
                { 5, 2, RT_DEVICE_ALL },     /* ptmx */
                { 10, 200, RT_DEVICE_MKNOD } /* net/tun */
        };
        if (device->major == 0 && device->minor == 0)
                return RT_DEVICE_ALL; /* where systemd hides what is not to be seen */
        if (device->block)
                return 0;
        if (device->major >= 136 && device->major <= 143)
                return RT_DEVICE_ALL; /* pseudo terminals: its own instance of them */
        for (size_t i = 0; i < RT_ELEMENTS(known); i++)
                if (known[i].major == device->major && known[i].minor == device->minor)
                        return known[i].access;
        return 0;
}

static const char *number_words(RtArena *arena, uint32_t number)
{
        return number == RT_DEVICE_ANY ? "any" : rt_printf(arena, "%" PRIu32, number);
}

const char *rt_device_words(RtArena *arena, const RtDeviceNumber *device)
{
        return rt_printf(arena, "%s %s:%s", device->block ? "block" : "char",
                         number_words(arena, device->major), number_words(arena, device->minor));
}

/* -- declared devices -------------------------------------------------------------------------- */

static void compare_device(RtInspection *inspection, const RtDevicePrograms *programs,
                           const RtDevice *device)
{
        RtArena *arena = inspection->arena;
        RtDeviceNumber number;
        RtComparison comparison = {
                .subject = rt_printf(arena, "device %s", rt_printable(arena, device->path, 256)),
                .aspect = "filter",
                .declared = device->access,
                .hint = "the device had another number when the container was started, or the "
                        "unit says something else; restart it",
        };
        int r = rt_device_number(inspection, device->path, &number);
        if (r < 0)
                return; /* that it is not there is said of its node */
        unsigned planned =
                rt_device_declared_access(inspection, &number) | rt_device_harmless_access(&number);
        comparison.planned = access_words(arena, planned);
        r = rt_device_programs_access(programs, &number);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        comparison.actual = access_words(arena, (unsigned)r);
        rt_compare_texts(inspection, comparison);
}

/* -- all others -------------------------------------------------------------------------------- */

static void compare_others(RtInspection *inspection, const RtDevicePrograms *programs)
{
        RtArena *arena = inspection->arena;
        RtAllowedDevices allowed = { 0 };
        RtText text = RT_TEXT(arena);
        size_t n = 0;
        RtComparison comparison = { .subject = "devices",
                                    .aspect = "filter",
                                    .planned = "no others",
                                    .hint = "a drop-in, or systemctl set-property, has allowed "
                                            "more: systemctl cat" };
        int r = rt_device_programs_list(arena, programs, &allowed);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                if (r == -EOPNOTSUPP || r == -E2BIG)
                        inspection->findings.comparisons
                                .items[inspection->findings.comparisons.n - 1]
                                .hint = "a filter is there, but none of systemd's simple ones";
                return;
        }
        RT_EACH (one, &allowed) {
                unsigned more =
                        one->access & ~(rt_device_harmless_access(&one->device) |
                                        rt_device_declared_access(inspection, &one->device));
                if (more && n++ < MOST_STRANGERS)
                        rt_text_addf(&text, "%s%s %s", text.n > 0 ? ", " : "",
                                     rt_device_words(arena, &one->device),
                                     access_words(arena, more));
        }
        if (n > MOST_STRANGERS)
                rt_text_addf(&text, " and %zu more", n - MOST_STRANGERS);
        comparison.actual = n > 0 ? rt_strdup(arena, text.data) : comparison.planned;
        rt_compare_texts(inspection, comparison);
}

void rt_inspect_device_filter(RtInspection *inspection)
{
        RtDevicePrograms programs = { 0 };
        const char *policy = rt_planned_in_unit(inspection, "DevicePolicy");
        RtComparison comparison = { .subject = "devices",
                                    .aspect = "filter",
                                    .planned = policy ? policy : "closed",
                                    .hint = "the kernel lets it use every device that it finds a "
                                            "node of; restart it, and see whether systemd can "
                                            "filter devices here" };
        const char *group = rt_printf(inspection->arena, "%s/payload", inspection->group);
        int r = inspection->system->device_programs(inspection->arena, group, &programs);
        if (r < 0) {
                rt_compare_unread(inspection, comparison, r);
                return;
        }
        if (programs.n == 0) {
                comparison.actual = "none";
                comparison.agreement = RT_DRIFT;
                rt_compare(inspection, comparison);
                return;
        }
        compare_others(inspection, &programs);
        RT_EACH (device, &inspection->instance->container->devices)
                compare_device(inspection, &programs, device);
}
