/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include <zmq.h>

/* zmq_poll() of items of which at least one is a socket of channels. Returns as zmq_poll(3), or a
 * negative errno. `timeout` in ms; -1: for ever. */
int rtz_poll(zmq_pollitem_t *items, int n, long timeout);

/* Whether any of the sockets is one of channels. */
bool rtz_has_shm(const zmq_pollitem_t *items, int n);
