/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStartPre= of containers with devices: looks whether they can be had, and opens them to the
 * container's root, which is nobody in particular on the host, by an entry in each node's access
 * list; ExecStopPost= takes it out again.
 * usage: grant-devices [--revoke] USER [shared:ACCESS:PATH | exclusive:ACCESS:PATH]…
 *
 * Fails, with the reason, if a path is no device node, or if a device that is declared exclusive is
 * in use: if a process has it open, or the kernel claims it (a mount, swap, RAID). A device that
 * has just been plugged in is looked at by udev's programs for a moment, so a second look is taken.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "acl.h"
#include "payload.h"

#define LOCK "/run/rtcontainers/devices.lock"

static const int64_t PATIENCE = 500000; /* us, for a device in use to become free */
static const int64_t LONGEST = 2000000; /* us, for one look at all processes */

/* Who has a device open. */
typedef struct Holder {
        long pid; /* 0: nobody */
        char name[64];
        bool cut; /* not all processes could be looked at in time */
} Holder;

/* Of descriptors on the network, the server is not asked: it may be gone. */
static bool is_device(int folder, const char *name, mode_t type, dev_t device)
{
        struct statx it;
        return statx(folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &it) == 0 &&
               (it.stx_mode & S_IFMT) == type &&
               makedev(it.stx_rdev_major, it.stx_rdev_minor) == device;
}

static bool process_has(long pid, mode_t type, dev_t device)
{
        char path[64];
        bool found = false;
        snprintf(path, sizeof path, "/proc/%ld/fd", pid);
        DIR *folder = opendir(path);
        if (!folder)
                return false;
        for (struct dirent *entry; !found && (entry = readdir(folder));)
                found = isdigit((unsigned char)entry->d_name[0]) &&
                        is_device(dirfd(folder), entry->d_name, type, device);
        closedir(folder);
        return found;
}

/* A process chooses its name itself. */
static void get_name(long pid, char *ret, size_t size)
{
        char path[64];
        snprintf(path, sizeof path, "/proc/%ld/comm", pid);
        FILE *file = fopen(path, "re");
        if (!file || !fgets(ret, (int)size, file))
                snprintf(ret, size, "?");
        if (file)
                fclose(file);
        ret[strcspn(ret, "\n")] = '\0';
        for (char *s = ret; *s; s++)
                if (!isprint((unsigned char)*s))
                        *s = '?';
}

static Holder find_holder(mode_t type, dev_t device)
{
        Holder holder = { 0 };
        const int64_t deadline = rt_monotonic() + LONGEST;
        DIR *folder = opendir("/proc");
        if (!folder)
                return holder;
        for (struct dirent *entry; holder.pid == 0 && (entry = readdir(folder));) {
                const long pid = strtol(entry->d_name, NULL, 10);
                if (pid <= 0 || pid == getpid())
                        continue;
                holder.cut = rt_monotonic() > deadline;
                if (holder.cut)
                        break;
                if (process_has(pid, type, device)) {
                        holder.pid = pid;
                        get_name(pid, holder.name, sizeof holder.name);
                }
        }
        closedir(folder);
        return holder;
}

/* Mounted, part of a RAID and so on: only block devices can be claimed in this way. */
static bool kernel_holds(const char *path, mode_t type)
{
        if (type != S_IFBLK)
                return false;
        int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0)
                close(fd);
        return fd < 0 && errno == EBUSY;
}

static int check_free(const char *path, mode_t type, dev_t device)
{
        const struct timespec pause = { .tv_nsec = 50000000 };
        const int64_t deadline = rt_monotonic() + PATIENCE;
        Holder holder = find_holder(type, device);
        bool claimed = kernel_holds(path, type);
        while ((holder.pid > 0 || claimed) && rt_monotonic() < deadline) {
                nanosleep(&pause, NULL);
                holder = find_holder(type, device);
                claimed = kernel_holds(path, type);
        }
        if (holder.pid > 0)
                fprintf(stderr, "%s is in use by process %ld (%s), and declared exclusive\n", path,
                        holder.pid, holder.name);
        else if (claimed)
                fprintf(stderr,
                        "%s is in use by the kernel, such as for a mount, and declared "
                        "exclusive\n",
                        path);
        else if (holder.cut)
                fprintf(stderr, "Too many processes: not all were asked whether they use %s\n",
                        path);
        return holder.pid > 0 || claimed ? -EBUSY : 0;
}

