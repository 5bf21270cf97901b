/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStopPost= of containers: removes what nspawn or its start may have left behind.
 * usage: tidy-up MACHINE */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int complain(const char *path)
{
        fprintf(stderr, "tidy-up: %s: %s\n", path, strerror(errno));
        return 1;
}

int main(int argc, char *argv[])
{
        static const char *const endings[] = { "nspawn", "channels", "tasks" };
        char path[256];
        int status = 0;
        if (argc != 2 || strchr(argv[1], '/') || strlen(argv[1]) > 64) {
                fputs("usage: tidy-up MACHINE\n", stderr);
                return 2;
        }
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
                snprintf(path, sizeof path, "/run/systemd/nspawn/%s.%s", argv[1], endings[i]);
                if (unlink(path) < 0 && errno != ENOENT)
                        status = complain(path);
        }
        /* A killed nspawn leaves this mounted (systemd 254 and later), which forbids the next
         * start. EINVAL: it is no mount point. */
        snprintf(path, sizeof path, "/run/systemd/nspawn/unix-export/%s", argv[1]);
        if (umount2(path, UMOUNT_NOFOLLOW) < 0 && errno != ENOENT && errno != EINVAL)
                status = complain(path);
        return status;
}
