/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtcontainers-bridge CHANNEL ENDPOINT; rtcontainers-bridge(8). */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge.h"
#include "build-config.h"
#include "listen.h"
#include "notify.h"

static const int64_t status_every = INT64_C(1000000000);
static const char program[] = "rtcontainers-bridge";

typedef struct RtArguments {
        const char *channel, *endpoint;
        int64_t timeout;
} RtArguments;

/* -- command line ------------------------------------------------------------------------------ */

static void print_help(void)
{
        printf("Usage: %s [OPTION…] CHANNEL ENDPOINT\n"
               "Connects a channel to a ZeroMQ socket that is bound to the endpoint, such as\n"
               "tcp://*:5556; rtcontainers-bridge(8).\n\n"
               "  --timeout=MILLISECONDS  how long a client's request may go without a reply\n"
               "                          (default 5000)\n"
               "  --help\n"
               "  --version\n",
               program);
}

static bool parse_timeout(const char *text, int64_t *ret)
{
        enum { LONGEST = 3600 * 1000 };
        char *end;
        errno = 0;
        long value = strtol(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || errno != 0 || value < 1 || value > LONGEST)
                return false;
        *ret = (int64_t)value * 1000 * 1000;
        return true;
}

/* Returns 1 when the program shall run, 0 when all has been said, -EINVAL after an error that has
 * been printed. */
static int parse_command_line(int argc, char **argv, RtArguments *ret)
{
        static const struct option options[] = {
                { "timeout", required_argument, NULL, 't' },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },
                { 0 },
        };
        int c;
        ret->timeout = INT64_C(5000000000);
        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                if (c == 'h') {
                        print_help();
                        return 0;
                }
                if (c == 'v') {
                        printf("%s %s\n", program, RT_VERSION);
                        return 0;
                }
                if (c != 't')
                        return -EINVAL; /* getopt_long() has said why */
                if (!parse_timeout(optarg, &ret->timeout)) {
                        fprintf(stderr, "%s: \"%s\" is no timeout; write 1 to 3600000 ms.\n",
                                program, optarg);
                        return -EINVAL;
                }
        }
        if (argc - optind != 2) {
                fprintf(stderr, "%s: a channel and an endpoint are expected; see --help.\n",
                        program);
                return -EINVAL;
        }
        ret->channel = argv[optind];
        ret->endpoint = argv[optind + 1];
        return 1;
}

/* -- what it says ------------------------------------------------------------------------------ */

static void say_why_no_end(const char *channel, int error)
{
        const char *why = error == -ENOENT   ? "is not declared there"
                          : error == -EINVAL ? "is damaged there"
                                             : strerror(-error);
        fprintf(stderr, "%s: channel %s (%s/channels.conf): %s.\n", program, channel,
                rt_channel_folder(), why);
}

static void say_why_no_bridge(const RtArguments *arguments, const char *role, int error)
{
        if (error == -EOPNOTSUPP)
                fprintf(stderr, "%s: channel %s: there is no bridge for an end that %s.\n", program,
                        arguments->channel, role);
        else if (error == -EBUSY)
                fprintf(stderr,
                        "%s: channel %s refuses when it is full: a bridge that subscribes could "
                        "hold up who publishes. Let full be \"overwrite\".\n",
                        program, arguments->channel);
        else
                fprintf(stderr, "%s: endpoint %s: %s.\n", program, arguments->endpoint,
                        zmq_strerror(-error));
}

static void write_counts(const RtBridgeCounts *counts, char *ret, size_t size)
{
        (void)snprintf(ret, size,
                       "out=%" PRIu64 " in=%" PRIu64 " dropped=%" PRIu64 " lost=%" PRIu64
                       " malformed=%" PRIu64 " too_long=%" PRIu64 " unanswered=%" PRIu64
                       " late=%" PRIu64,
                       counts->out, counts->in, counts->dropped, counts->lost, counts->malformed,
                       counts->too_long, counts->unanswered, counts->late);
}

