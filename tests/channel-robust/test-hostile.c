/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An end of each role against a hostile peer: in turns with it, which is the same each time, and
 * against one in a process of its own, which is at it all the time. Where the end listens, a decent
 * peer is there as well and has to be served. Prints TAP.
 *
 * test-hostile [ROUNDS [SEED [CASE]]] */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"
#include "open-things.h"

enum {
        HANGS = 120,  /* s, for one case */
        WOOING = 4,   /* attempts of the hostile peer to connect, at most, before a round */
        SERVICE = 64, /* rounds between looks at whether the decent peer is served */
        MOST_FDS = 64 /* at any time, besides what was open before */
};

typedef struct Case {
        const char *survivor, *hostile;
        bool overwrite, listens, own_process;
} Case;

typedef struct Survivor {
        rtchannel *end, *decent; /* no decent one where the end connects */
        Random random;
        const void *borrowed; /* NULL: nothing is */
        size_t borrowed_size;
        rtchannel_message last;
        bool lent;
        uint64_t served;
        const char *wrong;
} Survivor;

/* -- any call that a user may make ------------------------------------------------------------- */

static int64_t some_deadline(Survivor *survivor)
{
        return random_below(&survivor->random, 16) ? RTCHANNEL_NOW : rtchannel_in(200000);
}

static void expect(Survivor *survivor, int r, const char *what)
{
        static const int fine[] = { EAGAIN, ETIMEDOUT, ECONNRESET, EMSGSIZE,   ECANCELED,
                                    EINVAL, ESTALE,    EBUSY,      EOPNOTSUPP, EINTR };
        static char text[128];
        for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
                if (r >= 0 || -r == fine[i])
                        return;
        (void)snprintf(text, sizeof text, "%s: %s", what, strerror(-r));
        survivor->wrong = text;
}

static void use_to_send(Survivor *survivor)
{
        rtchannel *end = survivor->end;
        char data[65] = "survivor";
        void *loan;
        int r;
        switch (random_below(&survivor->random, 6)) {
        case 0:
                r = rtchannel_loan(end, &loan, some_deadline(survivor));
                if (r == 0)
                        memset(loan, 1, 64);
                break;
        case 1:
                r = rtchannel_commit(end, random_below(&survivor->random, 66));
                break;
        case 2:
                r = rtchannel_cancel(end);
                break;
        case 3:
                r = rtchannel_reply(end, &survivor->last, data, 64, some_deadline(survivor));
                break;
        case 4:
                r = rtchannel_loan_reply(end, &survivor->last, &loan, some_deadline(survivor));
                break;
        default:
                r = rtchannel_send(end, data, random_below(&survivor->random, 66),
                                   some_deadline(survivor));
                break;
        }
        expect(survivor, r, "sending");
}

/* Reads all of it, so that a sanitizer would see what is not there. */
static void read_borrowed(Survivor *survivor)
{
        volatile unsigned sum = 0;
        const volatile unsigned char *bytes = survivor->borrowed;
        for (size_t i = 0; bytes && i < survivor->borrowed_size; i++)
                sum += bytes[i];
}

static void use_to_receive(Survivor *survivor)
{
        rtchannel *end = survivor->end;
        char buffer[64];
        size_t size = random_below(&survivor->random, 4) ? sizeof buffer : 8;
        int r;
        switch (random_below(&survivor->random, 5)) {
        case 0:
                r = rtchannel_borrow(end, &survivor->borrowed, &survivor->last,
                                     some_deadline(survivor));
                survivor->borrowed_size = r == 0 ? survivor->last.size : survivor->borrowed_size;
                break;
        case 1:
                read_borrowed(survivor);
                r = rtchannel_release(end);
                survivor->borrowed = NULL;
                break;
        case 2:
                r = rtchannel_call(end, buffer, 8, buffer, size, NULL, some_deadline(survivor));
                break;
        default:
                r = rtchannel_receive(end, buffer, size, &survivor->last, some_deadline(survivor));
                if (r == 0 && survivor->last.size > size)
                        survivor->wrong = "more was received than there was room for";
                break;
        }
        expect(survivor, r, "receiving");
}

