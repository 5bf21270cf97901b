/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void reserve(RtText *text, size_t more)
{
        if (text->n + more + 1 <= text->capacity)
                return;
        size_t capacity = text->capacity ? text->capacity : 64;
        while (capacity < text->n + more + 1)
                capacity *= 2;
        char *data = rt_alloc(text->arena, capacity);
        memcpy(data, text->data, text->n);
        text->data = data;
        text->capacity = capacity;
}

void rt_text_add_n(RtText *text, const char *piece, size_t length)
{
        reserve(text, length);
        memcpy(text->data + text->n, piece, length);
        text->n += length;
        text->data[text->n] = '\0';
}

void rt_text_add(RtText *text, const char *piece)
{
        rt_text_add_n(text, piece, strlen(piece));
}

void rt_text_add_char(RtText *text, char c)
{
        rt_text_add_n(text, &c, 1);
}

void rt_text_addf(RtText *text, const char *format, ...)
{
        va_list ap;
        va_start(ap, format);
        rt_text_add(text, rt_vprintf(text->arena, format, ap));
        va_end(ap);
}

bool rt_starts_with(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool rt_ends_with(const char *text, const char *suffix)
{
        size_t n = strlen(text), m = strlen(suffix);
        return n >= m && strcmp(text + n - m, suffix) == 0;
}

uint32_t rt_text_hash(const char *text)
{
        uint32_t hash = 2166136261U;
        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * 16777619U;
        return hash;
}

size_t rt_utf8_length(const char *text)
{
        const unsigned char *s = (const unsigned char *)text;
        if (s[0] < 0x80)
                return s[0] ? 1 : 0;

        size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;
        uint32_t value = s[0] & (0x7fU >> length);
        for (size_t i = 1; i < length; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                value = value << 6 | (s[i] & 0x3f);
        }
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
                return 0;
        return length;
}

bool rt_utf8_is_valid(const char *text)
{
        while (*text) {
                size_t length = rt_utf8_length(text);
                if (length == 0)
                        return false;
                text += length;
        }
        return true;
}

static bool is_control(const char *text)
{
        const unsigned char *s = (const unsigned char *)text;
        return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

bool rt_text_has_control(const char *text)
{
        for (; *text; text++)
                if (is_control(text))
                        return true;
        return false;
}

const char *rt_printable(RtArena *arena, const char *text, size_t most)
{
        if (strlen(text) <= most && rt_utf8_is_valid(text) && !rt_text_has_control(text))
                return text;
        RtText out = RT_TEXT(arena);
        for (const char *s = text; *s;) {
                if (out.n >= most) {
                        rt_text_add(&out, "…");
                        break;
                }
                size_t length = rt_utf8_length(s);
                if (length == 0 || is_control(s)) {
                        rt_text_addf(&out, "\\x%02x", (unsigned char)*s);
                        s++;
                } else {
                        rt_text_add_n(&out, s, length);
                        s += length;
                }
        }
        return rt_strdup(arena, out.data);
}

size_t rt_edit_distance(const char *a, const char *b, size_t most)
{
        enum { MAX_WORD = 64 };
        size_t n = strlen(a), m = strlen(b);
        if (n > MAX_WORD || m > MAX_WORD || (n > m ? n - m : m - n) > most)
                return most + 1;

        size_t row[3][MAX_WORD + 1];
        for (size_t j = 0; j <= m; j++)
                row[0][j] = j;
        for (size_t i = 1; i <= n; i++) {
                size_t *current = row[i % 3], *above = row[(i - 1) % 3], *two_up = row[(i + 1) % 3];
                current[0] = i;
                for (size_t j = 1; j <= m; j++) {
                        size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
                        if (above[j] + 1 < best)
                                best = above[j] + 1;
                        if (current[j - 1] + 1 < best)
                                best = current[j - 1] + 1;
                        bool swapped =
                                i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                        if (swapped && two_up[j - 2] + 1 < best)
                                best = two_up[j - 2] + 1;
                        current[j] = best;
                }
        }
        size_t distance = row[n % 3][m];
        return distance > most ? most + 1 : distance;
}

const char *rt_nearest(const char *word, const char *const *candidates, size_t n)
{
        size_t most = strlen(word) <= 4 ? 1 : strlen(word) <= 8 ? 2 : 3;
        const char *nearest = NULL;
        for (size_t i = 0; i < n; i++) {
                size_t distance = rt_edit_distance(word, candidates[i], most);
                if (distance <= most) {
                        nearest = candidates[i];
                        if (distance == 0)
                                break;
                        most = distance - 1;
                }
        }
        return nearest;
}
