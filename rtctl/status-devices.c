/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Nodes of devices in the container's /dev: those that are declared, and the harmless ones. The
 * container owns that folder, so nothing in it is opened but folders of the same mount. */

#include "status-devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "text.h"

enum { MOST_NODES = 4096, MOST_DEPTH = 8, MOST_STRANGERS = 8 };

typedef struct Walk {
        RtInspection *inspection;
        size_t n; /* entries looked at */
        bool all;
        size_t n_strangers;
        RtText strangers;
} Walk;

static int open_folder(int folder, const char *name)
{
        struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                                .resolve =
                                        RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_BENEATH };
        return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

/* What lies there, without asking a file system that might not answer. */
static int look(int folder, const char *name, struct statx *ret)
{
        const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
        return statx(folder, name, flags, STATX_TYPE, ret) < 0 ? -errno : 0;
}

static bool is_device(const struct statx *status)
{
        return S_ISCHR(status->stx_mode) || S_ISBLK(status->stx_mode);
}

static RtDeviceNumber number_of(const struct statx *status)
{
        return (RtDeviceNumber){ S_ISBLK(status->stx_mode), status->stx_rdev_major,
                                 status->stx_rdev_minor };
}

/* -- nodes that are there ---------------------------------------------------------------------- */

static void judge(Walk *walk, const char *path, const struct statx *status)
{
        RtArena *arena = walk->inspection->arena;
        const RtDeviceNumber device = number_of(status);
        /* Its console is a pseudo terminal, or what stands for none. */
        if (rt_device_harmless_access(&device) != 0 ||
            rt_device_declared_access(walk->inspection, &device) != 0)
                return;
        if (walk->n_strangers++ < MOST_STRANGERS)
                rt_text_addf(&walk->strangers, "%s%s (%s)", walk->strangers.n > 0 ? ", " : "",
                             rt_printable(arena, path, 128), rt_device_words(arena, &device));
}

static void walk_folder(Walk *walk, int fd, const char *path, int depth)
{
        DIR *dir = fdopendir(fd);
        if (!dir) {
                (void)close(fd);
                return;
        }
        for (const struct dirent *entry; (entry = readdir(dir));) {
                const char *name = entry->d_name;
                struct statx status;
                if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                        continue;
                if (walk->n++ == MOST_NODES || depth == MOST_DEPTH) {
                        walk->all = false;
                        break;
                }
                const char *inner = rt_printf(walk->inspection->arena, "%s/%s", path, name);
                if (look(fd, name, &status) < 0)
                        continue;
                if (is_device(&status)) {
                        judge(walk, inner, &status);
                } else if (S_ISDIR(status.stx_mode)) {
                        int folder = open_folder(fd, name);
                        if (folder >= 0) /* another mount has no devices: nodev, or terminals */
                                walk_folder(walk, folder, inner, depth + 1);
                }
        }
        (void)closedir(dir);
}

static void compare_nodes(RtInspection *inspection, int dev)
{
        Walk walk = { .inspection = inspection,
                      .all = true,
                      .strangers = RT_TEXT(inspection->arena) };
        int fd = openat(dev, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        RtComparison comparison = { .subject = "devices",
                                    .aspect = "nodes",
                                    .planned = "no others",
                                    .hint = "somebody has made it there; whether it can be used is "
                                            "up to the filter" };
        if (fd < 0) {
                rt_compare_unread(inspection, comparison, -errno);
                return;
        }
        walk_folder(&walk, fd, "/dev", 0);
        comparison.actual = walk.n_strangers > 0 ? rt_strdup(inspection->arena, walk.strangers.data)
                            : walk.all           ? comparison.planned
                                                 : NULL;
        comparison.agreement = walk.n_strangers > 0 ? RT_DRIFT
                               : walk.all           ? RT_AS_PLANNED
                                                    : RT_UNKNOWN;
        if (comparison.agreement == RT_UNKNOWN)
                comparison.hint = "there is too much in its /dev to look at";
        rt_compare(inspection, comparison);
}

/* -- nodes that should be ---------------------------------------------------------------------- */

/* What is at the device's path inside. No link is followed; `dev` is its /dev. */
static int look_inside(int dev, const char *path, struct statx *ret)
{
        struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                                .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH };
        if (!rt_starts_with(path, "/dev/"))
                return -EOPNOTSUPP;
        int fd = (int)syscall(SYS_openat2, dev, path + strlen("/dev/"), &how, sizeof how);
        if (fd < 0)
                return -errno;
        int r = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, ret) < 0 ? -errno : 0;
        (void)close(fd);
        return r;
}

static void compare_node(RtInspection *inspection, int dev, const RtDevice *device)
{
        RtArena *arena = inspection->arena;
        RtDeviceNumber number;
        struct statx status;
        RtComparison comparison = {
                .subject = rt_printf(arena, "device %s", rt_printable(arena, device->path, 256)),
                .aspect = "node",
                .declared = rt_printable(arena, device->path, 256),
        };
        int on_host = rt_device_number(inspection, device->path, &number);
        int inside = look_inside(dev, device->path, &status);
        comparison.planned = on_host < 0 ? "the host's device" : rt_device_words(arena, &number);
        if (on_host < 0 && (on_host == -EACCES || on_host == -EPERM)) {
                rt_compare_unread(inspection, comparison, on_host);
                return;
        }
        if (inside < 0 && inside != -ENOENT && inside != -ENOTDIR && inside != -ELOOP) {
                rt_compare_unread(inspection, comparison, inside);
                return;
        }
        const RtDeviceNumber its = inside < 0 ? (RtDeviceNumber){ 0 } : number_of(&status);
        comparison.actual = inside < 0           ? "none"
                            : is_device(&status) ? rt_device_words(arena, &its)
                                                 : "no device";
        bool same = on_host == 0 && strcmp(comparison.planned, comparison.actual) == 0;
        comparison.agreement = same ? RT_AS_PLANNED : RT_DRIFT;
        comparison.hint = on_host < 0 ? "the host does not have the device any more"
                                      : "the device has come back with another number, or was not "
                                        "there at the start; restart the container";
        rt_compare(inspection, comparison);
}

/* -- all --------------------------------------------------------------------------------------- */

/* The container's /dev, if the kernel says that it is memory: a file system of the container's own
 * making would be asked, and could keep us waiting. */
static int open_dev(const RtInspection *inspection)
{
        const char *text;
        int r = rt_read_program(inspection, "mountinfo", &text);
        if (r < 0)
                return r;
        const char *type = rt_parse_mount_type(inspection->arena, text, "/dev");
        if (!type || (strcmp(type, "tmpfs") != 0 && strcmp(type, "devtmpfs") != 0))
                return -EBADMSG;
        int root = openat(inspection->folder, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return -errno;
        int fd = openat(root, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = fd < 0 ? -errno : fd;
        (void)close(root);
        return r;
}

void rt_inspect_devices(RtInspection *inspection)
{
        int dev = open_dev(inspection);
        if (dev < 0) {
                rt_compare_unread(inspection,
                                  (RtComparison){ .subject = "devices",
                                                  .aspect = "nodes",
                                                  .planned = "no others" },
                                  dev);
                return;
        }
        compare_nodes(inspection, dev);
        RT_EACH (device, &inspection->instance->container->devices)
                compare_node(inspection, dev, device);
        (void)close(dev);
}
