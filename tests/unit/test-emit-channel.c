/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of channels: sockets, binds, the texts for their ends, memory that may be locked, bridges; and
 * how ZeroMQ programs are given them. */

#include <string.h>

#include "build-config.h"
#include "fixture.h"
#include "text.h"

#define FOLDER "/run/rtcontainers/channels/"
static const char realtime[] = "tasks = ( { name = \"t\"; period = \"10ms\"; wcet = \"1ms\"; } );";
static const char service[] = "rt-bridge-x.service", unit[] = "rt-channel-x.socket";

static const char *settings(const char *stem)
{
        return rt_printf(fx.arena, "rtcontainers.nspawn.d/%s.nspawn", stem);
}

static const char *ends(const char *stem)
{
        return rt_printf(fx.arena, "rtcontainers.nspawn.d/%s.channels", stem);
}

static void put_publish(const char *more)
{
        put_channel("x", "publish", more);
        put_container("p", "publishes = [ \"x\" ];");
        put_container("s", "subscribes = [ \"x\" ];");
        put_container("t", "subscribes = [ \"x\" ];");
        put_container("u", "");
        put_config("c", "p s t u", "");
}

static size_t lines_with(const char *path, const char *text)
{
        size_t n = 0;
        for (const char *s = artifact(path); (s = strstr(s, text)); s++)
                n++;
        return n;
}

START_TEST(there_is_a_socket_for_each_container_that_connects)
{
        put_publish("");
        run();
        expect_no_diagnostics();
        expect_line(unit, "ListenSequentialPacket=" FOLDER "x/s");
        expect_line(unit, "ListenSequentialPacket=" FOLDER "x/t");
        ck_assert_uint_eq(lines_with(unit, "Listen"), 2);
        expect_line("rt-p.service", "Sockets=rt-channel-x.socket");
        ck_assert_uint_eq(lines_with("rt-s.service", "Sockets="), 0);
        static const char *const all[] = { "rt-p.service", "rt-s.service", "rt-t.service" };
        for (size_t i = 0; i < RT_ELEMENTS(all); i++) {
                expect_line(all[i], "Requires=rt-channel-x.socket");
                expect_line(all[i], "After=rt-channel-x.socket");
        }
        ck_assert_uint_eq(lines_with("rt-u.service", "rt-channel"), 0);
}
END_TEST

START_TEST(each_sees_its_own_socket_and_the_others_see_none)
{
        put_publish("");
        run();
        expect_line(settings("s"), "BindReadOnly=" FOLDER "x/s:" FOLDER "x:norbind");
        expect_line(settings("t"), "BindReadOnly=" FOLDER "x/t:" FOLDER "x:norbind");
        ck_assert_uint_eq(lines_with(settings("s"), FOLDER), 2);
        ck_assert_uint_eq(lines_with(settings("p"), FOLDER), 0);
        ck_assert_uint_eq(lines_with(settings("u"), "/run/rtcontainers"), 0);
        ck_assert(!has_artifact(ends("u")));
}
END_TEST

START_TEST(an_end_of_a_pair_may_wait_and_connect)
{
        put_channel("x", "pair", "");
        put_container("a", "pairs = [ \"x\" ];");
        put_container("b", "pairs = [ \"x\" ];");
        put_container("c", "pairs = [ \"x\" ];");
        run();
        ck_assert_uint_eq(lines_with(unit, "Listen"), 2);
        expect_line("rt-a.service", "Sockets=rt-channel-x.socket");
        expect_line("rt-b.service", "Sockets=rt-channel-x.socket");
        expect_no_line("rt-c.service", "Sockets=rt-channel-x.socket");
        ck_assert_uint_eq(lines_with(settings("a"), FOLDER), 0);
        expect_line(settings("b"), "BindReadOnly=" FOLDER "x/b:" FOLDER "x:norbind");
        expect_line(settings("c"), "BindReadOnly=" FOLDER "x/c:" FOLDER "x:norbind");
        static const char line[] = "x role=pairs message_size=64 depth=16 full=refuse spin=0 "
                                   "connections=1 ";
        expect_line(ends("a"), rt_printf(fx.arena, "%saccepts=b,c", line));
        expect_line(ends("b"), rt_printf(fx.arena, "%saccepts=c connects=yes", line));
        expect_line(ends("c"), rt_printf(fx.arena, "%sconnects=yes", line));
}
END_TEST

