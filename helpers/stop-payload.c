/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStop= of containers without an init of their own. A program that takes notice of SIGTERM is
 * told, and has its time; then all that is left in the container is killed, whatever it tells
 * systemd of timeouts and main processes.
 * usage: stop-payload MICROSECONDS
 *
 * nspawn's stub init ends a program that takes no notice at once, so that is left to it. A program
 * that is PID 1 the kernel does not even send a signal without a handler: there is nothing to wait
 * for. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "payload.h"

static const int64_t LONGEST = INT64_MAX / 4;

static bool parse(const char *text, int64_t *ret)
{
        char *end;
        errno = 0;
        *ret = strtoimax(text, &end, 10);
        if (text[strspn(text, "0123456789")] != '\0' || end == text || errno != 0)
                return false;
        *ret = *ret > LONGEST ? LONGEST : *ret;
        return true;
}

/* As short as it can be said exactly. */
static void format(int64_t us, char *ret, size_t size)
{
        if (us % 1000000 == 0)
                snprintf(ret, size, "%" PRId64 "s", us / 1000000);
        else if (us % 1000 == 0)
                snprintf(ret, size, "%" PRId64 "ms", us / 1000);
        else
                snprintf(ret, size, "%" PRId64 "us", us);
}

/* The program is looked for again when the descriptor, which pins the process, is open: so no other
 * can be meant. */
static void terminate(RtPayload *payload, pid_t program)
{
        bool below_stub;
        int fd = pidfd_open(program, 0);
        if (fd < 0)
                return;
        int pin = rt_payload_pin(payload, program);
        if (pin >= 0 && rt_payload_program(payload, &below_stub) == program)
                pidfd_send_signal(fd, SIGTERM, NULL, 0);
        if (pin >= 0)
                close(pin);
        close(fd);
}

static void stop(RtPayload *payload, int64_t timeout)
{
        bool below_stub;
        char text[32];
        int64_t deadline = rt_monotonic() + timeout;
        payload->deadline = deadline;
        pid_t program = rt_payload_program(payload, &below_stub);
        /* None: it has just ended, and the rest follows; or is hidden among too many processes. */
        if (program > 0 && !rt_payload_heeds(program, SIGTERM)) {
                if (below_stub)
                        return;
                rt_payload_kill(payload);
                fputs("stop-payload: the program does not handle SIGTERM; it was killed\n", stderr);
                return;
        }
        if (program > 0)
                terminate(payload, program);
        /* With the program the container ends. */
        if (rt_payload_wait_for_end(payload, deadline))
                return;
        rt_payload_kill(payload);
        format(timeout, text, sizeof text);
        fprintf(stderr, "stop-payload: the program has not ended within %s; it was killed\n", text);
}

int main(int argc, char *argv[])
{
        static RtPayload payload;
        int64_t timeout;
        if (argc != 2 || !parse(argv[1], &timeout)) {
                fputs("usage, in ExecStop=: stop-payload MICROSECONDS\n", stderr);
                return 2;
        }
        if (rt_payload_find(&payload) == 0 && rt_payload_is_populated(&payload))
                stop(&payload, timeout);
        return 0;
}
