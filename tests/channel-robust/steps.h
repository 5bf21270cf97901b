/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Steps of the library, in builds that are hooked: each atomic access, each piece of a copy and
 * each system call is one, counted over all threads of the process. */

/* Raises the signal right before step `at`, counted from 1 and from now on, and then before each
 * `every`th after it, unless that is 0. */
void steps_arm(unsigned long at, unsigned long every, int signal);

/* Linker flags are in meson.build: every function that steps.c wraps. */
