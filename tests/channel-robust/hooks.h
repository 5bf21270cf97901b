/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the library's atomic accesses call in test builds, see hooks/stdatomic.h: steps.c counts
 * them, explore/ runs them on a memory of its own. Values are passed by address; those that are
 * read are put where the value to write was. */

#include <stdbool.h>
#include <stddef.h>

void hook_load(const volatile void *at, void *ret, size_t size, int order);
void hook_store(volatile void *at, const void *value, size_t size, int order);
void hook_add(volatile void *at, void *value, size_t size, int order);
void hook_exchange(volatile void *at, void *value, size_t size, int order);
bool hook_compare_exchange(volatile void *at, void *expected, const void *value, size_t size,
                           int order);
void hook_fence(int order);
/* For copies of plain memory, which the build calls in place of memcpy(). */
void *hook_copy(void *to, const void *from, size_t size);
