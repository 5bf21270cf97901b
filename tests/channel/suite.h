/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of channels share: Check's runner, numbers as messages, and child processes that
 * go step by step with the test. Check runs each test in a process of its own. */

#include LIBCHECK_HEADER /* <check.h> */

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "wire.h"

/* Runs the tests, in this order, and prints Check's summary. The exit status of main(). */
int run_tests(const char *name, const TTest *const *tests);
#define RUN_TESTS(name, ...) run_tests((name), (const TTest *[]){ __VA_ARGS__, NULL })

/* A deadline that only what hangs will reach, however busy the machine is. */
int64_t late(void);

/* The call returned this. */
#define expect_result(call, expected) ck_assert_int_eq((call), (expected))
#define expect_ok(call) expect_result(call, 0)

/* -- messages that are a number ---------------------------------------------------------------- */

int try_send(rtchannel *end, uint64_t number, int64_t deadline);
int try_receive(rtchannel *end, uint64_t *ret_number, int64_t deadline);
/* The same, which must work in the end. */
void send_number(rtchannel *end, uint64_t number);
uint64_t receive_number(rtchannel *end);
/* Receives exactly these numbers, from `first` on, then nothing more. */
void expect_numbers(rtchannel *end, uint64_t first, unsigned n);
void expect_nothing(rtchannel *end);

/* Serves one request: replies its number plus `add`. */
void serve_one(rtchannel *server, uint64_t add);
/* Calls with a number; returns that of the reply. */
uint64_t call_number(rtchannel *caller, uint64_t number);

rtchannel_statistics statistics_of(const rtchannel *end);

/* -- other processes --------------------------------------------------------------------------- */

/* Forks. The child does the work and exits; if it fails an assertion, so does expect_child(). */
pid_t in_child(void (*work)(void *), void *argument);
void expect_child(pid_t child);
/* SIGKILL, and waits until it is gone. */
void kill_child(pid_t child);

/* Numbers that all processes see, 0 to begin with. */
enum { STEPS = 16 };
void set_step(unsigned which, int value);
void wait_step(unsigned which, int value); /* until it is that or more */

/* -- looking ----------------------------------------------------------------------------------- */

/* Until the library, but not its user, has noticed that the end's first peer is gone. */
void wait_gone(const rtchannel *end);
/* How many descriptors this process has. */
unsigned count_fds(void);
/* The thread of this process that has this name. */
pid_t thread_called(const char *name);
/* Until the process or thread sleeps in the kernel. */
void wait_asleep(pid_t thread);
