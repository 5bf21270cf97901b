/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* In front of the compiler's header: the library's sources, compiled with this folder first in the
 * include path, call hooks.h for each atomic access. */

#include_next <stdatomic.h>

#include "../hooks.h"

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_add_explicit
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_thread_fence
#undef atomic_load
#undef atomic_exchange
#undef atomic_fetch_add
#undef atomic_compare_exchange_strong

#define HOOK_VALUE(at) __typeof__((void)0, *(at))

#define atomic_load_explicit(at, order)                                                            \
        __extension__({                                                                            \
                __auto_type hook_at = (at);                                                        \
                HOOK_VALUE(hook_at) hook_value;                                                    \
                hook_load((const volatile void *)hook_at, &hook_value, sizeof hook_value,          \
                          (int)(order));                                                           \
                hook_value;                                                                        \
        })
#define atomic_store_explicit(at, value, order)                                                    \
        __extension__({                                                                            \
                __auto_type hook_at = (at);                                                        \
                HOOK_VALUE(hook_at) hook_value = (value);                                          \
                hook_store((volatile void *)hook_at, &hook_value, sizeof hook_value,               \
                           (int)(order));                                                          \
        })
#define atomic_fetch_add_explicit(at, value, order)                                                \
        __extension__({                                                                            \
                __auto_type hook_at = (at);                                                        \
                HOOK_VALUE(hook_at) hook_value = (value);                                          \
                hook_add((volatile void *)hook_at, &hook_value, sizeof hook_value, (int)(order));  \
                hook_value;                                                                        \
        })
#define atomic_exchange_explicit(at, value, order)                                                 \
        __extension__({                                                                            \
                __auto_type hook_at = (at);                                                        \
                HOOK_VALUE(hook_at) hook_value = (value);                                          \
                hook_exchange((volatile void *)hook_at, &hook_value, sizeof hook_value,            \
                              (int)(order));                                                       \
                hook_value;                                                                        \
        })
#define atomic_compare_exchange_strong_explicit(at, expected, value, order, failure)               \
        __extension__({                                                                            \
                __auto_type hook_at = (at);                                                        \
                HOOK_VALUE(hook_at) hook_value = (value);                                          \
                hook_compare_exchange((volatile void *)hook_at, (expected), &hook_value,           \
                                      sizeof hook_value, (int)(order));                            \
        })
#define atomic_compare_exchange_weak_explicit atomic_compare_exchange_strong_explicit
#define atomic_thread_fence(order) hook_fence((int)(order))

#define atomic_load(at) atomic_load_explicit(at, memory_order_seq_cst)
#define atomic_exchange(at, value) atomic_exchange_explicit(at, value, memory_order_seq_cst)
#define atomic_fetch_add(at, value) atomic_fetch_add_explicit(at, value, memory_order_seq_cst)
#define atomic_compare_exchange_strong(at, expected, value)                                        \
        atomic_compare_exchange_strong_explicit(at, expected, value, memory_order_seq_cst,         \
                                                memory_order_seq_cst)
