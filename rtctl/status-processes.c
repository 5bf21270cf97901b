/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "text.h"

/* More than any system has, so that a container cannot keep us busy. */
enum { MOST_DEPTH = 16, MOST_FOLDERS = 2048, MOST_PROCESSES = 8192 };

static DIR *open_folder(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (fd >= 0 && !dir)
                (void)close(fd);
        return dir;
}

/* -- services ---------------------------------------------------------------------------------- */

static int find_in(RtArena *arena, const char *path, int depth, RtServices *services)
{
        DIR *dir = open_folder(path);
        if (!dir)
                return -errno;
        for (const struct dirent *entry; (entry = readdir(dir));) {
                const char *name = entry->d_name;
                if (entry->d_type != DT_DIR)
                        continue;
                const char *inner = rt_printf(arena, "%s/%s", path, name);
                if (rt_ends_with(name, ".slice") && depth < MOST_DEPTH)
                        (void)find_in(arena, inner, depth + 1, services); /* it may just end */
                else if (rt_starts_with(name, "rt-") && rt_ends_with(name, ".service"))
                        RT_APPEND(arena, services, (RtService){ rt_strdup(arena, name), inner });
        }
        (void)closedir(dir);
        return 0;
}

int rt_services_find(RtArena *arena, const char *root, RtServices *ret)
{
        return find_in(arena, root, 0, ret);
}

/* -- processes --------------------------------------------------------------------------------- */

typedef struct Search {
        RtArena *arena;
        RtPids *pids;
        size_t folders;
        bool all; /* nothing was left out */
} Search;

/* A group of the "threaded" type cannot be read; its processes are listed above it. */
static void read_group(Search *search, const char *path)
{
        FILE *file = fopen(rt_printf(search->arena, "%s/cgroup.procs", path), "re");
        int pid;
        while (file && fscanf(file, "%d", &pid) == 1) {
                if (search->pids->n == MOST_PROCESSES) {
                        search->all = false;
                        break;
                }
                if (pid > 0) /* 0: in a pid namespace that we do not see */
                        RT_APPEND(search->arena, search->pids, pid);
        }
        if (file)
                (void)fclose(file);
}

static void read_groups(Search *search, const char *path, int depth)
{
        if (depth == MOST_DEPTH || search->folders++ == MOST_FOLDERS) {
                search->all = false;
                return;
        }
        read_group(search, path);
        DIR *dir = open_folder(path);
        if (!dir)
                return;
        for (const struct dirent *entry; search->all && (entry = readdir(dir));)
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                        read_groups(search, rt_printf(search->arena, "%s/%s", path, entry->d_name),
                                    depth + 1);
        (void)closedir(dir);
}

static int by_number(const void *a, const void *b)
{
        pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
        return (x > y) - (x < y);
}

bool rt_service_pids(RtArena *arena, const RtService *service, RtPids *ret)
{
        RtPids found = { 0 };
        Search search = { .arena = arena, .pids = &found, .all = true };
        read_groups(&search, service->group, 0);
        if (found.n > 0)
                qsort(found.items, found.n, sizeof *found.items, by_number);
        RT_EACH (pid, &found)
                if (pid == found.items || pid[0] != pid[-1])
                        RT_APPEND(arena, ret, *pid);
        return search.all;
}
