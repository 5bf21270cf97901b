/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStartPost= of real-time containers: gives the program's threads their planned scheduling
 * policy, priority and CPU, from outside. nspawn itself stays SCHED_OTHER, so that starting one
 * container holds up no real-time task of another. */

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

enum {
        MOST_PROCESSES = 1024,
        STARTUP_MS = 200, /* how long a declared thread may take to appear */
        STEP_MS = 2,
};

/* One declared task: "fifo:PRIORITY:CPU:THREAD", THREAD empty for the main thread. */
typedef struct Binding {
        int priority;
        int cpu;
        const char *thread;
        bool found;
} Binding;

static bool parse(const char *text, Binding *ret)
{
        int used = 0;
        *ret = (Binding){ 0 };
        if (sscanf(text, "fifo:%d:%d:%n", &ret->priority, &ret->cpu, &used) != 2 || used == 0)
                return false;
        ret->thread = text + used;
        return ret->priority >= 1 && ret->priority <= 99 && ret->cpu >= 0 && ret->cpu < CPU_SETSIZE;
}

/* Gives the thread what is planned. A thread that has ended meanwhile is no failure. */
static int apply(Binding *binding, pid_t tid)
{
        const struct sched_param param = { .sched_priority = binding->priority };
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(binding->cpu, &cpus);
        if (sched_setaffinity(tid, sizeof cpus, &cpus) < 0 ||
            sched_setscheduler(tid, SCHED_FIFO, &param) < 0) {
                if (errno == ESRCH)
                        return 0;
                int r = -errno;
                fprintf(stderr,
                        "bind-threads: thread \"%s\" (%d) cannot have SCHED_FIFO %d on CPU %d: %s\n",
                        binding->thread[0] ? binding->thread : "main", tid, binding->priority,
                        binding->cpu, strerror(errno));
                return r;
        }
        binding->found = true;
        return 0;
}

static bool has_name(pid_t pid, const char *tid, const char *name)
{
        char path[300], comm[32] = "";
        snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, tid);
        FILE *file = fopen(path, "re");
        if (!file)
                return false;
        bool read = fgets(comm, sizeof comm, file);
        fclose(file);
        comm[strcspn(comm, "\n")] = '\0';
        return read && strcmp(comm, name) == 0;
}

static int bind_in_process(Binding *binding, pid_t pid)
{
        char path[64];
        int r = 0;
        snprintf(path, sizeof path, "/proc/%d/task", pid);
        DIR *dir = opendir(path);
        if (!dir)
                return 0;
        for (struct dirent *entry; r == 0 && (entry = readdir(dir));)
                if (entry->d_name[0] != '.' && has_name(pid, entry->d_name, binding->thread))
                        r = apply(binding, atoi(entry->d_name));
        closedir(dir);
        return r;
}

static int bind_one(Binding *binding, pid_t nspawn)
{
        if (!binding->thread[0]) {
                pid_t program = rt_payload_program(nspawn);
                return program > 0 ? apply(binding, program) : 0;
        }
        pid_t pids[MOST_PROCESSES];
        int n = rt_payload_processes(nspawn, pids, MOST_PROCESSES), r = 0;
        for (int i = 0; i < n && r == 0; i++)
                r = bind_in_process(binding, pids[i]);
        return r;
}

/* One pass over all that is still missing. The number of those, or a negative errno. */
static int bind_missing(Binding *bindings, int n, pid_t nspawn)
{
        int missing = 0;
        for (int i = 0; i < n; i++) {
                if (bindings[i].found)
                        continue;
                int r = bind_one(&bindings[i], nspawn);
                if (r < 0)
                        return r;
                missing += !bindings[i].found;
        }
        return missing;
}

int main(int argc, char *argv[])
{
        const int n = argc - 1;
        pid_t nspawn = rt_payload_supervisor();
        Binding *bindings = calloc((size_t)n + 1, sizeof *bindings);
        bool valid = nspawn > 0 && n > 0 && bindings;
        for (int i = 0; valid && i < n; i++)
                valid = parse(argv[i + 1], &bindings[i]);
        if (!valid) {
                fputs("usage: MAINPID=… bind-threads fifo:PRIORITY:CPU:THREAD…\n", stderr);
                free(bindings);
                return 2;
        }

        int missing = 0;
        for (int waited = 0; waited <= STARTUP_MS; waited += STEP_MS) {
                missing = bind_missing(bindings, n, nspawn);
                if (missing <= 0)
                        break;
                /* The program has ended already: systemd reports that, not we. */
                if (rt_payload_program(nspawn) < 0)
                        missing = 0;
                if (missing == 0)
                        break;
                nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
        }
        for (int i = 0; i < n && missing > 0; i++)
                if (!bindings[i].found)
                        fprintf(stderr,
                                "bind-threads: no thread \"%s\" has appeared within %d ms; it keeps "
                                "the policy that it starts with\n",
                                bindings[i].thread[0] ? bindings[i].thread : "main", STARTUP_MS);
        free(bindings);
        return missing < 0;
}
