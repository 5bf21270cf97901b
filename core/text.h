/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* A string that grows in an arena. `data` is always terminated; start with RT_TEXT(arena). */
typedef struct RtText {
        RtArena *arena;
        char *data;
        size_t n;
        size_t capacity;
} RtText;

#define RT_TEXT(a) ((RtText){ .arena = (a), .data = (char[]){ "" } })

void rt_text_add(RtText *text, const char *piece);
void rt_text_add_n(RtText *text, const char *piece, size_t length);
void rt_text_add_char(RtText *text, char c);
void rt_text_addf(RtText *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool rt_starts_with(const char *text, const char *prefix);
bool rt_ends_with(const char *text, const char *suffix);
/* FNV-1a, 32 bits: spreads names, no more is asked of it. Plans and paths depend on its values. */
uint32_t rt_text_hash(const char *text);

/* Length of the valid UTF-8 sequence at `text`, 0 when it is none (overlong forms, surrogates and
 * values above U+10FFFF are none). */
size_t rt_utf8_length(const char *text);
bool rt_utf8_is_valid(const char *text);
/* Whether a control character (C0, DEL, or C1 in UTF-8) is in it. */
bool rt_text_has_control(const char *text);

/* `text` as one printable line, itself if it is one: control characters and invalid UTF-8 become
 * \xHH, and what is longer than `most` bytes is cut with "…". For messages, which may quote
 * anything. */
const char *rt_printable(RtArena *arena, const char *text, size_t most);

/* Edit distance (Levenshtein, a swap of neighbours counts once), or `most` + 1 if it is larger. */
size_t rt_edit_distance(const char *a, const char *b, size_t most);
/* The candidate closest to `word`, if it is close enough to be meant; else NULL. */
const char *rt_nearest(const char *word, const char *const *candidates, size_t n);
