/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "diag.h"

#include "model.h"
#include "text.h"

void rt_diag(RtDiags *diags, RtSeverity severity, RtAt at, const char *what, const char *fix)
{
        RtDiag *diag = rt_alloc(diags->arena, sizeof *diag);
        *diag = (RtDiag){
                .severity = severity,
                .place = at.place,
                .key = at.key,
                .what = what,
                .fix = fix,
                .about = at.object,
        };
        RT_APPEND(diags->arena, &diags->list, diag);
        if (severity != RT_ERROR) {
                diags->n_warnings++;
                return;
        }
        diags->n_errors++;
        if (at.object && !at.object->rejected)
                at.object->rejected = diag;
}

const char *rt_severity_word(RtSeverity severity)
{
        return severity == RT_ERROR ? "error" : "warning";
}

const char *rt_place_text(RtArena *arena, RtPlace place)
{
        const char *file = place.file ? place.file : "(default)";
        return rt_printf(arena, "%s:%u", rt_printable(arena, file, 4096), place.line);
}

const char *rt_diag_line(RtArena *arena, const char *root, const RtDiag *diag)
{
        return rt_printf(arena, "%s%s: %s: %s: %s; %s", root, rt_place_text(arena, diag->place),
                         diag->key, rt_severity_word(diag->severity), diag->what, diag->fix);
}
