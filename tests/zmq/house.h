/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A house for tests of ZeroMQ over channels: two containers, as far as files and environment make
 * them, the one whose ends of channels listen and the one whose ends connect. Both live in the
 * process of the test, which goes to and fro between them. */

#include "suite.h"

#include <string.h>
#include <zmq.h>

#define PLENTY "message_size=64 depth=8 full=refuse spin=0 connections=4"

/* Declares a channel with the roles of both sides. */
void declare(const char *name, const char *geometry, const char *listening, const char *connecting);

/* Makes the environment that of a container. */
void enter_listening(void);
void enter_connecting(void);

/* A socket in that container, with its end of the channel: bound in the one, connected in the
 * other. Calls do not wait for ever: they fail after 20 s. */
void *listening(int type, const char *name);
void *connecting(int type, const char *name);
/* The same in two steps, for options in between. */
void *blank(int type);
int try_join(void *socket, const char *name, bool listens);
void join(void *socket, const char *name, bool listens);

/* The context of all sockets of a test. */
void *house(void);
/* Closes the sockets that are not NULL, and the context. */
void leave(void *a, void *b, void *c);

void set_number(void *socket, int option, int value);
int get_number(void *socket, int option);
void set_text(void *socket, int option, const char *text);

/* Frames as texts. */
void send_text(void *socket, const char *text);
void send_part(void *socket, const char *text);
/* The next frame is this one, and there are more, or not. */
void expect_text(void *socket, const char *text);
void expect_part(void *socket, const char *text);
void expect_none(void *socket);

/* The call failed for that reason. */
#define expect_error(call, error)                                                                  \
        do {                                                                                       \
                errno = 0;                                                                         \
                ck_assert_int_eq((call), -1);                                                      \
                ck_assert_str_eq(zmq_strerror(errno), zmq_strerror(error));                        \
        } while (0)
