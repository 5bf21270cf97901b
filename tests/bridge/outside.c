/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An ordinary ZeroMQ program, for tests in the lab.
 * usage: outside receive ENDPOINT N | outside send ENDPOINT TEXT
 *
 * Subscribes, and prints the size of each of the next N messages; or pushes the text. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { PATIENCE = 5000 }; /* ms */

static void *open_socket(void *context, int type, const char *endpoint)
{
        int patience = PATIENCE;
        void *socket = zmq_socket(context, type);
        (void)zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof patience);
        (void)zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
        (void)zmq_setsockopt(socket, ZMQ_LINGER, &patience, sizeof patience);
        if (type == ZMQ_SUB)
                (void)zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
        if (zmq_connect(socket, endpoint) < 0)
                perror(endpoint);
        return socket;
}

static int receive(void *socket, int n)
{
        char buffer[1024];
        while (n-- > 0) {
                int size = zmq_recv(socket, buffer, sizeof buffer, 0);
                if (size < 0) {
                        perror("receive");
                        return EXIT_FAILURE;
                }
                printf("%d\n", size);
        }
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        if (argc != 4)
                return 2;
        bool sends = strcmp(argv[1], "send") == 0;
        void *context = zmq_ctx_new();
        void *socket = open_socket(context, sends ? ZMQ_PUSH : ZMQ_SUB, argv[2]);
        int status = sends ? zmq_send(socket, argv[3], strlen(argv[3]), 0) < 0
                           : receive(socket, atoi(argv[3]));
        (void)zmq_close(socket);
        (void)zmq_ctx_term(context);
        return status;
}
