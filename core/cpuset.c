/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpuset.h"

#include <errno.h>

#include "text.h"

enum { WORDS = RT_CPUS_MAX / 64 };

static int parse_number(const char **text, unsigned *ret)
{
        const char *s = *text;
        if (*s < '0' || *s > '9')
                return -EINVAL;
        unsigned number = 0;
        for (; *s >= '0' && *s <= '9'; s++) {
                number = number * 10 + (unsigned)(*s - '0');
                if (number >= RT_CPUS_MAX)
                        return -ERANGE;
        }
        *text = s;
        *ret = number;
        return 0;
}

int rt_cpuset_parse(const char *text, RtCpuSet *ret)
{
        RtCpuSet set = { 0 };
        for (const char *s = text;;) {
                unsigned first, last;
                while (*s == ' ')
                        s++;
                int r = parse_number(&s, &first);
                if (r < 0)
                        return r;
                last = first;
                if (*s == '-') {
                        s++;
                        r = parse_number(&s, &last);
                        if (r < 0)
                                return r;
                        if (last < first)
                                return -EINVAL;
                }
                for (unsigned cpu = first; cpu <= last; cpu++)
                        rt_cpuset_add(&set, cpu);
                while (*s == ' ')
                        s++;
                if (*s == '\0')
                        break;
                if (*s++ != ',')
                        return -EINVAL;
        }
        *ret = set;
        return 0;
}

const char *rt_cpuset_text(RtArena *arena, const RtCpuSet *set)
{
        RtText text = RT_TEXT(arena);
        for (int first = rt_cpuset_next(set, 0); first >= 0;) {
                int last = first;
                while (last + 1 < RT_CPUS_MAX && rt_cpuset_has(set, (unsigned)last + 1))
                        last++;
                rt_text_addf(&text, "%s%d", text.n > 0 ? "," : "", first);
                if (last > first)
                        rt_text_addf(&text, "-%d", last);
                first = rt_cpuset_next(set, (unsigned)last + 1);
        }
        return rt_strdup(arena, text.data);
}

void rt_cpuset_add(RtCpuSet *set, unsigned cpu)
{
        set->bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

bool rt_cpuset_has(const RtCpuSet *set, unsigned cpu)
{
        return cpu < RT_CPUS_MAX && (set->bits[cpu / 64] >> cpu % 64 & 1);
}

unsigned rt_cpuset_count(const RtCpuSet *set)
{
        unsigned count = 0;
        for (unsigned i = 0; i < WORDS; i++)
                count += (unsigned)__builtin_popcountll(set->bits[i]);
        return count;
}

bool rt_cpuset_is_empty(const RtCpuSet *set)
{
        return rt_cpuset_next(set, 0) < 0;
}

bool rt_cpuset_equal(const RtCpuSet *a, const RtCpuSet *b)
{
        return rt_cpuset_is_subset(a, b) && rt_cpuset_is_subset(b, a);
}

bool rt_cpuset_is_subset(const RtCpuSet *part, const RtCpuSet *whole)
{
        RtCpuSet rest = rt_cpuset_minus(part, whole);
        return rt_cpuset_is_empty(&rest);
}

RtCpuSet rt_cpuset_and(const RtCpuSet *a, const RtCpuSet *b)
{
        RtCpuSet set;
        for (unsigned i = 0; i < WORDS; i++)
                set.bits[i] = a->bits[i] & b->bits[i];
        return set;
}

RtCpuSet rt_cpuset_or(const RtCpuSet *a, const RtCpuSet *b)
{
        RtCpuSet set;
        for (unsigned i = 0; i < WORDS; i++)
                set.bits[i] = a->bits[i] | b->bits[i];
        return set;
}

RtCpuSet rt_cpuset_minus(const RtCpuSet *a, const RtCpuSet *b)
{
        RtCpuSet set;
        for (unsigned i = 0; i < WORDS; i++)
                set.bits[i] = a->bits[i] & ~b->bits[i];
        return set;
}

int rt_cpuset_next(const RtCpuSet *set, unsigned from)
{
        for (unsigned i = from / 64; i < WORDS; i++) {
                uint64_t word = set->bits[i];
                if (i == from / 64)
                        word &= ~UINT64_C(0) << from % 64;
                if (word)
                        return (int)(i * 64) + __builtin_ctzll(word);
        }
        return -1;
}
