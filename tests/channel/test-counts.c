/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a message costs, where that is a number: system calls, allocations. */

#include "suite.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace.h"

#define QUEUE "message_size=512 depth=4 full=refuse spin=0 connections=1"
#define LATEST "message_size=512 depth=4 full=overwrite spin=0 connections=1"
#define SPINS "message_size=512 depth=4 full=refuse spin=1000000000 connections=1"

/* -- allocations: the linker leads all calls of the library here --------------------------------
 */

static unsigned long allocations;

#define WRAP(type, name, parameters, arguments)                                                    \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                allocations++;                                                                     \
                return __real_##name arguments;                                                    \
        }
WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
WRAP(int, posix_memalign, (void **ret, size_t alignment, size_t size), (ret, alignment, size))
WRAP(char *, strdup, (const char *text), (text))
WRAP(void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset))
WRAP(int, munmap, (void *at, size_t size), (at, size))

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
        allocations++;
        __real_free(memory);
}

/* -- all ways to send and receive -------------------------------------------------------------- */

enum { MANY = 2000 };

/* Check's assertions allocate and write: what is counted goes without them. */
static unsigned long wrong;

static void want(int result, int expected)
{
        wrong += result != expected;
}

static int send_quietly(rtchannel *end, uint64_t number, int64_t deadline)
{
        return rtchannel_send(end, &number, sizeof number, deadline);
}

static int receive_quietly(rtchannel *end, uint64_t *ret_number, int64_t deadline)
{
        return rtchannel_receive(end, ret_number, sizeof *ret_number, NULL, deadline);
}

static void stream(Ends *ends)
{
        uint64_t number;
        for (uint64_t n = 0; n < MANY; n++) {
                want(send_quietly(ends->listening, n, RTCHANNEL_NOW), 0);
                want(receive_quietly(ends->connecting, &number, RTCHANNEL_NOW), 0);
                if (n % 4 == 0)
                        want(receive_quietly(ends->connecting, &number, RTCHANNEL_NOW), -EAGAIN);
        }
}

static void lend(Ends *ends)
{
        for (uint64_t n = 0; n < MANY; n++) {
                const void *data;
                void *loan;
                want(rtchannel_loan(ends->listening, &loan, RTCHANNEL_NOW), 0);
                want(rtchannel_commit(ends->listening, 512), 0);
                want(rtchannel_borrow(ends->connecting, &data, NULL, RTCHANNEL_NOW), 0);
                want(rtchannel_release(ends->connecting), 0);
        }
}

static void fill(Ends *ends)
{
        for (uint64_t n = 0; n < MANY; n++)
                (void)send_quietly(ends->listening, n, RTCHANNEL_NOW);
}

static void request(Ends *ends)
{
        uint64_t number = 1, tag;
        rtchannel_message message;
        for (int i = 0; i < MANY; i++) {
                want(rtchannel_request(ends->connecting, &number, 8, RTCHANNEL_FOREVER, &tag,
                                       RTCHANNEL_NOW),
                     0);
                want(rtchannel_receive(ends->listening, &number, 8, &message, RTCHANNEL_NOW), 0);
                want(rtchannel_reply(ends->listening, &message, &number, 8, RTCHANNEL_NOW), 0);
                want(rtchannel_receive(ends->connecting, &number, 8, NULL, RTCHANNEL_NOW), 0);
        }
}

static const struct Way {
        const char *geometry, *listening, *connecting;
        void (*work)(Ends *);
} ways[] = {
        { QUEUE, "publishes", "subscribes", stream }, { LATEST, "publishes", "subscribes", stream },
        { QUEUE, "pairs", "pairs", stream },          { QUEUE, "publishes", "subscribes", lend },
        { LATEST, "publishes", "subscribes", lend },  { QUEUE, "publishes", "subscribes", fill },
        { LATEST, "publishes", "subscribes", fill },  { QUEUE, "serves", "calls", request },
        { SPINS, "publishes", "subscribes", stream },
};
enum { WAYS = sizeof ways / sizeof *ways };

START_TEST(once_open_nothing_is_allocated)
{
        for (int i = 0; i < WAYS; i++) {
                Ends ends = ends_new(ways[i].geometry, ways[i].listening, ways[i].connecting);
                ck_assert_uint_gt(allocations, 0); /* else they are not seen */
                ways[i].work(&ends);
                allocations = 0;
                struct mallinfo2 before = mallinfo2();
                ways[i].work(&ends);
                struct mallinfo2 after = mallinfo2();
                unsigned long seen = allocations;
                ck_assert_uint_eq(seen, 0);
                ck_assert_uint_eq(wrong, 0);
                ck_assert_mem_eq(&before, &after, sizeof before);
                ends_free(&ends);
        }
}
END_TEST

static Ends counted;

