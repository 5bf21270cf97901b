/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
        const char *name;
        bool sends, receives, shares, admits, is_admitted;
} roles[RT_ROLES] = {
        [RT_ROLE_PUBLISHES] = { "publishes", .sends = true, .shares = true, .admits = true },
        [RT_ROLE_SUBSCRIBES] = { "subscribes", .receives = true, .shares = true,
                                 .is_admitted = true },
        [RT_ROLE_SERVES] = { "serves", .sends = true, .receives = true, .admits = true },
        [RT_ROLE_CALLS] = { "calls", .sends = true, .receives = true, .is_admitted = true },
        [RT_ROLE_PUSHES] = { "pushes", .sends = true },
        [RT_ROLE_PULLS] = { "pulls", .receives = true },
        [RT_ROLE_PAIRS] = { "pairs", .sends = true, .receives = true },
};

const char *rt_role_name(RtRole role)
{
        return roles[role].name;
}

bool rt_role_sends(RtRole role)
{
        return roles[role].sends;
}

bool rt_role_receives(RtRole role)
{
        return roles[role].receives;
}

bool rt_role_shares(RtRole role)
{
        return roles[role].shares;
}

bool rt_role_admits(RtRole role)
{
        return roles[role].admits;
}

bool rt_role_is_admitted(RtRole role)
{
        return roles[role].is_admitted;
}

/* -- words ------------------------------------------------------------------------------------- */

typedef struct Word {
        const char *at;
        size_t size;
} Word;

static bool is(Word word, const char *text)
{
        return word.size == strlen(text) &&
               (word.size == 0 || memcmp(word.at, text, word.size) == 0);
}

/* Cuts the next part off, up to one of `ends`; leading ones are skipped. */
static Word next_word(Word *rest, const char *ends)
{
        while (rest->size > 0 && strchr(ends, *rest->at) && *rest->at) {
                rest->at++;
                rest->size--;
        }
        Word word = { rest->at, 0 };
        while (word.size < rest->size && word.at[word.size] && !strchr(ends, word.at[word.size]))
                word.size++;
        if (word.size < rest->size && !word.at[word.size])
                word.size = 0; /* a NUL is no text */
        rest->at += word.size;
        rest->size -= word.size;
        return word;
}

static int parse_number(Word word, int64_t most, int64_t *ret)
{
        int64_t value = 0;
        if (word.size == 0)
                return -EINVAL;
        for (size_t i = 0; i < word.size; i++) {
                char c = word.at[i];
                if (c < '0' || c > '9' || value > (most - (c - '0')) / 10)
                        return -EINVAL;
                value = value * 10 + (c - '0');
        }
        *ret = value;
        return 0;
}

static bool is_name_char(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
}

/* Names end up in paths. */
static int parse_name(Word word, char ret[static RT_NAME_MAX + 1])
{
        if (word.size == 0 || word.size > RT_NAME_MAX)
                return -EINVAL;
        for (size_t i = 0; i < word.size; i++)
                if (!is_name_char(word.at[i]))
                        return -EINVAL;
        if (is(word, ".") || is(word, ".."))
                return -EINVAL;
        memcpy(ret, word.at, word.size);
        ret[word.size] = 0;
        return 0;
}

/* -- values ------------------------------------------------------------------------------------ */

typedef struct Parse {
        RtSpec *spec;
        int64_t message_size, depth, connections, role;
        bool overwrite, has_full;
} Parse;

static int parse_accepts(RtSpec *spec, Word value)
{
        while (value.size > 0) {
                Word peer = next_word(&value, ",");
                if (spec->n_accepts == RT_ACCEPTS_MAX)
                        return -EINVAL;
                RtAccepted *accepted = &spec->accepts[spec->n_accepts];
                Word name = next_word(&peer, "@");
                Word file = peer.size > 0 ? (Word){ peer.at + 1, peer.size - 1 } : name;
                if (parse_name(name, accepted->name) < 0 || parse_name(file, accepted->file) < 0)
                        return -EINVAL;
                spec->n_accepts++;
        }
        return 0;
}

