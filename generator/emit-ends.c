/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the library inside a container knows of its channels: sizes, who may connect, how to wait.
 * It is the word of the descriptors and the plan; nothing of it is taken from memory that a peer
 * can write to. */

#include "emit-internal.h"
#include "resources.h"
#include "text.h"

bool rt_has_ends(const RtEmit *emit, const RtContainer *container)
{
        RtEnds ends = rt_wiring_ends(emit->arena, emit->wiring, container);
        RT_EACH (end, &ends)
                if ((*end)->wire->listened)
                        return true;
        return false;
}

static void add_peers(const RtEmit *emit, RtText *line, const RtEnd *end)
{
        const char *before = " accepts=";
        RT_EACH (other, &end->wire->ends) {
                if (!rt_end_accepts(end, other))
                        continue;
                const char *name = rt_end_name(other), *file = rt_end_file(emit->arena, other);
                rt_text_addf(line, "%s%s", before, name);
                /* The same pointer if it is the same text. */
                if (file != name)
                        rt_text_addf(line, "@%s", file);
                before = ",";
        }
        rt_text_add(line, end->connects ? " connects=yes" : "");
}

void rt_emit_end(RtEmit *emit, RtArtifact *file, const RtEnd *end, RtSpin spin)
{
        const RtChannel *channel = end->wire->channel;
        const RtItem *item = &channel->object.item;
        const char *name = channel->object.name, *role = rt_role_word(end->role);
        rt_artifact_line_from(
                emit->artifacts, file,
                end->container ? rt_from_text(&end->container->object.item,
                                              RT_CONTAINER_PUBLISHES + end->role, end->index)
                               : rt_from(item, RT_CHANNEL_BRIDGE),
                rt_printf(emit->arena, "# %s %s %s",
                          end->container ? rt_end_name(end) : "the bridge", role, name));
        RtText line = RT_TEXT(emit->arena);
        rt_text_addf(
                &line, "%s role=%s message_size=%lld depth=%lld full=%s spin=%lld connections=%lld",
                name, role, (long long)channel->message_size, (long long)channel->depth,
                rt_full_words[channel->full], (long long)spin.ns, (long long)channel->connections);
        add_peers(emit, &line, end);
        rt_artifact_line_from(emit->artifacts, file,
                              spin.why ? rt_by_rule(spin.why) : rt_from(item, RT_CHANNEL_SPIN),
                              line.data);
}

void rt_emit_ends(RtEmit *emit, const RtInstance *instance)
{
        const RtContainer *container = instance->container;
        if (!rt_has_ends(emit, container))
                return;
        RtArtifact *file = rt_emit_file(emit, &container->object,
                                        rt_instance_file(emit->arena, instance, "channels"));
        RtEnds ends = rt_wiring_ends(emit->arena, emit->wiring, container);
        RT_EACH (end, &ends)
                if ((*end)->wire->listened)
                        rt_emit_end(emit, file, *end, rt_plan_spin(emit->plan, instance, *end));
}

int64_t rt_container_memlock(const RtEmit *emit, const RtContainer *container, RtOrigin *ret_origin)
{
        /* The kernel's default, which an init and its services count on. */
        const int64_t usual = INT64_C(8) * 1024 * 1024;
        const RtMemory *memory = &container->memory;
        const bool is_init = container->boot && memory->locked == 0;
        const int64_t own = is_init ? usual : memory->locked;
        const int64_t channels = rt_channels_locked(emit->arena, emit->wiring, container);
        *ret_origin = rt_from(&memory->item, RT_MEMORY_LOCKED);
        if (channels == 0)
                return is_init ? -1 : own;
        *ret_origin = rt_by_rule("memory.locked, and what its channels keep in memory");
        return own + channels;
}