static void *receive_in_thread(void *unused)
{
        (void)unused;
        uint64_t number;
        for (int i = 0; i < 100; i++)
                want(receive_quietly(counted.connecting, &number, RTCHANNEL_FOREVER), 0);
        return NULL;
}

START_TEST(nor_is_it_to_sleep_and_to_wake)
{
        pthread_t thread;
        counted = ends_new(QUEUE, "publishes", "subscribes");
        expect_ok(pthread_create(&thread, NULL, receive_in_thread, NULL));
        send_number(counted.listening, 0);
        (void)usleep(1000);
        allocations = 0;
        for (uint64_t n = 1; n < 100; n++) {
                want(send_quietly(counted.listening, n, RTCHANNEL_FOREVER), 0);
                if (n % 10 == 0)
                        (void)usleep(1000);
        }
        unsigned long seen = allocations;
        expect_ok(pthread_join(thread, NULL));
        ck_assert_uint_eq(seen, 0);
        ck_assert_uint_eq(wrong, 0);
        ends_free(&counted);
}
END_TEST

/* -- system calls ------------------------------------------------------------------------------ */

static void work_counted(void *argument)
{
        const struct Way *way = argument;
        Ends ends = ends_new(way->geometry, way->listening, way->connecting);
        way->work(&ends);
        begin_counting();
        way->work(&ends);
        end_counting();
        ck_assert_uint_eq(wrong, 0);
        ends_free(&ends);
}

START_TEST(who_need_not_sleep_or_wake_makes_no_system_call)
{
        for (int i = 0; i < WAYS; i++) {
                Traced child = { .work = work_counted, .argument = (void *)(uintptr_t)&ways[i] };
                trace(&child, 1);
                ck_assert_msg(child.calls == 0, "way %d: %lu system calls", i, child.calls);
        }
}
END_TEST

static void sleep_counted(void *unused)
{
        (void)unused;
        begin_counting();
        for (int i = 0; i < 7; i++)
                (void)getppid();
        end_counting();
        (void)getppid();
}

START_TEST(system_calls_are_counted)
{
        Traced child = { .work = sleep_counted };
        trace(&child, 1);
        ck_assert_uint_eq(child.calls, 7);
}
END_TEST

enum { TRIPS = 300 };

static void serve_quietly(rtchannel *server, int n)
{
        for (int i = 0; i < n; i++) {
                rtchannel_message message;
                uint64_t number = 0;
                want(rtchannel_receive(server, &number, 8, &message, RTCHANNEL_FOREVER), 0);
                number++;
                want(rtchannel_reply(server, &message, &number, 8, RTCHANNEL_FOREVER), 0);
        }
}

static void call_quietly(rtchannel *caller, int n)
{
        for (int i = 0; i < n; i++) {
                uint64_t number = (uint64_t)i, reply = 0;
                want(rtchannel_call(caller, &number, 8, &reply, 8, NULL, RTCHANNEL_FOREVER), 0);
                wrong += reply != number + 1;
        }
}

static void serve_counted(void *argument)
{
        rtchannel *server = wire_listen(argument, "serves");
        serve_quietly(server, 20);
        begin_counting();
        serve_quietly(server, TRIPS);
        end_counting();
        ck_assert_uint_eq(wrong, 0);
        set_step(0, 1);
        wait_step(1, 1);
        rtchannel_close(server);
}

static void call_counted(void *argument)
{
        rtchannel *caller = wire_connect(argument, "calls", 'a');
        call_quietly(caller, 20);
        begin_counting();
        call_quietly(caller, TRIPS);
        end_counting();
        ck_assert_uint_eq(wrong, 0);
        wait_step(0, 1);
        set_step(1, 1);
        rtchannel_close(caller);
}

static void count_round_trips(const char *geometry, unsigned long most)
{
        Wire wire = wire_new(geometry, 1);
        Traced children[] = { { .work = serve_counted, .argument = &wire },
                              { .work = call_counted, .argument = &wire } };
        trace(children, 2);
        ck_assert_msg(children[0].calls <= most && children[1].calls <= most,
                      "server %lu, caller %lu", children[0].calls, children[1].calls);
        wire_free(&wire);
}

START_TEST(a_round_trip_that_sleeps_makes_two_and_a_half_system_calls_at_each_side_at_most)
{
        count_round_trips(QUEUE, TRIPS * 5 / 2);
}
END_TEST

START_TEST(a_round_trip_that_spins_makes_none)
{
        count_round_trips(SPINS, 0);
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "counts", once_open_nothing_is_allocated, nor_is_it_to_sleep_and_to_wake,
                system_calls_are_counted, who_need_not_sleep_or_wake_makes_no_system_call,
                a_round_trip_that_sleeps_makes_two_and_a_half_system_calls_at_each_side_at_most,
                a_round_trip_that_spins_makes_none);
}
