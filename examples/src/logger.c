/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records the machine's load: a program without deadlines, on the housekeeping CPUs. */

#include <stdio.h>

#include "periodic.h"

typedef struct RtLogger {
        double load; /* average of the last minute */
} RtLogger;

static void record(void *userdata)
{
        RtLogger *logger = userdata;

        FILE *file = fopen("/proc/loadavg", "re");
        if (!file)
                return;
        double load;
        if (fscanf(file, "%lf", &load) == 1)
                logger->load = load;
        (void)fclose(file);
}

static void describe(void *userdata, char *buffer, size_t size)
{
        const RtLogger *logger = userdata;
        (void)snprintf(buffer, size, "load=%.2f", logger->load);
}

int main(int argc, char **argv)
{
        RtLogger logger = { 0 };
        const RtPeriodicProgram program = {
                .name = "logger",
                .purpose = "Records the machine's load.",
                .period_ns = 100 * 1000 * 1000,
                .job = record,
                .describe = describe,
                .userdata = &logger,
        };
        return rt_periodic_main(&program, argc, argv);
}
