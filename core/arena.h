/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory for one run of the pipeline.
 *
 * Everything from descriptors to artifacts lives in one arena and is released with it, so no
 * function between them has an owner to name or an error path to unwind. When memory runs out
 * the process ends with a message and status 2: our programs are short-lived, and nothing has
 * been written before the writer runs. */

#include <stdarg.h>
#include <stddef.h>

typedef struct RtArena RtArena;

RtArena *rt_arena_new(void);
RtArena *rt_arena_free(RtArena *arena);

/* Zeroed memory, aligned for any type, valid until the arena is freed. Never NULL. */
void *rt_alloc(RtArena *arena, size_t size);
/* `count` elements of `size` bytes; ends the process when the product overflows. */
void *rt_alloc_array(RtArena *arena, size_t count, size_t size);
char *rt_strdup(RtArena *arena, const char *text);
char *rt_strndup(RtArena *arena, const char *text, size_t length);
char *rt_printf(RtArena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *rt_vprintf(RtArena *arena, const char *format, va_list ap)
        __attribute__((format(printf, 2, 0)));

static inline void rt_arena_freep(RtArena **arena)
{
        *arena = rt_arena_free(*arena);
}
#define RT_CLEANUP_ARENA __attribute__((cleanup(rt_arena_freep)))

/* A growing array: `RT_LIST(RtTask) tasks;`, RT_APPEND(arena, &tasks, task). */
#define RT_LIST(type)                                                                              \
        struct {                                                                                   \
                type *items;                                                                       \
                size_t n;                                                                          \
        }

void *rt_list_grow(RtArena *arena, void *items, size_t n, size_t size);

#define RT_APPEND(arena, list, ...)                                                                \
        do {                                                                                       \
                (list)->items =                                                                    \
                        rt_list_grow((arena), (list)->items, (list)->n, sizeof *(list)->items);    \
                (list)->items[(list)->n++] = (__VA_ARGS__);                                        \
        } while (0)

/* Visits each element by pointer: RT_EACH(task, &container->tasks) { … } */
#define RT_EACH(it, list)                                                                          \
        for (__typeof__((list)->items + 0) it = (list)->items;                                     \
             it && it < (list)->items + (list)->n; it++)

#define RT_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
