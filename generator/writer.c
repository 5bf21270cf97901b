/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "search.h"

static const char stage_prefix[] = ".rtcontainers-";

typedef struct Stage {
        RtArena *arena;
        int dir;       /* where the artifacts go */
        int fd;        /* the staging folder in it */
        char name[32]; /* of the staging folder */
        bool durable;
        char *buffer;                  /* for the text of any one file */
        RT_LIST(const char *) folders; /* that are known to be there */
        RT_LIST(const char *) made;    /* folders that were not there before */
} Stage;

static const char *staged_name(const Stage *stage, size_t index)
{
        return rt_printf(stage->arena, "%zu", index);
}

/* -- staging ----------------------------------------------------------------------------------- */

static int open_stage(Stage *stage)
{
        stage->fd = -1;
        for (unsigned attempt = 0; attempt < 100; attempt++) {
                const char *name =
                        rt_printf(stage->arena, "%s%d-%u", stage_prefix, getpid(), attempt);
                strncpy(stage->name, name, sizeof stage->name - 1);
                if (mkdirat(stage->dir, stage->name, 0700) == 0) {
                        stage->fd = openat(stage->dir, stage->name,
                                           O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                        if (stage->fd >= 0)
                                return 0;
                        int r = -errno;
                        unlinkat(stage->dir, stage->name, AT_REMOVEDIR);
                        return r;
                }
                if (errno != EEXIST)
                        return -errno;
        }
        return -EEXIST;
}

/* Removes a staging folder with what is in it. Takes over `fd`. */
static void remove_stage(int dir, const char *name, int fd)
{
        DIR *stage = fd >= 0 ? fdopendir(fd) : NULL;
        if (stage) {
                rewinddir(stage);
                for (struct dirent *entry; (entry = readdir(stage));)
                        if (entry->d_name[0] != '.')
                                unlinkat(fd, entry->d_name, 0);
                closedir(stage);
        } else if (fd >= 0) {
                close(fd);
        }
        unlinkat(dir, name, AT_REMOVEDIR);
}

int rt_claim_output(RtArena *arena, int dir)
{
        if (flock(dir, LOCK_EX) < 0)
                return -errno;
        RT_LIST(const char *) stages = { 0 };
        int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
        if (!folder) {
                int r = -errno;
                if (fd >= 0)
                        close(fd);
                return r;
        }
        for (struct dirent *entry; (entry = readdir(folder));)
                if (strncmp(entry->d_name, stage_prefix, strlen(stage_prefix)) == 0)
                        RT_APPEND(arena, &stages, rt_strdup(arena, entry->d_name));
        closedir(folder);
        RT_EACH (name, &stages)
                remove_stage(dir, *name, rt_open_folder_beneath(dir, *name));
        return 0;
}

static int write_all(int fd, const char *text, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, text, size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t)n;
        }
        return 0;
}

