/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stamps of baked images, which lie in an image that may be damaged. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "stamp.h"
#include "text.h"

static char folder[] = "/tmp/rt-fuzz-XXXXXX";

static void remove_folder(void)
{
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, RT_STAMP_FILE);
        unlink(path);
        rmdir(folder);
}

/* The folder, made once, with the data as its stamp. */
static int open_folder(const uint8_t *data, size_t size)
{
        static int dir = -1;
        if (dir < 0) {
                MUST(mkdtemp(folder), "%s", strerror(errno));
                atexit(remove_folder);
                dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        int fd = openat(dir, RT_STAMP_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size, "%s", strerror(errno));
        close(fd);
        return dir;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        int dir = open_folder(data, size);
        RtStamp stamp = { 0 };
        int r = rt_stamp_read(arena, dir, &stamp);
        MUST(r == 0 || r == -EBADMSG, "%d", r);
        if (r < 0)
                return 0;
        MUST(stamp.inputs && stamp.paths.n == stamp.sizes.n, "%zu paths", stamp.paths.n);
        for (size_t i = 0; i < stamp.paths.n; i++) {
                const char *path = rt_printf(arena, "/%s/", stamp.paths.items[i]);
                MUST(stamp.sizes.items[i] >= -1, "%lld", stamp.sizes.items[i]);
                MUST(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"), "%s",
                     path);
        }
        rt_stamp_is_complete(&stamp, dir);
        return 0;
}