typedef struct RtTold {
        RtBridgeCounts counts;
        int64_t next; /* time of the next status */
} RtTold;

/* Returns when there is something to be told again. */
static int64_t tell_status(const RtBridge *bridge, RtTold *told)
{
        char counts[256], status[sizeof counts + 8];
        int64_t now = rtchannel_now();
        if (memcmp(&told->counts, &bridge->counts, sizeof told->counts) == 0)
                return INT64_MAX;
        if (now < told->next)
                return told->next;
        told->counts = bridge->counts;
        told->next = now + status_every;
        write_counts(&told->counts, counts, sizeof counts);
        (void)snprintf(status, sizeof status, "STATUS=%s", counts);
        (void)rt_notify(status);
        return INT64_MAX;
}

/* -- running ----------------------------------------------------------------------------------- */

/* The signals that end it, as a descriptor; for all threads, so before there is another. */
static int watch_signals(void)
{
        sigset_t set;
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTERM);
        (void)sigaddset(&set, SIGINT);
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        return signalfd(-1, &set, SFD_CLOEXEC);
}

static int wait_until(struct pollfd *fds, nfds_t n, int64_t due)
{
        int64_t left = due - rtchannel_now();
        struct timespec time = { 0 };
        if (left > 0) {
                time.tv_sec = left / 1000000000;
                time.tv_nsec = left % 1000000000;
        }
        return ppoll(fds, n, due == INT64_MAX ? NULL : &time, NULL) < 0 && errno != EINTR ? -errno
                                                                                          : 0;
}

static int run(RtBridge *bridge, int signals)
{
        struct pollfd fds[] = {
                { .fd = signals, .events = POLLIN },
                { .fd = rt_bridge_inside_fd(bridge), .events = POLLIN },
                { .fd = rt_bridge_outside_fd(bridge), .events = POLLIN },
        };
        RtTold told = { 0 };
        int r = 0;
        while (r == 0 && !(fds[0].revents & POLLIN)) {
                int64_t due, status;
                r = rt_bridge_round(bridge, &due);
                status = tell_status(bridge, &told);
                if (r == 0)
                        r = wait_until(fds, sizeof fds / sizeof fds[0],
                                       status < due ? status : due);
        }
        return r;
}

static int run_and_close(RtBridge *bridge, int signals)
{
        char counts[256];
        int r = rt_notify("READY=1");
        if (r < 0)
                fprintf(stderr, "%s: cannot tell that it is ready: %s.\n", program, strerror(-r));
        r = run(bridge, signals);
        (void)rt_notify("STOPPING=1");
        write_counts(&bridge->counts, counts, sizeof counts);
        fprintf(stderr, "%s: %s.\n", program, counts);
        if (r < 0)
                fprintf(stderr, "%s: %s.\n", program, zmq_strerror(-r));
        rt_bridge_close(bridge);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        RtArguments arguments;
        int r = parse_command_line(argc, argv, &arguments);
        if (r <= 0)
                return r == 0 ? EXIT_SUCCESS : 2;
        int signals = watch_signals();
        if (signals < 0) {
                fprintf(stderr, "%s: signals: %s.\n", program, strerror(errno));
                return EXIT_FAILURE;
        }
        rtchannel *end;
        r = rtchannel_open(arguments.channel, &end);
        if (r < 0) {
                say_why_no_end(arguments.channel, r);
                return EXIT_FAILURE;
        }
        RtBridge *bridge;
        r = rt_bridge_open(end, arguments.endpoint, arguments.timeout, &bridge);
        if (r < 0) {
                say_why_no_bridge(&arguments, rt_role_name(end->spec.role), r);
                rtchannel_close(end);
                return EXIT_FAILURE;
        }
        r = run_and_close(bridge, signals);
        (void)close(signals);
        return r;
}
