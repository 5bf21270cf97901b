/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "diag.h"

#include <string.h>

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

const char *rt_place_text_in(RtArena *arena, const char *root, RtPlace place)
{
        bool is_file = place.file && strcmp(place.file, RT_WHAT_IF) != 0;
        return rt_printf(arena, "%s%s", is_file ? root : "", rt_place_text(arena, place));
}

const char *rt_diag_line(RtArena *arena, const char *root, const RtDiag *diag)
{
        return rt_printf(arena, "%s: %s: %s: %s; %s", rt_place_text_in(arena, root, diag->place),
                         diag->key, rt_severity_word(diag->severity), diag->what, diag->fix);
}
