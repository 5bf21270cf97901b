/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStartPost= of real-time containers: gives the program's threads their planned scheduling
 * policy, priority and CPU, from outside. nspawn itself stays SCHED_OTHER, so that starting one
 * container holds up no real-time task of another. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

enum {
        MOST_THREADS = 4096,     /* are looked at in one pass */
        STARTUP_US = 200000,     /* how long a declared thread may take to appear */
        STEP_US = 2000,          /* least pause between two passes */
        FIRST_PASS_US = 1000000, /* what is there already is found even if we hardly get the CPU */
};

/* One declared task: "fifo:PRIORITY:CPU:THREAD", THREAD empty for the main thread. */
typedef struct Binding {
        int priority;
        int cpu;
        const char *thread;
        bool found;
        bool found_main; /* so far a main thread has the name, but no other */
} Binding;

typedef struct Binder {
        RtPayload payload;
        Binding *bindings;
        int n_bindings;
        pid_t bound[MOST_THREADS]; /* by name; each once, the program may change it later */
        int n_bound;
        int n_threads; /* looked at in this pass */
        bool crowded;  /* it was said that there are too many */
} Binder;

static bool parse(const char *text, Binding *ret)
{
        int used = 0;
        *ret = (Binding){ 0 };
        if (sscanf(text, "fifo:%d:%d:%n", &ret->priority, &ret->cpu, &used) != 2 || used == 0)
                return false;
        ret->thread = text + used;
        return ret->priority >= 1 && ret->priority <= 99 && ret->cpu >= 0 && ret->cpu < CPU_SETSIZE;
}

static const char *label(const Binding *binding)
{
        return binding->thread[0] ? binding->thread : "main";
}

/* -- one thread -------------------------------------------------------------------------------- */

/* Whether the ID is one of a thread of the process, which `task` is the folder of. */
static bool is_thread(int task, pid_t tid)
{
        char name[16];
        snprintf(name, sizeof name, "%d", tid);
        return faccessat(task, name, F_OK, 0) == 0;
}

/* The thread has ended, and what has got its ID since then may have got what it should have got. */
static void undo(const Binding *binding, pid_t tid)
{
        struct sched_param param;
        if (sched_getscheduler(tid) != SCHED_FIFO || sched_getparam(tid, &param) < 0 ||
            param.sched_priority != binding->priority)
                return;
        cpu_set_t cpus; /* the kernel leaves those that its cgroup may use */
        memset(&cpus, 0xff, sizeof cpus);
        param.sched_priority = 0;
        sched_setscheduler(tid, SCHED_OTHER, &param);
        sched_setaffinity(tid, sizeof cpus, &cpus);
        fprintf(stderr,
                "bind-threads: thread \"%s\" has ended, and another process has got its ID %d; "
                "that one is SCHED_OTHER now\n",
                label(binding), tid);
}

/* Gives the thread what is planned. 1, or 0 for a thread that has ended meanwhile: no failure. */
static int apply(Binding *binding, int task, pid_t tid)
{
        const struct sched_param param = { .sched_priority = binding->priority };
        int r = 0;
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(binding->cpu, &cpus);
        if (sched_setaffinity(tid, sizeof cpus, &cpus) < 0 ||
            sched_setscheduler(tid, SCHED_FIFO, &param) < 0)
                r = -errno;
        if (!is_thread(task, tid)) {
                undo(binding, tid);
                return 0;
        }
        if (r < 0) {
                fprintf(stderr,
                        "bind-threads: thread \"%s\" (%d) cannot have SCHED_FIFO %d on CPU %d: %s\n",
                        label(binding), tid, binding->priority, binding->cpu, strerror(-r));
                return r;
        }
        binding->found = true;
        return 1;
}

/* -- one pass ---------------------------------------------------------------------------------- */

static bool is_late(const Binder *binder)
{
        return rt_monotonic() >= binder->payload.deadline;
}

static void complain_of_crowd(Binder *binder)
{
        if (!binder->crowded)
                fprintf(stderr,
                        "bind-threads: the container has more than %d threads, %d processes or %d "
                        "cgroups; not all of them were looked at\n",
                        MOST_THREADS, RT_PAYLOAD_PROCESSES, RT_PAYLOAD_CGROUPS);
        binder->crowded = true;
}

