/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sending and receiving, sleeping and waking, as the library does it, in all ways that threads can
 * interleave and memory can reorder, for a few messages. Prints TAP.
 *
 * explore-ring [CASE [MESSAGES]]
 * explore-ring first: until something is found */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../hooks.h"
#include "explore.h"
#include "socket.h"
#include "transfer.h"
#include "wait.h"

enum { WRITER, READER, READERS = THREADS - 1, WORDS = 2, RING = 1024 };

typedef struct Case {
        const char *name;
        bool overwrite;
        uint32_t depth;
        unsigned messages, readers;
        bool borrows; /* the readers, rather than copy */
        bool admits;  /* readers come while the writer is at it: before its second message */
} Case;

/* With as many messages as take seconds. Each more takes some ten times as long. */
static const Case cases[] = {
        { "a late subscriber of a channel that refuses", false, 1, 3, 1, false, true },
        { "a late subscriber of a channel that overwrites", true, 1, 5, 1, false, true },
        { "a channel that overwrites, of depth 1", true, 1, 5, 1, false, false },
        { "messages borrowed from a channel that overwrites", true, 1, 4, 1, true, false },
        { "a channel that refuses, of depth 1", false, 1, 3, 1, false, false },
        { "messages borrowed from a channel that refuses", false, 1, 3, 1, true, false },
        { "two subscribers of a channel that refuses", false, 1, 1, 2, false, false },
        { "two subscribers of a channel that overwrites", true, 1, 1, 2, false, false },
        { "a channel that refuses, of depth 2", false, 2, 3, 1, false, false },
        { "a channel that overwrites, of depth 2", true, 2, 5, 1, false, false },
};

static struct Shared {
        alignas(RT_CACHE_LINE) unsigned char ring[RING];
        RtControl of_writer[READERS], of_reader[READERS];
        RtWakePage wake[READERS];
} shared;

/* One for each thread. */
static rtchannel ends[THREADS];
static RtWay ways[THREADS][READERS];
static RtLink links[THREADS][READERS];
static RtStatisticsPage pages[THREADS];
static const uint32_t process = 1;
static const Case *now;

/* -- what the library's code has in other files ------------------------------------------------ */

int64_t rtchannel_now(void)
{
        return 1;
}

void rt_end_look(rtchannel *end)
{
        (void)end;
        explore_fail("an end sees changes that nobody made");
}

/* Nobody polls here. */
int rt_bell_take(int socket)
{
        (void)socket;
        return -EAGAIN;
}

void rt_link_break(rtchannel *end, RtWay *way)
{
        (void)end;
        (void)way;
        explore_fail("a decent peer seems to break the protocol");
}

/* -- messages ---------------------------------------------------------------------------------- */

static void fill(uint64_t words[static WORDS], uint64_t number)
{
        for (unsigned i = 0; i < WORDS; i++)
                words[i] = (number << 8) + i;
}

static uint64_t check(const uint64_t words[static WORDS])
{
        for (unsigned i = 1; i < WORDS; i++)
                EXPLORE_MUST(words[i] == words[0] + i, "a message is torn");
        return words[0] >> 8;
}

/* -- threads ----------------------------------------------------------------------------------- */

/* As rt_end_look() takes a connection over. */
static void admit_readers(void)
{
        for (unsigned i = 0; i < now->readers; i++) {
                RtLink *link = &links[WRITER][i];
                link->start = rt_writer_admit(&ends[WRITER].writer, link->own);
                ways[WRITER][i].floor = link->start;
                ways[WRITER][i].link = link;
        }
}

static void write_all(unsigned thread)
{
        uint64_t words[WORDS];
        for (uint64_t number = 0; number < now->messages; number++) {
                if (now->admits && number == 1)
                        admit_readers();
                fill(words, number);
                int r = rtchannel_send(&ends[thread], words, sizeof words, RTCHANNEL_FOREVER);
                EXPLORE_MUST(r == 0, "rtchannel_send() fails");
        }
}

static void look_at_borrowed(const unsigned char *data, uint64_t words[static WORDS])
{
        if (!now->overwrite) {
                hook_copy(words, data, WORDS * sizeof *words);
                return;
        }
        for (unsigned i = 0; i < WORDS; i++)
                hook_load(data + i * sizeof *words, &words[i], sizeof *words, memory_order_relaxed);
}

/* True, and the number, if it was whole. */
static bool read_one(rtchannel *end, rtchannel_message *message, uint64_t *ret_number)
{
        uint64_t words[WORDS];
        const void *data;
        int r = now->borrows
                        ? rtchannel_borrow(end, &data, message, RTCHANNEL_FOREVER)
                        : rtchannel_receive(end, words, sizeof words, message, RTCHANNEL_FOREVER);
        EXPLORE_MUST(r == 0, "receiving fails");
        EXPLORE_MUST(message->size == sizeof words, "a message has another size");
        if (now->borrows) {
                look_at_borrowed(data, words);
                r = rtchannel_release(end);
                EXPLORE_MUST(r == 0 || (r == -ESTALE && now->overwrite), "releasing fails");
        }
        if (r == 0)
                *ret_number = check(words);
        return r == 0;
}

