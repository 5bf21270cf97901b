/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processes with ends of a channel "test" open, for tests of rtctl status. Prints their numbers
 * when all is as said, then stays for two minutes, or until it is killed.
 *
 *     channel-ends exchange   one that has published ten messages of which four fit, one that has
 *                             received what was left of them
 *     channel-ends leave      one whose parent had opened an end, and has ended
 *     channel-ends share      one that has opened an end, and a child of it
 *     channel-ends page FILE  one whose statistics are what is in the file
 *     channel-ends passed FILE
 *                             the same, but of a user that the process's namespace does not have */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

enum { MESSAGES = 10, PATIENCE = 120 };

static const char geometry[] = "message_size=64 depth=4 full=overwrite spin=0 connections=1";

static void must(int condition, const char *what)
{
        if (condition)
                return;
        perror(what);
        exit(EXIT_FAILURE);
}

static void stay(void)
{
        for (;;)
                (void)pause();
}

static void subscribe(const Wire *wire, int go, int done)
{
        char byte, message[64];
        rtchannel *end = wire_connect(wire, "subscribes", 'a');
        must(wire_wait_peers(end, 1), "no publisher");
        must(read(go, &byte, 1) == 1, "read");
        while (rtchannel_receive(end, message, sizeof message, NULL, RTCHANNEL_NOW) >= 0)
                ;
        must(write(done, "", 1) == 1, "write");
        stay();
}

static void exchange(void)
{
        int go[2], done[2];
        char byte;
        Wire wire = wire_new(geometry, 1);
        must(pipe(go) == 0 && pipe(done) == 0, "pipe");
        pid_t child = fork();
        if (child == 0) {
                (void)alarm(PATIENCE);
                subscribe(&wire, go[0], done[1]);
        }
        rtchannel *end = wire_listen(&wire, "publishes");
        must(wire_wait_peers(end, 1), "no subscriber");
        for (int i = 0; i < MESSAGES; i++)
                must(rtchannel_send(end, &i, sizeof i, RTCHANNEL_NOW) == 0, "rtchannel_send");
        must(write(go[1], "", 1) == 1 && read(done[0], &byte, 1) == 1, "pipe");
        wire_free(&wire);
        printf("%d %d\n", (int)getpid(), (int)child);
}

static void share(bool leave)
{
        Wire wire = wire_new(geometry, 1);
        (void)wire_listen(&wire, "publishes");
        wire_free(&wire);
        pid_t child = fork();
        if (child == 0) {
                (void)alarm(PATIENCE);
                stay();
        }
        if (leave) {
                printf("%d\n", (int)child);
                exit(EXIT_SUCCESS);
        }
        printf("%d %d\n", (int)getpid(), (int)child);
}

static int page(const char *path)
{
        char data[RT_STATISTICS_SIZE + 1] = { 0 };
        FILE *file = fopen(path, "re");
        must(file != NULL, path);
        size_t size = fread(data, 1, sizeof data, file);
        int fd = memfd_create(RT_STATISTICS_MEMFD, MFD_CLOEXEC);
        must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "memfd");
        printf("%d\n", (int)getpid());
        return fd;
}

static void passed(const char *path)
{
        must(fchown(page(path), 65534, 65534) == 0, "fchown");
        must(unshare(CLONE_NEWUSER) == 0, "unshare");
        FILE *map = fopen("/proc/self/uid_map", "we");
        must(map && fprintf(map, "0 0 1\n") > 0 && fclose(map) == 0, "uid_map");
}

int main(int argc, char *argv[])
{
        const char *what = argc > 1 ? argv[1] : "";
        (void)alarm(PATIENCE);
        if (strcmp(what, "exchange") == 0)
                exchange();
        else if (strcmp(what, "leave") == 0 || strcmp(what, "share") == 0)
                share(*what == 'l');
        else if (strcmp(what, "page") == 0 && argc > 2)
                (void)page(argv[2]);
        else if (strcmp(what, "passed") == 0 && argc > 2)
                passed(argv[2]);
        else
                return EXIT_FAILURE;
        (void)fflush(stdout);
        stay();
}
