/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Conditions on texts, as RtRule of the key tables. They keep every value harmless where it will
 * stand (a path, a name, one argument of a unit line); escaping is the emitters' second wall. */

#include "schema.h"

/* Names of objects: [A-Za-z][A-Za-z0-9-]{0,47}, not ending in a dash. */
int rt_rule_name(RtArena *arena, const char *text, RtProblem *ret_problem);
/* Absolute, without ".", "..", empty parts or blanks at its ends; not "/" itself. */
int rt_rule_path(RtArena *arena, const char *text, RtProblem *ret_problem);
/* The same, or "/". */
int rt_rule_directory(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A path below /dev. */
int rt_rule_device(RtArena *arena, const char *text, RtProblem *ret_problem);
/* Whether udev can have a device of that path, and it is safe in a rule of udev's and, escaped, in
 * the names of units. No RtRule: it depends on another key. */
bool rt_is_udev_path(const char *path);
/* Some of "r", "w", "m", each once. */
int rt_rule_access(RtArena *arena, const char *text, RtProblem *ret_problem);
/* NAME=value */
int rt_rule_environment(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A user name or number of the container. */
int rt_rule_user(RtArena *arena, const char *text, RtProblem *ret_problem);
/* CAP_… */
int rt_rule_capability(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A system call or @group. */
int rt_rule_syscall(RtArena *arena, const char *text, RtProblem *ret_problem);
/* Name of a task or chain: letters, digits, '-', '_', at most 48. */
int rt_rule_label(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A thread's comm: 1 to 15 bytes. */
int rt_rule_comm(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A network interface: 1 to 15 bytes without blanks, '/', ':'. */
int rt_rule_interface(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A unit that may be a config's base: NAME.target. */
int rt_rule_target(RtArena *arena, const char *text, RtProblem *ret_problem);
/* "CONTAINER.TASK" */
int rt_rule_task_reference(RtArena *arena, const char *text, RtProblem *ret_problem);
/* "log", "restart" or "switch:CONFIG" */
int rt_rule_action(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A kernel's version: MAJOR.MINOR and what may follow, "6.1.0-18-rt-amd64". */
int rt_rule_kernel(RtArena *arena, const char *text, RtProblem *ret_problem);
/* A ZeroMQ endpoint, "tcp://HOST:PORT" or "ipc:///PATH". */
int rt_rule_endpoint(RtArena *arena, const char *text, RtProblem *ret_problem);
/* Comma-separated mount options from the table in rules.c. */
int rt_rule_mount_options(RtArena *arena, const char *text, RtProblem *ret_problem);

/* Whether the comma-separated `options` hold `option`. */
bool rt_option_is_set(const char *options, const char *option);
/* The capabilities of Linux, CAP_CHOWN first, NULL last. */
extern const char *const rt_capabilities[];
