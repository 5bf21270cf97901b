/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads a sensor, so to speak: a slow triangle wave with noise on it, sampled once in each period
 * and published. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "open.h"
#include "periodic.h"
#include "rttask.h"
#include "sample.h"

typedef struct RtSensor {
        rtchannel *samples; /* NULL: nobody is interested */
        uint64_t sequence;
        int position, direction;
        uint32_t noise;      /* state of a linear congruential generator: the same run gives the
                                same samples */
        int lowest, highest; /* of the samples since the last report */
} RtSensor;

static bool start(void *userdata)
{
        RtSensor *sensor = userdata;
        /* Not needed: the thread is found from outside as well. But from here on it is known to
         * have what is declared for it. Outside of a container nothing is. */
        int r = rttask_apply("sample");
        if (r < 0 && r != -ENOENT)
                (void)fprintf(stderr, "sensor: not scheduled as planned: %s\n", strerror(-r));
        return rt_example_open("sensor", "samples", &sensor->samples);
}

static void publish(RtSensor *sensor, int value)
{
        RtSample sample = {
                .sequence = ++sensor->sequence,
                .taken = rtchannel_now(),
                .value = value,
        };
        /* The channel overwrites when it is full: there is always room. */
        if (sensor->samples)
                (void)rtchannel_send(sensor->samples, &sample, sizeof sample, RTCHANNEL_NOW);
}

static void sample(void *userdata)
{
        RtSensor *sensor = userdata;

        if (sensor->position >= 1000 || sensor->position <= -1000)
                sensor->direction = sensor->position > 0 ? -1 : 1;
        sensor->position += sensor->direction;
        sensor->noise = sensor->noise * 1664525U + 1013904223U;

        int value = sensor->position + (int)(sensor->noise >> 28) - 8;
        if (value < sensor->lowest)
                sensor->lowest = value;
        if (value > sensor->highest)
                sensor->highest = value;
        publish(sensor, value);
}

static void describe(void *userdata, char *buffer, size_t size)
{
        RtSensor *sensor = userdata;
        if (sensor->lowest <= sensor->highest)
                (void)snprintf(buffer, size, "lowest=%d highest=%d", sensor->lowest,
                               sensor->highest);
        sensor->lowest = 2000;
        sensor->highest = -2000;
}

static void stop(void *userdata)
{
        RtSensor *sensor = userdata;
        rtchannel_close(sensor->samples);
}

int main(int argc, char **argv)
{
        RtSensor sensor = { .direction = 1, .lowest = 2000, .highest = -2000 };
        const RtPeriodicProgram program = {
                .name = "sensor",
                .purpose = "Samples a simulated sensor and publishes what it says.",
                .period_ns = 10 * 1000 * 1000,
                .work_ns = 200 * 1000,
                .lock_memory = true,
                .start = start,
                .job = sample,
                .describe = describe,
                .stop = stop,
                .userdata = &sensor,
        };
        return rt_periodic_main(&program, argc, argv);
}
