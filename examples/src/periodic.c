/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "notify.h"
#include "periodic.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

typedef struct RtPeriodicOptions {
        uint64_t period_ns;
        uint64_t work_ns;
        uint64_t report_ns;
        uint64_t settle_ns;
} RtPeriodicOptions;

/* What happened since the last report. */
typedef struct RtPeriodicCounts {
        uint64_t jobs;
        uint64_t misses; /* jobs that ended after the next release, and releases lost to them */
        uint64_t max_lateness_ns; /* largest delay from a release to the start of its job */
} RtPeriodicCounts;

static volatile sig_atomic_t stop_requested;

static void on_stop_signal(int signal)
{
        (void)signal;
        stop_requested = 1;
}

/* --- time --- */

static uint64_t now_ns(void)
{
        struct timespec t;
        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* Returns when the time has come or a signal has arrived. */
static void sleep_until(uint64_t when_ns)
{
        struct timespec t = {
                .tv_sec = (time_t)(when_ns / NSEC_PER_SEC),
                .tv_nsec = (long)(when_ns % NSEC_PER_SEC),
        };
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Stands in for the computation of a real program: CPU time, not waiting. */
static void be_busy(uint64_t work_ns)
{
        struct timespec t;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        uint64_t end = (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec + work_ns;
        do
                (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        while ((uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec < end);
}

/* --- command line --- */

/* Durations are written as in descriptors: a number and one of ns, us, ms, s. */
static int parse_duration(const char *text, uint64_t *ret_ns)
{
        static const struct {
                const char *name;
                uint64_t ns;
        } units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000 * 1000 }, { "s", NSEC_PER_SEC } };

        if (*text < '0' || *text > '9')
                return -EINVAL;

        char *end;
        errno = 0;
        unsigned long long value = strtoull(text, &end, 10);
        if (errno != 0)
                return -errno;

        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
                if (strcmp(end, units[i].name) == 0) {
                        if (value > UINT64_MAX / units[i].ns)
                                return -ERANGE;
                        *ret_ns = (uint64_t)value * units[i].ns;
                        return 0;
                }
        return -EINVAL;
}

static void print_help(const RtPeriodicProgram *program)
{
        printf("Usage: %s [OPTION…]\n%s\n\n"
               "  --period=TIME   release a job this often\n"
               "  --work=TIME     CPU time that one job takes\n"
               "  --report=TIME   print a summary this often (default 1s)\n"
               "  --settle=TIME   time between the request to stop and the end (default 0s)\n"
               "  --help\n\n"
               "TIME is a whole number with ns, us, ms or s.\n",
               program->name, program->purpose);
}

/* Returns 1 when the program shall run, 0 when all has been said, -EINVAL after an error that has
 * been printed. */
/* Where the value of an option belongs; NULL for an option without one. */
static uint64_t *option_target(RtPeriodicOptions *options, int option)
{
        switch (option) {
        case 'p':
                return &options->period_ns;
        case 'w':
                return &options->work_ns;
        case 'r':
                return &options->report_ns;
        case 's':
                return &options->settle_ns;
        default:
                return NULL;
        }
}

static int parse_command_line(const RtPeriodicProgram *program, int argc, char **argv,
                              RtPeriodicOptions *ret_options)
{
        static const struct option options[] = {
                { "period", required_argument, NULL, 'p' },
                { "work", required_argument, NULL, 'w' },
                { "report", required_argument, NULL, 'r' },
                { "settle", required_argument, NULL, 's' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        RtPeriodicOptions parsed = {
                .period_ns = program->period_ns,
                .work_ns = program->work_ns,
                .report_ns = NSEC_PER_SEC,
        };

        int c;
        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                if (c == 'h') {
                        print_help(program);
                        return 0;
                }
                uint64_t *target = option_target(&parsed, c);
                if (!target)
                        return -EINVAL; /* getopt_long() has said why */
                if (parse_duration(optarg, target) < 0) {
                        fprintf(stderr, "%s: \"%s\" is not a duration such as 10ms.\n",
                                program->name, optarg);
                        return -EINVAL;
                }
        }

        if (optind < argc) {
                fprintf(stderr, "%s: unexpected argument \"%s\".\n", program->name, argv[optind]);
                return -EINVAL;
        }
        if (parsed.period_ns == 0 || parsed.report_ns == 0) {
                fprintf(stderr, "%s: a period of zero never ends.\n", program->name);
                return -EINVAL;
        }
        *ret_options = parsed;
        return 1;
}

/* --- reports --- */

static const char *policy_name(int policy)
{
        switch (policy & ~SCHED_RESET_ON_FORK) {
        case SCHED_FIFO:
                return "fifo";
        case SCHED_RR:
                return "rr";
        case SCHED_OTHER:
                return "other";
        default:
                return "another policy";
        }
}

static void print_start(const RtPeriodicProgram *program, const RtPeriodicOptions *options)
{
        printf("%s: started: pid=%d period=%" PRIu64 "us work=%" PRIu64 "us\n", program->name,
               (int)getpid(), options->period_ns / 1000, options->work_ns / 1000);
}

/* With the scheduling of this moment: it is given to the program from outside, after its start. */
static void print_report(const RtPeriodicProgram *program, const RtPeriodicCounts *counts)
{
        char details[256] = "";
        struct sched_param parameters = { 0 };
        (void)sched_getparam(0, &parameters);
        program->describe(program->userdata, details, sizeof details);
        printf("%s: jobs=%" PRIu64 " misses=%" PRIu64 " max_lateness=%" PRIu64
               "us cpu=%d policy=%s priority=%d %s\n",
               program->name, counts->jobs, counts->misses, counts->max_lateness_ns / 1000,
               sched_getcpu(), policy_name(sched_getscheduler(0)), parameters.sched_priority,
               details);
}

/* --- the loop --- */

/* Returns the release of the next job. After an overrun the lost releases are counted and left out,
 * so that one long job does not turn into a burst of late ones. */
static uint64_t next_release(uint64_t release_ns, uint64_t period_ns, RtPeriodicCounts *counts)
{
        uint64_t next = release_ns + period_ns, now = now_ns();
        if (now <= next)
                return next;

        uint64_t lost = (now - next) / period_ns;
        counts->misses += 1 + lost;
        return next + lost * period_ns;
}

static void run_until_stopped(const RtPeriodicProgram *program, const RtPeriodicOptions *options,
                              uint64_t watchdog_ns)
{

        uint64_t release = now_ns() + options->period_ns;
        uint64_t report_due = release + options->report_ns, watchdog_due = release;
        RtPeriodicCounts counts = { 0 };

        for (;;) {
                sleep_until(release);
                if (stop_requested)
                        break;

                uint64_t start = now_ns();
                if (start < release) /* a signal that does not stop us, such as SIGCONT */
                        continue;
                if (start - release > counts.max_lateness_ns)
                        counts.max_lateness_ns = start - release;

                be_busy(options->work_ns);
                program->job(program->userdata);
                counts.jobs++;

                /* The sign of life comes from the loop itself: a program that is stuck is silent.
                 */
                if (watchdog_ns > 0 && start >= watchdog_due) {
                        (void)rt_notify("WATCHDOG=1");
                        watchdog_due = start + watchdog_ns / 2;
                }
                if (start >= report_due) {
                        print_report(program, &counts);
                        counts = (RtPeriodicCounts){ 0 };
                        report_due = start + options->report_ns;
                }
                release = next_release(release, options->period_ns, &counts);
        }
        print_report(program, &counts);
}

/* What a thread allocates comes from the program's own memory: an arena for each thread would be
 * locked, most of it for nothing. */
static int prepare(const RtPeriodicProgram *program)
{
        const struct sigaction action = { .sa_handler = on_stop_signal };
        if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0) {
                fprintf(stderr, "%s: cannot handle signals: %s\n", program->name, strerror(errno));
                return -errno;
        }
        (void)mallopt(M_ARENA_MAX, 1);
        if (program->start && !program->start(program->userdata))
                return -EIO;
        if (program->lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
                fprintf(stderr, "%s: cannot lock memory: %s\n", program->name, strerror(errno));
                return -errno;
        }
        return 0;
}

int rt_periodic_main(const RtPeriodicProgram *program, int argc, char **argv)
{
        RtPeriodicOptions options;
        int r = parse_command_line(program, argc, argv, &options);
        if (r <= 0)
                return r == 0 ? EXIT_SUCCESS : 2;

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        if (prepare(program) < 0)
                return EXIT_FAILURE;

        print_start(program, &options);
        r = rt_notify("READY=1");
        if (r < 0)
                fprintf(stderr, "%s: cannot tell that it is ready: %s\n", program->name,
                        strerror(-r));

        run_until_stopped(program, &options, rt_notify_watchdog_ns());

        (void)rt_notify("STOPPING=1");
        if (program->stop)
                program->stop(program->userdata);
        sleep_until(now_ns() + options.settle_ns);
        printf("%s: stopped\n", program->name);
        return EXIT_SUCCESS;
}
