/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A proportional-integral control law that drives a simulated first-order plant to its set point,
 * which follows the sensor in steps of a hundred. In integers, as on many a small controller: the
 * unit is a thousandth. What is worth a line in the log it pushes as an event. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "open.h"
#include "periodic.h"
#include "sample.h"

enum { STEP = 100 };
static const int64_t late_after = INT64_C(100000000); /* ns; ten of the sensor's periods */

typedef struct RtController {
        rtchannel *samples, *events; /* NULL: there is none */
        RtSample newest;             /* sequence 0: none yet */
        bool is_late;
        uint64_t received, lost, refused;
        int setpoint, output; /* of the plant */
        int integral;
} RtController;

static bool start(void *userdata)
{
        RtController *controller = userdata;
        return rt_example_open("controller", "samples", &controller->samples) &&
               rt_example_open("controller", "events", &controller->events);
}

/* Never waits: a log that is full costs the event, not the deadline. */
__attribute__((format(printf, 2, 3))) static void tell(RtController *controller, const char *format,
                                                       ...)
{
        char text[RT_EVENT_SIZE];
        va_list arguments;
        if (!controller->events)
                return;
        va_start(arguments, format);
        int n = vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        if (n < 0)
                return;
        size_t size = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
        controller->refused += rtchannel_send(controller->events, text, size, RTCHANNEL_NOW) < 0;
}

/* Only the newest sample matters. */
static void receive(RtController *controller)
{
        RtSample sample;
        rtchannel_message message;
        while (rtchannel_receive(controller->samples, &sample, sizeof sample, &message,
                                 RTCHANNEL_NOW) == 0) {
                if (message.size != sizeof sample)
                        continue;
                controller->newest = sample;
                controller->received++;
                controller->lost += message.lost;
        }
}

static void watch_age(RtController *controller)
{
        int64_t age = rtchannel_now() - controller->newest.taken;
        bool is_late = controller->newest.sequence > 0 && age > late_after;
        if (is_late && !controller->is_late)
                tell(controller, "sample %" PRIu64 " is late: %" PRId64 " ms old, and no newer one",
                     controller->newest.sequence, age / 1000000);
        if (!is_late && controller->is_late)
                tell(controller, "samples come again: %" PRIu64, controller->newest.sequence);
        controller->is_late = is_late;
}

static void follow(RtController *controller)
{
        int value = controller->newest.value;
        if (controller->newest.sequence == 0 || abs(value - controller->setpoint) < STEP)
                return;
        int setpoint = value / STEP * STEP;
        tell(controller, "set point %d -> %d, as of sample %" PRIu64, controller->setpoint,
             setpoint, controller->newest.sequence);
        controller->setpoint = setpoint;
}

static int clamp(int value, int limit)
{
        return value > limit ? limit : value < -limit ? -limit : value;
}

static void control(void *userdata)
{
        RtController *controller = userdata;

        if (controller->samples) {
                receive(controller);
                watch_age(controller);
                follow(controller);
        }
        int error = controller->setpoint - controller->output;
        controller->integral = clamp(controller->integral + error / 8, 4000);
        int command = clamp(error / 2 + controller->integral, 4000);
        controller->output += (command - controller->output) / 16;
}

static void describe(void *userdata, char *buffer, size_t size)
{
        const RtController *controller = userdata;
        (void)snprintf(buffer, size,
                       "setpoint=%d output=%d samples=%" PRIu64 " lost=%" PRIu64
                       " refused=%" PRIu64,
                       controller->setpoint, controller->output, controller->received,
                       controller->lost, controller->refused);
}

static void stop(void *userdata)
{
        RtController *controller = userdata;
        rtchannel_close(controller->samples);
        rtchannel_close(controller->events);
}

int main(int argc, char **argv)
{
        RtController controller = { .setpoint = 1000 };
        const RtPeriodicProgram program = {
                .name = "controller",
                .purpose = "Controls a simulated plant as a sensor says.",
                .period_ns = 20 * 1000 * 1000,
                .work_ns = 500 * 1000,
                .lock_memory = true,
                .start = start,
                .job = control,
                .describe = describe,
                .stop = stop,
                .userdata = &controller,
        };
        return rt_periodic_main(&program, argc, argv);
}
