/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "quantity.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"

typedef struct Unit {
        const char *name;
        int64_t factor;
} Unit;

/* Largest first: the texts are written in the first unit that divides the value. */
static const Unit durations[] = {
        { "s", 1000000000 },
        { "ms", 1000000 },
        { "us", 1000 },
        { "ns", 1 },
};

static const Unit sizes[] = {
        { "T", INT64_C(1) << 40 },
        { "G", INT64_C(1) << 30 },
        { "M", INT64_C(1) << 20 },
        { "K", INT64_C(1) << 10 },
        { "B", 1 },
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* Splits DIGITS[.DIGITS]UNIT; the fraction is kept as a numerator over a power of ten. */
static int split(const char *text, int64_t *ret_whole, int64_t *ret_part, int64_t *ret_scale,
                 const char **ret_unit)
{
        int64_t whole = 0, part = 0, scale = 1;
        const char *s = text;
        if (*s == '-' && is_digit(s[1]))
                return -ERANGE;
        if (!is_digit(*s))
                return -EINVAL;
        for (; is_digit(*s); s++)
                if (__builtin_mul_overflow(whole, 10, &whole) ||
                    __builtin_add_overflow(whole, *s - '0', &whole))
                        return -ERANGE;
        if (*s == '.') {
                if (!is_digit(*++s))
                        return -EINVAL;
                for (; is_digit(*s); s++)
                        if (__builtin_mul_overflow(part, 10, &part) ||
                            __builtin_add_overflow(part, *s - '0', &part) ||
                            __builtin_mul_overflow(scale, 10, &scale))
                                return -ERANGE;
        }
        *ret_whole = whole;
        *ret_part = part;
        *ret_scale = scale;
        *ret_unit = s;
        return 0;
}

static int parse(const char *text, const Unit *units, size_t n, int64_t most, int64_t *ret)
{
        int64_t whole, part, scale;
        const char *name;
        int r = split(text, &whole, &part, &scale, &name);
        if (r < 0)
                return r;
        if (*name == '\0')
                return -ENODATA;
        for (size_t i = 0; i < n; i++) {
                if (strcmp(name, units[i].name) != 0)
                        continue;
                __int128 exact = (__int128)part * units[i].factor;
                if (exact % scale != 0)
                        return -ERANGE;
                __int128 value = (__int128)whole * units[i].factor + exact / scale;
                if (value > most)
                        return -ERANGE;
                *ret = (int64_t)value;
                return 0;
        }
        return -EINVAL;
}

int rt_parse_duration(const char *text, int64_t *ret)
{
        return parse(text, durations, RT_ELEMENTS(durations), RT_DURATION_MAX, ret);
}

int rt_parse_size(const char *text, int64_t *ret)
{
        return parse(text, sizes, RT_ELEMENTS(sizes), RT_SIZE_MAX, ret);
}

int rt_parse_integer(const char *text, int64_t *ret)
{
        bool negative = *text == '-';
        const char *s = text + (negative || *text == '+');
        int64_t value = 0;
        if (!is_digit(*s))
                return -EINVAL;
        for (; is_digit(*s); s++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *s - '0', &value))
                        return -ERANGE;
        if (*s)
                return -EINVAL;
        *ret = negative ? -value : value;
        return 0;
}

static const char *text_of(RtArena *arena, int64_t value, const Unit *units, size_t n)
{
        size_t i = 0;
        while (i + 1 < n && (value == 0 || value % units[i].factor != 0))
                i++;
        return rt_printf(arena, "%lld%s", (long long)(value / units[i].factor), units[i].name);
}

const char *rt_duration_text(RtArena *arena, int64_t ns)
{
        return text_of(arena, ns, durations, RT_ELEMENTS(durations));
}

const char *rt_size_text(RtArena *arena, int64_t bytes)
{
        return text_of(arena, bytes, sizes, RT_ELEMENTS(sizes));
}
