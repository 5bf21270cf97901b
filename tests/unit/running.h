/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A running system in files below the root of the test: /proc, cgroups, /run and /dev, as rtctl
 * status sees it. running_as_planned() makes one in which the container imu runs just as planned;
 * tests then change a file and look at what is said of it. */

#include "fixture.h"
#include "status-inspect.h"

enum {
        NSPAWN_PID = 100,
        INIT_PID = 101,    /* the stub */
        PROGRAM_PID = 102, /* 2 inside */
        UPTIME = 1000,     /* seconds; the program started at 900 */
};

/* The container imu: tasks "main", of the thread run, which is the main one, FIFO 50 on CPU 1, and
 * "io", of the thread imu-io, policy other; 64M of memory, of which 4M may be locked. `more` are
 * further settings. It runs in the config A. */
void put_imu(const char *more);
/* Runs the pipeline and makes the files of the running container. */
void running_as_planned(void);

/* Makes a process, its main thread included. `inside` is its PID in the container, 0: it is not in
 * one. */
void put_process(pid_t pid, pid_t parent, pid_t inside, const char *name);
/* One more thread; with the policy as "POLICY PRIORITY RUNTIME DEADLINE PERIOD FLAGS" in numbers,
 * and CPUs as the kernel lists them. */
void put_thread(pid_t pid, pid_t tid, const char *name, const char *scheduling, const char *cpus);
/* Files of the service's cgroup, and of the program in /proc. */
void put_group(const char *name, const char *text);
void put_program(const char *name, const char *text);
void remove_file(const char *path);
/* A device node. False if we may not make it: the test cannot be run then. */
bool put_device(const char *path, unsigned major, unsigned minor);
const char *group_of(const char *name);

/* What the aspect finds of imu. */
typedef void Aspect(RtInspection *inspection);
RtFindings inspected(Aspect *aspect);
/* The same, with a kernel that answers so when it is asked for device filters. */
typedef int DevicePrograms(RtArena *arena, const char *cgroup, RtDevicePrograms *ret);
RtFindings inspected_with(Aspect *aspect, DevicePrograms *programs);

/* The one of that subject and aspect; fails the test if there is none. */
const RtComparison *comparison(const RtFindings *findings, const char *subject, const char *aspect);
bool has_comparison(const RtFindings *findings, const char *subject, const char *aspect);
/* Its planned and actual texts are these; NULL: there is none. */
void expect_as_planned(const RtFindings *findings, const char *subject, const char *aspect,
                       const char *text);
void expect_drift(const RtFindings *findings, const char *subject, const char *aspect,
                  const char *planned, const char *actual);
void expect_unknown(const RtFindings *findings, const char *subject, const char *aspect,
                    const char *why);
/* Nothing drifts, and nothing is unknown. */
void expect_all_as_planned(const RtFindings *findings);
