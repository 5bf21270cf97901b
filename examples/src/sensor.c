/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads a sensor, so to speak: a slow triangle wave with noise on it, sampled once in each period.
 */

#include <stdio.h>

#include "periodic.h"

typedef struct RtSensor {
        int position, direction;
        uint32_t noise; /* state of a linear congruential generator: the same run gives the same
                           samples */
        int lowest, highest; /* of the samples since the last report */
} RtSensor;

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

int main(int argc, char **argv)
{
        RtSensor sensor = { .direction = 1, .lowest = 2000, .highest = -2000 };
        const RtPeriodicProgram program = {
                .name = "sensor",
                .purpose = "Samples a simulated sensor.",
                .period_ns = 10 * 1000 * 1000,
                .work_ns = 200 * 1000,
                .lock_memory = true,
                .job = sample,
                .describe = describe,
                .userdata = &sensor,
        };
        return rt_periodic_main(&program, argc, argv);
}
