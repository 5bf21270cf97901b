/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A kernel of files below the fixture's root: interrupts with their masks, threads, cgroups. What
 * would be asked of threads goes into their files. */

#include "fixture.h"
#include "kernel.h"

enum { FAKE_KTHREAD = 0x00200000, FAKE_BOUND = 0x04000000 };

/* Valid as long as the test runs. */
RtKernel fake_kernel(void);

void put_thread(int pid, const char *name, unsigned flags, const char *cpus, int priority);
/* A line of /proc/interrupts, and the interrupt's folder. */
void put_irq(int number, const char *actions, const char *cpus);
void put_mask(const char *path, const char *mask);
void put_cgroup(const char *path, const char *cpus, const char *partition);

/* The text of a file below the root without its last newline. */
const char *text_at(const char *path);
const char *irq_cpus(int number);
const char *thread_cpus(int pid);
int thread_priority(int pid);
