/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

/* Ids of no process: what the tracer sees of the two. */
enum { BEGIN = 0x7ffffff1, END = 0x7ffffff2, FIRST_STEP = 8 };

void begin_counting(void)
{
        (void)syscall(SYS_getpgid, BEGIN);
}

void end_counting(void)
{
        (void)syscall(SYS_getpgid, END);
}

static void work_when_seized(void *argument)
{
        const Traced *child = argument;
        wait_step(child->seizes, 1);
        child->work(child->argument);
}

static void start(Traced *child)
{
        child->pid = in_child(work_when_seized, child);
        expect_ok(ptrace(PTRACE_SEIZE, child->pid, NULL, PTRACE_O_TRACESYSGOOD));
        expect_ok(ptrace(PTRACE_INTERRUPT, child->pid, NULL, NULL));
        set_step(child->seizes, 1);
}

static void count(Traced *child)
{
        struct __ptrace_syscall_info info;
        ck_assert_int_gt(ptrace(PTRACE_GET_SYSCALL_INFO, child->pid, sizeof info, &info), 0);
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
                return;
        if (info.entry.nr == SYS_getpgid && info.entry.args[0] == BEGIN)
                child->is_counting = 1;
        else if (info.entry.nr == SYS_getpgid && info.entry.args[0] == END)
                child->is_counting = 0;
        else if (child->is_counting && info.entry.nr != SYS_clock_gettime)
                child->calls++;
}

/* The child has stopped: lets it go on to the next of its system calls. */
static void go_on(Traced *child, int status)
{
        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80))
                count(child);
        if (signal == (SIGTRAP | 0x80) || status >> 16 != 0)
                signal = 0;
        expect_ok(ptrace(PTRACE_SYSCALL, child->pid, NULL, signal));
}

void trace(Traced *children, unsigned n)
{
        unsigned left = n;
        for (unsigned i = 0; i < n; i++) {
                children[i].seizes = FIRST_STEP + i;
                start(&children[i]);
        }
        while (left > 0) {
                int status;
                pid_t pid = waitpid(-1, &status, __WALL);
                ck_assert_msg(pid > 0 || errno == EINTR, "waitpid: %d", errno);
                for (unsigned i = 0; i < n && pid > 0; i++) {
                        if (children[i].pid != pid)
                                continue;
                        if (WIFSTOPPED(status)) {
                                go_on(&children[i], status);
                                continue;
                        }
                        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                                      "child %u ended with %#x", i, (unsigned)status);
                        left--;
                }
        }
}