static void use_otherwise(Survivor *survivor)
{
        rtchannel *end = survivor->end;
        struct pollfd fd = { .events = POLLIN };
        rtchannel_statistics statistics;
        rtchannel_event event;
        switch (random_below(&survivor->random, 6)) {
        case 0:
                fd.fd = rtchannel_fd(end);
                (void)poll(&fd, 1, 0);
                break;
        case 1:
                expect(survivor, rtchannel_wait_peer(end, some_deadline(survivor)), "waiting");
                break;
        case 2:
                expect(survivor, rtchannel_interrupt(end), "rtchannel_interrupt");
                break;
        case 3:
                (void)rtchannel_peer(end, random_next(&survivor->random));
                expect(survivor, rtchannel_get_statistics(end, &statistics), "statistics");
                break;
        default:
                while (rtchannel_event_next(end, &event) > 0)
                        ;
                break;
        }
}

static void use(Survivor *survivor)
{
        uint64_t kind = random_below(&survivor->random, 8);
        if (kind < 3)
                use_to_send(survivor);
        else if (kind < 7)
                use_to_receive(survivor);
        else
                use_otherwise(survivor);
}

/* -- whether the decent peer is served --------------------------------------------------------- */

static bool is_of_decent(const Survivor *survivor, uint64_t from)
{
        const char *name = rtchannel_peer(survivor->end, from);
        return name && strcmp(name, "b") == 0;
}

/* Receives until something of the decent peer comes. */
static bool receive_from_decent(Survivor *survivor, uint64_t number, int64_t until)
{
        uint64_t got[8];
        while (rtchannel_now() < until) {
                int r = rtchannel_receive(survivor->end, got, sizeof got, &survivor->last,
                                          rtchannel_in(1000000));
                if (r == 0 && is_of_decent(survivor, survivor->last.from) && got[0] == number)
                        return true;
        }
        return false;
}

static bool decent_receives(Survivor *survivor, uint64_t number, int64_t until)
{
        uint64_t got[8] = { 0 };
        while (rtchannel_now() < until)
                if (rtchannel_receive(survivor->decent, got, sizeof got, NULL,
                                      rtchannel_in(1000000)) == 0 &&
                    got[0] == number)
                        return true;
        return false;
}

static bool is_served(Survivor *survivor)
{
        int64_t until = rtchannel_in(10 * INT64_C(1000000000));
        uint64_t number = ++survivor->served, old[8];
        while (rtchannel_receive(survivor->decent, old, sizeof old, NULL, RTCHANNEL_NOW) == 0)
                ;
        rtchannel *end = survivor->end, *decent = survivor->decent;
        switch (end->spec.role) {
        case RT_ROLE_PULLS:
        case RT_ROLE_SUBSCRIBES:
                return rtchannel_send(decent, &number, sizeof number, until) == 0 &&
                       receive_from_decent(survivor, number, until);
        case RT_ROLE_PUBLISHES: /* one that refuses waits for all its subscribers */
                return !end->spec.shape.overwrite ||
                       (rtchannel_send(end, &number, sizeof number, until) == 0 &&
                        decent_receives(survivor, number, until));
        case RT_ROLE_SERVES:
                return rtchannel_request(decent, &number, sizeof number, RTCHANNEL_FOREVER, NULL,
                                         until) == 0 &&
                       receive_from_decent(survivor, number, until) &&
                       rtchannel_reply(end, &survivor->last, &number, sizeof number, until) == 0 &&
                       decent_receives(survivor, number, until);
        default: /* the others send by one connection only, which may be the hostile one */
                return true;
        }
}

static void check_service(Survivor *survivor)
{
        (void)rtchannel_release(survivor->end);
        survivor->borrowed = NULL;
        (void)rtchannel_cancel(survivor->end);
        /* A call may have been interrupted before, which takes effect now. */
        if (survivor->decent && !is_served(survivor) && !is_served(survivor))
                survivor->wrong = "the decent peer is not served";
}

/* -- a case ------------------------------------------------------------------------------------ */

static pid_t let_loose(const Wire *wire, const Case *what, uint64_t seed)
{
        (void)fflush(NULL);
        pid_t child = fork();
        if (child != 0)
                return child;
        Hostile hostile;
        (void)alarm(HANGS);
        hostile_init(&hostile, wire, what->hostile, what->listens, seed);
        while (!hostile.succeeded)
                hostile_act(&hostile);
        (void)fprintf(stderr, "# the hostile peer succeeded with %s\n", hostile.succeeded);
        _exit(1);
}

