/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vet.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

enum {
        MOST_DEPTH = 16,
        MOST_SETTINGS = 256,
};

#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-*"

typedef struct Vet {
        const char *s, *end;
        unsigned line;
        unsigned depth;
        unsigned settings[MOST_DEPTH + 1]; /* seen so far at each depth of nesting */
        const char *what, *fix;
} Vet;

static int refuse(Vet *vet, const char *what, const char *fix)
{
        vet->what = what;
        vet->fix = fix;
        return -EINVAL;
}

static int check_bytes(Vet *vet)
{
        const char *start = vet->s;
        for (; vet->s < vet->end;) {
                size_t length = rt_utf8_length(vet->s);
                if (length == 0)
                        return refuse(vet,
                                      *vet->s == '\0' ? "there is a zero byte in the text"
                                                      : "the text is not valid UTF-8",
                                      "write plain UTF-8 text");
                vet->line += *vet->s == '\n';
                vet->s += length;
        }
        vet->s = start;
        vet->line = 1;
        return 0;
}

static void skip_line(Vet *vet)
{
        while (vet->s < vet->end && *vet->s != '\n')
                vet->s++;
}

static int skip_block_comment(Vet *vet)
{
        unsigned first = vet->line;
        for (vet->s += 2; vet->s < vet->end; vet->s++) {
                vet->line += *vet->s == '\n';
                if (vet->s[0] == '*' && vet->s[1] == '/') {
                        vet->s += 2;
                        return 0;
                }
        }
        vet->line = first;
        return refuse(vet, "the comment that begins here never ends", "end it with \"*/\"");
}

static int skip_string(Vet *vet)
{
        unsigned first = vet->line;
        for (vet->s++; vet->s < vet->end && *vet->s != '"'; vet->s++) {
                vet->line += *vet->s == '\n';
                if (*vet->s != '\\')
                        continue;
                if (strncmp(vet->s + 1, "x00", 3) == 0)
                        return refuse(vet, "\\x00 would end the string",
                                      "write a string without it");
                vet->s++;
                vet->line += *vet->s == '\n';
        }
        if (vet->s++ < vet->end)
                return 0;
        vet->line = first;
        return refuse(vet, "the string that begins here never ends", "end it with a quote");
}

static void skip_name(Vet *vet)
{
        vet->s += strspn(vet->s, NAME_BYTES);
}

/* libconfig keeps the low 32 bits of an integer that has more, and says nothing. */
static int skip_number(Vet *vet)
{
        const bool hex = vet->s[0] == '0' && (vet->s[1] == 'x' || vet->s[1] == 'X');
        const char *digits = hex ? "0123456789abcdef" : "0123456789";
        const int64_t base = hex ? 16 : 10;
        int64_t value = 0;
        for (vet->s += hex ? 2 : 0; *vet->s; vet->s++) {
                const char *digit = strchr(digits, tolower((unsigned char)*vet->s));
                if (!digit)
                        break;
                if (value <= INT32_MAX)
                        value = value * base + (digit - digits);
        }
        size_t fraction = hex ? 0 : strspn(vet->s, "0123456789.eE+-");
        vet->s += fraction;
        if (fraction == 0 && value > INT32_MAX)
                return refuse(vet, "the number is too large", "no key takes one above 2147483647");
        return 0;
}

static int check_token(Vet *vet)
{
        switch (*vet->s++) {
        case '\n':
                vet->line++;
                return 0;
        case '{':
        case '(':
        case '[':
                if (++vet->depth > MOST_DEPTH)
                        return refuse(vet, "the groups and lists are nested too deeply",
                                      "no descriptor needs more than four levels");
                vet->settings[vet->depth] = 0;
                return 0;
        case '}':
        case ')':
        case ']':
                vet->depth -= vet->depth > 0;
                return 0;
        case '=':
        case ':':
                if (++vet->settings[vet->depth] > MOST_SETTINGS)
                        return refuse(vet, "there are more than 256 settings in one group",
                                      "see rtcontainers.conf(5) for the keys there are");
                return 0;
        case '@':
                return refuse(vet, "\"@\" is not possible here, includes among others",
                              "use drop-ins: files NAME.KIND.d/*.conf beside the descriptor");
        default:
                return 0;
        }
}

static int check_tokens(Vet *vet)
{
        int r = 0;
        while (r == 0 && vet->s < vet->end) {
                if (*vet->s == '#' || (vet->s[0] == '/' && vet->s[1] == '/'))
                        skip_line(vet);
                else if (vet->s[0] == '/' && vet->s[1] == '*')
                        r = skip_block_comment(vet);
                else if (*vet->s == '"')
                        r = skip_string(vet);
                else if (isdigit((unsigned char)*vet->s) || *vet->s == '.')
                        r = skip_number(vet);
                else if (isalpha((unsigned char)*vet->s) || *vet->s == '*')
                        skip_name(vet);
                else
                        r = check_token(vet);
        }
        return r;
}

int rt_vet(const char *text, size_t size, unsigned *ret_line, const char **ret_what,
           const char **ret_fix)
{
        Vet vet = { .s = text, .end = text + size, .line = 1 };
        int r = check_bytes(&vet);
        if (r == 0)
                r = check_tokens(&vet);
        if (r < 0) {
                *ret_line = vet.line;
                *ret_what = vet.what;
                *ret_fix = vet.fix;
        }
        return r;
}
