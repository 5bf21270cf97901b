/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ExecStop= of containers whose program does not notify. nspawn's stub init ends such a container
 * at once, without giving the program time; so a program that wants to hear of it, because it
 * handles SIGTERM, is told here and waited for. systemd bounds the wait by TimeoutStopSec=. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "payload.h"

int main(void)
{
        pid_t nspawn = rt_payload_supervisor();
        if (nspawn < 0) {
                fputs("stop-payload: MAINPID is not set; systemd calls this as ExecStop=\n",
                      stderr);
                return 2;
        }
        pid_t program = rt_payload_program(nspawn);
        if (program < 0 || !rt_payload_handles(program, SIGTERM))
                return 0; /* gone already, or glad to be ended by the stub */

        /* The descriptor pins the process: from here on no other can be meant. */
        int fd = pidfd_open(program, 0);
        if (fd < 0)
                return 0;
        if (rt_payload_program(nspawn) == program && pidfd_send_signal(fd, SIGTERM, NULL, 0) == 0) {
                struct pollfd ended = { .fd = fd, .events = POLLIN };
                while (poll(&ended, 1, -1) < 0 && errno == EINTR) {
                        /* wait on */
                }
        }
        close(fd);
        return 0;
}
