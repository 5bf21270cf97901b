/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Questions of the kind "what if this were so": values that are put into the model in place of what
 * the descriptors say, without a file being touched.
 *
 * A supposition is OBJECT.PATH=VALUE, such as "imu.tasks[0].wcet=300us". OBJECT is a name, or a
 * descriptor's file name where a name is ambiguous; of several objects of one name it is the first
 * of container, config, channel and platform that has such a key. PATH has the keys with dots in
 * between and [N] for an element of a list of groups; tasks and chains may stand in it by name.
 * VALUE is as in a descriptor, but a text may do without its quotes. A list is replaced as a whole,
 * of a group only what is named, as by a drop-in. */

#include "model.h"

/* Applies the suppositions in order, later ones to what earlier ones left; after all descriptors
 * are read and before rt_model_complete(). Places are RT_WHAT_IF, the line being the number of the
 * supposition from 1. What cannot be applied is reported there, changes nothing and rejects
 * nothing. Returns how many those are. */
size_t rt_what_if(RtModel *model, const char *const *suppositions, size_t n, RtDiags *diags);
