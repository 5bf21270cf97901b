/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tombstones. What is rejected gets the unit that it would have had; starting it fails, and
 * systemctl status says why. */

#include "emit-internal.h"
#include "escape.h"
#include "text.h"

/* How many reasons a unit repeats; rtctl check has them all. */
enum { MOST_REASONS = 10, MOST_DESCRIPTION = 400, MOST_REASON = 1000 };

static void set_reasons(RtEmit *emit, RtArtifact *file, const RtObject *object, const char *key)
{
        int n = 0;
        RT_EACH (it, &emit->diags->list) {
                const RtDiag *diag = *it;
                if (diag->about != object || diag->severity != RT_ERROR || n++ == MOST_REASONS)
                        continue;
                const char *line =
                        rt_printable(emit->arena, rt_diag_line(emit->arena, "", diag), MOST_REASON);
                const RtOrigin origin = { .place = diag->place, .key = diag->key };
                rt_emit_set(emit, file, origin, key, "/bin/echo %s",
                            rt_escape_argument(emit->arena, line));
                if (n == MOST_REASONS)
                        break;
        }
}

static RtArtifact *begin(RtEmit *emit, const RtObject *object, const char *unit)
{
        const RtDiag *why = object->rejected;
        RtArtifact *file = rt_emit_file(emit, object, unit);
        const char *text = rt_printf(emit->arena, "REJECTED %s %s: %s: %s: %s",
                                     rt_kind_word(object->kind), object->name,
                                     rt_place_text(emit->arena, why->place), why->key, why->what);
        rt_emit_unit_head(emit, file, object, (RtOrigin){ .place = why->place, .key = why->key },
                          rt_printable(emit->arena, text, MOST_DESCRIPTION));
        return file;
}

static const RtOrigin fails = { .rule = "a rejected descriptor's unit fails and says why" };

/* A name may be rejected just because its unit belongs to another object. */
static bool is_taken(const RtEmit *emit, const char *unit)
{
        return rt_artifacts_find(emit->artifacts, unit);
}

static void emit_service(RtEmit *emit, const RtObject *object, const char *unit)
{
        if (is_taken(emit, unit))
                return;
        RtArtifact *file = begin(emit, object, unit);
        rt_emit_section(emit, file, "Service");
        rt_emit_set(emit, file, fails, "Type", "oneshot");
        rt_emit_set(emit, file, fails, "SyslogIdentifier", "%s", object->name);
        set_reasons(emit, file, object, "ExecStart");
        rt_emit_set(emit, file, fails, "ExecStart", "/bin/false");
}

static void emit_socket(RtEmit *emit, const RtObject *object)
{
        if (is_taken(emit, rt_channel_socket_unit(emit->arena, object->name)))
                return;
        RtArtifact *file = begin(emit, object, rt_channel_socket_unit(emit->arena, object->name));
        rt_emit_section(emit, file, "Socket");
        rt_emit_set(emit, file, fails, "ListenSequentialPacket", "%s",
                    rt_channel_path(emit->arena, object->name));
        rt_emit_set(emit, file, fails, "Service", "rt-channel-%s.service", object->name);
        set_reasons(emit, file, object, "ExecStartPre");
        rt_emit_set(emit, file, fails, "ExecStartPre", "/bin/false");
        emit_service(emit, object, rt_printf(emit->arena, "rt-channel-%s.service", object->name));
}

/* Without AllowIsolate=, an isolate to it is refused before anything stops. */
static void emit_target(RtEmit *emit, const RtConfig *config)
{
        const RtObject *object = &config->object;
        const char *proxy = rt_printf(emit->arena, "rt-config-%s.service", object->name);
        if (is_taken(emit, rt_config_target(emit->arena, config)))
                return;
        emit_service(emit, object, proxy);
        RtArtifact *file = begin(emit, object, rt_config_target(emit->arena, config));
        rt_emit_set(emit, file, fails, "Requires", "%s", proxy);
        rt_emit_set(emit, file, fails, "After", "%s", proxy);
}

void rt_emit_tombstones(RtEmit *emit)
{
        RT_EACH (channel, &emit->model->channels)
                if ((*channel)->object.rejected) {
                        const RtObject *object = &(*channel)->object;
                        emit_socket(emit, object);
                        if ((*channel)->bridge)
                                emit_service(emit, object,
                                             rt_bridge_unit(emit->arena, object->name));
                }
        RT_EACH (container, &emit->model->containers)
                if ((*container)->object.rejected)
                        emit_service(
                                emit, &(*container)->object,
                                rt_printf(emit->arena, "rt-%s.service", (*container)->object.name));
        RT_EACH (config, &emit->model->configs)
                if ((*config)->object.rejected)
                        emit_target(emit, *config);
}