static int stage_file(const Stage *stage, const RtArtifact *artifact, const char *name)
{
        int fd = openat(stage->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        rt_artifact_copy(artifact, stage->buffer);
        int r = write_all(fd, stage->buffer, artifact->size);
        if (r == 0 && stage->durable && fsync(fd) < 0)
                r = -errno;
        if (close(fd) < 0 && r == 0)
                r = -errno;
        return r;
}

static int stage_artifact(const Stage *stage, const RtArtifact *artifact, size_t index)
{
        const char *name = staged_name(stage, index);
        if (!artifact->link)
                return stage_file(stage, artifact, name);
        return symlinkat(artifact->link, stage->fd, name) < 0 ? -errno : 0;
}

/* -- placing ----------------------------------------------------------------------------------- */

static const char *folder_of(RtArena *arena, const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? rt_strndup(arena, path, (size_t)(slash - path)) : NULL;
}

/* 1: it has been made, 0: it was there. Another run may remove it between two looks at it. */
static int ensure_folder(const Stage *stage, const char *folder)
{
        for (unsigned attempt = 0; attempt < 100; attempt++) {
                struct stat st;
                if (mkdirat(stage->dir, folder, 0755) == 0)
                        return 1;
                if (errno != EEXIST)
                        return -errno;
                if (fstatat(stage->dir, folder, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
                if (errno != ENOENT)
                        return -errno;
        }
        return -ENOENT;
}

static int make_folder(Stage *stage, const RtArtifact *artifact)
{
        const char *folder = folder_of(stage->arena, artifact->path);
        if (!folder)
                return 0;
        RT_EACH (known, &stage->folders)
                if (strcmp(*known, folder) == 0)
                        return 0;
        int r = ensure_folder(stage, folder);
        if (r < 0)
                return r;
        if (r > 0)
                RT_APPEND(stage->arena, &stage->made, folder);
        RT_APPEND(stage->arena, &stage->folders, folder);
        return 0;
}

/* After a failure. What another run has put something into meanwhile stays. */
static void remove_folders(const Stage *stage)
{
        RT_EACH (folder, &stage->made)
                unlinkat(stage->dir, *folder, AT_REMOVEDIR);
}

static int place_artifact(const Stage *stage, const RtArtifact *artifact, size_t index)
{
        const char *folder = folder_of(stage->arena, artifact->path);
        for (unsigned attempt = 0; attempt < 100; attempt++) {
                const char *name = staged_name(stage, index);
                if (renameat(stage->fd, name, stage->dir, artifact->path) == 0)
                        return 0;
                /* Another run that failed may have removed the folder, empty as it was. */
                if (errno != ENOENT || !folder)
                        return -errno;
                int r = ensure_folder(stage, folder);
                if (r < 0)
                        return r;
        }
        return -ENOENT;
}

static int sync_folder(const Stage *stage, const char *folder)
{
        int fd = openat(stage->dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = fsync(fd) < 0 ? -errno : 0;
        close(fd);
        return r;
}

static int sync_folders(const Stage *stage)
{
        RT_EACH (folder, &stage->folders) {
                int r = sync_folder(stage, *folder);
                if (r < 0)
                        return r;
        }
        return sync_folder(stage, ".");
}

/* A name that is too long would be noticed only when half of the others are in place. */
static int check_name(const RtArtifact *artifact)
{
        const char *slash = strrchr(artifact->path, '/');
        return strlen(slash ? slash + 1 : artifact->path) > NAME_MAX ? -ENAMETOOLONG : 0;
}

static int write_staged(Stage *stage, const RtArtifacts *artifacts, RtWriteError *ret_error)
{
        int r;
        for (size_t i = 0; i < artifacts->list.n; i++) {
                const RtArtifact *artifact = artifacts->list.items[i];
                ret_error->path = artifact->path;
                r = check_name(artifact);
                if (r == 0)
                        r = stage_artifact(stage, artifact, i);
                if (r == 0)
                        r = make_folder(stage, artifact);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < artifacts->list.n; i++) {
                const RtArtifact *artifact = artifacts->list.items[i];
                ret_error->path = artifact->path;
                r = place_artifact(stage, artifact, i);
                if (r < 0)
                        return r;
        }
        ret_error->path = ".";
        return stage->durable ? sync_folders(stage) : 0;
}

int rt_write_artifacts(const RtArtifacts *artifacts, int dir, bool durable, RtWriteError *ret_error)
{
        if (artifacts->list.n == 0)
                return 0;
        size_t largest = 0;
        RT_EACH (artifact, &artifacts->list)
                if ((*artifact)->size > largest)
                        largest = (*artifact)->size;
        Stage stage = { .arena = artifacts->arena, .dir = dir, .durable = durable };
        stage.buffer = rt_alloc(stage.arena, largest);
        *ret_error = (RtWriteError){ .path = "." };
        int r = open_stage(&stage);
        if (r == 0) {
                r = write_staged(&stage, artifacts, ret_error);
                if (r < 0)
                        remove_folders(&stage);
                remove_stage(dir, stage.name, stage.fd);
        }
        ret_error->error = r;
        return r;
}

int rt_remove_artifact(RtArena *arena, int dir, const char *path)
{
        const char *folder = folder_of(arena, path);
        if (!folder)
                return unlinkat(dir, path, 0) < 0 && errno != ENOENT ? -errno : 0;
        int fd = rt_open_folder_beneath(dir, folder);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        int r = unlinkat(fd, path + strlen(folder) + 1, 0) < 0 && errno != ENOENT ? -errno : 0;
        close(fd);
        unlinkat(dir, folder, AT_REMOVEDIR); /* fails if others still need it */
        return r;
}

int rt_open_output(RtArena *arena, const char *root, const char *path)
{
        int r = rt_open_in_root(root, path, O_RDONLY | O_DIRECTORY);
        if (r != -ENOENT)
                return r;
        const char *slash = strrchr(path, '/');
        const char *parent =
                slash && slash > path ? rt_strndup(arena, path, (size_t)(slash - path)) : "/";
        if (strcmp(path, "/") == 0)
                return -ENOENT;
        int above = rt_open_output(arena, root, parent);
        if (above < 0)
                return above;
        r = mkdirat(above, slash ? slash + 1 : path, 0755) < 0 && errno != EEXIST ? -errno : 0;
        close(above);
        return r < 0 ? r : rt_open_in_root(root, path, O_RDONLY | O_DIRECTORY);
}
