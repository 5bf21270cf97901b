/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RtzReal rtz_real;

static void *find(void *library, const char *name)
{
        void *function = library ? dlsym(library, name) : NULL;
        if (!function) {
                (void)fprintf(stderr, "librtzmq: libzmq.so.5 has no %s()\n", name);
                abort();
        }
        return function;
}

/* Through an object pointer, as ISO C has no cast from one to a function. */
#define RTZ_REAL_FIND(type, name, arguments)                                                       \
        *(void **)(void *)&rtz_real.name = find(library, "zmq_" #name);

__attribute__((constructor(101))) static void load(void)
{
        void *library = dlopen("libzmq.so.5", RTLD_NOW | RTLD_LOCAL);
        RTZ_EACH_REAL(RTZ_REAL_FIND)
}

/* -- the flag for more ------------------------------------------------------------------------- */

static size_t more_at;
static unsigned char more_bit;
static int more_result;

/* Sends two parts of the same content and receives them into two blank messages. */
static int exchange(void *context, zmq_msg_t messages[static 2])
{
        static const char address[] = "inproc://rtzmq-more";
        void *one = rtz_real.socket(context, ZMQ_PAIR), *two = rtz_real.socket(context, ZMQ_PAIR);
        int r = -EOPNOTSUPP;
        if (one && two && rtz_real.bind(one, address) == 0 && rtz_real.connect(two, address) == 0 &&
            rtz_real.send(one, "x", 1, ZMQ_SNDMORE) == 1 && rtz_real.send(one, "x", 1, 0) == 1 &&
            rtz_real.msg_recv(&messages[0], two, 0) == 1 &&
            rtz_real.msg_recv(&messages[1], two, 0) == 1)
                r = 0;
        if (one)
                (void)rtz_real.close(one);
        if (two)
                (void)rtz_real.close(two);
        return r;
}

/* The one byte in which the messages differ. */
static int compare(const zmq_msg_t messages[static 2])
{
        const unsigned char *with = (const unsigned char *)&messages[0],
                            *without = (const unsigned char *)&messages[1];
        unsigned differences = 0;
        for (size_t i = 0; i < sizeof(zmq_msg_t); i++) {
                if (with[i] == without[i])
                        continue;
                differences++;
                more_at = i;
                more_bit = with[i] & (unsigned char)~without[i];
        }
        return differences == 1 && more_bit != 0 ? 0 : -EOPNOTSUPP;
}

/* Whether it is the same place in a message that is too long to lie in the structure. */
static int try_long(void)
{
        zmq_msg_t message;
        if (zmq_msg_init_size(&message, 1000) < 0)
                return -ENOMEM;
        bool before = zmq_msg_more(&message);
        rtz_set_more(&message);
        bool after = zmq_msg_more(&message);
        (void)zmq_msg_close(&message);
        return !before && after ? 0 : -EOPNOTSUPP;
}

static void probe(void)
{
        zmq_msg_t messages[2];
        void *context = zmq_ctx_new();
        memset(messages, 0, sizeof messages);
        for (int i = 0; i < 2; i++)
                (void)zmq_msg_init(&messages[i]);
        more_result = context ? exchange(context, messages) : -EOPNOTSUPP;
        if (more_result == 0)
                more_result = compare(messages);
        for (int i = 0; i < 2; i++)
                (void)zmq_msg_close(&messages[i]);
        if (more_result == 0)
                more_result = try_long();
        if (context)
                (void)rtz_real.ctx_term(context);
}

int rtz_more_init(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, probe);
        return more_result;
}

void rtz_set_more(zmq_msg_t *message)
{
        ((unsigned char *)message)[more_at] |= more_bit;
}
