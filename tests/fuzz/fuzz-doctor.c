/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of a system that rtctl doctor looks at: whatever they hold, every check says something, in
 * printable texts, and nothing of it gets into a command.
 *
 * The input is a list of texts, each ended by a zero; which of them a file has is chosen by its
 * path. One that begins with a "!" is not there. */

#include <errno.h>
#include <string.h>

#include "doctor.h"
#include "harness.h"
#include "text.h"

enum { MOST_TEXTS = 64 };

typedef struct Input {
        const char *texts[MOST_TEXTS];
        size_t sizes[MOST_TEXTS];
        size_t n;
} Input;

static Input input;

static const char *chosen(const char *path, size_t *ret_n)
{
        size_t i = input.n > 0 ? rt_text_hash(path) % input.n : 0;
        if (input.n == 0 || input.texts[i][0] == '!')
                return NULL;
        *ret_n = input.sizes[i];
        return input.texts[i];
}

static int read_text(RtArena *arena, const char *root, const char *path, char **ret, size_t *ret_n)
{
        (void)root;
        const char *text = chosen(path, ret_n);
        if (!text)
                return -ENOENT;
        *ret = rt_strndup(arena, text, *ret_n);
        return 0;
}

/* The words of the text. */
static int list_words(RtArena *arena, const char *root, const char *path, RtNames *ret)
{
        (void)root;
        size_t n;
        const char *s = chosen(path, &n);
        if (!s)
                return -ENOENT;
        while (*s) {
                s += strspn(s, " \n");
                size_t length = strcspn(s, " \n");
                if (length > 0)
                        RT_APPEND(arena, ret, rt_strndup(arena, s, length));
                s += length;
        }
        return 0;
}

static int look(const char *root, const char *path)
{
        (void)root;
        size_t n;
        return chosen(path, &n) ? 0 : -ENOENT;
}

static void check_text(const char *text)
{
        MUST(!text || (rt_utf8_is_valid(text) && !rt_text_has_control(text)), "not printable");
}

static void check_finding(const RtFinding *finding)
{
        MUST(finding->found && finding->found[0], "%s finds nothing", finding->id);
        check_text(finding->found);
        check_text(finding->why);
        for (int i = 0; i < 2; i++) {
                const char *command = i == 0 ? finding->fix : finding->keep;
                check_text(command);
                MUST(!command || !strstr(command, "EVIL"), "%s: %s", finding->id, command);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const RtViewSource source = { .read = read_text, .list = list_words, .look = look };
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        char *copy = rt_alloc(arena, size + 1);
        if (size > 0)
                memcpy(copy, data, size);
        input = (Input){ 0 };
        for (size_t at = 0; at < size && input.n < MOST_TEXTS;) {
                input.texts[input.n] = copy + at;
                input.sizes[input.n] = strlen(copy + at);
                at += input.sizes[input.n++] + 1;
        }
        const RtView view = { .arena = arena, .root = "", .source = &source };
        RtModel model;
        RtDoctor doctor;
        rt_model_init(&model, arena);
        for (unsigned cpu = 0; cpu < 4; cpu++)
                rt_cpuset_add(&model.platform.cpus, cpu);
        rt_model_complete(&model);
        rt_doctor_examine(&doctor, arena, &view, &model, 0);
        MUST(doctor.findings.n >= rt_n_checkups, "%zu findings", doctor.findings.n);
        RT_EACH (finding, &doctor.findings)
                check_finding(finding);
        return 0;
}
