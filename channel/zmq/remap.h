/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* $RTZMQ_REMAP=FOLDER: ipc:// and tcp:// addresses stand for channels that are made on the spot, so
 * that programs which know nothing of channels can be tested over them. Not for use: anyone who may
 * write the folder may connect, and there is no configuration that says how large anything is. */

#include "socket.h"

bool rtz_is_remapped(const RtzSocket *socket, const char *address);

/* -EADDRINUSE, -EINVAL, and as rtz_endpoint_open(). */
int rtz_remap_open(RtzSocket *socket, const char *address, bool is_bound, RtzEndpoint **ret);
