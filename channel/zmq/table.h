/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From handles to what we know of them. Looking up takes no lock and a few steps, as every call of
 * the program does it first; who adds and removes has the lock of context.c. */

struct RtzSocket;

/* NULL: it is none of ours. Valid as long as the caller may use the handle. */
struct RtzSocket *rtz_table_find(const void *handle);

/* 0 or -ENOMEM. */
int rtz_table_add(void *handle, struct RtzSocket *socket);
void rtz_table_remove(const void *handle);
