/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStopPost= of containers with network interfaces: returns when these are back on the host, or
 * says which are not. nspawn gives them back when it ends in order. When it is killed the kernel
 * does, some time after the last process of the container is gone, but only physical ones: what is
 * virtual goes with the namespace.
 * usage: await-interfaces NAME… */

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t PATIENCE = INT64_C(1000000000); /* ns, for all of them */

static int64_t now(void)
{
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

int main(int argc, char *argv[])
{
        const struct timespec pause = { .tv_nsec = 10000000 };
        const int64_t deadline = now() + PATIENCE;
        int status = 0;
        if (argc < 2) {
                fputs("usage: await-interfaces NAME…\n", stderr);
                return 2;
        }
        for (int i = 1; i < argc; i++) {
                while (if_nametoindex(argv[i]) == 0 && now() < deadline)
                        nanosleep(&pause, NULL);
                if (if_nametoindex(argv[i]) != 0)
                        continue;
                fprintf(stderr,
                        "%s is not back: virtual interfaces go with a container that is killed\n",
                        argv[i]);
                status = 1;
        }
        return status;
}
