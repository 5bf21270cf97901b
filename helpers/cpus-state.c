/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line for each thing, and "end" as the last:
 *
 *     file /proc/irq/default_smp_affinity f
 *     irq 24 50 0-3 virtio0-input.0
 *     thread 17 1234 0-3
 */
#include "cpus-state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel-file.h"
#include "text.h"

static const char end[] = "end\n";

/* -- reading ----------------------------------------------------------------------------------- */

/* The first word of *text, which then is what follows; NULL if there is none. */
static const char *take_word(RtArena *arena, const char **text)
{
        size_t length = strcspn(*text, " ");
        if (length == 0)
                return NULL;
        const char *word = rt_strndup(arena, *text, length);
        *text += length + ((*text)[length] == ' ');
        return word;
}

static bool take_number(RtArena *arena, const char **text, uint64_t most, uint64_t *ret)
{
        char *stop;
        const char *word = take_word(arena, text);
        if (!word || word[strspn(word, "0123456789")] != '\0')
                return false;
        errno = 0;
        *ret = strtoull(word, &stop, 10);
        return errno == 0 && *ret <= most;
}

static bool take_cpus(RtArena *arena, const char **text, RtCpuSet *ret)
{
        const char *word = take_word(arena, text);
        return word && rt_cpuset_parse(word, ret) == 0;
}

static bool parse_file(RtArena *arena, const char *text, RtCpusState *state)
{
        RtSavedFile file = { .path = take_word(arena, &text), .text = text };
        if (!file.path || file.path[0] != '/' || strstr(file.path, "/.."))
                return false;
        RT_APPEND(arena, &state->files, file);
        return true;
}

static bool parse_irq(RtArena *arena, const char *text, RtCpusState *state)
{
        uint64_t number, priority;
        RtSavedIrq irq = { 0 };
        if (!take_number(arena, &text, INT32_MAX, &number) ||
            !take_number(arena, &text, 99, &priority) || !take_cpus(arena, &text, &irq.cpus))
                return false;
        irq.number = (int)number;
        irq.priority = (int)priority;
        irq.name = text;
        RT_APPEND(arena, &state->irqs, irq);
        return true;
}

static bool parse_thread(RtArena *arena, const char *text, RtCpusState *state)
{
        uint64_t pid;
        RtSavedThread thread = { 0 };
        if (!take_number(arena, &text, INT32_MAX, &pid) || pid == 0 ||
            !take_number(arena, &text, UINT64_MAX, &thread.started) ||
            !take_cpus(arena, &text, &thread.cpus) || *text)
                return false;
        thread.pid = (pid_t)pid;
        RT_APPEND(arena, &state->threads, thread);
        return true;
}

static bool parse_line(RtArena *arena, const char *line, RtCpusState *state)
{
        static const struct {
                const char *word;
                bool (*parse)(RtArena *arena, const char *text, RtCpusState *state);
        } kinds[] = { { "file", parse_file }, { "irq", parse_irq }, { "thread", parse_thread } };
        const char *word = take_word(arena, &line);
        for (size_t i = 0; word && i < RT_ELEMENTS(kinds); i++)
                if (strcmp(word, kinds[i].word) == 0)
                        return kinds[i].parse(arena, line, state);
        return false;
}

int rt_cpus_state_load(RtArena *arena, const char *path, RtCpusState *ret)
{
        RtCpusState state = { 0 };
        const char *text;
        int r = rt_kernel_read(arena, path, &text);
        if (r < 0)
                return r;
        for (;;) {
                size_t length = strcspn(text, "\n");
                const char *line = rt_strndup(arena, text, length);
                if (strcmp(line, "end") == 0)
                        break;
                if (text[length] == '\0' || !parse_line(arena, line, &state))
                        return -EBADMSG;
                text += length + 1;
        }
        *ret = state;
        return 0;
}

/* -- writing ----------------------------------------------------------------------------------- */

static const char *text_of(RtArena *arena, const RtCpusState *state)
{
        RtText text = RT_TEXT(arena);
        RT_EACH (file, &state->files)
                rt_text_addf(&text, "file %s %s\n", file->path, file->text);
        RT_EACH (irq, &state->irqs)
                rt_text_addf(&text, "irq %d %d %s %s\n", irq->number, irq->priority,
                             rt_cpuset_text(arena, &irq->cpus), irq->name);
        RT_EACH (thread, &state->threads)
                rt_text_addf(&text, "thread %d %" PRIu64 " %s\n", thread->pid, thread->started,
                             rt_cpuset_text(arena, &thread->cpus));
        rt_text_add(&text, end);
        return rt_strdup(arena, text.data);
}

/* The last folder of the path; /run has the one before. */
static void make_folder(RtArena *arena, const char *path)
{
        for (const char *slash = path; (slash = strchr(slash + 1, '/'));)
                mkdir(rt_strndup(arena, path, (size_t)(slash - path)), 0755);
}

int rt_cpus_state_save(RtArena *arena, const char *path, const RtCpusState *state)
{
        const char *text = text_of(arena, state), *temporary = rt_printf(arena, "%s.new", path);
        make_folder(arena, path);
        int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return -errno;
        size_t length = strlen(text);
        ssize_t n = write(fd, text, length);
        int r = n == (ssize_t)length ? 0 : n < 0 ? -errno : -ENOSPC;
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                unlink(temporary);
        return r;
}

/* -- what is in there -------------------------------------------------------------------------- */

const RtSavedIrq *rt_cpus_state_irq(const RtCpusState *state, int number)
{
        RT_EACH (irq, &state->irqs)
                if (irq->number == number)
                        return irq;
        return NULL;
}

const RtSavedThread *rt_cpus_state_thread(const RtCpusState *state, pid_t pid, uint64_t started)
{
        RT_EACH (thread, &state->threads)
                if (thread->pid == pid && thread->started == started)
                        return thread;
        return NULL;
}

const RtSavedFile *rt_cpus_state_file(const RtCpusState *state, const char *path)
{
        RT_EACH (file, &state->files)
                if (strcmp(file->path, path) == 0)
                        return file;
        return NULL;
}
