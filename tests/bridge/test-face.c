/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ZeroMQ at both ends: a program inside that is linked with librtzmq, the bridge, and sockets
 * outside. */

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridged.h"

#define GEOMETRY "message_size=64 depth=16 full=refuse spin=0 connections=1"

static pid_t mirror;

/* It is told as a container would be. Its socket's path ends in /CHANNEL/PEER, so the folder's name
 * is the channel's for it. */
static void start_mirror(Bridged *b, const char *role, const char *type)
{
        char folder[128], path[160], endpoint[128];
        const char *channel = strrchr(b->wire.folder, '/') + 1;
        /* What was sent to an end that is gone would be lost: so the bridge does not see it go. */
        ck_assert_int_eq(bridged_end(b, SIGTERM), 0);
        b->end = rtchannel_close(b->end);
        (void)snprintf(folder, sizeof folder, "%s/inside", b->wire.folder);
        (void)snprintf(path, sizeof path, "%s/channels.conf", folder);
        (void)snprintf(endpoint, sizeof endpoint, "shm://%s", channel);
        ck_assert_int_eq(mkdir(folder, 0700), 0);
        FILE *file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_gt(fprintf(file, "%s role=%s %s accepts=a\n", channel, role, GEOMETRY), 0);
        ck_assert_int_eq(fclose(file), 0);
        mirror = fork();
        if (mirror > 0) {
                bridged_start(b);
                return;
        }
        (void)setenv("RTCHANNEL_DIR", folder, 1);
        (void)setenv("LISTEN_FDS", "1", 1);
        (void)dup2(dup(b->wire.listeners[0]), 3);
        (void)execl(getenv("RT_MIRROR"), "mirror", type, endpoint, (char *)NULL);
        perror(getenv("RT_MIRROR"));
        _exit(127);
}

static void end_mirror(Bridged *b)
{
        char path[160];
        ck_assert_int_eq(kill(mirror, SIGKILL), 0);
        ck_assert_int_eq(waitpid(mirror, NULL, 0), mirror);
        (void)snprintf(path, sizeof path, "%s/inside/channels.conf", b->wire.folder);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/inside", b->wire.folder);
        (void)rmdir(path);
        bridged_free(b);
}

static void expect_mirrored(void *socket, const char *const parts[])
{
        outside_send(socket, parts);
        ck_assert(outside_receives(socket, parts));
}

START_TEST(a_rep_inside_answers_a_req_and_a_dealer_outside)
{
        Bridged b = bridged_new(GEOMETRY, "serves", "calls", "ipc", 1);
        start_mirror(&b, "serves", "rep");
        void *req = bridged_connect(&b, ZMQ_REQ), *dealer = bridged_connect(&b, ZMQ_DEALER);
        expect_mirrored(req, PARTS("one"));
        expect_mirrored(req, PARTS("", "several", "", "parts"));
        expect_mirrored(dealer, PARTS("17", "", "one"));
        expect_mirrored(dealer, PARTS("17", "", "several", "parts"));
        expect_mirrored(dealer, PARTS("bare"));
        (void)zmq_close(req);
        (void)zmq_close(dealer);
        end_mirror(&b);
}
END_TEST

START_TEST(a_pair_inside_talks_to_a_pair_outside)
{
        Bridged b = bridged_new(GEOMETRY, "pairs", "pairs", "ipc", 1);
        start_mirror(&b, "pairs", "pair");
        void *socket = bridged_connect(&b, ZMQ_PAIR);
        expect_mirrored(socket, PARTS("one"));
        expect_mirrored(socket, PARTS("", "several", "", "parts", ""));
        expect_mirrored(socket, PARTS(""));
        (void)zmq_close(socket);
        end_mirror(&b);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("face");
        TCase *tcase = tcase_create("face");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_rep_inside_answers_a_req_and_a_dealer_outside);
        tcase_add_test(tcase, a_pair_inside_talks_to_a_pair_outside);
        suite_add_tcase(suite, tcase);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
