/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "task-spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sched-attr.h"

enum { CHUNK = 4096 };
_Static_assert(RT_TASK_FILE_MAX % CHUNK == 0, "doubling ends there");

/* -- words ------------------------------------------------------------------------------------- */

typedef struct Word {
        const char *at;
        size_t size;
} Word;

static bool is(Word word, const char *text)
{
        return word.size == strlen(text) &&
               (word.size == 0 || memcmp(word.at, text, word.size) == 0);
}

/* Cuts the next part off, up to one of `ends`; leading ones are skipped. */
static Word next_word(Word *rest, const char *ends)
{
        while (rest->size > 0 && *rest->at && strchr(ends, *rest->at)) {
                rest->at++;
                rest->size--;
        }
        Word word = { rest->at, 0 };
        while (word.size < rest->size && !(word.at[word.size] && strchr(ends, word.at[word.size])))
                word.size++;
        rest->at += word.size;
        rest->size -= word.size;
        return word;
}

static int parse_number(Word word, int64_t least, int64_t most, int64_t *ret)
{
        int64_t value = 0;
        if (word.size == 0)
                return -EINVAL;
        for (size_t i = 0; i < word.size; i++) {
                const char c = word.at[i];
                if (c < '0' || c > '9' || value > (most - (c - '0')) / 10)
                        return -EINVAL;
                value = value * 10 + (c - '0');
        }
        if (value < least)
                return -EINVAL;
        *ret = value;
        return 0;
}

static bool is_plain(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
}

static int parse_name(Word word, char ret[static RT_TASK_NAME_MAX + 1])
{
        if (word.size == 0 || word.size > RT_TASK_NAME_MAX)
                return -EINVAL;
        for (size_t i = 0; i < word.size; i++)
                if (!is_plain(word.at[i]))
                        return -EINVAL;
        memcpy(ret, word.at, word.size);
        ret[word.size] = '\0';
        return 0;
}

static int digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int parse_thread(Word word, char ret[static RT_COMM_MAX + 1])
{
        size_t n = 0;
        for (size_t i = 0; i < word.size; i++) {
                int c = word.at[i];
                if (c == '%') {
                        if (word.size - i < 3 || digit(word.at[i + 1]) < 0 ||
                            digit(word.at[i + 2]) < 0)
                                return -EINVAL;
                        c = digit(word.at[i + 1]) * 16 + digit(word.at[i + 2]);
                        i += 2;
                } else if (!is_plain((char)c) && c != '.') {
                        return -EINVAL;
                }
                if (n == RT_COMM_MAX || c == '\0')
                        return -EINVAL;
                ret[n++] = (char)c;
        }
        ret[n] = '\0';
        return n > 0 ? 0 : -EINVAL;
}

static int parse_cpus(Word list, cpu_set_t *ret)
{
        CPU_ZERO(ret);
        while (list.size > 0) {
                Word range = next_word(&list, ",");
                int64_t first, last;
                if (parse_number(next_word(&range, "-"), 0, CPU_SETSIZE - 1, &first) < 0)
                        return -EINVAL;
                last = first;
                if (range.size > 0 && parse_number((Word){ range.at + 1, range.size - 1 }, first,
                                                   CPU_SETSIZE - 1, &last) < 0)
                        return -EINVAL;
                for (; first <= last; first++)
                        CPU_SET((size_t)first, ret);
        }
        return CPU_COUNT(ret) > 0 ? 0 : -EINVAL;
}

/* -- lines ------------------------------------------------------------------------------------- */

static const int64_t most_time = INT64_C(1) << 62;

typedef struct Parse {
        RtTaskSpecs *specs;
        bool has_container;
        bool is_main, has_policy; /* of the task at hand */
} Parse;

static int parse_yes(Word value, const char *yes, const char *no, bool *ret)
{
        if (!is(value, yes) && !is(value, no))
                return -EINVAL;
        *ret = is(value, yes);
        return 0;
}

static int parse_container_key(Parse *parse, Word key, Word value)
{
        if (is(key, "startup"))
                return parse_number(value, 0, most_time, &parse->specs->startup);
        if (is(key, "on_missing"))
                return parse_yes(value, "fail", "log", &parse->specs->fails_on_missing);
        return 0;
}

static int parse_policy(Word value, uint32_t *ret)
{
        static const uint32_t policies[] = { SCHED_OTHER, SCHED_FIFO, RT_SCHED_DEADLINE };
        for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
                if (is(value, rt_sched_policy_word(policies[i]))) {
                        *ret = policies[i];
                        return 0;
                }
        return -EINVAL;
}