static bool read_name(int task, const char *tid, char *ret, size_t size)
{
        char path[300];
        snprintf(path, sizeof path, "%s/comm", tid);
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

static bool is_bound(const Binder *binder, pid_t tid)
{
        for (int i = 0; i < binder->n_bound; i++)
                if (binder->bound[i] == tid)
                        return true;
        return false;
}

/* Whether it was bound now: 1 or 0, or a negative errno. */
static int bind_thread(Binder *binder, pid_t pid, int task, const char *entry)
{
        char name[64];
        const pid_t tid = atoi(entry);
        int bound = 0;
        if (!read_name(task, entry, name, sizeof name))
                return 0;
        for (int i = 0; i < binder->n_bindings; i++) {
                Binding *binding = &binder->bindings[i];
                if (!binding->thread[0] || strcmp(binding->thread, name) != 0)
                        continue;
                if (!bound && (is_bound(binder, tid) || binder->n_bound == MOST_THREADS))
                        return 0;
                const bool found = binding->found;
                int r = apply(binding, task, tid);
                if (r < 0)
                        return r;
                bound |= r;
                /* A program often bears the name that its threads get when they are made. So the
                 * main thread is bound, but the one that is meant may still be to come. */
                if (tid == pid && r > 0) {
                        binding->found = found;
                        binding->found_main = true;
                }
        }
        if (bound)
                binder->bound[binder->n_bound++] = tid;
        return bound;
}

static DIR *open_task(const Binder *binder, pid_t pid)
{
        int pin = rt_payload_pin(&binder->payload, pid);
        if (pin < 0)
                return NULL;
        int fd = openat(pin, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(pin);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (fd >= 0 && !dir)
                close(fd);
        return dir;
}

static int bind_in_process(Binder *binder, pid_t pid)
{
        int bound = 0, r = 0;
        DIR *dir = open_task(binder, pid);
        for (struct dirent *entry; dir && r >= 0 && (entry = readdir(dir));) {
                if (entry->d_name[0] == '.')
                        continue;
                if (++binder->n_threads > MOST_THREADS || is_late(binder))
                        break;
                r = bind_thread(binder, pid, dirfd(dir), entry->d_name);
                bound += r > 0;
        }
        if (dir)
                closedir(dir);
        return r < 0 ? r : bound;
}

static int bind_main(Binder *binder, Binding *binding)
{
        bool below_stub;
        pid_t program = rt_payload_program(&binder->payload, &below_stub);
        DIR *dir = program > 0 ? open_task(binder, program) : NULL;
        if (!dir)
                return 0;
        int r = apply(binding, dirfd(dir), program);
        closedir(dir);
        return r;
}

/* Binds what is there and was not bound before. The number of threads that it has found by name, or
 * a negative errno. */
static int pass(Binder *binder)
{
        bool named = false;
        int bound = 0, r = 0;
        for (int i = 0; i < binder->n_bindings && r >= 0; i++) {
                Binding *binding = &binder->bindings[i];
                named |= binding->thread[0] != '\0';
                if (!binding->thread[0] && !binding->found)
                        r = bind_main(binder, binding);
        }
        if (r < 0 || !named)
                return r < 0 ? r : 0;
        rt_payload_scan(&binder->payload);
        binder->n_threads = 0;
        for (size_t i = 0; i < binder->payload.n && r >= 0 && !is_late(binder) &&
                           binder->n_threads <= MOST_THREADS;
             i++) {
                r = bind_in_process(binder, binder->payload.pids[i]);
                bound += r > 0 ? r : 0;
        }
        if (binder->n_threads > MOST_THREADS || binder->payload.cut)
                complain_of_crowd(binder);
        return r < 0 ? r : bound;
}

/* -- all --------------------------------------------------------------------------------------- */

static int count_missing(const Binder *binder)
{
        int missing = 0;
        for (int i = 0; i < binder->n_bindings; i++)
                missing += !binder->bindings[i].found;
        return missing;
}

/* As long as the pass has taken, so that half of the CPU at most is ours. */
static void pause_after(int64_t began, int64_t end)
{
        int64_t now = rt_monotonic(), length = now - began;
        length = length < STEP_US ? STEP_US : length;
        length = length > end - now ? end - now : length;
        if (length > 0)
                nanosleep(&(struct timespec){ .tv_sec = length / 1000000,
                                              .tv_nsec = length % 1000000 * 1000 },
                          NULL);
}

/* Passes until nothing is missing and the last one has found nothing new: threads of one name
 * appear one after the other. The number of what is missing, or a negative errno. */
static int bind_all(Binder *binder)
{
        int64_t began = rt_monotonic(), end = began + STARTUP_US;
        binder->payload.deadline = began + FIRST_PASS_US;
        for (;;) {
                int bound = pass(binder), missing = count_missing(binder);
                if (bound < 0 || (bound == 0 && missing == 0))
                        return bound;
                /* The program has ended already: systemd reports that, not we. */
                if (!rt_payload_is_populated(&binder->payload))
                        return 0;
                pause_after(began, end);
                began = rt_monotonic();
                if (began >= end)
                        return missing;
                binder->payload.deadline = end;
        }
}

int main(int argc, char *argv[])
{
        static Binder binder;
        binder.n_bindings = argc - 1;
        binder.bindings = calloc((size_t)argc + 1, sizeof *binder.bindings);
        bool valid = argc > 1 && binder.bindings;
        for (int i = 0; valid && i < binder.n_bindings; i++)
                valid = parse(argv[i + 1], &binder.bindings[i]);
        if (!valid) {
                fputs("usage, in ExecStartPost=: bind-threads fifo:PRIORITY:CPU:THREAD…\n", stderr);
                free(binder.bindings);
                return 2;
        }

        int missing = rt_payload_find(&binder.payload) < 0 ? 0 : bind_all(&binder);
        for (int i = 0; i < binder.n_bindings && missing > 0; i++)
                if (!binder.bindings[i].found && !binder.bindings[i].found_main)
                        fprintf(stderr,
                                "bind-threads: no thread \"%s\" has appeared within %d ms; it keeps "
                                "the policy that it starts with\n",
                                label(&binder.bindings[i]), STARTUP_US / 1000);
        free(binder.bindings);
        return missing < 0;
}
