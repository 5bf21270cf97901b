/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "roster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "proc-stat.h"

enum {
        YOUNG_MS = 20,
        MARGIN_US = 100000, /* beyond the period of a task that may have had the bandwidth */
};

int rt_roster_read(RtRoster *ret, const char *path)
{
        *ret = (RtRoster){ .payload.unit = -1 };
        int r = rt_task_specs_read(path, &ret->specs);
        if (r < 0)
                return r;
        ret->entries = calloc(ret->specs.n + 1, sizeof *ret->entries);
        ret->bound = calloc(RT_ROSTER_BOUND, sizeof *ret->bound);
        if (ret->entries && ret->bound)
                return 0;
        rt_roster_free(ret);
        return -ENOMEM;
}

void rt_roster_free(RtRoster *roster)
{
        if (roster->payload.unit >= 0)
                close(roster->payload.unit);
        roster->payload.unit = -1;
        rt_task_specs_free(&roster->specs);
        free(roster->entries);
        free(roster->bound);
        roster->entries = NULL;
        roster->bound = NULL;
}

bool rt_roster_has_bindings(const RtRoster *roster)
{
        for (size_t i = 0; i < roster->specs.n; i++)
                if (rt_task_spec_is_set(&roster->specs.items[i]))
                        return true;
        return false;
}

const char *rt_task_label(const RtTaskSpec *spec)
{
        return spec->thread[0] ? spec->thread : "main";
}

/* -- one thread -------------------------------------------------------------------------------- */

