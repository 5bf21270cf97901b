/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A ZeroMQ program inside: sends back every message to its channel, part by part.
 * usage: mirror pair|rep ENDPOINT */

#include <stdio.h>
#include <string.h>
#include <zmq.h>

int main(int argc, char **argv)
{
        if (argc != 3)
                return 2;
        void *context = zmq_ctx_new();
        void *socket = zmq_socket(context, strcmp(argv[1], "rep") == 0 ? ZMQ_REP : ZMQ_PAIR);
        zmq_msg_t parts[16];
        if (zmq_bind(socket, argv[2]) < 0) {
                perror(argv[2]);
                return 1;
        }
        for (;;) {
                int n = 0;
                do {
                        (void)zmq_msg_init(&parts[n]);
                        if (zmq_msg_recv(&parts[n], socket, 0) < 0)
                                return 1;
                } while (zmq_msg_more(&parts[n++]) && n < 16);
                for (int i = 0; i < n; i++)
                        if (zmq_msg_send(&parts[i], socket, i + 1 < n ? ZMQ_SNDMORE : 0) < 0)
                                return 1;
        }
}
