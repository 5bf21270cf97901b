/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

enum { PATIENCE_MS = 2000, MOST_ANSWER = 4 * 1024 * 1024, MOST_VALUE = 300 };

/* -- the answer -------------------------------------------------------------------------------- */

static void take(RtArena *arena, RtUnitState *state, const char *line, size_t n)
{
        static const char id[] = "Id=", active[] = "ActiveState=", result[] = "Result=";
        const char *text = rt_strndup(arena, line, n);
        if (rt_starts_with(text, id))
                state->unit = rt_printable(arena, text + strlen(id), MOST_VALUE);
        else if (rt_starts_with(text, active))
                state->active = rt_printable(arena, text + strlen(active), MOST_VALUE);
        else if (rt_starts_with(text, result))
                state->result = rt_printable(arena, text + strlen(result), MOST_VALUE);
}

void rt_systemd_parse(RtArena *arena, const char *text, RtUnitStates *ret)
{
        const RtUnitState none = { "", "", "" };
        RtUnitState state = none;
        for (;;) {
                size_t n = strcspn(text, "\n");
                if (n > 0)
                        take(arena, &state, text, n);
                if (n == 0 || !text[n]) {
                        if (state.unit[0] && state.active[0])
                                RT_APPEND(arena, ret, state);
                        state = none;
                }
                if (!text[n])
                        return;
                text += n + 1;
        }
}

const RtUnitState *rt_systemd_state(const RtUnitStates *states, const char *unit)
{
        RT_EACH (state, states)
                if (strcmp(state->unit, unit) == 0)
                        return state;
        return NULL;
}

/* -- the question ------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void run(const char *program, const RtUnitNames *units, RtArena *arena, int output)
{
        const char **arguments = rt_alloc_array(arena, units->n + 5, sizeof *arguments);
        size_t n = 0;
        arguments[n++] = program;
        arguments[n++] = "show";
        arguments[n++] = "--property=Id,ActiveState,Result";
        arguments[n++] = "--";
        RT_EACH (unit, units)
                arguments[n++] = *unit;
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
            dup2(output, STDOUT_FILENO) < 0)
                _exit(127);
        execvp(program, (char *const *)arguments);
        _exit(127);
}

/* All that it writes until it ends. -ETIMEDOUT if it does not in time. */
static int read_answer(RtText *text, int fd)
{
        const int64_t end = now_ms() + PATIENCE_MS;
        char part[4096];
        for (;;) {
                int64_t left = end - now_ms();
                struct pollfd wait = { .fd = fd, .events = POLLIN };
                if (left <= 0 || text->n > MOST_ANSWER)
                        return -ETIMEDOUT;
                if (poll(&wait, 1, (int)left) <= 0)
                        continue;
                ssize_t n = read(fd, part, sizeof part);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return 0;
                if (n > 0)
                        rt_text_add_n(text, part, (size_t)n);
        }
}

static bool has_succeeded(pid_t pid)
{
        int status;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return false;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int rt_systemd_ask(RtArena *arena, const char *program, const RtUnitNames *units, RtUnitStates *ret)
{
        int ends[2];
        RtText text = RT_TEXT(arena);
        if (!program[0] || units->n == 0)
                return -ENOSYS;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        pid_t pid = fork();
        if (pid == 0)
                run(program, units, arena, ends[1]);
        (void)close(ends[1]);
        int r = pid < 0 ? -errno : read_answer(&text, ends[0]);
        (void)close(ends[0]);
        if (pid < 0)
                return r;
        if (r < 0)
                (void)kill(pid, SIGKILL);
        bool succeeded = has_succeeded(pid);
        if (r < 0 || !succeeded)
                return r < 0 ? r : -ENODATA;
        rt_systemd_parse(arena, text.data, ret);
        return 0;
}
