/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Large enough that the C library maps blocks of their own, which come zeroed. */
#define BLOCK_SIZE (256U * 1024U)

typedef struct Block {
        struct Block *next;
        size_t used;
        size_t size;
        alignas(max_align_t) unsigned char data[];
} Block;

struct RtArena {
        Block *blocks;
};

static void out_of_memory(void)
{
        static const char message[] = "rtcontainers: out of memory\n";
        if (write(STDERR_FILENO, message, sizeof message - 1) < 0) {
                /* nothing left to say it with */
        }
        _exit(2);
}

RtArena *rt_arena_new(void)
{
        RtArena *arena = calloc(1, sizeof *arena);
        if (!arena)
                out_of_memory();
        return arena;
}

RtArena *rt_arena_free(RtArena *arena)
{
        if (!arena)
                return NULL;
        for (Block *block = arena->blocks; block;) {
                Block *next = block->next;
                free(block);
                block = next;
        }
        free(arena);
        return NULL;
}

/* A large request gets a block of its own behind the current one, which stays in use. */
static Block *add_block(RtArena *arena, size_t size)
{
        size_t capacity = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;
        if (capacity > SIZE_MAX - sizeof(Block))
                out_of_memory();
        Block *block = calloc(1, sizeof *block + capacity);
        if (!block)
                out_of_memory();
        block->size = capacity;
        if (arena->blocks && capacity != BLOCK_SIZE) {
                block->next = arena->blocks->next;
                arena->blocks->next = block;
        } else {
                block->next = arena->blocks;
                arena->blocks = block;
        }
        return block;
}

void *rt_alloc(RtArena *arena, size_t size)
{
        const size_t align = alignof(max_align_t);
        if (size > SIZE_MAX - align)
                out_of_memory();
        size = size ? (size + align - 1) & ~(align - 1) : align;

        Block *block = arena->blocks;
        if (!block || block->size - block->used < size)
                block = add_block(arena, size);
        void *memory = block->data + block->used;
        block->used += size;
        return memory;
}

void *rt_alloc_array(RtArena *arena, size_t count, size_t size)
{
        size_t total;
        if (__builtin_mul_overflow(count, size, &total))
                out_of_memory();
        return rt_alloc(arena, total);
}

char *rt_strndup(RtArena *arena, const char *text, size_t length)
{
        length = strnlen(text, length);
        char *copy = rt_alloc(arena, length + 1);
        memcpy(copy, text, length);
        return copy;
}

char *rt_strdup(RtArena *arena, const char *text)
{
        return rt_strndup(arena, text, strlen(text));
}

char *rt_vprintf(RtArena *arena, const char *format, va_list ap)
{
        char small[256];
        va_list again;
        va_copy(again, ap);
        int length = vsnprintf(small, sizeof small, format, ap);
        if (length < 0)
                out_of_memory();
        char *text = rt_alloc(arena, (size_t)length + 1);
        if ((size_t)length < sizeof small)
                memcpy(text, small, (size_t)length + 1);
        else
                vsnprintf(text, (size_t)length + 1, format, again);
        va_end(again);
        return text;
}

char *rt_printf(RtArena *arena, const char *format, ...)
{
        va_list ap;
        va_start(ap, format);
        char *text = rt_vprintf(arena, format, ap);
        va_end(ap);
        return text;
}

void *rt_list_grow(RtArena *arena, void *items, size_t n, size_t size)
{
        const size_t first = 4;
        bool full = n == 0 || (n >= first && (n & (n - 1)) == 0);
        if (!full)
                return items;
        size_t capacity = n == 0 ? first : n * 2;
        void *grown = rt_alloc_array(arena, capacity, size);
        if (n > 0)
                memcpy(grown, items, n * size);
        return grown;
}