static int parse_role(Word value, int64_t *ret)
{
        for (int role = 0; role < RT_ROLES; role++)
                if (is(value, roles[role].name)) {
                        *ret = role;
                        return 0;
                }
        return -EINVAL;
}

static int parse_yes(Word value, const char *yes, const char *no, bool *ret)
{
        if (!is(value, yes) && !is(value, no))
                return -EINVAL;
        *ret = is(value, yes);
        return 0;
}

/* Keys that are not known are from a later version, and do not matter. */
static int parse_key(Parse *parse, Word key, Word value)
{
        RtSpec *spec = parse->spec;
        if (is(key, "role"))
                return parse_role(value, &parse->role);
        if (is(key, "message_size"))
                return parse_number(value, 1 << 30, &parse->message_size);
        if (is(key, "depth"))
                return parse_number(value, 1 << 20, &parse->depth);
        if (is(key, "full")) {
                parse->has_full = true;
                return parse_yes(value, "overwrite", "refuse", &parse->overwrite);
        }
        if (is(key, "spin"))
                return parse_number(value, 1000000000, &spec->spin);
        if (is(key, "connections"))
                return parse_number(value, RT_CONNECTIONS_MAX, &parse->connections);
        if (is(key, "accepts"))
                return parse_accepts(spec, value);
        if (is(key, "connects"))
                return parse_yes(value, "yes", "no", &spec->connects);
        return 0;
}

/* A publisher that no accepted container subscribes to opens all the same; others would have
 * nothing to send by. */
static bool may_be_alone(RtRole role)
{
        return role == RT_ROLE_PUBLISHES || role == RT_ROLE_SERVES || role == RT_ROLE_PULLS;
}

static int parse_line(Word line, RtSpec *spec)
{
        Parse parse = { .spec = spec, .role = -1, .connections = 1 };
        while (line.size > 0) {
                Word word = next_word(&line, " \t");
                if (word.size == 0)
                        break;
                Word key = next_word(&word, "=");
                if (word.size == 0 ||
                    parse_key(&parse, key, (Word){ word.at + 1, word.size - 1 }) < 0)
                        return -EINVAL;
        }
        if (line.size > 0 || parse.role < 0 || parse.connections < 1 || !parse.has_full ||
            spec->n_accepts * parse.connections > RT_ACCEPTS_MAX ||
            (!may_be_alone((RtRole)parse.role) && spec->n_accepts == 0 && !spec->connects) ||
            !rt_shape((uint32_t)parse.message_size, (uint32_t)parse.depth, parse.overwrite,
                      &spec->shape))
                return -EINVAL;
        spec->role = (RtRole)parse.role;
        spec->connections = (unsigned)parse.connections;
        return 0;
}

int rt_spec_parse(const char *text, size_t size, const char *name, RtSpec *ret)
{
        Word rest = { text, size };
        while (rest.size > 0) {
                Word line = next_word(&rest, "\n");
                if (line.size == 0 && rest.size > 0)
                        return -EINVAL; /* it has a NUL */
                Word first = line.size > 0 && *line.at != '#' ? next_word(&line, " \t")
                                                              : (Word){ "", 0 };
                if (!is(first, name) || first.size == 0)
                        continue;
                RtSpec spec = { 0 };
                if (parse_name(first, spec.name) < 0 || parse_line(line, &spec) < 0)
                        return -EINVAL;
                *ret = spec;
                return 0;
        }
        return -ENOENT;
}

int rt_spec_read(const char *path, const char *name, RtSpec *ret)
{
        enum { MOST = 1 << 20 };
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        int r = 0;
        char *text = malloc(MOST);
        size_t size = 0;
        while (text && size < MOST) {
                ssize_t n = read(fd, text + size, MOST - size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        r = -errno;
                if (n <= 0)
                        break;
                size += (size_t)n;
        }
        (void)close(fd);
        if (!text)
                return -ENOMEM;
        if (r == 0)
                r = size < MOST ? rt_spec_parse(text, size, name, ret) : -EINVAL;
        free(text);
        return r;
}
