/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtcontainers-threads.service: gives threads that appear after the start of their container, or
 * come again, what is planned for them. It learns of them from the kernel's process events, or,
 * where there are none, by looking once a second. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <syslog.h>
#include <unistd.h>

#include "notify.h"
#include "watched.h"

enum {
        INTERVAL_US = 1000000,
        FOLDER_US = 1000000,   /* between two looks whether the folder has been made */
        EVENTS_AT_ONCE = 1024, /* before what is due is looked at */
};

static const RtJournal journal = { .program = "watch-threads" };

typedef struct Watcher {
        RtWatch watch;
        int events; /* -1: there are none */
        int inotify;
        bool watches_folder;
} Watcher;

/* The first start of a container makes the folder. */
static void watch_folder(Watcher *watcher)
{
        watcher->watches_folder = inotify_add_watch(watcher->inotify, RT_WATCHED_FOLDER,
                                                    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                                            IN_DELETE | IN_ONLYDIR) >= 0;
        rt_watch_refresh(&watcher->watch);
}

static void read_inotify(Watcher *watcher)
{
        _Alignas(struct inotify_event) char buffer[4096];
        ssize_t n;
        while ((n = read(watcher->inotify, buffer, sizeof buffer)) > 0)
                for (char *at = buffer; at < buffer + n;) {
                        const struct inotify_event *event = (const void *)at;
                        if (event->mask & IN_IGNORED)
                                watcher->watches_folder = false;
                        at += sizeof *event + event->len;
                }
        rt_watch_refresh(&watcher->watch);
}

static void look_once_a_second(Watcher *watcher, int error)
{
        rt_journal(&journal, LOG_INFO, NULL,
                   "the kernel has no process events for us (%s); new threads are looked for once "
                   "a second",
                   strerror(-error));
        if (watcher->events >= 0)
                close(watcher->events);
        watcher->events = -1;
        watcher->watch.interval = INTERVAL_US;
        rt_watch_scan_all(&watcher->watch);
}

static void read_events(Watcher *watcher)
{
        RtProcessEvent event;
        int r = 1;
        for (int i = 0; i < EVENTS_AT_ONCE; i++) {
                r = rt_connector_next(watcher->events, &event);
                if (r <= 0)
                        break;
                rt_watch_event(&watcher->watch, &event);
        }
        if (r == -ENOBUFS)
                rt_watch_scan_all(&watcher->watch);
        else if (r < 0 && r != -EINTR)
                look_once_a_second(watcher, r);
}

static int timeout_until(int64_t time)
{
        const int64_t left = time == INT64_MAX ? -1 : time - rt_monotonic();
        return time == INT64_MAX ? -1 : left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static void run(Watcher *watcher)
{
        for (;;) {
                int64_t next = rt_watch_turn(&watcher->watch);
                if (!watcher->watches_folder && rt_monotonic() + FOLDER_US < next)
                        next = rt_monotonic() + FOLDER_US;
                struct pollfd fds[] = { { .fd = watcher->inotify, .events = POLLIN },
                                        { .fd = watcher->events, .events = POLLIN } };
                if (poll(fds, 2, timeout_until(next)) < 0)
                        continue;
                if (!watcher->watches_folder)
                        watch_folder(watcher);
                if (fds[0].revents)
                        read_inotify(watcher);
                if (fds[1].revents)
                        read_events(watcher);
        }
}

int main(int argc, char *argv[])
{
        static Watcher watcher;
        if (argc != 1) {
                fprintf(stderr, "usage, as a service: %s\n", argv[0]);
                return 2;
        }
        watcher.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (watcher.inotify < 0) {
                rt_journal(&journal, LOG_ERR, NULL, "inotify: %s", strerror(errno));
                return 1;
        }
        watch_folder(&watcher);
        watcher.events = rt_connector_open();
        if (watcher.events < 0)
                look_once_a_second(&watcher, watcher.events);
        rt_notify("READY=1");
        run(&watcher);
}
