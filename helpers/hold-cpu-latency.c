/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Body of rtcontainers-cpu-latency@MICROSECONDS.service: as long as it runs, no CPU goes to sleep
 * so deeply that it would take longer to wake up. The kernel obeys the lowest of all such requests,
 * each for as long as its file is open.
 * usage: hold-cpu-latency MICROSECONDS */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"

static const char device[] = "/dev/cpu_dma_latency";

static int parse(const char *text, int32_t *ret)
{
        enum { MOST_DIGITS = 10 };
        size_t n = strlen(text);
        if (n == 0 || n > MOST_DIGITS || strspn(text, "0123456789") != n)
                return -EINVAL;
        int64_t value = strtoimax(text, NULL, 10);
        if (value > INT32_MAX)
                return -ERANGE;
        *ret = (int32_t)value;
        return 0;
}

static int complain(void)
{
        fprintf(stderr, "hold-cpu-latency: %s: %s\n", device, strerror(errno));
        return 1;
}

int main(int argc, char *argv[])
{
        int32_t latency;
        sigset_t stop;
        int signal;
        if (argc != 2 || parse(argv[1], &latency) < 0) {
                fputs("usage: hold-cpu-latency MICROSECONDS\n", stderr);
                return 2;
        }
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, NULL);
        int fd = open(device, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, &latency, sizeof latency) != sizeof latency)
                return complain();
        (void)rt_notify("READY=1");
        sigwait(&stop, &signal);
        return 0;
}
