/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc-stat.h"
#include "text.h"

enum { MOST_NAME = 64, MOST_VALUE = 8192 };

/* The next line, or NULL; *text moves on. */
static const char *next_line(const char **text, size_t *ret_n)
{
        const char *line = *text;
        if (!*line)
                return NULL;
        *ret_n = strcspn(line, "\n");
        *text = line + *ret_n + (line[*ret_n] == '\n');
        return line;
}

/* Digits only: strtoull() would take signs and blanks. */
static int parse_number(const char **text, uint64_t *ret)
{
        const char *s = *text;
        uint64_t number = 0;
        if (*s < '0' || *s > '9')
                return -EBADMSG;
        for (; *s >= '0' && *s <= '9'; s++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, (uint64_t)(*s - '0'), &number))
                        return -EBADMSG;
        *text = s;
        *ret = number;
        return 0;
}

static void skip_blanks(const char **text)
{
        *text += strspn(*text, " \t");
}

/* -- /proc/PID/status -------------------------------------------------------------------------- */

static pid_t to_pid(const char *value)
{
        uint64_t number;
        skip_blanks(&value);
        return parse_number(&value, &number) < 0 || number > INT32_MAX ? -1 : (pid_t)number;
}

static void take_inner(const char *value, RtProcStatus *status)
{
        for (;;) {
                uint64_t number;
                skip_blanks(&value);
                if (parse_number(&value, &number) < 0 || number > INT32_MAX)
                        return;
                status->depth++;
                status->inner = (pid_t)number;
        }
}

static void take_field(RtArena *arena, const char *name, const char *value, RtProcStatus *status)
{
        if (strcmp(name, "Name") == 0) {
                status->name = rt_printable(arena, value + strspn(value, "\t"), MOST_NAME);
        } else if (strcmp(name, "PPid") == 0) {
                status->parent = to_pid(value);
        } else if (strcmp(name, "NSpid") == 0) {
                take_inner(value, status);
        } else if (strcmp(name, "Cpus_allowed_list") == 0) {
                skip_blanks(&value);
                status->knows_cpus = rt_cpuset_parse(value, &status->cpus) == 0;
        } else if (strcmp(name, "THP_enabled") == 0) {
                skip_blanks(&value);
                status->knows_thp = value[0] == '0' || value[0] == '1';
                status->thp = value[0] == '1';
        }
}

void rt_parse_status(RtArena *arena, const char *text, RtProcStatus *ret)
{
        *ret = (RtProcStatus){ .name = "", .parent = -1 };
        size_t n;
        for (const char *line; (line = next_line(&text, &n));) {
                const char *colon = memchr(line, ':', n);
                size_t n_name = colon ? (size_t)(colon - line) : 0;
                if (n_name == 0 || n_name > MOST_NAME || n > MOST_VALUE)
                        continue;
                take_field(arena, rt_strndup(arena, line, n_name),
                           rt_strndup(arena, colon + 1, n - n_name - 1), ret);
        }
}

/* -- single values ----------------------------------------------------------------------------- */

int rt_parse_start(const char *text, uint64_t *ret)
{
        const char *s = rt_stat_field(text, RT_STAT_START);
        return s ? parse_number(&s, ret) : -EBADMSG;
}

int rt_parse_limit(const char *text, const char *name, uint64_t *ret)
{
        size_t n, length = strlen(name);
        for (const char *line; (line = next_line(&text, &n));) {
                if (n <= length || strncmp(line, name, length) != 0 || line[length] != ' ')
                        continue;
                const char *value = line + length;
                skip_blanks(&value);
                if (rt_starts_with(value, "unlimited")) {
                        *ret = UINT64_MAX;
                        return 0;
                }
                return parse_number(&value, ret);
        }
        return -EBADMSG;
}

int rt_parse_id_range(const char *text, RtIdRange *ret)
{
        RtIdRange range;
        uint64_t *const fields[] = { &range.inside, &range.outside, &range.count };
        for (size_t i = 0; i < RT_ELEMENTS(fields); i++) {
                skip_blanks(&text);
                if (parse_number(&text, fields[i]) < 0)
                        return -EBADMSG;
        }
        text += strspn(text, " \t\n");
        if (*text)
                return -EBADMSG;
        *ret = range;
        return 0;
}

int rt_parse_pair(const char *text, const char *key, uint64_t *ret)
{
        size_t n, length = strlen(key);
        for (const char *line; (line = next_line(&text, &n));) {
                if (n <= length || strncmp(line, key, length) != 0 || line[length] != ' ')
                        continue;
                const char *value = line + length + 1;
                return parse_number(&value, ret);
        }
        return -EBADMSG;
}

/* -- lists ------------------------------------------------------------------------------------- */

bool rt_parse_interfaces(RtArena *arena, const char *text, size_t most, RtStrings *ret)
{
        size_t n;
        for (const char *line; (line = next_line(&text, &n));) {
                const char *name = line;
                skip_blanks(&name);
                /* Names hold no blank; the two lines of the head have no colon before one. */
                size_t length = strcspn(name, ": \t\n");
                if (length == 0 || name[length] != ':')
                        continue;
                if (ret->n == most)
                        return false;
                RT_APPEND(arena, ret,
                          rt_printable(arena, rt_strndup(arena, name, length), MOST_NAME));
        }
        return true;
}

/* Field `index` of the line, counted from 0 and separated by single blanks. */
static const char *field(const char *line, size_t n, size_t index, size_t *ret_n)
{
        const char *end = line + n;
        for (; index > 0; index--) {
                line = memchr(line, ' ', (size_t)(end - line));
                if (!line)
                        return NULL;
                line++;
        }
        const char *stop = memchr(line, ' ', (size_t)(end - line));
        *ret_n = (size_t)((stop ? stop : end) - line);
        return line;
}

/* The type stands after optional fields and a dash by itself. */
static const char *type_of(const char *line, size_t n, size_t *ret_n)
{
        enum { OPTIONAL = 6, MOST_OPTIONAL = 32 };
        for (size_t i = OPTIONAL; i < OPTIONAL + MOST_OPTIONAL; i++) {
                size_t length;
                const char *at = field(line, n, i, &length);
                if (!at)
                        return NULL;
                if (length == 1 && at[0] == '-')
                        return field(line, n, i + 1, ret_n);
        }
        return NULL;
}

const char *rt_parse_mount_type(RtArena *arena, const char *text, const char *where)
{
        enum { POINT = 4 };
        const char *type = NULL;
        size_t n;
        for (const char *line; (line = next_line(&text, &n));) {
                size_t n_point, n_type;
                const char *point = field(line, n, POINT, &n_point);
                if (!point || n_point != strlen(where) || strncmp(point, where, n_point) != 0)
                        continue;
                const char *at = type_of(line, n, &n_type);
                type = at ? rt_printable(arena, rt_strndup(arena, at, n_type), MOST_NAME) : "";
        }
        return type;
}