static bool read_file(int task, const char *tid, const char *name, char *ret, size_t size)
{
        char path[300];
        snprintf(path, sizeof path, "%s/%s", tid, name);
        int fd = openat(task, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        ssize_t n = read(fd, ret, size - 1);
        close(fd);
        if (n <= 0)
                return false;
        ret[n - (ret[n - 1] == '\n')] = '\0';
        return true;
}

/* When the thread was made, in clock ticks since boot; -1 if it is gone. */
static int64_t birth(int task, const char *tid)
{
        char text[1024];
        if (!read_file(task, tid, "stat", text, sizeof text))
                return -1;
        const char *at = rt_stat_field(text, RT_STAT_START);
        return at ? strtoll(at, NULL, 10) : -1;
}

/* Whether it was made just now. Then it may bear the name of the thread that made it, and be about
 * to get its own. */
static bool is_young(int task, const char *tid)
{
        struct timespec now;
        const int64_t ticks = birth(task, tid);
        clock_gettime(CLOCK_BOOTTIME, &now);
        return ticks >= 0 && now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 -
                                             ticks * 1000 / sysconf(_SC_CLK_TCK) <
                                     YOUNG_MS;
}

static bool was_bound(const RtRoster *roster, pid_t tid, int64_t born)
{
        const size_t n = roster->n_bound < RT_ROSTER_BOUND ? roster->n_bound : RT_ROSTER_BOUND;
        for (size_t i = 0; i < n; i++)
                if (roster->bound[i].tid == tid && roster->bound[i].born == born)
                        return true;
        return false;
}

/* Whether it was bound now. */
static bool bind_to(RtRoster *roster, size_t index, int task, const char *name, bool *found)
{
        const RtTaskSpec *spec = &roster->specs.items[index];
        RtEntry *entry = &roster->entries[index];
        RtBindingStep step;
        const pid_t tid = atoi(name);
        const int64_t born = birth(task, name);
        const bool known = was_bound(roster, tid, born);
        const RtBindingState state = rt_binding_state(&roster->specs, spec, tid, known);
        if (state == RT_BINDING_GONE)
                return false;
        int r = state == RT_BINDING_NONE ? rt_bind(spec, task, tid, &step) : 1;
        *found |= r > 0;
        if (r > 0 && !known)
                roster->bound[roster->n_bound++ % RT_ROSTER_BOUND] = (RtBound){ tid, born };
        if (r < 0 && entry->error == 0) {
                entry->error = r;
                entry->step = step;
                entry->tid = tid;
        }
        return r > 0 && state == RT_BINDING_NONE;
}

/* 1 or 0: whether it was bound now. */
static int bind_thread(RtRoster *roster, pid_t pid, int task, const char *tid, bool is_sure)
{
        char name[64];
        const bool is_main = atoi(tid) == pid;
        if (!read_file(task, tid, "comm", name, sizeof name))
                return 0;
        for (size_t i = 0; i < roster->specs.n; i++) {
                const RtTaskSpec *spec = &roster->specs.items[i];
                RtEntry *entry = &roster->entries[i];
                if (strcmp(spec->thread, name) != 0 || !rt_task_spec_is_set(spec))
                        continue;
                if (!is_main && !is_sure && (entry->found || entry->found_main) &&
                    is_young(task, tid)) {
                        roster->young = true;
                        return 0;
                }
                entry->n_threads++;
                bool found = false;
                bool bound = bind_to(roster, i, task, tid, &found);
                /* A program often bears the name that its threads get when they are made. So the
                 * main thread is bound, but the one that is meant may still be to come. */
                *(is_main ? &entry->found_main : &entry->found) |= found;
                return bound;
        }
        return 0;
}

/* -- one pass ---------------------------------------------------------------------------------- */

static bool is_late(const RtRoster *roster)
{
        return rt_monotonic() >= roster->payload.deadline;
}

static void complain_of_crowd(RtRoster *roster)
{
        if (!roster->crowded)
                rt_journal(&roster->journal, LOG_WARNING, NULL,
                           "the container has more than %d threads, %d processes or %d cgroups; "
                           "not all of them were looked at",
                           RT_ROSTER_THREADS, RT_PAYLOAD_PROCESSES, RT_PAYLOAD_CGROUPS);
        roster->crowded = true;
}

static DIR *open_task(const RtRoster *roster, pid_t pid)
{
        int pin = rt_payload_pin(&roster->payload, pid);
        if (pin < 0)
                return NULL;
        int fd = openat(pin, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(pin);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (fd >= 0 && !dir)
                close(fd);
        return dir;
}

static int bind_in_process(RtRoster *roster, pid_t pid)
{
        int bound = 0;
        DIR *dir = open_task(roster, pid);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
                if (entry->d_name[0] == '.')
                        continue;
                if (++roster->n_looked_at > RT_ROSTER_THREADS || is_late(roster))
                        break;
                bound += bind_thread(roster, pid, dirfd(dir), entry->d_name, false);
        }
        if (dir)
                closedir(dir);
        return bound;
}

static int bind_main(RtRoster *roster, size_t index)
{
        bool below_stub, found = false;
        pid_t program = rt_payload_program(&roster->payload, &below_stub);
        DIR *dir = program > 0 ? open_task(roster, program) : NULL;
        if (!dir)
                return 0;
        char tid[16];
        snprintf(tid, sizeof tid, "%d", program);
        int bound = bind_to(roster, index, dirfd(dir), tid, &found);
        roster->entries[index].n_threads = 1;
        roster->entries[index].found |= found;
        closedir(dir);
        return bound;
}

int rt_roster_pass(RtRoster *roster)
{
        bool named = false;
        int bound = 0;
        roster->young = false;
        roster->n_looked_at = 0;
        for (size_t i = 0; i < roster->specs.n; i++) {
                const RtTaskSpec *spec = &roster->specs.items[i];
                roster->entries[i].error = 0;
                roster->entries[i].n_threads = 0;
                if (!rt_task_spec_is_set(spec))
                        continue;
                named |= spec->thread[0] != '\0';
                if (!spec->thread[0])
                        bound += bind_main(roster, i);
        }
        if (!named)
                return bound;
        rt_payload_scan(&roster->payload);
        for (size_t i = 0;
             i < roster->payload.n && !is_late(roster) && roster->n_looked_at <= RT_ROSTER_THREADS;
             i++)
                bound += bind_in_process(roster, roster->payload.pids[i]);
        if (roster->n_looked_at > RT_ROSTER_THREADS || roster->payload.cut)
                complain_of_crowd(roster);
        return bound;
}

int rt_roster_bind_one(RtRoster *roster, pid_t pid, pid_t tid)
{
        char name[16];
        DIR *dir = open_task(roster, pid);
        snprintf(name, sizeof name, "%d", tid);
        int bound = dir ? bind_thread(roster, pid, dirfd(dir), name, true) : 0;
        if (dir)
                closedir(dir);
        return bound;
}

/* -- refusals ---------------------------------------------------------------------------------- */

int rt_roster_refusal(const RtRoster *roster)
{
        int error = 0;
        for (size_t i = 0; i < roster->specs.n; i++) {
                const RtEntry *entry = &roster->entries[i];
                const bool may_pass = entry->error == -EBUSY && entry->step == RT_BINDING_POLICY;
                if (entry->error < 0 && !may_pass)
                        return entry->error;
                error = entry->error < 0 ? -EBUSY : error;
        }
        return error;
}

/* A killed task gives its bandwidth back only when the time comes by which it would have used it
 * up: at the end of its period at the latest. The one that was there before is often the same. */
int64_t rt_roster_admission(const RtRoster *roster)
{
        int64_t longest = 0;
        for (size_t i = 0; i < roster->specs.n; i++) {
                const int64_t period = roster->specs.items[i].period / 1000;
                longest = period > longest ? period : longest;
        }
        return longest + MARGIN_US;
}

void rt_roster_report_refusals(RtRoster *roster)
{
        char planned[256], reason[1024];
        for (size_t i = 0; i < roster->specs.n; i++) {
                const RtTaskSpec *spec = &roster->specs.items[i];
                RtEntry *entry = &roster->entries[i];
                if (entry->error == 0 || entry->told)
                        continue;
                entry->told = true;
                rt_binding_text(spec, planned, sizeof planned);
                rt_refusal_text(spec, entry->step, -entry->error, reason, sizeof reason);
                rt_journal(&roster->journal, LOG_ERR, RT_MESSAGE_THREAD_REFUSED,
                           "thread \"%s\" (%d) cannot have %s: %s", rt_task_label(spec), entry->tid,
                           planned, reason);
        }
}
