/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Measures round trips to pong by two ZeroMQ endpoints, and prints both histograms side by side.
 * All that differs between them is the endpoint: the same two programs, the same socket calls, the
 * same message; short rounds alternate, so that whatever else the machine does meets both. One
 * exchange is made in each millisecond. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "fifo.h"

enum { ROUND = 100, ROUNDS = 15, TRIPS = ROUND * ROUNDS, SIZE = 64, PATIENCE = 5000 /* ms */ };
static const int64_t period = 1000 * 1000;

typedef struct Line {
        const char *endpoint;
        void *socket;
        size_t n;
        int64_t trips[TRIPS]; /* ns */
} Line;

static int64_t now(void)
{
        struct timespec t;
        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void sleep_until(int64_t when)
{
        struct timespec t = { .tv_sec = when / 1000000000, .tv_nsec = when % 1000000000 };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
                ;
}

/* -- measuring --------------------------------------------------------------------------------- */

static int complain(const Line *line)
{
        fprintf(stderr, "ping: %s: %s\n", line->endpoint, zmq_strerror(zmq_errno()));
        return -1;
}

static int open_line(Line *line, void *context, const char *endpoint)
{
        int patience = PATIENCE;
        line->endpoint = endpoint;
        line->socket = zmq_socket(context, ZMQ_REQ);
        if (!line->socket ||
            zmq_setsockopt(line->socket, ZMQ_RCVTIMEO, &patience, sizeof patience) < 0 ||
            zmq_setsockopt(line->socket, ZMQ_SNDTIMEO, &patience, sizeof patience) < 0 ||
            zmq_connect(line->socket, endpoint) < 0)
                return complain(line);
        return 0;
}

static int exchange(Line *line, int64_t *ret_took)
{
        char message[SIZE] = "ping", answer[SIZE];
        int64_t start = now();
        if (zmq_send(line->socket, message, sizeof message, 0) < 0 ||
            zmq_recv(line->socket, answer, sizeof answer, 0) != sizeof answer)
                return complain(line);
        *ret_took = now() - start;
        return 0;
}

static int measure(Line *line, int64_t *release)
{
        for (int i = 0; i < ROUND; i++) {
                sleep_until(*release += period);
                if (exchange(line, &line->trips[line->n++]) < 0)
                        return -1;
                if (now() > *release + period)
                        *release = now(); /* late: not two in a row */
        }
        return 0;
}

static int measure_all(Line lines[2])
{
        int64_t release = now(), unused;
        /* The first exchange waits for the connection. */
        for (int i = 0; i < 2; i++)
                if (exchange(&lines[i], &unused) < 0)
                        return -1;
        for (int i = 0; i < 2 * ROUNDS; i++)
                if (measure(&lines[i % 2], &release) < 0)
                        return -1;
        return 0;
}

/* -- printing ---------------------------------------------------------------------------------- */

enum { BUCKETS = 24, WIDTH = 24 };

/* Bucket 0 is below a microsecond, bucket n from 2^(n-1) microseconds up to twice that. */
static int bucket_of(int64_t ns)
{
        uint64_t us = (uint64_t)ns / 1000;
        int bucket = us == 0 ? 0 : 64 - __builtin_clzll(us);
        return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static int count(const Line *line, int bucket)
{
        int n = 0;
        for (size_t i = 0; i < line->n; i++)
                n += bucket_of(line->trips[i]) == bucket;
        return n;
}

/* Whatever has happened once can be seen. */
static void print_bar(int n)
{
        static const char bar[] = "########################";
        int width = (n * WIDTH + TRIPS - 1) / TRIPS;
        if (n > 0)
                printf(" %-*.*s %4d", WIDTH, width, bar, n);
        else
                printf(" %*s", WIDTH + 5, "");
}

static int compare(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
        return (x > y) - (x < y);
}

static void print_row(const char *name, const Line lines[2], size_t index)
{
        printf("  %17s", name);
        for (int i = 0; i < 2; i++)
                printf(" %-*.1f", WIDTH + 5, (double)lines[i].trips[index] / 1000);
        printf("\n");
}

static void print_histograms(Line lines[2])
{
        int first = BUCKETS, last = 0;
        for (int i = 0; i < 2; i++) {
                qsort(lines[i].trips, lines[i].n, sizeof lines[i].trips[0], compare);
                int low = bucket_of(lines[i].trips[0]), high = bucket_of(lines[i].trips[TRIPS - 1]);
                first = low < first ? low : first;
                last = high > last ? high : last;
        }
        printf("  %17s %-*s %s\n", "microseconds", WIDTH + 5, lines[0].endpoint, lines[1].endpoint);
        for (int bucket = first; bucket <= last; bucket++) {
                printf("  %7u - %7u", bucket == 0 ? 0 : 1U << (bucket - 1), 1U << bucket);
                print_bar(count(&lines[0], bucket));
                print_bar(count(&lines[1], bucket));
                printf("\n");
        }
        print_row("half within", lines, TRIPS / 2);
        print_row("99 % within", lines, TRIPS - 1 - TRIPS / 100);
        print_row("all within", lines, TRIPS - 1);
}

int main(int argc, char **argv)
{
        static Line lines[2];
        if (argc != 3 || argv[1][0] == '-') {
                fprintf(stderr, "Usage: %s ENDPOINT ENDPOINT\n", argv[0]);
                return 2;
        }
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        const char *policy = rt_fifo_wait();
        void *context = zmq_ctx_new();
        printf("ping: started: policy=%s, %d round trips of %d bytes by each endpoint\n", policy,
               TRIPS, SIZE);
        if (open_line(&lines[0], context, argv[1]) < 0 ||
            open_line(&lines[1], context, argv[2]) < 0 || measure_all(lines) < 0)
                return EXIT_FAILURE;
        print_histograms(lines);
        printf("ping: done\n");
        (void)pause();
        return EXIT_SUCCESS;
}
