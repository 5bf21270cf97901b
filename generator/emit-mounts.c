/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* nspawn's Bind= knows few mount options. What it cannot express is mounted on the host first, by a
 * mount unit, and bound from there: the options stay with the mount. */

#include <string.h>

#include "emit-internal.h"
#include "escape.h"
#include "quantity.h"
#include "rules.h"
#include "text.h"

/* Options that the mount unit takes as they are; the others are Bind='s. */
static const char *const host_options[] = { "nodev",   "nosuid",     "noexec",
                                            "noatime", "nodiratime", "relatime" };

bool rt_mount_needs_unit(const RtMount *mount)
{
        for (size_t i = 0; i < RT_ELEMENTS(host_options); i++)
                if (mount->source && rt_option_is_set(mount->options, host_options[i]))
                        return true;
        return false;
}

static RtHostMount host_mount(RtArena *arena, const char *where)
{
        return (RtHostMount){ .unit = rt_escape_mount_unit(arena, where), .where = where };
}

RtHostMount rt_mount_host(RtArena *arena, const RtContainer *container, size_t index)
{
        return host_mount(arena, rt_printf(arena, "/run/rtcontainers/mounts/%s/%zu",
                                           container->object.name, index));
}

RtHostMount rt_hugepages_host(RtArena *arena, const RtContainer *container,
                              const RtHugepages *pages)
{
        return host_mount(arena,
                          rt_printf(arena, "/run/rtcontainers/hugepages/%s/%s",
                                    container->object.name, rt_size_text(arena, pages->size)));
}

static RtArtifact *begin(RtEmit *emit, const RtContainer *container, RtHostMount mount,
                         RtOrigin origin, const char *what)
{
        const RtObject *object = &container->object;
        RtArtifact *file = rt_emit_file(emit, object, mount.unit);
        rt_emit_unit_head(emit, file, object, origin,
                          rt_printf(emit->arena, "%s of the container %s", what, object->name));
        rt_emit_set(emit, file, rt_by_rule("mounted only while the container wants it"),
                    "StopWhenUnneeded", "yes");
        rt_emit_section(emit, file, "Mount");
        rt_emit_set(emit, file, rt_by_rule("where nspawn binds it from"), "Where", "%s",
                    mount.where);
        return file;
}

static void emit_bind(RtEmit *emit, const RtContainer *container, size_t index)
{
        const RtMount *mount = &container->mounts.items[index];
        RtArena *arena = emit->arena;
        RtHostMount host = rt_mount_host(arena, container, index);
        RtText options = RT_TEXT(arena);
        rt_text_add(&options, rt_option_is_set(mount->options, "norbind") ? "bind" : "rbind");
        rt_text_add(&options, rt_option_is_set(mount->options, "rw") ? ",rw" : ",ro");
        for (size_t i = 0; i < RT_ELEMENTS(host_options); i++)
                if (rt_option_is_set(mount->options, host_options[i]))
                        rt_text_addf(&options, ",%s", host_options[i]);

        RtArtifact *file =
                begin(emit, container, host, rt_from(&mount->item, RT_MOUNT_TARGET), "Mount");
        rt_emit_set(emit, file, rt_from(&mount->item, RT_MOUNT_SOURCE), "What", "%s",
                    rt_escape_text(arena, mount->source));
        rt_emit_set(emit, file, rt_by_rule("a bind mount has no type"), "Type", "none");
        rt_emit_set(emit, file, rt_from(&mount->item, RT_MOUNT_OPTIONS), "Options", "%s",
                    options.data);
}

static void emit_hugepages(RtEmit *emit, const RtInstance *instance, const RtHugepages *pages)
{
        const RtContainer *container = instance->container;
        RtArena *arena = emit->arena;
        RtHostMount host = rt_hugepages_host(arena, container, pages);
        RtOrigin origin = rt_from(&pages->item, RT_HUGEPAGES_SIZE);
        /* As much as is allowed is reserved, too: without it the container does not start. */
        const long long size = pages->size * pages->count;
        RtArtifact *file = begin(emit, container, host, origin, "Huge pages");
        rt_emit_set(emit, file, origin, "What", "hugetlbfs");
        rt_emit_set(emit, file, origin, "Type", "hugetlbfs");
        rt_emit_set(emit, file, rt_from(&pages->item, RT_HUGEPAGES_COUNT), "Options",
                    "pagesize=%s,size=%lld,min_size=%lld,uid=%lld,gid=%lld,mode=0700,nosuid,nodev",
                    rt_size_text(arena, pages->size), size, size, (long long)instance->uid,
                    (long long)instance->uid);
}

void rt_emit_mounts(RtEmit *emit, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        for (size_t i = 0; i < container->mounts.n; i++)
                if (rt_mount_needs_unit(&container->mounts.items[i]))
                        emit_bind(emit, container, i);
        RT_EACH (pages, &container->memory.hugepages)
                emit_hugepages(emit, instance, pages);
}
