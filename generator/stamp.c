/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "build-config.h"
#include "quantity.h"
#include "text.h"

static const char first_line[] = "rtcontainers-stamp 1";

/* With its length, so that no two sequences of texts are one sequence of bytes. */
static void add(XXH3_state_t *state, const char *text, size_t size)
{
        uint64_t length = size;
        XXH3_128bits_update(state, &length, sizeof length);
        XXH3_128bits_update(state, text, size);
}

static void add_text(XXH3_state_t *state, const char *text)
{
        add(state, text, strlen(text));
}

const char *rt_stamp_inputs(RtArena *arena, const RtSources *sources)
{
        XXH3_state_t state;
        XXH3_INITSTATE(&state);
        XXH3_128bits_reset(&state);
        add_text(&state, RT_VERSION);
        add_text(&state, RT_PKGLIBEXECDIR);
        RT_EACH (source, sources) {
                add_text(&state, rt_kind_word(source->kind));
                add_text(&state, source->name);
                RT_EACH (file, &source->files) {
                        add_text(&state, file->path);
                        add(&state, file->text ? file->text : file->problem,
                            file->text ? file->size : strlen(file->problem));
                }
        }
        XXH128_hash_t hash = XXH3_128bits_digest(&state);
        return rt_printf(arena, "%016llx%016llx", (unsigned long long)hash.high64,
                         (unsigned long long)hash.low64);
}

static RtArtifact *begin(RtArtifacts *stamp, const RtArtifacts *artifacts, const char *inputs)
{
        RtArena *arena = artifacts->arena;
        *stamp = (RtArtifacts){ .arena = arena };
        RtArtifact *file = rt_artifact_file(stamp, NULL, RT_STAMP_FILE);
        rt_artifact_line(stamp, file, first_line);
        rt_artifact_line(stamp, file, rt_printf(arena, "inputs %s", inputs));
        RT_EACH (artifact, &artifacts->list)
                rt_artifact_line(stamp, file,
                                 (*artifact)->link ? rt_printf(arena, "link %s", (*artifact)->path)
                                                   : rt_printf(arena, "%zu %s", (*artifact)->size,
                                                               (*artifact)->path));
        return file;
}

RtArtifacts rt_stamp_make(const RtArtifacts *artifacts, const char *inputs)
{
        RtArtifacts stamp;
        begin(&stamp, artifacts, inputs);
        return stamp;
}

RtArtifacts rt_stamp_make_unfinished(const RtArtifacts *artifacts, const RtStamp *old)
{
        RtArtifacts stamp;
        RtArtifact *file = begin(&stamp, artifacts, "unfinished");
        RT_EACH (path, &old->paths)
                if (!rt_artifacts_find(artifacts, *path))
                        rt_artifact_line(&stamp, file, rt_printf(artifacts->arena, "0 %s", *path));
        return stamp;
}

int rt_read_baked(RtArena *arena, int dir, const char *name, char **ret)
{
        const off_t most = 16 * 1024 * 1024;
        struct stat st;
        int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        int r = 0;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > most) {
                r = -EBADMSG;
        } else {
                char *text = rt_alloc(arena, (size_t)st.st_size + 1);
                ssize_t n = read(fd, text, (size_t)st.st_size);
                if (n != st.st_size || strlen(text) != (size_t)n)
                        r = -EBADMSG;
                *ret = text;
        }
        close(fd);
        return r;
}

/* A path that stays below the directory, and is not the directory itself. */
static bool is_inside(const char *path)
{
        for (const char *s = path;; s++) {
                size_t n = strcspn(s, "/");
                if (n == 0 || (n <= 2 && strspn(s, ".") >= n))
                        return false;
                s += n;
                if (!*s)
                        return true;
        }
}

static int parse_line(RtArena *arena, const char *line, RtStamp *stamp)
{
        const char *blank = strchr(line, ' ');
        long long size = -1;
        if (!blank || !is_inside(blank + 1))
                return -EBADMSG;
        const char *word = rt_strndup(arena, line, (size_t)(blank - line));
        if (strcmp(word, "link") != 0) {
                int64_t number;
                if (rt_parse_integer(word, &number) < 0 || number < 0)
                        return -EBADMSG;
                size = number;
        }
        RT_APPEND(arena, &stamp->paths, blank + 1);
        RT_APPEND(arena, &stamp->sizes, size);
        return 0;
}

int rt_stamp_read(RtArena *arena, int dir, RtStamp *ret)
{
        char *text = NULL;
        int r = rt_read_baked(arena, dir, RT_STAMP_FILE, &text);
        if (r < 0)
                return r;
        *ret = (RtStamp){ 0 };
        unsigned number = 0;
        for (char *line = text, *next; *line; line = next, number++) {
                next = line + strcspn(line, "\n");
                if (*next)
                        *next++ = '\0';
                if (number == 0 && strcmp(line, first_line) != 0)
                        return -EBADMSG;
                if (number == 1 && !rt_starts_with(line, "inputs "))
                        return -EBADMSG;
                if (number == 1)
                        ret->inputs = line + strlen("inputs ");
                if (number > 1 && parse_line(arena, line, ret) < 0)
                        return -EBADMSG;
        }
        return ret->inputs ? 0 : -EBADMSG;
}

bool rt_stamp_is_complete(const RtStamp *stamp, int dir)
{
        for (size_t i = 0; i < stamp->paths.n; i++) {
                struct stat st;
                if (fstatat(dir, stamp->paths.items[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return false;
                bool link = stamp->sizes.items[i] < 0;
                if (link ? !S_ISLNK(st.st_mode)
                         : !S_ISREG(st.st_mode) || st.st_size != stamp->sizes.items[i])
                        return false;
        }
        return true;
}
