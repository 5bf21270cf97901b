/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* channels.conf, as an end reads it: what is accepted keeps its bounds, and its names are safe in
 * paths. */

#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "spec.h"

static void check_name(const char *name)
{
        size_t n = strnlen(name, RT_NAME_MAX + 1);
        MUST(n > 0 && n <= RT_NAME_MAX, "a name of %zu bytes", n);
        MUST(!strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0, "«%s»", name);
        for (size_t i = 0; i < n; i++)
                MUST(name[i] > ' ' && name[i] < 127, "«%s»", name);
}

/* Not memcmp(), as what lies between the fields may be anything. */
static bool is_same_shape(const RtShape *a, const RtShape *b)
{
        return a->message_size == b->message_size && a->depth == b->depth &&
               a->overwrite == b->overwrite && a->slots == b->slots && a->capacity == b->capacity &&
               a->stride == b->stride && a->size == b->size;
}

static bool is_same(const RtSpec *a, const RtSpec *b)
{
        bool same = a->role == b->role && is_same_shape(&a->shape, &b->shape) &&
                    a->spin == b->spin && a->connections == b->connections &&
                    a->connects == b->connects && a->n_accepts == b->n_accepts;
        for (unsigned i = 0; same && i < a->n_accepts; i++)
                same = strcmp(a->accepts[i].name, b->accepts[i].name) == 0 &&
                       strcmp(a->accepts[i].file, b->accepts[i].file) == 0;
        return same;
}

static void check_spec(const RtSpec *spec)
{
        RtShape shape;
        check_name(spec->name);
        MUST(spec->role < RT_ROLES && rt_role_name(spec->role), "role %d", (int)spec->role);
        MUST(spec->connections >= 1 && spec->connections <= RT_CONNECTIONS_MAX, "%u connections",
             spec->connections);
        MUST(spec->n_accepts * spec->connections + spec->connects <= RT_WAYS_MAX,
             "%u peers of %u connections", spec->n_accepts, spec->connections);
        /* Only publishers may be there for nobody. */
        /* Calling, pushing, pairing and subscribing take a peer. */
        bool may_be_alone = spec->role == RT_ROLE_PUBLISHES || spec->role == RT_ROLE_SERVES ||
                            spec->role == RT_ROLE_PULLS;
        MUST(spec->n_accepts > 0 || spec->connects || may_be_alone, "no peers");
        MUST(spec->spin >= 0 && spec->spin <= 1000000000, "spins %lld ns", (long long)spec->spin);
        for (unsigned i = 0; i < spec->n_accepts; i++) {
                check_name(spec->accepts[i].name);
                check_name(spec->accepts[i].file);
        }
        MUST(rt_shape(spec->shape.message_size, spec->shape.depth, spec->shape.overwrite, &shape) &&
                     is_same_shape(&shape, &spec->shape),
             "shape");
        MUST(shape.capacity >= shape.message_size && shape.stride >= shape.capacity &&
                     shape.size / shape.stride >= shape.slots,
             "shape");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        RtSpec spec, again;
        int r = rt_spec_parse((const char *)data, size, "imu", &spec);
        MUST(r == 0 || r == -ENOENT || r == -EINVAL, "%d", r);
        if (r == 0) {
                MUST(strcmp(spec.name, "imu") == 0, "«%s»", spec.name);
                check_spec(&spec);
                MUST(rt_spec_parse((const char *)data, size, "imu", &again) == 0 &&
                             is_same(&spec, &again),
                     "another time it is another");
        }
        return 0;
}
