/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Looks a descriptor over before libconfig parses it, for what libconfig would take amiss or take
 * for ever: bytes that are no text, @include (which opens whatever it names), comments that never
 * end, integers beyond 32 bits, deep nesting, and thousands of settings in one group (each new one
 * is compared with all others).
 * Returns 0, or -EINVAL with the line, what is wrong and what would be right. */
int rt_vet(const char *text, size_t size, unsigned *ret_line, const char **ret_what,
           const char **ret_fix);