static void read_all(unsigned thread)
{
        rtchannel_message message;
        for (uint64_t next = now->admits ? 1 : 0; next < now->messages; next++) {
                uint64_t number = next;
                bool whole = read_one(&ends[thread], &message, &number);
                next += message.lost;
                EXPLORE_MUST(!whole || number >= next, "a message comes twice, or late");
                EXPLORE_MUST(!whole || number <= next, "more messages are lost than are counted");
                EXPLORE_MUST(now->overwrite || message.lost == 0, "a message is lost");
        }
}

/* -- cases ------------------------------------------------------------------------------------- */

static rtchannel end_of(unsigned thread, const RtShape *shape)
{
        bool writes = thread == WRITER, shares = now->readers > 1 || now->admits;
        pages[thread] = (RtStatisticsPage){ 0 };
        rtchannel end = {
                .spec = { .shape = *shape,
                          .role = shares   ? writes ? RT_ROLE_PUBLISHES : RT_ROLE_SUBSCRIBES
                                  : writes ? RT_ROLE_PUSHES
                                           : RT_ROLE_PULLS },
                .sends = writes,
                .receives = !writes,
                .shares = shares,
                .admits = shares && writes,
                .n_ways = writes ? now->readers : 1,
                .ways = ways[thread],
                .statistics = &pages[thread],
                .process = &process,
                .generation = process,
                .bell = -1,
                .epoll = -1,
        };
        return end;
}

static void connect_reader(unsigned i)
{
        rtchannel *writer = &ends[WRITER], *reader = &ends[READER + i];
        RtRing *ring = (RtRing *)(void *)shared.ring;
        const RtShape *shape = &reader->spec.shape;
        RtLink *in = &links[READER + i][0], *out = &links[WRITER][i];
        *out = (RtLink){ .socket = -1,
                         .own = &shared.of_writer[i],
                         .peer = &shared.of_reader[i],
                         .own_words = &shared.wake[i].connecting,
                         .peer_words = &shared.wake[i].listening,
                         .epoch = 1 };
        *in = (RtLink){ .socket = -1,
                        .own = &shared.of_reader[i],
                        .peer = &shared.of_writer[i],
                        .own_words = &shared.wake[i].listening,
                        .peer_words = &shared.wake[i].connecting,
                        .epoch = 1 };
        ways[WRITER][i] = (RtWay){ .most = shape->depth, .link = now->admits ? NULL : out };
        ways[READER + i][0] = (RtWay){ .most = shape->depth, .link = in };
        rt_writer_init(writer->shares ? &writer->writer : &ways[WRITER][i].writer, ring,
                       &writer->spec.shape);
        if (now->admits)
                rt_reader_init_admitted(&in->reader, ring, shape, in->peer);
        else
                rt_reader_init(&in->reader, ring, shape, 0);
}

static void set_up(void)
{
        RtShape shape;
        bool fits = rt_shape(WORDS * sizeof(uint64_t), now->depth, now->overwrite, &shape);
        /* Only who overwrites needs the spare ones; without them fewer messages go round. */
        if (!now->overwrite)
                shape.slots = now->depth;
        if (!fits || sizeof(RtRing) + shape.slots * shape.stride > RING)
                abort();
        memory_init(&shared, sizeof shared);
        explore_reset();
        for (unsigned t = 0; t <= now->readers; t++) {
                ends[t] = end_of(t, &shape);
                /* The configuration before it does not change. */
                explore_keep(&ends[t].sends, sizeof ends[t] - offsetof(rtchannel, sends));
        }
        for (unsigned i = 0; i < now->readers; i++)
                connect_reader(i);
        explore_keep(ways, sizeof ways);
        explore_keep(links, sizeof links);
        explore_keep(pages, sizeof pages);
}

int main(int argc, char *argv[])
{
        ExploreBody *const bodies[THREADS] = { write_all, read_all, read_all };
        size_t n = sizeof cases / sizeof *cases, only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
        bool first = argc > 1 && strcmp(argv[1], "first") == 0;
        int failed = 0;
        for (size_t i = 0; i < n; i++) {
                if ((only && only != i + 1) || (first && failed))
                        continue;
                Case chosen = cases[i];
                if (argc > 2)
                        chosen.messages = (unsigned)strtoul(argv[2], NULL, 10);
                now = &chosen;
                set_up();
                ExploreResult result = explore_run(bodies, 1 + now->readers);
                if (result.wrong)
                        (void)printf("# %s\n", result.wrong);
                (void)printf("# %u messages: %llu states, %llu at the end of all, %u steps deep\n",
                             now->messages, (unsigned long long)result.states,
                             (unsigned long long)result.ends, result.deepest);
                (void)printf("%sok %zu - %s\n", result.wrong ? "not " : "", i + 1, now->name);
                (void)fflush(stdout);
                failed += result.wrong || result.ends == 0;
        }
        (void)printf("1..%zu\n", n);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
