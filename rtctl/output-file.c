/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text)
{
        size_t n = strlen(text);
        while (n > 0) {
                ssize_t done = write(fd, text, n);
                if (done < 0 && errno == EINTR)
                        continue;
                if (done < 0)
                        return -errno;
                text += done;
                n -= (size_t)done;
        }
        return 0;
}

/* Under a name of its own beside the file first, so that the file is old or new at any moment. */
static int replace(RtArena *arena, const char *path, const char *text)
{
        char *draft = rt_printf(arena, "%s.XXXXXX", path);
        int fd = mkostemp(draft, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        mode_t mask = umask(0);
        umask(mask);
        int r = fchmod(fd, 0666 & ~mask) < 0 ? -errno : write_all(fd, text);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        close(fd);
        if (r == 0 && rename(draft, path) < 0)
                r = -errno;
        if (r < 0)
                unlink(draft);
        return r;
}

/* A device or a pipe is no file to be replaced. */
static int write_into(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, text);
        close(fd);
        return r;
}

int rt_output_write(const RtCommand *command, const char *text)
{
        if (!command->output) {
                fputs(text, stdout);
                return 0; /* main() looks at standard output */
        }
        struct stat st;
        bool is_there = stat(command->output, &st) == 0;
        /* A link stays, and what it points to is replaced. */
        char *target = is_there ? realpath(command->output, NULL) : NULL;
        int r = is_there && !S_ISREG(st.st_mode)
                        ? write_into(command->output, text)
                        : replace(command->arena, target ? target : command->output, text);
        free(target);
        if (r < 0)
                fprintf(stderr, "rtctl: %s cannot be written: %s\n", command->output, strerror(-r));
        return r < 0 ? -1 : 0;
}
