/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a command and prints "WALL_US CPU_US PEAK_KIB" on standard output. A program of its own,
 * because a child's peak memory starts at that of the process that forks it. usage: bench-measure
 * COMMAND… */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long to_us(struct timeval t)
{
        return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char *argv[])
{
        if (argc < 2)
                return 2;
        long long start = now_us();
        pid_t pid = fork();
        if (pid == 0) {
                execv(argv[1], argv + 1);
                _exit(127);
        }
        int status;
        struct rusage usage;
        if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
                return 2;
        long long wall = now_us() - start;
        printf("%lld %lld %ld\n", wall, to_us(usage.ru_utime) + to_us(usage.ru_stime),
               usage.ru_maxrss);
        return status == 0 ? 0 : 1;
}