START_TEST(an_end_knows_its_channel_from_a_text_that_is_bound_in)
{
        put_publish("depth = 5; full = \"refuse\"; connections = 2;");
        run();
        expect_line(ends("p"), "x role=publishes message_size=64 depth=5 full=refuse spin=0 "
                               "connections=2 accepts=s,t");
        expect_line(ends("s"), "x role=subscribes message_size=64 depth=5 full=refuse spin=0 "
                               "connections=2 connects=yes");
        expect_line(settings("s"), "BindReadOnly=/run/systemd/nspawn/s.channels:"
                                   "/run/rtcontainers/channels.conf:norbind");
        expect_contains(artifact("rt-s.service"),
                        "ExecStartPre=/usr/bin/install -D -m 0644 -t /run/systemd/nspawn ");
        expect_contains(artifact("rt-s.service"), "/s.nspawn\" ");
        expect_contains(artifact("rt-s.service"), "/s.channels\"\n");
        expect_contains(artifact("rt-u.service"), "/u.nspawn\"\n");
}
END_TEST

START_TEST(the_line_of_an_end_says_how_it_waits_and_why)
{
        put_publish("spin = \"3us\";");
        put_container("p", rt_printf(fx.arena, "publishes = [ \"x\" ]; %s", realtime));
        run();
        const RtArtifact *file = rt_artifacts_find(&fx.pipeline.artifacts, ends("p"));
        ck_assert_ptr_nonnull(file);
        expect_contains(file->last->text, " spin=3000 ");
        expect_contains(file->last->origin.rule, "it looks for 3us before it sleeps");
        put_publish("spin = \"0us\";");
        run();
        file = rt_artifacts_find(&fx.pipeline.artifacts, ends("p"));
        expect_contains(file->last->text, " spin=0 ");
        ck_assert_str_eq(rt_origin_key(fx.arena, &file->last->origin), "spin");
}
END_TEST

START_TEST(a_long_name_is_told_with_its_file)
{
        static const char longer[] = "a2345678901234567890123456789012";
        const char *file = rt_printf(fx.arena, "a234567890123456789012-%08x", rt_text_hash(longer));
        put_publish("");
        put_container(longer, "subscribes = [ \"x\" ];");
        run();
        expect_contains(artifact(ends("p")),
                        rt_printf(fx.arena, " accepts=%s@%s,s,t\n", longer, file));
        expect_line(unit, rt_printf(fx.arena, "ListenSequentialPacket=" FOLDER "x/%s", file));
}
END_TEST

START_TEST(the_longest_names_fit_into_the_address_of_a_socket)
{
        const char *name = rt_printf(fx.arena, "a%sb", repeated("-", 46));
        put_channel(name, "publish", "");
        put_container("p", rt_printf(fx.arena, "publishes = [ \"%s\" ];", name));
        put_container(name, rt_printf(fx.arena, "subscribes = [ \"%s\" ];", name));
        run();
        expect_no_diagnostics();
        const char *path =
                strstr(artifact(rt_printf(fx.arena, "rt-channel-%s.socket", name)), FOLDER);
        ck_assert_uint_eq(strcspn(path, "\n"), 107);
}
END_TEST

START_TEST(who_publishes_to_nobody_has_a_channel_without_a_socket)
{
        put_channel("x", "publish", "");
        put_container("p", "publishes = [ \"x\" ];");
        put_container("s", "subscribes = [ \"x\" ]; nonsense = 1;");
        run();
        ck_assert(!has_artifact(unit));
        ck_assert_uint_eq(lines_with("rt-p.service", "rt-channel"), 0);
        expect_line(ends("p"), "x role=publishes message_size=64 depth=16 full=overwrite spin=0 "
                               "connections=1");
}
END_TEST

START_TEST(a_channel_that_nobody_listens_at_is_not_there)
{
        put_channel("x", "publish", "");
        put_container("s", "subscribes = [ \"x\" ];");
        run();
        ck_assert(!has_artifact(unit));
        ck_assert(!has_artifact(ends("s")));
        ck_assert_uint_eq(lines_with(settings("s"), "/run/rtcontainers"), 0);
}
END_TEST

