/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The shape shared by the example programs: a job that is released at fixed points in time, locked
 * into memory, that tells the service manager when it is ready, that it is alive, and when it
 * stops.
 *
 * Scheduling policy, priority and CPUs are not set here: the container's unit gives them, the
 * program inherits them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct RtPeriodicProgram {
        const char *name;
        const char *purpose; /* one line for --help */
        uint64_t period_ns;  /* default of --period= */
        uint64_t work_ns;    /* default of --work= */
        bool lock_memory;    /* fail unless all memory can be locked */

        /* Before the program says that it is ready; false after an error that it has printed. NULL:
         * there is nothing to do. */
        bool (*start)(void *userdata);

        /* Runs one job, after the busy time of --work=. */
        void (*job)(void *userdata);

        /* Writes what the program has to say since the last report, as "key=value …", into a buffer
         * of size bytes. */
        void (*describe)(void *userdata, char *buffer, size_t size);

        /* After the last job. NULL: there is nothing to do. */
        void (*stop)(void *userdata);

        void *userdata; /* borrowed */
} RtPeriodicProgram;

/* Parses the command line, runs the program until SIGTERM or SIGINT and returns the exit status: 0
 * after a clean stop, 1 on failure, 2 when the command line is wrong. */
int rt_periodic_main(const RtPeriodicProgram *program, int argc, char **argv);
