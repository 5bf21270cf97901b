/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The floor under the generator: writes the same bytes to the same files, and does nothing else.
 * usage: bench-floor PACK DIR; PACK holds, for each file, "SIZE PATH\n" and then its bytes; a link
 * has the size -1 and its target on a line of its own. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *take_line(char **rest)
{
        char *line = *rest;
        char *end = strchr(line, '\n');
        *end = '\0';
        *rest = end + 1;
        return line;
}

static int put_file(const char *path, const char *bytes, size_t size)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return -1;
        ssize_t n = write(fd, bytes, size);
        return close(fd) < 0 || n != (ssize_t)size ? -1 : 0;
}

int main(int argc, char *argv[])
{
        struct stat st;
        int fd = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0 || fstat(fd, &st) < 0 || chdir(argv[2]) < 0)
                return 2;
        char *rest = mmap(NULL, (size_t)st.st_size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (rest == MAP_FAILED)
                return 2;
        for (char *end = rest + st.st_size; rest < end;) {
                char *path;
                long size = strtol(take_line(&rest), &path, 10);
                path++;
                if (strchr(path, '/')) {
                        char *slash = strchr(path, '/');
                        *slash = '\0';
                        mkdir(path, 0755);
                        *slash = '/';
                }
                if (size < 0) {
                        unlink(path);
                        if (symlink(take_line(&rest), path) < 0)
                                return 1;
                        continue;
                }
                if (put_file(path, rest, (size_t)size) < 0)
                        return 1;
                rest += size;
        }
        return 0;
}
