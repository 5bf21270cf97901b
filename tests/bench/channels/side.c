/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands that a side obeys, one packet each:
 *
 *   open CONTENDER ROLE PLACE SIZE CPU PRIORITY   "ok"
 *   ask N                                         N round trips' nanoseconds
 *   answer N                                      "ok"
 *   send N                                        "ok"
 *   receive N                                     nanoseconds from the first to the last
 *   pace N INTERVAL                               nanoseconds of each of N sends, INTERVAL ns apart
 *   work NS                                       "ok", after that much time has passed
 *
 * usage: bench-side-… SOCKET…, one descriptor for each side; several are threads of one process. */

#include "side.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 20000 };

typedef struct Runner {
        int socket;
        const Contender *contender;
        Side side;
        uint32_t times[MOST];
} Runner;

_Noreturn void fail(const char *what, int error)
{
        if (error != 0)
                (void)fprintf(stderr, "%s: %s\n", what, strerror(abs(error)));
        else
                (void)fprintf(stderr, "%s\n", what);
        _exit(1);
}

static int64_t now_ns(void)
{
        struct timespec t;
        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* -- commands ---------------------------------------------------------------------------------- */

static void bind_to(int cpu, int priority)
{
        cpu_set_t set;
        struct sched_param parameters = { .sched_priority = priority };
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
                fail("sched_setaffinity", errno);
        if (sched_setscheduler(0, priority > 0 ? SCHED_FIFO : SCHED_OTHER, &parameters) < 0)
                fail("sched_setscheduler", errno);
}

static Role role_of(const char *name)
{
        static const char *const names[] = {
                [ASKS] = "asks",   [ANSWERS] = "answers",     [PUSHES] = "pushes",
                [PULLS] = "pulls", [PUBLISHES] = "publishes", [SUBSCRIBES] = "subscribes",
        };
        for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
                if (strcmp(names[i], name) == 0)
                        return (Role)i;
        fail("no such role", 0);
}

/* Before the contender starts threads of its own: they inherit CPU and priority. */
static void open_side(Runner *runner, const char *arguments)
{
        char name[32], role[32];
        int cpu, priority;
        Side *side = &runner->side;
        if (sscanf(arguments, "%31s %31s %127s %zu %d %d", name, role, side->place, &side->size,
                   &cpu, &priority) != 6)
                fail("open: what is that?", 0);
        bind_to(cpu, priority);
        side->role = role_of(role);
        side->in = malloc(side->size);
        side->out = malloc(side->size);
        if (!side->in || !side->out)
                fail("malloc", errno);
        memset(side->in, 1, side->size);
        memset(side->out, 2, side->size);
        runner->contender = contenders;
        while (strcmp(runner->contender->name, name) != 0)
                if (!(++runner->contender)->name)
                        fail("no such contender", 0);
        runner->contender->open(side);
}

static void ask(Runner *runner, unsigned n)
{
        Side *side = &runner->side;
        int64_t last = now_ns();
        for (unsigned i = 0; i < n; i++) {
                runner->contender->ask(side);
                int64_t now = now_ns();
                runner->times[i] = (uint32_t)(now - last);
                last = now;
        }
}

static int64_t receive(Runner *runner, unsigned n)
{
        runner->contender->receive(&runner->side);
        int64_t first = now_ns();
        for (unsigned i = 1; i < n; i++)
                runner->contender->receive(&runner->side);
        return now_ns() - first;
}

static void pace(Runner *runner, unsigned n, int64_t interval)
{
        int64_t next = now_ns();
        for (unsigned i = 0; i < n; i++) {
                next += interval;
                const struct timespec until = { next / 1000000000, next % 1000000000 };
                (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
                int64_t begin = now_ns();
                runner->contender->send(&runner->side);
                runner->times[i] = (uint32_t)(now_ns() - begin);
        }
}

static void work(int64_t ns)
{
        for (int64_t end = now_ns() + ns; now_ns() < end;)
                ;
}

static void answer_command(const Runner *runner, const void *data, size_t size)
{
        if (send(runner->socket, data, size, MSG_NOSIGNAL) != (ssize_t)size)
                fail("send", errno);
}

static void obey(Runner *runner, const char *command)
{
        unsigned n = 0;
        long long ns = 0;
        char text[32] = "ok";
        const Contender *contender = runner->contender;
        if (strncmp(command, "open ", 5) == 0) {
                open_side(runner, command + 5);
        } else if (sscanf(command, "ask %u", &n) == 1 && n <= MOST) {
                ask(runner, n);
                answer_command(runner, runner->times, n * sizeof runner->times[0]);
                return;
        } else if (sscanf(command, "pace %u %lld", &n, &ns) == 2 && n <= MOST) {
                pace(runner, n, ns);
                answer_command(runner, runner->times, n * sizeof runner->times[0]);
                return;
        } else if (sscanf(command, "answer %u", &n) == 1) {
                while (n-- > 0)
                        contender->answer(&runner->side);
        } else if (sscanf(command, "send %u", &n) == 1) {
                while (n-- > 0)
                        contender->send(&runner->side);
        } else if (sscanf(command, "receive %u", &n) == 1) {
                (void)snprintf(text, sizeof text, "%lld", (long long)receive(runner, n));
        } else if (sscanf(command, "work %lld", &ns) == 1) {
                work(ns);
        } else {
                fail(command, EINVAL);
        }
        answer_command(runner, text, strlen(text));
}

static void *run(void *argument)
{
        Runner *runner = argument;
        char command[256];
        ssize_t size;
        memset(runner->times, 0, sizeof runner->times);
        while ((size = recv(runner->socket, command, sizeof command - 1, 0)) > 0) {
                command[size] = 0;
                obey(runner, command);
        }
        _exit(0);
}

int main(int argc, char *argv[])
{
        static Runner runners[2];
        if (argc < 2 || argc > 3)
                return 2;
        for (int i = 1; i < argc; i++)
                runners[i - 1].socket = (int)strtol(argv[i], NULL, 10);
        pthread_t thread;
        if (argc == 3 && pthread_create(&thread, NULL, run, &runners[1]) != 0)
                fail("pthread_create", 0);
        run(&runners[0]);
}
