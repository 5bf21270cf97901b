/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A peer that is killed, or stopped for a while, right before each of its steps in turn, from its
 * opening to its closing; and what becomes of the end that it was connected to. Prints TAP.
 *
 * One end survives all rounds of a case, and is used all the time. Round k is a process that plays
 * its part and is killed before step k; the first round that ends without it ends the case. One
 * that is stopped goes on: it is stopped before step k and each STRIDEth after it. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "open-things.h"
#include "play.h"
#include "steps.h"

#define REFUSE "message_size=64 depth=2 full=refuse spin=0 connections=1"
#define OVERWRITE "message_size=64 depth=2 full=overwrite spin=0 connections=1"

enum {
        STRIDE =
                64, /* steps from stop to stop: more than a message takes, or all are overwritten */
        ENOUGH = 3, /* rounds without the signal: which step is the last varies */
        PATIENCE = 60, /* s, until something that should have ended counts as hanging */
        IN_CONNECTING =
                3, /* descriptors and mappings of an attempt to connect: one may be under way */
};

typedef struct Case {
        const char *victim, *survivor, *geometry;
} Case;

static const Case cases[] = {
        { "publishes", "subscribes", OVERWRITE },
        { "subscribes", "publishes", OVERWRITE },
        { "publishes", "subscribes", REFUSE },
        { "subscribes", "publishes", REFUSE },
        { "pushes", "pulls", REFUSE },
        { "pulls", "pushes", REFUSE },
        { "pulls", "pushes", OVERWRITE },
        { "calls", "serves", REFUSE },
        { "serves", "calls", REFUSE },
        { "pairs", "pairs", REFUSE },
};

typedef struct Round {
        const Case *what;
        const Wire *wire;
        bool victim_listens;
        int signal;
        unsigned long step;
        bool hit; /* the signal came */
        unsigned long hits;
        const char *wrong; /* NULL: nothing */
} Round;

/* The last connection whose begin, and whose end, was told. */
typedef struct Told {
        uint64_t up, down;
} Told;

/* -- the victim -------------------------------------------------------------------------------- */

static void be_victim(const Round *round)
{
        const char *role = round->what->victim;
        (void)alarm(PATIENCE);
        steps_arm(round->step, round->signal == SIGSTOP ? STRIDE : 0, round->signal);
        rtchannel *end = round->victim_listens ? wire_listen(round->wire, role)
                                               : wire_connect(round->wire, role, 'a');
        const char *wrong = play_part(end, round->step);
        rtchannel_close(end);
        steps_arm(0, 0, 0);
        if (wrong)
                (void)fprintf(stderr, "# the victim of step %lu: %s\n", round->step, wrong);
        _exit(wrong ? 1 : 0);
}

/* Whether it is still there; goes on with one that has stopped. */
static bool is_alive(Round *round, pid_t victim, Partner *partner)
{
        int status;
        if (waitpid(victim, &status, WNOHANG | WUNTRACED) != victim)
                return true;
        if (WIFSTOPPED(status)) {
                round->hit = true;
                round->hits++;
                for (int i = 0; i < 2 && !round->wrong; i++)
                        round->wrong = play_along(partner);
                (void)kill(victim, SIGCONT);
                return true;
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && round->signal == SIGKILL)
                round->hit = true, round->hits++;
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                round->wrong = "the victim did not come to its end";
        return false;
}

/* -- the survivor ------------------------------------------------------------------------------ */

static uint64_t peers_of(rtchannel *end)
{
        rtchannel_statistics now;
        rt_end_refresh(end);
        return rtchannel_get_statistics(end, &now) < 0 ? 0 : now.peers;
}

/* An end keeps the last event of each kind: some may be missing, but none comes twice or late. */
static const char *check_events(Told *told, Partner *partner)
{
        rtchannel_statistics now;
        rtchannel_event event;
        while (rtchannel_event_next(partner->end, &event) > 0) {
                uint64_t epoch = event.from >> 16;
                uint64_t *last = event.type == RTCHANNEL_CONNECTED ? &told->up : &told->down;
                if (event.type == RTCHANNEL_BROKEN)
                        return "a decent peer is told to have broken the protocol";
                if (epoch <= *last)
                        return "a connection's begin or end is told late";
                *last = epoch;
        }
        (void)rtchannel_get_statistics(partner->end, &now);
        return now.broken > 0 ? "a decent peer counts as having broken the protocol" : NULL;
}

