/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-ends.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one container. */
enum { MOST_DESCRIPTORS = 65536, MOST_ENDS = 1024 };

static const char link_text[] = "/memfd:" RT_STATISTICS_MEMFD " (deleted)";

typedef struct Search {
        RtArena *arena;
        RtFoundEnds *ends;
        size_t looked_at;
        dev_t memfds; /* the file system that memfds are on */
} Search;

/* The process that is being looked at; by its folder, which is of no other one even if its number
 * is used again. */
typedef struct Process {
        pid_t pid;
        int folder;
} Process;

static FILE *open_file(const Process *process, const char *name)
{
        int fd = openat(process->folder, name, O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
        if (fd >= 0 && !file)
                (void)close(fd);
        return file;
}

/* Containers have user IDs of their own, and whoever makes a memfd owns it: one that a peer from
 * another container has passed in is somebody else's. In the host's own user namespace, which has
 * all, it is the process's user that counts. */
static bool has_user(const Process *process, uid_t uid)
{
        unsigned long inside, first, count;
        bool found = false;
        struct stat status;
        FILE *file = open_file(process, "uid_map");
        while (file && !found && fscanf(file, "%lu %lu %lu", &inside, &first, &count) == 3)
                found = count == UINT32_MAX
                                ? fstat(process->folder, &status) == 0 && status.st_uid == uid
                                : uid >= first && uid - first < count;
        if (file)
                (void)fclose(file);
        return found;
}

/* Its number in its own pid namespace; 0 if that is not to be found out. */
static unsigned inner_pid(const Process *process)
{
        char line[512];
        unsigned pid = 0;
        FILE *file = open_file(process, "status");
        while (file && fgets(line, sizeof line, file)) {
                if (strncmp(line, "NSpid:", 6) != 0)
                        continue;
                const char *last = strrchr(line, '\t');
                pid = last ? (unsigned)strtoul(last + 1, NULL, 10) : 0;
                break;
        }
        if (file)
                (void)fclose(file);
        return pid;
}

/* What is behind the descriptor, opened for reading, if it is memory such as the library makes; -1
 * if not. It is looked at before it is opened: opening a device or a pipe can do things. */
static int open_memory(const Search *search, int folder, const char *name, struct stat *ret)
{
        char path[64];
        int peek = openat(folder, name, O_PATH | O_CLOEXEC), fd = -1;
        if (peek < 0)
                return -1;
        if (fstat(peek, ret) == 0 && S_ISREG(ret->st_mode) && ret->st_dev == search->memfds &&
            ret->st_size == RT_STATISTICS_SIZE) {
                (void)snprintf(path, sizeof path, "/proc/self/fd/%d", peek);
                fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        }
        (void)close(peek);
        return fd;
}

static RtFoundEnd *known(const RtFoundEnds *ends, ino_t inode)
{
        for (size_t i = 0; i < ends->n; i++)
                if (ends->items[i].inode == inode)
                        return &ends->items[i];
        return NULL;
}

static void add_end(Search *search, const Process *process, int fd, const struct stat *status)
{
        unsigned char data[RT_STATISTICS_SIZE];
        RtFoundEnds *ends = search->ends;
        ssize_t size = pread(fd, data, sizeof data, 0);
        RtFoundEnd end = { .pid = process->pid,
                           .inode = status->st_ino,
                           .is_own = has_user(process, status->st_uid) };
        end.problem =
                rt_end_page_parse(search->arena, data, size > 0 ? (size_t)size : 0, &end.page);
        end.is_opener = end.problem == 0 && end.page.pid == inner_pid(process);
        RtFoundEnd *same = known(ends, end.inode);
        if (same) {
                if (end.is_opener)
                        *same = end;
        } else if (ends->n == MOST_ENDS) {
                ends->all = false;
        } else {
                RT_APPEND(search->arena, ends, end);
        }
}

static bool is_refused(Search *search, const Process *process)
{
        if (errno != EACCES && errno != EPERM)
                return false;
        search->ends->refused = process->pid;
        search->ends->error = errno;
        return true;
}

static bool is_called_statistics(Search *search, const Process *process, int folder,
                                 const char *name)
{
        char text[sizeof link_text];
        ssize_t n = readlinkat(folder, name, text, sizeof text);
        if (n < 0)
                (void)is_refused(search, process);
        return n == (ssize_t)strlen(link_text) && memcmp(text, link_text, (size_t)n) == 0;
}

static void look_through(Search *search, const Process *process, DIR *descriptors)
{
        int folder = dirfd(descriptors);
        for (const struct dirent *entry; (entry = readdir(descriptors));) {
                struct stat status;
                if (search->looked_at++ == MOST_DESCRIPTORS) {
                        search->ends->all = false;
                        return;
                }
                if (!is_called_statistics(search, process, folder, entry->d_name))
                        continue;
                int fd = open_memory(search, folder, entry->d_name, &status);
                if (fd < 0)
                        continue; /* closed meanwhile, or something else */
                add_end(search, process, fd, &status);
                (void)close(fd);
        }
}

static void look_at(Search *search, pid_t pid)
{
        char path[32];
        (void)snprintf(path, sizeof path, "/proc/%d", (int)pid);
        Process process = { pid, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        if (process.folder < 0)
                return; /* ended meanwhile */
        int fd = openat(process.folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *descriptors = fd < 0 ? NULL : fdopendir(fd);
        if (descriptors) {
                look_through(search, &process, descriptors);
                (void)closedir(descriptors);
        } else {
                (void)is_refused(search, &process);
        }
        (void)close(process.folder);
}

/* -- all of a service -------------------------------------------------------------------------- */

static bool is_listed(const RtPids *pids, pid_t pid)
{
        RT_EACH (one, pids)
                if (*one == pid)
                        return true;
        return false;
}

/* A number that was read from the cgroup may have been another process's when it was looked up. If
 * it is still listed afterwards, it was the service's. */
static void drop_strangers(RtArena *arena, const RtService *service, RtFoundEnds *ends)
{
        RtPids pids = { 0 };
        size_t n = 0;
        (void)rt_service_pids(arena, service, &pids);
        for (size_t i = 0; i < ends->n; i++)
                if (is_listed(&pids, ends->items[i].pid))
                        ends->items[n++] = ends->items[i];
        ends->n = n;
        ends->runs = pids.n > 0;
}

void rt_ends_find(RtArena *arena, const RtService *service, RtFoundEnds *ret)
{
        RtPids pids = { 0 };
        struct stat status = { 0 };
        *ret = (RtFoundEnds){ .all = rt_service_pids(arena, service, &pids) };
        int ours = memfd_create("rtctl", MFD_CLOEXEC);
        if (ours < 0 || fstat(ours, &status) < 0) {
                ret->all = false;
                return;
        }
        (void)close(ours);
        Search search = { .arena = arena, .ends = ret, .memfds = status.st_dev };
        RT_EACH (pid, &pids)
                look_at(&search, *pid);
        drop_strangers(arena, service, ret);
}
