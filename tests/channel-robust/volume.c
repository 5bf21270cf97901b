/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Very many messages from one process to another, of which the order and every byte are checked;
 * then from a sender that overwrites, where what was lost has to add up. Prints TAP.
 *
 * volume [MESSAGES [SIZE]] */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

enum { LONGEST = 4096, PATIENCE = 60 };

typedef struct Volume {
        uint64_t messages;
        size_t size;
        bool overwrite;
} Volume;

static uint64_t word_of(uint64_t number, size_t i)
{
        return (number + i) * UINT64_C(0x9e3779b97f4a7c15);
}

static int64_t patience(void)
{
        return rtchannel_in(PATIENCE * INT64_C(1000000000));
}

static int send_all(const Wire *wire, const Volume *volume)
{
        uint64_t words[LONGEST / 8];
        rtchannel *end = wire_connect(wire, "pushes", 'a');
        int r = rtchannel_wait_peer(end, patience());
        for (uint64_t number = 0; r == 0 && number < volume->messages; number++) {
                for (size_t i = 0; i < volume->size / 8; i++)
                        words[i] = word_of(number, i);
                r = rtchannel_send(end, words, volume->size, RTCHANNEL_NOW);
                if (r < 0)
                        r = rtchannel_send(end, words, volume->size, patience());
        }
        rtchannel_close(end);
        return r;
}

static bool is_right(const uint64_t *words, size_t size, uint64_t number)
{
        for (size_t i = 0; i < size / 8; i++)
                if (words[i] != word_of(number, i))
                        return false;
        return true;
}

static const char *receive_all(rtchannel *end, const Volume *volume, uint64_t *ret_lost)
{
        uint64_t words[LONGEST / 8], next = 0, lost = 0;
        rtchannel_message message;
        while (next < volume->messages) {
                int r = rtchannel_receive(end, words, sizeof words, &message, RTCHANNEL_NOW);
                if (r < 0)
                        r = rtchannel_receive(end, words, sizeof words, &message, patience());
                if (r < 0)
                        return strerror(-r);
                next += message.lost;
                lost += message.lost;
                if (message.size != volume->size || !is_right(words, volume->size, next))
                        return "a message is not what was sent next";
                next++;
        }
        *ret_lost = lost;
        return lost > 0 && !volume->overwrite ? "messages were lost" : NULL;
}

static const char *transfer(const Volume *volume, uint64_t *ret_lost)
{
        char geometry[128];
        (void)snprintf(geometry, sizeof geometry,
                       "message_size=%zu depth=%d full=%s spin=20000 connections=1", volume->size,
                       volume->overwrite ? 4 : 250, volume->overwrite ? "overwrite" : "refuse");
        Wire wire = wire_new(geometry, 1);
        (void)fflush(NULL);
        pid_t sender = fork();
        if (sender == 0)
                _exit(send_all(&wire, volume) == 0 ? 0 : 1);
        if (sender < 0)
                abort();
        rtchannel *end = wire_listen(&wire, "pulls");
        const char *wrong = receive_all(end, volume, ret_lost);
        rtchannel_close(end);
        int status;
        if ((waitpid(sender, &status, 0) != sender || status != 0) && !wrong)
                wrong = "the sender did not come to its end";
        wire_free(&wire);
        return wrong;
}

int main(int argc, char *argv[])
{
        Volume volume = { .messages = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000,
                          .size = argc > 2 ? strtoul(argv[2], NULL, 10) : 64 };
        int failed = 0;
        if (volume.messages == 0 || volume.size == 0 || volume.size > LONGEST || volume.size % 8) {
                (void)fprintf(stderr, "volume [MESSAGES [SIZE, a multiple of 8 up to %d]]\n",
                              LONGEST);
                return 2;
        }
        for (int i = 0; i < 2; i++) {
                uint64_t lost = 0;
                int64_t begin = rtchannel_now();
                volume.overwrite = i == 1;
                const char *wrong = transfer(&volume, &lost);
                double seconds = (double)(rtchannel_now() - begin) / 1e9;
                (void)printf("# %llu messages of %zu bytes in %.1f s, %llu of them lost\n",
                             (unsigned long long)volume.messages, volume.size, seconds,
                             (unsigned long long)lost);
                if (wrong)
                        (void)printf("# %s\n", wrong);
                (void)printf("%sok %d - %s\n", wrong ? "not " : "", i + 1,
                             i == 0 ? "all messages arrive, in order, as they were sent"
                                    : "what is overwritten is counted to the last message");
                (void)fflush(stdout);
                failed += wrong != NULL;
        }
        (void)printf("1..2\n");
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