START_TEST(instances_of_one_container_have_texts_of_the_same_name)
{
        static const char busy[] = "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"900us\"; "
                                   "cpu = %d; } );";
        put_publish("");
        put("platform.conf", "cpus = \"0-2\";");
        put_container("q", rt_printf(fx.arena, busy, 1));
        put_container("r", rt_printf(fx.arena, busy, 2));
        put_container("p", "publishes = [ \"x\" ];\n"
                           "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"500us\"; } );");
        put_config("c", "q p", "");
        put_config("d", "r p", "");
        run();
        expect_no_diagnostics();
        ck_assert(has_artifact("rtcontainers--c.nspawn.d/p.nspawn"));
        ck_assert(has_artifact("rtcontainers--d.nspawn.d/p.channels"));
        ck_assert(!has_artifact(ends("p")));
        expect_contains(artifact("rt-p--d.service"), "/rtcontainers--d.nspawn.d/p.channels\" ");
}
END_TEST

START_TEST(what_channels_take_may_be_locked)
{
        /* One page of messages: 2 + 1 slots of two lines. */
        put_publish("depth = 1;");
        put("u.container", "rootfs = \"/srv/u\"; boot = true; subscribes = [ \"x\" ];");
        put("v.container", "rootfs = \"/srv/v\"; boot = true;");
        run();
        /* A ring, a page for statistics, and three for each of three connections. */
        expect_line("rt-p.service", "LimitMEMLOCK=45056");
        expect_line(settings("p"), "LimitMEMLOCK=45056");
        expect_line(settings("p"), "SystemCallFilter=@memlock");
        put_container("p", "publishes = [ \"x\" ]; memory = { locked = \"1M\"; };");
        run();
        expect_line(settings("p"), "LimitMEMLOCK=1093632");
        expect_line("rt-p.service", "LimitMEMLOCK=1093632");
        /* An init goes on having what it is used to. */
        expect_line(settings("u"), "LimitMEMLOCK=8409088");
        expect_line("rt-u.service", "LimitMEMLOCK=8409088");
        expect_line(settings("u"), "SystemCallFilter=@memlock");
        ck_assert_uint_eq(lines_with(settings("v"), "LimitMEMLOCK"), 0);
}
END_TEST

START_TEST(zmq_preloads_the_library)
{
        put_publish("");
        put_container("s", "subscribes = [ \"x\" ]; zmq = true;");
        run();
        expect_no_diagnostics();
        expect_line(settings("s"), "Environment=LD_PRELOAD=/run/rtcontainers/librtzmq.so");
        expect_line(settings("s"),
                    "BindReadOnly=" RT_ZMQ_LIBRARY ":/run/rtcontainers/librtzmq.so:norbind");
        ck_assert_uint_eq(lines_with(settings("t"), "librtzmq"), 0);
}
END_TEST

START_TEST(a_bridge_is_a_service_that_sees_its_end_alone)
{
        put_publish("bridge = \"tcp://*:5556\";");
        run();
        expect_no_diagnostics();
        expect_line(unit, "ListenSequentialPacket=" FOLDER "x/.bridge");
        expect_line(ends("p"), "x role=publishes message_size=64 depth=16 full=overwrite spin=0 "
                               "connections=1 accepts=s,t,.bridge");
        expect_line("rtcontainers.bridge.d/x.channels",
                    "x role=subscribes message_size=64 depth=16 full=overwrite spin=0 "
                    "connections=1 connects=yes");
        expect_contains(artifact(service), "/rtcontainers-bridge x \"tcp://*:5556\"\n");
        expect_line(service, "TemporaryFileSystem=/run/rtcontainers:ro");
        expect_line(service, "BindReadOnlyPaths=" FOLDER "x/.bridge:" FOLDER "x");
        expect_contains(artifact(service),
                        "/rtcontainers.bridge.d/x.channels\":/run/rtcontainers/channels.conf\n");
        expect_line(service, "Requires=rt-channel-x.socket");
        expect_line(service, "After=rt-channel-x.socket");
        expect_line(service, "Type=notify");
}
END_TEST

