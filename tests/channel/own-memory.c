/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "own-memory.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

static void give_up(const char *what, int error)
{
        (void)fprintf(stderr, "%s: %s\n", what, strerror(error));
        abort();
}

static bool is_segment(const char *text)
{
        return strstr(text, "/memfd:rtchannel-");
}

/* Who makes a segment keeps its descriptor, who maps one does not. */
static long long made(void)
{
        long long sum = 0;
        DIR *folder = opendir("/proc/self/fd");
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
                char link[256] = "";
                struct stat status;
                if (readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1) > 0 &&
                    is_segment(link) && fstat(atoi(entry->d_name), &status) == 0)
                        sum += status.st_size;
        }
        if (folder)
                (void)closedir(folder);
        return sum;
}

static long long mapped(void)
{
        long long sum = 0;
        char line[512];
        FILE *maps = fopen("/proc/self/maps", "re");
        while (maps && fgets(line, sizeof line, maps)) {
                unsigned long from, to;
                if (is_segment(line) && sscanf(line, "%lx-%lx", &from, &to) == 2)
                        sum += (long long)(to - from);
        }
        if (maps)
                (void)fclose(maps);
        return sum;
}

static RtOpening opening_of(const char *channel, const char *text)
{
        RtOpening opening = { 0 };
        int r = rt_spec_parse(text, strlen(text), channel, &opening.spec);
        if (r < 0)
                give_up(text, -r);
        return opening;
}

static rtchannel *open_end(const RtOpening *opening, unsigned peers)
{
        rtchannel *end;
        int r = rt_end_open(opening, &end);
        if (r < 0)
                give_up("rt_end_open", -r);
        if (!wire_wait_peers(end, peers))
                give_up("connecting", ETIMEDOUT);
        return end;
}

typedef struct Side {
        rtchannel *ends[RT_CONNECTIONS_MAX];
        unsigned n;
} Side;

static Side open_side(const Wire *wire, const RtOpening *opening, bool listens)
{
        Side side = { .n = listens ? 1 : opening->spec.connections };
        RtOpening one = *opening;
        int listener = listens ? dup(wire->listeners[0]) : -1;
        char path[108];
        (void)snprintf(path, sizeof path, "%s/a", wire->folder);
        if (listens)
                one.listeners = &listener;
        else
                one.connect_path = path;
        for (unsigned i = 0; i < side.n; i++)
                side.ends[i] = open_end(&one, listens ? one.spec.connections : 1);
        return side;
}

OwnMemory own_memory(const char *channel, const char *listening, const char *connecting,
                     bool of_listening)
{
        Wire wire = wire_new("", 1);
        RtOpening sides[] = { opening_of(channel, connecting), opening_of(channel, listening) };
        pid_t other = fork();
        if (other < 0)
                give_up("fork", errno);
        if (other == 0) {
                (void)open_side(&wire, &sides[!of_listening], !of_listening);
                for (;;)
                        (void)pause();
        }
        Side side = open_side(&wire, &sides[of_listening], of_listening);
        OwnMemory memory = { .made = made(), .mapped = mapped() };
        (void)kill(other, SIGKILL);
        (void)waitpid(other, NULL, 0);
        for (unsigned i = 0; i < side.n; i++)
                rtchannel_close(side.ends[i]);
        wire_free(&wire);
        return memory;
}