static int parse_task_key(Parse *parse, Word key, Word value)
{
        RtTaskSpec *spec = &parse->specs->items[parse->specs->n];
        int64_t number;
        if (is(key, "thread"))
                return parse_thread(value, spec->thread);
        if (is(key, "main"))
                return parse_yes(value, "yes", "no", &parse->is_main);
        if (is(key, "policy")) {
                parse->has_policy = true;
                return parse_policy(value, &spec->policy);
        }
        if (is(key, "priority")) {
                if (parse_number(value, 1, 99, &number) < 0)
                        return -EINVAL;
                spec->priority = (unsigned)number;
                return 0;
        }
        if (is(key, "cpus")) {
                spec->has_cpus = true;
                return parse_cpus(value, &spec->cpus);
        }
        return is(key, "runtime")       ? parse_number(value, 1, most_time, &spec->runtime)
               : is(key, "deadline")    ? parse_number(value, 1, most_time, &spec->deadline)
               : is(key, "period")      ? parse_number(value, 1, most_time, &spec->period)
               : is(key, "timer_slack") ? parse_number(value, 1, most_time, &spec->timer_slack)
                                        : 0;
}

/* Each policy has what it needs. */
static bool is_complete(const Parse *parse, const RtTaskSpec *spec)
{
        if (!parse->has_policy || parse->is_main == (spec->thread[0] != '\0'))
                return false;
        if (spec->policy == SCHED_FIFO)
                return spec->priority > 0 && spec->has_cpus;
        if (spec->policy == RT_SCHED_DEADLINE)
                return spec->runtime > 0 && spec->deadline > 0 && spec->period > 0 &&
                       spec->has_cpus;
        return true;
}

static int parse_keys(Parse *parse, Word line, int (*parse_key)(Parse *parse, Word key, Word value))
{
        for (;;) {
                Word word = next_word(&line, " \t");
                if (word.size == 0)
                        return 0;
                Word key = next_word(&word, "=");
                if (word.size == 0 || key.size == 0 ||
                    parse_key(parse, key, (Word){ word.at + 1, word.size - 1 }) < 0)
                        return -EINVAL;
        }
}

static int parse_line(Parse *parse, Word line)
{
        RtTaskSpecs *specs = parse->specs;
        Word first = next_word(&line, " \t");
        if (first.size == 0 || *first.at == '#')
                return 0;
        if (is(first, ".container")) {
                if (parse->has_container)
                        return -EINVAL;
                parse->has_container = true;
                return parse_keys(parse, line, parse_container_key);
        }
        if (specs->n == RT_TASK_SPECS_MAX)
                return -E2BIG;
        RtTaskSpec *items = realloc(specs->items, (specs->n + 1) * sizeof *items);
        if (!items)
                return -ENOMEM;
        specs->items = items;
        specs->items[specs->n] = (RtTaskSpec){ 0 };
        parse->is_main = parse->has_policy = false;
        if (parse_name(first, specs->items[specs->n].name) < 0 ||
            parse_keys(parse, line, parse_task_key) < 0 ||
            !is_complete(parse, &specs->items[specs->n]))
                return -EINVAL;
        specs->n++;
        return 0;
}

/* -- all --------------------------------------------------------------------------------------- */

int rt_task_specs_parse(const char *text, size_t size, RtTaskSpecs *ret)
{
        RtTaskSpecs specs = { 0 };
        Parse parse = { .specs = &specs };
        Word rest = { text, size };
        int r = size > 0 && memchr(text, '\0', size) ? -EINVAL : 0;
        while (r == 0 && rest.size > 0)
                r = parse_line(&parse, next_word(&rest, "\n"));
        if (r == 0 && !parse.has_container)
                r = -EINVAL;
        if (r < 0) {
                rt_task_specs_free(&specs);
                return r;
        }
        *ret = specs;
        return 0;
}

/* Grows with what there is to read: a program that has locked its memory has little to spare. */
static int read_text(int fd, char **text, size_t *size)
{
        size_t room = 0;
        for (;;) {
                if (*size == room) {
                        if (room == RT_TASK_FILE_MAX)
                                return -E2BIG;
                        room = room == 0 ? CHUNK : 2 * room;
                        char *more = realloc(*text, room);
                        if (!more)
                                return -ENOMEM;
                        *text = more;
                }
                ssize_t n = read(fd, *text + *size, room - *size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                *size += (size_t)n;
        }
}

int rt_task_specs_read(const char *path, RtTaskSpecs *ret)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        size_t size = 0;
        char *text = NULL;
        int r = read_text(fd, &text, &size);
        (void)close(fd);
        if (r == 0)
                r = rt_task_specs_parse(text, size, ret);
        free(text);
        return r;
}

void rt_task_specs_free(RtTaskSpecs *specs)
{
        free(specs->items);
        *specs = (RtTaskSpecs){ 0 };
}

const RtTaskSpec *rt_task_specs_find(const RtTaskSpecs *specs, const char *name)
{
        for (size_t i = 0; i < specs->n; i++)
                if (strcmp(specs->items[i].name, name) == 0)
                        return &specs->items[i];
        return NULL;
}

bool rt_task_spec_is_set(const RtTaskSpec *spec)
{
        return spec->policy != SCHED_OTHER || spec->timer_slack > 0;
}