START_TEST(a_bridge_is_an_ordinary_process_on_the_housekeeping_cpus)
{
        put_publish("depth = 1; bridge = \"tcp://*:5556\";");
        run();
        expect_line(service, "AllowedCPUs=0");
        expect_line(service, "CPUSchedulingPolicy=other");
        expect_line(service, "RestrictRealtime=yes");
        expect_line(service, "DynamicUser=yes");
        expect_line(service, "CapabilityBoundingSet=");
        /* Three pages of its own, and the publisher's ring and page. */
        expect_line(service, "LimitMEMLOCK=20480");
}
END_TEST

START_TEST(a_bridge_to_a_path_has_no_network_and_its_folder)
{
        put_publish("bridge = \"ipc:///run/my%app/socket\";");
        run();
        expect_no_diagnostics();
        expect_contains(artifact(service), " \"ipc:///run/my%%app/socket\"\n");
        expect_line(service, "ReadWritePaths=\"-/run/my%%app\"");
        expect_line(service, "PrivateNetwork=yes");
        expect_line(service, "RestrictAddressFamilies=AF_UNIX");
        put_publish("bridge = \"tcp://*:5556\";");
        run();
        ck_assert_uint_eq(lines_with(service, "ReadWritePaths"), 0);
        ck_assert_uint_eq(lines_with(service, "PrivateNetwork"), 0);
}
END_TEST

START_TEST(a_bridge_runs_in_the_configs_of_its_listening_end)
{
        put_publish("bridge = \"tcp://*:5556\";");
        put_config("d", "s", "");
        put_config("e", "p", "");
        run();
        static const char *const with[] = { "rt-config-c.target", "rt-config-e.target" };
        for (size_t i = 0; i < RT_ELEMENTS(with); i++) {
                expect_line(with[i], "Wants=rt-bridge-x.service");
                ck_assert_uint_eq(lines_with(with[i], "rt-bridge-x"), 1);
        }
        expect_line("rt-config-d.target",
                    "Conflicts=rt-p.service rt-t.service rt-u.service rt-bridge-x.service");
        expect_no_line("rt-config-d.target", "Wants=rt-bridge-x.service");
        expect_line(service, "After=rt-config-c-pre.target rt-config-d-pre.target "
                             "rt-config-e-pre.target");
        expect_line(service, "StartLimitIntervalSec=0");
        expect_contains(artifact("rt-config-e.service"),
                        "stop rt-config-e.target rt-p.service rt-bridge-x.service\n");
}
END_TEST

START_TEST(without_a_listening_end_there_is_no_bridge_but_a_reason)
{
        put_channel("x", "publish", "bridge = \"tcp://*:5556\";");
        put_container("s", "subscribes = [ \"x\" ];");
        run();
        expect_line(service, "ExecStart=/bin/false");
        put_container("p", "publishes = [ \"x\" ]; nonsense = 1;");
        run();
        ck_assert(!has_artifact(service));
        ck_assert(!has_artifact(unit));
}
END_TEST

int main(void)
{
        return RUN_TESTS("emit-channel", there_is_a_socket_for_each_container_that_connects,
                         each_sees_its_own_socket_and_the_others_see_none,
                         an_end_of_a_pair_may_wait_and_connect,
                         an_end_knows_its_channel_from_a_text_that_is_bound_in,
                         the_line_of_an_end_says_how_it_waits_and_why,
                         a_long_name_is_told_with_its_file,
                         the_longest_names_fit_into_the_address_of_a_socket,
                         who_publishes_to_nobody_has_a_channel_without_a_socket,
                         a_channel_that_nobody_listens_at_is_not_there,
                         instances_of_one_container_have_texts_of_the_same_name,
                         what_channels_take_may_be_locked, zmq_preloads_the_library,
                         a_bridge_is_a_service_that_sees_its_end_alone,
                         a_bridge_is_an_ordinary_process_on_the_housekeeping_cpus,
                         a_bridge_to_a_path_has_no_network_and_its_folder,
                         a_bridge_runs_in_the_configs_of_its_listening_end,
                         without_a_listening_end_there_is_no_bridge_but_a_reason);
}
