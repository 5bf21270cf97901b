/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A proportional-integral control law that drives a simulated first-order plant to its set point.
 * In integers, as on many a small controller: the unit is a thousandth. */

#include <stdio.h>

#include "periodic.h"

typedef struct RtController {
        int setpoint, output; /* of the plant */
        int integral;
} RtController;

static int clamp(int value, int limit)
{
        return value > limit ? limit : value < -limit ? -limit : value;
}

static void control(void *userdata)
{
        RtController *controller = userdata;

        int error = controller->setpoint - controller->output;
        controller->integral = clamp(controller->integral + error / 8, 4000);
        int command = clamp(error / 2 + controller->integral, 4000);
        controller->output += (command - controller->output) / 16;
}

static void describe(void *userdata, char *buffer, size_t size)
{
        const RtController *controller = userdata;
        (void)snprintf(buffer, size, "setpoint=%d output=%d", controller->setpoint,
                       controller->output);
}

int main(int argc, char **argv)
{
        RtController controller = { .setpoint = 1000 };
        const RtPeriodicProgram program = {
                .name = "controller",
                .purpose = "Controls a simulated plant.",
                .period_ns = 20 * 1000 * 1000,
                .work_ns = 500 * 1000,
                .lock_memory = true,
                .job = control,
                .describe = describe,
                .userdata = &controller,
        };
        return rt_periodic_main(&program, argc, argv);
}
