/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watched.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum {
        FIND_US = 200000,   /* between two looks for a container that is about to start */
        SETTLE_US = 30000,  /* until a new thread has its own name, if it is to get one */
        PASS_US = 1000000,  /* of one pass at most */
        RETRY_US = 50000,   /* until bandwidth may be free */
        QUIET_US = 2000000, /* beyond the time for the start */
};

static const char program[] = "watch-threads";

/* -- which ------------------------------------------------------------------------------------- */

static RtWatched *find(const RtWatch *watch, const char *name)
{
        for (size_t i = 0; i < watch->n; i++)
                if (strcmp(watch->items[i]->name, name) == 0)
                        return watch->items[i];
        return NULL;
}

static void forget(RtWatch *watch, RtWatched *watched)
{
        for (size_t i = 0; i < watch->n; i++)
                if (watch->items[i] == watched) {
                        watch->items[i] = watch->items[--watch->n];
                        break;
                }
        rt_roster_free(&watched->roster);
        free(watched);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
        return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
               a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_size == b->st_size;
}

/* A file that cannot be read is one that is not complete yet, or one that bind-threads complains
 * of. */
static void add(RtWatch *watch, const char *name, const struct stat *file)
{
        char path[sizeof RT_WATCHED_FOLDER + 80];
        if (watch->n == RT_WATCHED_MOST) {
                if (!watch->crowded)
                        rt_journal(&(RtJournal){ program, NULL, NULL }, LOG_WARNING, NULL,
                                   "there are more than %d containers; not all are watched",
                                   RT_WATCHED_MOST);
                watch->crowded = true;
                return;
        }
        RtWatched *watched = calloc(1, sizeof *watched);
        snprintf(path, sizeof path, RT_WATCHED_FOLDER "/%.63s.tasks", name);
        if (!watched || rt_roster_read(&watched->roster, path) < 0) {
                free(watched);
                return;
        }
        if (!rt_roster_has_bindings(&watched->roster)) {
                rt_roster_free(&watched->roster);
                free(watched);
                return;
        }
        snprintf(watched->name, sizeof watched->name, "%s", name);
        watched->file = *file;
        watched->scan_at = 0;
        watched->quiet_until = rt_monotonic() + watched->roster.specs.startup / 1000 + QUIET_US;
        watched->roster.journal = (RtJournal){ program, watched->name, watched->unit };
        watch->items[watch->n++] = watched;
}

static void forget_gone(RtWatch *watch)
{
        for (size_t i = watch->n; i-- > 0;) {
                RtWatched *watched = watch->items[i];
                char path[sizeof RT_WATCHED_FOLDER + 80];
                struct stat file;
                snprintf(path, sizeof path, RT_WATCHED_FOLDER "/%s.tasks", watched->name);
                if (stat(path, &file) < 0 || !is_same(&file, &watched->file))
                        forget(watch, watched);
        }
}

void rt_watch_refresh(RtWatch *watch)
{
        static const char ending[] = ".tasks";
        forget_gone(watch);
        DIR *dir = opendir(RT_WATCHED_FOLDER);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
                char name[64];
                struct stat file;
                const size_t n = strlen(entry->d_name), tail = strlen(ending);
                if (n <= tail || n - tail >= sizeof name ||
                    strcmp(entry->d_name + n - tail, ending) != 0 ||
                    fstatat(dirfd(dir), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !S_ISREG(file.st_mode))
                        continue;
                snprintf(name, sizeof name, "%.*s", (int)(n - tail), entry->d_name);
                if (!find(watch, name))
                        add(watch, name, &file);
        }
        if (dir)
                closedir(dir);
}

/* -- their threads ----------------------------------------------------------------------------- */

static void sooner(RtWatched *watched, int64_t time)
{
        if (time < watched->scan_at)
                watched->scan_at = time;
}

/* What was refused for want of bandwidth is tried again for as long as a task that has ended may
 * keep it; what was refused otherwise is refused. */
static void follow_up(RtWatched *watched, int64_t now)
{
        const int refusal = rt_roster_refusal(&watched->roster);
        if (refusal == 0) {
                watched->give_up_at = 0;
                return;
        }
        if (watched->give_up_at == 0)
                watched->give_up_at = now + rt_roster_admission(&watched->roster);
        if (now >= watched->quiet_until && (refusal != -EBUSY || now >= watched->give_up_at))
                rt_roster_report_refusals(&watched->roster);
        else if (refusal == -EBUSY)
                sooner(watched, now + RETRY_US);
        else
                sooner(watched, watched->quiet_until);
}

static void scan(RtWatch *watch, RtWatched *watched)
{
        const int64_t began = rt_monotonic();
        RtPayload *payload = &watched->roster.payload;
        if (watched->is_found && !rt_payload_is_populated(payload)) {
                close(payload->unit);
                payload->unit = -1;
                watched->is_found = false;
        }
        if (!watched->is_found)
                watched->is_found = rt_payload_find_machine(watched->name, payload, watched->unit,
                                                            sizeof watched->unit) == 0;
        if (!watched->is_found) {
                watched->scan_at = began + FIND_US;
                return;
        }
        payload->deadline = began + PASS_US;
        rt_roster_pass(&watched->roster);
        const int64_t now = rt_monotonic();
        /* Threads appear when a container starts, and some wait until they are bound. */
        const int64_t interval = now < watched->quiet_until ? FIND_US : watch->interval;
        watched->scan_at = watch->interval > 0 ? now + interval : INT64_MAX;
        /* Most of the CPU is left to others, however many threads there are. */
        if (watched->roster.young)
                sooner(watched, now + SETTLE_US + 10 * (now - began));
        follow_up(watched, now);
}

void rt_watch_event(RtWatch *watch, const RtProcessEvent *event)
{
        char cgroup[4096];
        if (watch->n == 0 || !rt_process_cgroup(event->pid, cgroup, sizeof cgroup))
                return;
        for (size_t i = 0; i < watch->n; i++) {
                RtWatched *watched = watch->items[i];
                if (!watched->is_found || !rt_payload_has_cgroup(&watched->roster.payload, cgroup))
                        continue;
                const int64_t now = rt_monotonic();
                if (event->kind == RT_PROCESS_FORKED) {
                        sooner(watched, now + SETTLE_US);
                } else if (event->kind == RT_PROCESS_EXECUTED) {
                        sooner(watched, now); /* it may be the container's program */
                } else {
                        rt_roster_bind_one(&watched->roster, event->pid, event->tid);
                        follow_up(watched, now);
                }
                return;
        }
}

void rt_watch_scan_all(RtWatch *watch)
{
        for (size_t i = 0; i < watch->n; i++)
                watch->items[i]->scan_at = 0;
}

int64_t rt_watch_turn(RtWatch *watch)
{
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < watch->n; i++) {
                RtWatched *watched = watch->items[i];
                if (rt_monotonic() >= watched->scan_at)
                        scan(watch, watched);
                next = watched->scan_at < next ? watched->scan_at : next;
        }
        return next;
}
