/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "arena.h"

/* Quantities as descriptors write them: a decimal number and a unit, nothing else.
 * Errors: -EINVAL   not of that form
 *         -ENODATA  a number without a unit
 *         -ERANGE   negative, too large, or finer than the type can hold
 * *ret is set on success only. */

/* "250us", "1.5ms" → nanoseconds. Units: ns, us, ms, s. At most RT_DURATION_MAX. */
int rt_parse_duration(const char *text, int64_t *ret);
/* "64K", "1.5M" → bytes. Units: B, K, M, G, T, powers of 1024. At most RT_SIZE_MAX. */
int rt_parse_size(const char *text, int64_t *ret);
/* A plain integer with an optional sign; -EINVAL or -ERANGE. */
int rt_parse_integer(const char *text, int64_t *ret);

#define RT_DURATION_MAX (INT64_C(100) * 366 * 24 * 3600 * 1000000000) /* 100 years */
#define RT_SIZE_MAX (INT64_C(1) << 60)

/* The shortest exact form in the largest unit: 1500000 → "1500us", 2097152 → "2M". */
const char *rt_duration_text(RtArena *arena, int64_t ns);
const char *rt_size_text(RtArena *arena, int64_t bytes);
