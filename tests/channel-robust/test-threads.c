/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends of one process, each with a thread of its own, beside the library's: peers come and go, both
 * sides send, receive, poll and are interrupted. For ThreadSanitizer, where there is one; both ends
 * map the rings for themselves, so that what it sees of them is in the last two tests. Prints TAP.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "play.h"
#include "ring.h"

#define REFUSE "message_size=64 depth=2 full=refuse spin=0 connections=1"
#define OVERWRITE "message_size=64 depth=2 full=overwrite spin=2000 connections=1"

enum { ROUNDS = 40, MESSAGES = 200000 };

typedef struct Case {
        const char *comes, *stays, *geometry;
} Case;

static const Case cases[] = {
        { "publishes", "subscribes", OVERWRITE },
        { "subscribes", "publishes", REFUSE },
        { "pushes", "pulls", REFUSE },
        { "pulls", "pushes", OVERWRITE },
        { "calls", "serves", REFUSE },
        { "serves", "calls", REFUSE },
        { "pairs", "pairs", REFUSE },
};

typedef struct Meeting {
        const Case *what;
        const Wire *wire;
        bool comer_listens;
        rtchannel *stays;
        _Atomic bool is_over;
        const char *wrong; /* of who comes and goes */
} Meeting;

/* -- ends -------------------------------------------------------------------------------------- */

static void *come_and_go(void *data)
{
        Meeting *meeting = data;
        for (uint64_t i = 1; i <= ROUNDS && !meeting->wrong; i++) {
                rtchannel *end = meeting->comer_listens
                                         ? wire_listen(meeting->wire, meeting->what->comes)
                                         : wire_connect(meeting->wire, meeting->what->comes, 'a');
                meeting->wrong = play_part(end, i);
                rtchannel_close(end);
        }
        meeting->is_over = true;
        return NULL;
}

static void *interrupt(void *data)
{
        Meeting *meeting = data;
        while (!meeting->is_over) {
                (void)usleep(3000);
                (void)rtchannel_interrupt(meeting->stays);
        }
        return NULL;
}

static const char *stay(Meeting *meeting)
{
        Partner partner = { .end = meeting->stays };
        const char *wrong = NULL;
        rtchannel_event event;
        struct pollfd fd = { .fd = rtchannel_fd(meeting->stays), .events = POLLIN };
        while (!wrong && !meeting->is_over) {
                wrong = play_along(&partner);
                while (rtchannel_event_next(meeting->stays, &event) > 0)
                        ;
                (void)poll(&fd, 1, 0);
        }
        return wrong;
}

static const char *meet(const Case *what, bool comer_listens)
{
        Wire wire = wire_new(what->geometry, 1);
        Meeting meeting = { .what = what, .wire = &wire, .comer_listens = comer_listens };
        pthread_t comer, interrupter;
        meeting.stays = comer_listens ? wire_connect(&wire, what->stays, 'a')
                                      : wire_listen(&wire, what->stays);
        if (pthread_create(&comer, NULL, come_and_go, &meeting) != 0 ||
            pthread_create(&interrupter, NULL, interrupt, &meeting) != 0)
                abort();
        const char *wrong = stay(&meeting);
        (void)pthread_join(comer, NULL);
        (void)pthread_join(interrupter, NULL);
        rtchannel_close(meeting.stays);
        wire_free(&wire);
        return wrong ? wrong : meeting.wrong;
}

/* Many ends are opened and closed at once. */
static void *open_and_close(void *unused)
{
        for (int i = 0; i < ROUNDS; i++) {
                Ends ends = ends_new(REFUSE, "pulls", "pushes");
                ends_free(&ends);
        }
        return unused;
}

static const char *open_at_once(void)
{
        pthread_t others[3];
        for (size_t i = 0; i < 3; i++)
                if (pthread_create(&others[i], NULL, open_and_close, NULL) != 0)
                        abort();
        for (size_t i = 0; i < 3; i++)
                (void)pthread_join(others[i], NULL);
        return NULL;
}

/* -- a ring that both threads have mapped in one place ----------------------------------------- */

typedef struct Shared {
        RtShape shape;
        RtRing *ring;
        RtControl control;
} Shared;

static void *write_ring(void *data)
{
        Shared *shared = data;
        RtWriter writer;
        uint64_t words[PLAY_WORDS];
        rt_writer_init(&writer, shared->ring, &shared->shape);
        for (uint64_t i = 0; i < MESSAGES; i++) {
                while (!shared->shape.overwrite &&
                       rt_writer_waiting(&writer, 0, &shared->control) >= shared->shape.depth)
                        (void)sched_yield();
                play_fill(words, 1, i);
                (void)rt_writer_begin(&writer);
                rt_writer_put(&writer, words, sizeof words);
                rt_writer_commit(&writer, &(RtMessageHead){ .size = sizeof words });
        }
        return NULL;
}

static const char *read_ring(Shared *shared)
{
        RtReader reader;
        RtMessage message;
        Seen seen = { 0 };
        uint64_t words[PLAY_WORDS];
        const char *wrong = NULL;
        rt_reader_init(&reader, shared->ring, &shared->shape, 0);
        while (!wrong && reader.tail < MESSAGES) {
                int r = rt_reader_peek(&reader, &message);
                if (r < 0)
                        return "the writer seems to break the protocol";
                if (r == 0)
                        (void)sched_yield();
                if (r == 0 || !rt_reader_copy(&reader, &message, words))
                        continue;
                wrong = play_check(&seen, words, message.size, reader.lost, 0);
                rt_reader_take(&reader, &shared->control);
        }
        return wrong;
}

static const char *share_ring(bool overwrite)
{
        Shared shared = { 0 };
        pthread_t thread;
        if (!rt_shape(PLAY_WORDS * sizeof(uint64_t), 4, overwrite, &shared.shape))
                abort();
        shared.ring = aligned_alloc(RT_PAGE, shared.shape.size);
        if (!shared.ring)
                abort();
        memset(shared.ring, 0, shared.shape.size);
        if (pthread_create(&thread, NULL, write_ring, &shared) != 0)
                abort();
        const char *wrong = read_ring(&shared);
        if (wrong) { /* lets the writer come to its end */
                shared.shape.overwrite = true;
        }
        (void)pthread_join(thread, NULL);
        free(shared.ring);
        return wrong;
}

/* -- all --------------------------------------------------------------------------------------- */

static int count, failed;

static void report(const char *wrong, const char *first, const char *second, const char *third)
{
        if (wrong)
                (void)printf("# %s\n", wrong);
        (void)printf("%sok %d - %s%s%s\n", wrong ? "not " : "", ++count, first, second, third);
        (void)fflush(stdout);
        failed += wrong != NULL;
}

int main(void)
{
        (void)alarm(200); /* something hangs then */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                for (int listens = 0; listens < 2; listens++)
                        report(meet(&cases[i], listens), cases[i].stays,
                               listens ? " while somebody listens and goes who "
                                       : " while somebody connects and goes who ",
                               cases[i].comes);
        report(open_at_once(), "ends are opened and closed by several threads at once", "", "");
        report(share_ring(false), "a ring that refuses is written and read by two threads", "", "");
        report(share_ring(true), "a ring that overwrites is written and read by two threads", "",
               "");
        (void)printf("1..%d\n", count);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
