/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records events, what the sensor says and the machine's load: a program without deadlines, on the
 * housekeeping CPUs. */

#include <inttypes.h>
#include <stdio.h>

#include "open.h"
#include "periodic.h"
#include "sample.h"

typedef struct RtLogger {
        rtchannel *samples, *events; /* NULL: there is none */
        double load;                 /* average of the last minute */
        uint64_t received, lost, told;
        int newest;     /* value of a sample */
        int64_t oldest; /* largest age of a sample since the last report, ns */
} RtLogger;

static bool start(void *userdata)
{
        RtLogger *logger = userdata;
        return rt_example_open("logger", "samples", &logger->samples) &&
               rt_example_open("logger", "events", &logger->events);
}

static void receive_samples(RtLogger *logger)
{
        RtSample sample;
        rtchannel_message message;
        while (rtchannel_receive(logger->samples, &sample, sizeof sample, &message,
                                 RTCHANNEL_NOW) == 0) {
                if (message.size != sizeof sample)
                        continue;
                int64_t age = rtchannel_now() - sample.taken;
                if (age > logger->oldest)
                        logger->oldest = age;
                logger->newest = sample.value;
                logger->received++;
                logger->lost += message.lost;
        }
}

/* Who pushes is known by its connection; what it says it may have from anywhere. */
static void receive_events(RtLogger *logger)
{
        char text[RT_EVENT_SIZE];
        rtchannel_message message;
        while (rtchannel_receive(logger->events, text, sizeof text, &message, RTCHANNEL_NOW) == 0) {
                const char *peer = rtchannel_peer(logger->events, message.from);
                for (size_t i = 0; i < message.size; i++)
                        if (text[i] < ' ' || text[i] > '~')
                                text[i] = '?';
                printf("logger: event from %s: %.*s\n", peer ? peer : "?", (int)message.size, text);
                logger->told++;
        }
}

static void read_load(RtLogger *logger)
{
        FILE *file = fopen("/proc/loadavg", "re");
        if (!file)
                return;
        double load;
        if (fscanf(file, "%lf", &load) == 1)
                logger->load = load;
        (void)fclose(file);
}

static void record(void *userdata)
{
        RtLogger *logger = userdata;
        if (logger->samples)
                receive_samples(logger);
        if (logger->events)
                receive_events(logger);
        read_load(logger);
}

static void describe(void *userdata, char *buffer, size_t size)
{
        RtLogger *logger = userdata;
        (void)snprintf(buffer, size,
                       "load=%.2f samples=%" PRIu64 " lost=%" PRIu64 " newest=%d max_age=%" PRId64
                       "us events=%" PRIu64,
                       logger->load, logger->received, logger->lost, logger->newest,
                       logger->oldest / 1000, logger->told);
        logger->oldest = 0;
}

static void stop(void *userdata)
{
        RtLogger *logger = userdata;
        rtchannel_close(logger->samples);
        rtchannel_close(logger->events);
}

int main(int argc, char **argv)
{
        RtLogger logger = { 0 };
        const RtPeriodicProgram program = {
                .name = "logger",
                .purpose = "Records events, samples and the machine's load.",
                .period_ns = 100 * 1000 * 1000,
                .start = start,
                .job = record,
                .describe = describe,
                .stop = stop,
                .userdata = &logger,
        };
        return rt_periodic_main(&program, argc, argv);
}
