/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor-config.h"

#include <string.h>
#include <zlib.h>

#include "text.h"

/* Kernels' are about 300 KiB; what is longer is none. */
enum { MOST = 4 * 1024 * 1024 };

/* The text of gzip'ed bytes, NULL if they are none. */
static const char *inflated(RtArena *arena, const char *bytes, size_t n)
{
        z_stream stream = { .next_in = (Bytef *)bytes, .avail_in = (uInt)n };
        RtText text = RT_TEXT(arena);
        char piece[16384];
        if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) /* 16: a gzip header */
                return NULL;
        int r = Z_OK;
        while (r == Z_OK && text.n < MOST) {
                stream.next_out = (Bytef *)piece;
                stream.avail_out = sizeof piece;
                r = inflate(&stream, Z_NO_FLUSH);
                if (r == Z_OK || r == Z_STREAM_END)
                        rt_text_add_n(&text, piece, sizeof piece - stream.avail_out);
        }
        inflateEnd(&stream);
        return r == Z_STREAM_END ? text.data : NULL;
}

const char *rt_config_read(RtArena *arena, const RtView *view, const char *release)
{
        size_t n;
        const char *bytes = rt_view_bytes(view, "/proc/config.gz", &n);
        const char *config = bytes ? inflated(arena, bytes, n) : NULL;
        if (!config && release)
                config = rt_view_text(view, rt_printf(arena, "/boot/config-%s", release));
        if (!config && release)
                config = rt_view_text(view, rt_printf(arena, "/lib/modules/%s/config", release));
        /* A file that is none, such as an empty one, answers nothing. */
        return config && strstr(config, "CONFIG_") ? config : NULL;
}

RtAnswerKind rt_config_has_option(const char *config, const char *option)
{
        size_t n = strlen(option);
        for (const char *line = config; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, option, n) == 0 && line[n] == '=')
                        return line[n + 1] == 'y' || line[n + 1] == 'm' ? RT_YES : RT_NO;
        }
        return RT_NO;
}
