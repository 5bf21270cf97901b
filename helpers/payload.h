/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program in a container, as the host sees it. systemd-nspawn puts what runs in the container
 * into the cgroup "payload" beside its own, "supervisor". */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The processes in the container that `nspawn` supervises, at most `most` of them. Their number, or
 * a negative errno: -ENOENT when there is no such container. */
int rt_payload_processes(pid_t nspawn, pid_t *ret_pids, size_t most);

/* The program that the descriptor names: PID 1 of the container, or what nspawn's stub init has
 * started. -ESRCH if there is none (yet, or any more). */
pid_t rt_payload_program(pid_t nspawn);

/* Whether the process has a handler for the signal; false if it is gone. */
bool rt_payload_handles(pid_t pid, int signal);

/* The PID in the environment variable MAINPID, which systemd sets for ExecStartPost= and
 * ExecStop=; -EINVAL if there is none. */
pid_t rt_payload_supervisor(void);
