/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The processes in a container, as the host sees them. systemd-nspawn puts what runs in the
 * container into the cgroup "payload" beside its own, "supervisor"; both are below the cgroup of
 * the unit, in whose ".control" systemd runs the unit's commands, such as those that use this.
 *
 * Nothing here believes what a container says: neither its messages to systemd, such as MAINPID=,
 * nor its processes' names. Its cgroup is where it cannot leave. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
        RT_PAYLOAD_PROCESSES = 4096, /* at most as many are looked at */
        RT_PAYLOAD_CGROUPS = 1024,
        RT_PAYLOAD_DEPTH = 16,
};

/* The container of a unit. Its descriptors are kept until the process
 * ends. */
typedef struct RtPayload {
        char cgroup[4096]; /* as /proc/PID/cgroup has it */
        int unit;          /* the unit's cgroup, open */
        int64_t deadline;  /* when searches give up, in µs as by rt_monotonic() */
        bool cut;          /* the last scan has not seen all processes */
        size_t n;
        pid_t pids[RT_PAYLOAD_PROCESSES]; /* those that the last scan has seen */
} RtPayload;

/* Finds our unit; without a deadline yet. 0, or a negative errno. */
int rt_payload_find(RtPayload *ret);

/* Finds the running unit of a machine, "rt-MACHINE.service" or "rt-MACHINE--CONFIG.service", which
 * has processes in its container, in whatever slice it is. -ENOENT: there is none. */
int rt_payload_find_machine(const char *machine, RtPayload *ret, char *ret_unit, size_t size);

/* The process's cgroup; false if it has ended. */
bool rt_process_cgroup(pid_t pid, char *ret, size_t size);
/* Whether a process in that cgroup is in the container. */
bool rt_payload_has_cgroup(const RtPayload *payload, const char *cgroup);

/* Whether any process is in the container, or in a cgroup that was made there. */
bool rt_payload_is_populated(const RtPayload *payload);

/* Waits until no process is. False if the time, as by rt_monotonic(), came first. */
bool rt_payload_wait_for_end(const RtPayload *payload, int64_t deadline);

/* Lists the processes, those of cgroups below too: an init in the container makes such. */
void rt_payload_scan(RtPayload *payload);

/* The program that the descriptor names: PID 1 of the container, or what nspawn's stub init has
 * started. Scans. -ESRCH if there is none (yet, or any more). */
pid_t rt_payload_program(RtPayload *payload, bool *ret_below_stub);

/* Opens /proc/PID of a process in the container. Through the descriptor no other process can be
 * meant. -ESRCH if there is no such process, or it is not in the container. */
int rt_payload_pin(const RtPayload *payload, pid_t pid);

/* Whether the process takes notice of the signal: by a handler, or by blocking it, as is done
 * before sigwait() and signalfd(). False if it is gone. */
bool rt_payload_heeds(pid_t pid, int signal);

/* Kills all processes. */
void rt_payload_kill(RtPayload *payload);

/* Microseconds of CLOCK_MONOTONIC. */
int64_t rt_monotonic(void);