static void play(Survivor *survivor, Hostile *hostile, uint64_t rounds)
{
        unsigned before = open_things().descriptors;
        for (uint64_t i = 1; i <= rounds && !survivor->wrong; i++) {
                /* What matters are rounds in which they are connected. */
                for (int k = 0; hostile && (k == 0 || (hostile->state != MET && k < WOOING)); k++) {
                        hostile_act(hostile);
                        if (hostile->succeeded)
                                survivor->wrong = hostile->succeeded;
                        rt_end_refresh(survivor->end);
                        if (hostile->state != MET)
                                (void)usleep(1000);
                }
                use(survivor);
                if (!hostile && i % 4 == 0)
                        (void)usleep(200); /* it has a life, too */
                if (i % SERVICE != 0)
                        continue;
                check_service(survivor);
                if (!survivor->wrong && open_things().descriptors > before + MOST_FDS)
                        survivor->wrong = "more and more descriptors are open";
        }
}

static const char *run(const Case *what, const Wire *wire, uint64_t rounds, uint64_t seed)
{
        Survivor survivor = { .random = { ~seed } };
        Hostile hostile;
        pid_t child = what->own_process ? let_loose(wire, what, seed) : 0;
        if (!what->own_process)
                hostile_init(&hostile, wire, what->hostile, what->listens, seed);
        survivor.end = what->listens ? wire_listen(wire, what->survivor)
                                     : wire_connect(wire, what->survivor, 'a');
        if (what->listens && survivor.end->spec.role != RT_ROLE_PAIRS) { /* a pair has one peer */
                survivor.decent = wire_connect(wire, what->hostile, 'b');
                if (!wire_wait_peers(survivor.decent, 1))
                        survivor.wrong = "the decent peer is not let in";
        }
        play(&survivor, what->own_process ? NULL : &hostile, rounds);
        if (what->own_process) {
                if (waitpid(child, NULL, WNOHANG) != 0)
                        survivor.wrong = "the hostile peer did what it must not be able to";
                else if (kill(child, SIGKILL) < 0 || waitpid(child, NULL, 0) != child)
                        survivor.wrong = "the hostile peer does not end";
        } else {
                (void)printf("# %llu meetings, ", (unsigned long long)hostile.meetings);
                hostile_free(&hostile);
        }
        rtchannel_statistics now;
        (void)rtchannel_get_statistics(survivor.end, &now);
        (void)printf("%s%llu connections, %llu received, %llu broke the protocol\n",
                     what->own_process ? "# " : "", (unsigned long long)now.connects,
                     (unsigned long long)now.received, (unsigned long long)now.broken);
        rtchannel_close(survivor.decent);
        rtchannel_close(survivor.end);
        return survivor.wrong;
}

static bool try_case(const Case *what, uint64_t rounds, uint64_t seed, int number)
{
        char geometry[128];
        (void)snprintf(geometry, sizeof geometry,
                       "message_size=64 depth=2 full=%s spin=0 connections=1",
                       what->overwrite ? "overwrite" : "refuse");
        (void)alarm(HANGS);
        Wire wire = wire_new(geometry, 2);
        Open before = open_things();
        const char *wrong = run(what, &wire, rounds, seed);
        if (!wrong)
                wrong = open_more(before, open_things());
        wire_free(&wire);
        if (wrong)
                (void)printf("# %s\n", wrong);
        (void)printf("%sok %d - who %s, %s and %s, survives who %s%s\n", wrong ? "not " : "",
                     number, what->survivor, what->listens ? "listens" : "connects",
                     what->overwrite ? "overwrites" : "refuses", what->hostile,
                     what->own_process ? ", at the same time" : "");
        (void)fflush(stdout);
        return !wrong;
}

int main(int argc, char *argv[])
{
        static const char *const roles[][2] = {
                { "publishes", "subscribes" }, { "subscribes", "publishes" }, { "serves", "calls" },
                { "calls", "serves" },         { "pushes", "pulls" },         { "pulls", "pushes" },
                { "pairs", "pairs" },
        };
        uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 600;
        uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
        int only = argc > 3 ? atoi(argv[3]) : 0, number = 0, failed = 0;
        Wire wire = wire_new("message_size=64 depth=2 full=refuse spin=0 connections=1", 1);
        rtchannel_close(wire_listen(&wire, "pulls")); /* what is made once, and stays */
        wire_free(&wire);
        (void)printf("# %llu rounds from seed %llu\n", (unsigned long long)rounds,
                     (unsigned long long)seed);
        for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
                for (int k = 0; k < 8; k++) {
                        Case what = { roles[i][0], roles[i][1], k & 1, k & 2, k & 4 };
                        uint64_t times = what.own_process ? 4 : 1;
                        uint64_t own_seed = seed * 1000 + (uint64_t)number++;
                        if (!only || only == number)
                                failed += !try_case(&what, times * rounds, own_seed, number);
                }
        (void)printf("1..%d\n", number);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
