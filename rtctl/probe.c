/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHARED = 4096, SECOND = 1000000000, LEAD = 50000000 };

int64_t rt_now(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

void rt_sleep_until(int64_t time)
{
        struct timespec then = { time / SECOND, time % SECOND };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR) {
                /* on with it */
        }
}

/* -- threads and processes --------------------------------------------------------------------- */

static int take_cpu(int cpu)
{
        cpu_set_t *set = CPU_ALLOC(RT_CPUS_MAX);
        size_t size = CPU_ALLOC_SIZE(RT_CPUS_MAX);
        if (!set)
                return -ENOMEM;
        CPU_ZERO_S(size, set);
        CPU_SET_S((size_t)cpu, size, set);
        int r = sched_setaffinity(0, size, set) < 0 ? -errno : 0;
        CPU_FREE(set);
        return r;
}

/* Of the calling thread, for 0 in Linux means just that. Children must not inherit it. */
static int take_priority(int priority)
{
        struct sched_param param = { .sched_priority = priority < 1 ? 1 : priority };
        return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0 ? -errno : 0;
}

static int settle(const RtProbe *probe, int below)
{
        int r = take_cpu(probe->cpu);
        return r < 0 ? r : take_priority(probe->setup->priority - below);
}

typedef struct Part {
        const RtProbeKind *kind;
        RtProbe *probe;
        bool is_partner;
        int error;
        pthread_t thread;
        bool runs;
        pid_t pid;
} Part;

static void *run_part(void *data)
{
        Part *part = data;
        (void)prctl(PR_SET_NAME, "rtctl-probe");
        part->error = settle(part->probe, part->is_partner ? part->kind->partner_below : 0);
        if (part->error == 0)
                (part->is_partner ? part->kind->partner : part->kind->measure)(part->probe);
        return NULL;
}

static void start_process(Part *part)
{
        pid_t parent = getpid();
        part->pid = fork();
        if (part->pid < 0)
                part->error = -errno;
        if (part->pid != 0)
                return;
        /* No probe outlives the one who has asked for it. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent) {
                (void)mlockall(MCL_CURRENT | MCL_FUTURE);
                run_part(part);
        }
        _exit(part->error == 0 ? 0 : 1);
}

static void start_thread(Part *part)
{
        int r = pthread_create(&part->thread, NULL, run_part, part);
        part->runs = r == 0;
        part->error = -r;
}

static void end_part(Part *part)
{
        if (part->runs)
                pthread_join(part->thread, NULL);
        int status = 0;
        if (part->pid > 0)
                while (waitpid(part->pid, &status, 0) < 0 && errno == EINTR) {
                        /* on with it */
                }
        if (status != 0)
                part->error = -EIO;
}

/* Processes first, since they begin as copies of this one's only thread. */
static int run_parts(Part *parts, size_t n, int *ret_cpu)
{
        int error = 0;
        for (size_t i = 0; i < n; i++)
                if (parts[i].is_partner && parts[i].kind->partner_is_process)
                        start_process(&parts[i]);
        for (size_t i = 0; i < n; i++)
                if (!parts[i].is_partner || !parts[i].kind->partner_is_process)
                        start_thread(&parts[i]);
        for (size_t i = 0; i < n; i++)
                end_part(&parts[i]);
        for (size_t i = 0; i < n; i++)
                if (parts[i].error < 0) {
                        error = parts[i].error;
                        *ret_cpu = parts[i].probe->cpu;
                }
        return error;
}

int rt_probe_run(RtArena *arena, const RtProbeKind *kind, const RtProbeSetup *setup,
                 RtHistogram *histograms, const char **ret_what, int *ret_cpu)
{
        size_t n = rt_cpuset_count(&setup->cpus), n_parts = 0, i = 0;
        RtProbe *probes = rt_alloc_array(arena, n, sizeof *probes);
        Part *parts = rt_alloc_array(arena, 2 * n, sizeof *parts);
        char *shared =
                mmap(NULL, n * SHARED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        *ret_what = "memory";
        if (shared == MAP_FAILED)
                return -errno;
        if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
                int r = -errno;
                munmap(shared, n * SHARED);
                *ret_what = "memory cannot be locked";
                return r;
        }
        int64_t start = rt_now() + LEAD;
        RT_EACH_CPU (cpu, &setup->cpus) {
                probes[i] = (RtProbe){
                        setup,          cpu, start, start + setup->duration, shared + i * SHARED,
                        &histograms[i], 0
                };
                parts[n_parts++] = (Part){ .kind = kind, .probe = &probes[i] };
                if (kind->partner)
                        parts[n_parts++] =
                                (Part){ .kind = kind, .probe = &probes[i], .is_partner = true };
                i++;
        }
        *ret_what = "the probe cannot run";
        int r = run_parts(parts, n_parts, ret_cpu);
        munlockall();
        munmap(shared, n * SHARED);
        return r;
}

/* -- trying ------------------------------------------------------------------------------------ */

typedef struct Trial {
        const RtProbeSetup *setup;
        const char *what;
        int cpu, error;
} Trial;

static void *try_all(void *data)
{
        Trial *trial = data;
        RT_EACH_CPU (cpu, &trial->setup->cpus) {
                trial->cpu = cpu;
                trial->what = "the CPU may not be used";
                trial->error = take_cpu(cpu);
                if (trial->error == 0) {
                        trial->what = "no real-time priority";
                        trial->error = take_priority(trial->setup->priority);
                }
                if (trial->error < 0)
                        break;
        }
        return NULL;
}

int rt_probe_try(const RtProbeSetup *setup, const char **ret_what, int *ret_cpu)
{
        Trial trial = { .setup = setup, .what = "no thread can be started" };
        pthread_t thread;
        int r = pthread_create(&thread, NULL, try_all, &trial);
        if (r == 0)
                pthread_join(thread, NULL);
        else
                trial.error = -r;
        *ret_what = trial.what;
        *ret_cpu = trial.cpu;
        return trial.error;
}
