/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* zmq_proxy_steerable(3) where any of the sockets is one of channels: libzmq's own would look
 * behind the handles. `capture` and `control` may be NULL. 0 after TERMINATE, else a negative
 * errno. */
int rtz_proxy(void *frontend, void *backend, void *capture, void *control);