static int check_device(const char *path, bool exclusive)
{
        struct stat it;
        if (stat(path, &it) < 0) {
                fprintf(stderr, "%s: %s\n", path,
                        errno == ENOENT ? "there is no such device" : strerror(errno));
                return -errno;
        }
        if (!S_ISCHR(it.st_mode) && !S_ISBLK(it.st_mode)) {
                fprintf(stderr, "%s is no device node%s\n", path,
                        S_ISDIR(it.st_mode) ? " but a folder; declare the nodes in it" : "");
                return -ENODEV;
        }
        return exclusive ? check_free(path, it.st_mode & S_IFMT, it.st_rdev) : 0;
}

typedef struct Request {
        bool exclusive;
        unsigned permissions; /* as in access lists */
        const char *path;
} Request;

/* "exclusive:rw:/dev/x" */
static int parse_request(const char *text, Request *ret)
{
        const char *access = strchr(text, ':');
        const char *path = access ? strchr(access + 1, ':') : NULL;
        const bool exclusive = access && strncmp(text, "exclusive:", strlen("exclusive:")) == 0;
        if (!path || (!exclusive && strncmp(text, "shared:", strlen("shared:")) != 0))
                return -EINVAL;
        *ret = (Request){ .exclusive = exclusive, .path = path + 1 };
        for (const char *s = access + 1; s < path; s++)
                ret->permissions |= *s == 'r' ? 4U : *s == 'w' ? 2U : 0U;
        return 0;
}

static int grant(const Request *request, uid_t user, bool revoke)
{
        if (request->permissions == 0)
                return 0;
        int r = rt_acl_set(request->path, user, revoke ? 0 : request->permissions);
        /* Nothing is left to take back from a node that is gone. */
        if (r < 0 && !(revoke && r == -ENOENT))
                fprintf(stderr, "%s: the access list cannot be changed: %s\n", request->path,
                        strerror(-r));
        return r;
}

/* All are looked at before anything is changed. */
static int handle(char *const texts[], int n, uid_t user, bool revoke)
{
        int status = 0;
        Request request;
        for (int i = 0; i < n; i++) {
                if (parse_request(texts[i], &request) < 0)
                        return 2;
                if (!revoke && check_device(request.path, request.exclusive) < 0)
                        status = 1;
        }
        const int lock = rt_acl_lock(LOCK);
        for (int i = 0; i < n && status == 0; i++)
                if (parse_request(texts[i], &request) < 0 || grant(&request, user, revoke) < 0)
                        status = revoke ? 0 : 1;
        if (lock >= 0)
                close(lock);
        return status;
}

static int parse_user(const char *text, uid_t *ret)
{
        char *end;
        errno = 0;
        const long long value = strtoll(text, &end, 10);
        if (!isdigit((unsigned char)text[0]) || *end || errno != 0 || value >= UINT32_MAX)
                return -EINVAL;
        *ret = (uid_t)value;
        return 0;
}

int main(int argc, char *argv[])
{
        const bool revoke = argc > 1 && strcmp(argv[1], "--revoke") == 0;
        const int first = revoke ? 2 : 1;
        uid_t user;
        int status = 2;
        if (argc > first && parse_user(argv[first], &user) == 0)
                status = handle(argv + first + 1, argc - first - 1, user, revoke);
        if (status == 2)
                fputs("usage: grant-devices [--revoke] USER [shared:ACCESS:PATH | "
                      "exclusive:ACCESS:PATH]…\n",
                      stderr);
        return status;
}
