/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the sockets are by which ends find each other. */

#include "end.h"

/* Folder of channels.conf and the sockets: $RTCHANNEL_DIR, else /run/rtcontainers. */
const char *rt_channel_folder(void);

/* Sets the end's listeners: those passed by systemd, recognised by their addresses, or the
 * opening's own. -ENOTSOCK: none was passed. */
int rt_listen(rtchannel *end, const RtOpening *opening);

/* Sets the path that the end connects to. */
int rt_connect_path(rtchannel *end, const RtOpening *opening);
