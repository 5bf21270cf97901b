/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sends back what it gets, at any number of ZeroMQ endpoints: the other half of ping. An ordinary
 * ZeroMQ program; that shm:// leads to a channel is librtzmq's business. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "fifo.h"

static void *context;

/* A thread for each endpoint: whoever waits for several at once would pay for that on each. */
static void *answer(void *socket)
{
        zmq_msg_t message;
        (void)zmq_msg_init(&message);
        while (zmq_msg_recv(&message, socket, 0) >= 0)
                if (zmq_msg_send(&message, socket, 0) < 0)
                        break;
        perror("pong");
        exit(EXIT_FAILURE);
}

static int start(const char *endpoint)
{
        pthread_t thread;
        void *socket = zmq_socket(context, ZMQ_REP);
        if (!socket || zmq_bind(socket, endpoint) < 0) {
                fprintf(stderr, "pong: %s: %s\n", endpoint, zmq_strerror(zmq_errno()));
                return -1;
        }
        return pthread_create(&thread, NULL, answer, socket) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        if (argc < 2 || argv[1][0] == '-') {
                fprintf(stderr, "Usage: %s ENDPOINT…\n", argv[0]);
                return 2;
        }
        const char *policy = rt_fifo_wait();
        context = zmq_ctx_new();
        for (int i = 1; i < argc; i++)
                if (start(argv[i]) < 0)
                        return EXIT_FAILURE;
        printf("pong: started: policy=%s\n", policy);
        pthread_exit(NULL);
}
