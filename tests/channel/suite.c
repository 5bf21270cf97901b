/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic int *steps;

static void begin_test(void)
{
        for (int i = 0; i < STEPS; i++)
                set_step((unsigned)i, 0);
}

int run_tests(const char *name, const TTest *const *tests)
{
        steps = mmap(NULL, STEPS * sizeof *steps, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (steps == MAP_FAILED)
                return EXIT_FAILURE;
        TCase *tcase = tcase_create(name);
        tcase_add_checked_fixture(tcase, begin_test, NULL);
        tcase_set_timeout(tcase, 120);
        for (; *tests; tests++)
                tcase_add_test(tcase, *tests);
        Suite *suite = suite_create(name);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int64_t late(void)
{
        return rtchannel_in(INT64_C(60000000000));
}

/* -- messages that are a number ---------------------------------------------------------------- */

int try_send(rtchannel *end, uint64_t number, int64_t deadline)
{
        return rtchannel_send(end, &number, sizeof number, deadline);
}

int try_receive(rtchannel *end, uint64_t *ret_number, int64_t deadline)
{
        rtchannel_message message = { 0 };
        int r = rtchannel_receive(end, ret_number, sizeof *ret_number, &message, deadline);
        if (r == 0)
                ck_assert_uint_eq(message.size, sizeof *ret_number);
        return r;
}

void send_number(rtchannel *end, uint64_t number)
{
        expect_ok(try_send(end, number, late()));
}

uint64_t receive_number(rtchannel *end)
{
        uint64_t number = 0;
        expect_ok(try_receive(end, &number, late()));
        return number;
}

void expect_numbers(rtchannel *end, uint64_t first, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                ck_assert_uint_eq(receive_number(end), first + i);
        expect_nothing(end);
}

void expect_nothing(rtchannel *end)
{
        uint64_t number = 0;
        expect_result(try_receive(end, &number, RTCHANNEL_NOW), -EAGAIN);
}

void serve_one(rtchannel *server, uint64_t add)
{
        rtchannel_message request;
        uint64_t number = 0;
        expect_ok(rtchannel_receive(server, &number, sizeof number, &request, late()));
        number += add;
        expect_ok(rtchannel_reply(server, &request, &number, sizeof number, late()));
}

uint64_t call_number(rtchannel *caller, uint64_t number)
{
        uint64_t reply = 0;
        rtchannel_message message = { 0 };
        expect_ok(rtchannel_call(caller, &number, sizeof number, &reply, sizeof reply, &message,
                                 late()));
        ck_assert_uint_eq(message.size, sizeof reply);
        return reply;
}

rtchannel_statistics statistics_of(const rtchannel *end)
{
        rtchannel_statistics statistics;
        expect_ok(rtchannel_get_statistics(end, &statistics));
        return statistics;
}

/* -- other processes --------------------------------------------------------------------------- */

pid_t in_child(void (*work)(void *), void *argument)
{
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
                work(argument);
                _exit(0);
        }
        return child;
}

static int status_of(pid_t child)
{
        int status = 0;
        pid_t r;
        do {
                r = waitpid(child, &status, 0);
        } while (r < 0 && errno == EINTR);
        ck_assert_int_eq(r, child);
        return status;
}

void expect_child(pid_t child)
{
        int status = status_of(child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %#x",
                      (unsigned)status);
}

void kill_child(pid_t child)
{
        expect_ok(kill(child, SIGKILL));
        int status = status_of(child);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                      "the child had ended with %#x", (unsigned)status);
}

void set_step(unsigned which, int value)
{
        atomic_store(&steps[which], value);
}

void wait_step(unsigned which, int value)
{
        int64_t deadline = late();
        while (atomic_load(&steps[which]) < value) {
                ck_assert_msg(rtchannel_now() < deadline, "step %u never came to %d", which, value);
                (void)usleep(500);
        }
}

/* -- looking ----------------------------------------------------------------------------------- */

void wait_gone(const rtchannel *end)
{
        int64_t deadline = late();
        while (end->ways[0].link && !atomic_load(&end->ways[0].link->gone)) {
                ck_assert_int_lt(rtchannel_now(), deadline);
                (void)usleep(500);
        }
}

unsigned count_fds(void)
{
        unsigned n = 0;
        DIR *folder = opendir("/proc/self/fd");
        ck_assert_ptr_nonnull(folder);
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
                n += entry->d_name[0] != '.';
        (void)closedir(folder);
        return n - 1; /* the folder's own */
}

pid_t thread_called(const char *name)
{
        pid_t found = 0;
        DIR *folder = opendir("/proc/self/task");
        ck_assert_ptr_nonnull(folder);
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
                char path[300], line[32] = "";
                (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
                FILE *file = fopen(path, "re");
                if (!file)
                        continue;
                if (fgets(line, sizeof line, file) && strcspn(line, "\n") == strlen(name) &&
                    strncmp(line, name, strlen(name)) == 0)
                        found = (pid_t)atoi(entry->d_name);
                (void)fclose(file);
        }
        (void)closedir(folder);
        ck_assert_int_gt(found, 0);
        return found;
}

void wait_asleep(pid_t thread)
{
        char path[64], line[512] = "";
        int64_t deadline = late();
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)thread);
        for (;;) {
                FILE *file = fopen(path, "re");
                ck_assert_ptr_nonnull(file);
                ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
                (void)fclose(file);
                const char *state = strrchr(line, ')');
                ck_assert_ptr_nonnull(state);
                if (state[2] == 'S')
                        return;
                ck_assert_msg(rtchannel_now() < deadline, "%d never slept", (int)thread);
                (void)usleep(500);
        }
}