/* When nobody is there any more: all ends are told, all is given back. The attendant needs a while
 * for it. */
static const char *check_rest(Told *told, Partner *partner, Open before)
{
        const char *wrong = NULL;
        for (int i = 0; i < 5000; i++) {
                wrong = check_events(told, partner);
                if (!wrong)
                        wrong = peers_of(partner->end) > 0 ? "a connection has no end"
                                : told->up != told->down   ? "an end is not told"
                                                           : open_more(before, open_things());
                if (!wrong)
                        return NULL;
                (void)play_along(partner);
        }
        return wrong;
}

static void play_round(Round *round, Partner *partner)
{
        int64_t until = rtchannel_in(INT64_C(1000000000) * PATIENCE);
        (void)fflush(NULL);
        pid_t victim = fork();
        if (victim == 0)
                be_victim(round);
        if (victim < 0)
                round->wrong = strerror(errno);
        bool alive = victim > 0;
        while (!round->wrong && (alive || peers_of(partner->end) > 0)) {
                round->wrong = play_along(partner);
                alive = alive && is_alive(round, victim, partner);
                if (rtchannel_now() > until)
                        round->wrong = "it does not end";
        }
        if (alive) {
                (void)kill(victim, SIGKILL);
                (void)waitpid(victim, NULL, 0);
        }
}

static rtchannel *open_survivor(const Round *round)
{
        return round->victim_listens ? wire_connect(round->wire, round->what->survivor, 'a')
                                     : wire_listen(round->wire, round->what->survivor);
}

static bool goes_on(const Round *round, unsigned long missed)
{
        return !round->wrong &&
               (round->signal == SIGSTOP ? round->step <= STRIDE : missed < ENOUGH);
}

/* Returns how many steps were hit. */
static unsigned long play_rounds(Round *round, Open before)
{
        Partner partner = { .end = open_survivor(round) };
        Told told = { 0 };
        unsigned long missed = 0;
        Open idle = open_things();
        idle.descriptors += IN_CONNECTING;
        idle.mappings += IN_CONNECTING;
        for (round->step = 1; goes_on(round, missed); round->step++) {
                round->hit = false;
                play_round(round, &partner);
                if (!round->wrong)
                        round->wrong = check_events(&told, &partner);
                missed += !round->hit;
        }
        if (!round->wrong)
                round->wrong = check_rest(&told, &partner, idle);
        rtchannel_close(partner.end);
        if (!round->wrong)
                round->wrong = open_more(before, open_things());
        return round->hits;
}

/* -- all cases --------------------------------------------------------------------------------- */

static bool try_case(const Case *what, bool victim_listens, int signal, int number)
{
        Wire wire = wire_new(what->geometry, 1);
        Round round = {
                .what = what, .wire = &wire, .victim_listens = victim_listens, .signal = signal
        };
        Open before = open_things();
        unsigned long steps = play_rounds(&round, before);
        wire_free(&wire);
        (void)printf("# before %lu steps\n", steps);
        if (!round.wrong && steps < 100)
                round.wrong = "hardly any steps were counted";
        if (round.wrong)
                (void)printf("# step %lu: %s\n", round.step - 1, round.wrong);
        (void)printf("%sok %d - %s survives that what %s, %s, and %s is %s before any step\n",
                     round.wrong ? "not " : "", number, what->survivor, what->victim,
                     strstr(what->geometry, "overwrite") ? "overwrites" : "refuses",
                     victim_listens ? "listens" : "connects",
                     signal == SIGKILL ? "killed" : "stopped");
        (void)fflush(stdout);
        return !round.wrong;
}

/* test-kill kill|stop */
int main(int argc, char *argv[])
{
        int signal = argc > 1 && strcmp(argv[1], "stop") == 0 ? SIGSTOP : SIGKILL;
        int number = 0, failed = 0;
        Ends first = ends_new(REFUSE, "pulls", "pushes"); /* what is made once, and stays */
        ends_free(&first);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                for (int listens = 0; listens < 2; listens++)
                        failed += !try_case(&cases[i], listens, signal, ++number);
        (void)printf("1..%d\n", number);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
