/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a value has to be written so that systemd reads it back unchanged, for each kind of place
 * where values stand. All take any UTF-8 text without control characters. */

#include "arena.h"

/* Free text of a unit file, such as Description=: specifiers, a final backslash. */
const char *rt_escape_text(RtArena *arena, const char *text);
/* One word of a unit file's list or path setting, in double quotes. */
const char *rt_escape_word(RtArena *arena, const char *text);
/* One argument of ExecStart= and its kin: as a word, and no variable is expanded. */
const char *rt_escape_argument(RtArena *arena, const char *text);
/* Free text of a .nspawn file, such as WorkingDirectory=. */
const char *rt_escape_nspawn_text(RtArena *arena, const char *text);
/* One word of Parameters= or Environment= of a .nspawn file. */
const char *rt_escape_nspawn_word(RtArena *arena, const char *text);
/* A path in Bind= and its kin of a .nspawn file. Another field must follow on the line. */
const char *rt_escape_nspawn_path(RtArena *arena, const char *text);
/* A part of a unit name: "-" and what is neither letter, digit, nor one of ":_." as \xHH. */
const char *rt_escape_unit_name(RtArena *arena, const char *text);
/* An absolute path as the name of its unit, without the ending: "/dev/a-b" becomes "dev-a\x2db". */
const char *rt_escape_unit_path(RtArena *arena, const char *path);
/* The name of the mount unit for an absolute path. */
const char *rt_escape_mount_unit(RtArena *arena, const char *path);
