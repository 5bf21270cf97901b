/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The trusted local configuration of an end: one line of channels.conf,
 *
 *     NAME role=ROLE message_size=BYTES depth=N full=overwrite|refuse spin=NANOSECONDS
 * connections=N [accepts=PEER[@FILE],…] [connects=yes]
 *
 * with blanks between the words. The generator writes it, the container can only read it. */

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

typedef enum RtRole {
        RT_ROLE_PUBLISHES,
        RT_ROLE_SUBSCRIBES,
        RT_ROLE_SERVES,
        RT_ROLE_CALLS,
        RT_ROLE_PUSHES,
        RT_ROLE_PULLS,
        RT_ROLE_PAIRS,
        RT_ROLES,
} RtRole;

enum {
        RT_NAME_MAX = 48,    /* bytes of a channel's or container's name */
        RT_ACCEPTS_MAX = 64, /* peers that may connect */
        RT_CONNECTIONS_MAX = 16,
        RT_WAYS_MAX = 65, /* connections of an end at a time: 64 accepted and its own */
};

/* One that may connect. */
typedef struct RtAccepted {
        char name[RT_NAME_MAX + 1];
        char file[RT_NAME_MAX + 1]; /* last part of its socket's path */
} RtAccepted;

typedef struct RtSpec {
        char name[RT_NAME_MAX + 1];
        RtRole role;
        RtShape shape;
        int64_t spin; /* ns */
        unsigned connections;
        bool connects;
        unsigned n_accepts;
        RtAccepted accepts[RT_ACCEPTS_MAX];
} RtSpec;

/* "publishes", … */
const char *rt_role_name(RtRole role);
bool rt_role_sends(RtRole role);
bool rt_role_receives(RtRole role);
/* Whether all peers read one ring. */
bool rt_role_shares(RtRole role);
/* Whether a peer gets what is sent from when the user of this end first saw it, and nothing that
 * was sent, or begun, for others; and the same of an end that receives from such a one. Otherwise
 * what nobody has received yet waits for the next peer. */
bool rt_role_admits(RtRole role);
bool rt_role_is_admitted(RtRole role);
/* Whether requests are answered by it, or replies received. */
static inline bool rt_role_is_request(RtRole role)
{
        return role == RT_ROLE_SERVES || role == RT_ROLE_CALLS;
}

/* The line of the channel in a text of `size` bytes, which need not be terminated. -ENOENT: it has
 * none; -EINVAL: it is damaged. */
int rt_spec_parse(const char *text, size_t size, const char *name, RtSpec *ret);

/* The same from a file. Also errors of reading it. */
int rt_spec_read(const char *path, const char *name, RtSpec *ret);
