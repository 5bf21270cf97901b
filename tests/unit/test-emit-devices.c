/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of devices, memory and power: what is generated for one container, and for all that share a
 * device. */

#include <string.h>

#include "build-config.h"
#include "fixture.h"

static const char realtime[] = "tasks = ( { name = \"t\"; period = \"1ms\"; wcet = \"1us\"; } );\n";

static const char spi_drop_in[] = "dev-spi\\x2da.device.d/50-rtcontainers.conf";

static void put_with_device(const char *name, const char *unplug)
{
        put_container(name, rt_printf(fx.arena,
                                      "devices = ( { path = \"/dev/spi-a\"; unplug = \"%s\"; } );",
                                      unplug));
}

START_TEST(a_device_must_be_there_and_is_looked_at_before_the_start)
{
        put_container("a", "devices = ( { path = \"/dev/x\"; access = \"r\"; },\n"
                           "{ path = \"/dev/y z%\"; exclusive = true; } );");
        run();
        expect_line("rt-a.service", "AssertPathExists=/dev/x");
        expect_line("rt-a.service", "AssertPathExists=/dev/y z%%");
        const char *requests =
                rt_printf(fx.arena, "%lld \"shared:r:/dev/x\" \"exclusive:rw:/dev/y z%%%%\"\n",
                          (long long)instance("a")->uid);
        expect_contains(artifact("rt-a.service"),
                        rt_printf(fx.arena, "ExecStartPre=" RT_PKGLIBEXECDIR "/grant-devices %s",
                                  requests));
        expect_contains(artifact("rt-a.service"),
                        rt_printf(fx.arena,
                                  "ExecStopPost=-" RT_PKGLIBEXECDIR "/grant-devices --revoke %s",
                                  requests));
        expect_no_line("rt-a.service", "Wants=dev-x.device");
}
END_TEST

START_TEST(without_devices_nothing_is_looked_at)
{
        put_container("a", "");
        run();
        ck_assert(!strstr(artifact("rt-a.service"), "grant-devices"));
        ck_assert(!strstr(artifact("rt-a.service"), "await-interfaces"));
        ck_assert(!strstr(artifact("rt-a.service"), "AssertPathExists=/dev"));
}
END_TEST

START_TEST(an_interface_must_be_on_the_host_before_the_start)
{
        put_container("a", "network = { interfaces = [ \"can0\", \"eth1.5\" ]; };");
        run();
        expect_line("rt-a.service", "AssertPathExists=/sys/class/net/can0");
        expect_line("rt-a.service", "AssertPathExists=/sys/class/net/eth1.5");
        expect_line("rt-a.service",
                    "ExecStopPost=-" RT_PKGLIBEXECDIR "/await-interfaces can0 eth1.5");
}
END_TEST

START_TEST(what_is_unplugged_is_known_to_systemd_and_stops_the_container)
{
        put_with_device("a", "stop");
        put_config("c", "a", "");
        run();
        const char *units = "rtcontainers-device@dev-spi\\x2da.service dev-spi\\x2da.device";
        expect_line("rt-a.service", rt_printf(fx.arena, "Wants=%s", units));
        expect_line("rt-a.service", rt_printf(fx.arena, "After=%s", units));
        expect_line("rt-a.service", "StopPropagatedFrom=dev-spi\\x2da.device");
        expect_line(spi_drop_in, "JobRunningTimeoutSec=5s");
        expect_line(spi_drop_in, "After=rtcontainers-device@dev-spi\\x2da.service");
        ck_assert(!strstr(artifact(spi_drop_in), "Wants="));
        expect_line("rt-config-c.target", "Requires=rt-a.service");
        ck_assert(!has_artifact("rtcontainers-replug-a.service"));
}
END_TEST

START_TEST(what_is_ignored_is_not_told_to_systemd)
{
        put_with_device("a", "ignore");
        put_config("c", "a", "");
        run();
        ck_assert(!has_artifact(spi_drop_in));
        ck_assert(!strstr(artifact("rt-a.service"), "StopPropagatedFrom="));
        expect_line("rt-config-c.target", "Requires=rt-a.service");
}
END_TEST

START_TEST(what_is_replugged_starts_again_if_a_config_wants_it)
{
        put_with_device("a", "restart");
        put_config("c", "a", "");
        put_config("d", "a", "");
        put_config("e", "", "");
        run();
        expect_line(spi_drop_in, "Wants=rtcontainers-replug-a.service");
        expect_line("rtcontainers-replug-a.service", "ConditionPathExists=/dev/spi-a");
        expect_contains(artifact("rtcontainers-replug-a.service"),
                        "/start-again rt-a.service rt-config-c.target rt-config-d.target\n");
        expect_line("rt-config-c.target", "Wants=rt-a.service");
        expect_no_line("rt-config-c.target", "Requires=rt-a.service");
        expect_line("rt-config-c.target", "After=rt-a.service");
}
END_TEST

START_TEST(in_no_config_nothing_starts_again)
{
        put_with_device("a", "restart");
        run();
        ck_assert(!has_artifact("rtcontainers-replug-a.service"));
        ck_assert(!strstr(artifact(spi_drop_in), "Wants="));
}
END_TEST

START_TEST(containers_that_share_a_device_share_what_systemd_knows_of_it)
{
        put_with_device("a", "restart");
        put_with_device("b", "ignore");
        put_with_device("c", "restart");
        put_with_device("d", "stop");
        put_config("x", "a b c d", "");
        run();
        expect_no_diagnostics();
        expect_line(spi_drop_in, "Wants=rtcontainers-replug-a.service");
        expect_line(spi_drop_in, "Wants=rtcontainers-replug-c.service");
        ck_assert(!strstr(artifact(spi_drop_in), "replug-b"));
        ck_assert(!strstr(artifact(spi_drop_in), "replug-d"));
}
END_TEST

START_TEST(limits_of_memory_are_systemds)
{
        put_container("a",
                      "memory = { max = \"3M\"; high = \"2M\"; low = \"1M\"; nodes = \"0,2\"; };");
        put_container("b", "");
        run();
        expect_line("rt-a.service", "MemoryMax=3145728");
        expect_line("rt-a.service", "MemoryHigh=2097152");
        expect_line("rt-a.service", "MemoryLow=1048576");
        expect_line("rt-a.service", "AllowedMemoryNodes=0,2");
        ck_assert(!strstr(artifact("rt-b.service"), "Memory"));
}
END_TEST

START_TEST(what_is_spared_a_container_is_spared_its_slice)
{
        const char *low = "memory = { low = \"1M\"; };";
        put_container("a", rt_printf(fx.arena, "%s%s", realtime, low));
        put_container("b",
                      rt_printf(fx.arena, "%s%s cpus = { exclusive = true; };", realtime, low));
        put_container("c", rt_printf(fx.arena, "%s%s", realtime, low));
        put_container("d", "memory = { low = \"5M\"; };");
        put_config("x", "a b", "");
        put_config("y", "c d", "");
        run();
        expect_line("rtcontainers.slice", "MemoryLow=2097152");
        expect_line("rtcontainers-b.slice", "MemoryLow=1048576");
        expect_line("machine.slice.d/50-rtcontainers.conf", "MemoryLow=5242880");
        ck_assert(!strstr(artifact("system.slice.d/50-rtcontainers.conf"), "MemoryLow"));
}
END_TEST

START_TEST(without_real_time_tasks_a_slice_spares_as_well)
{
        put_container("d", "memory = { low = \"5M\"; };");
        run();
        expect_line("machine.slice.d/50-rtcontainers.conf", "MemoryLow=5242880");
        expect_no_line("machine.slice.d/50-rtcontainers.conf", "AllowedCPUs=0");
        ck_assert(!has_artifact("system.slice.d/50-rtcontainers.conf"));
}
END_TEST

START_TEST(only_real_time_containers_go_without_huge_pages)
{
        put_container("a", realtime);
        put_container("b", "");
        run();
        expect_contains(artifact("rt-a.service"), "/without-thp /usr/bin/systemd-nspawn ");
        expect_contains(artifact("rt-b.service"), "\nExecStart=/usr/bin/systemd-nspawn ");
}
END_TEST

START_TEST(a_latency_is_held_in_whole_microseconds_none_being_one)
{
        put_container("a", "cpu_latency = \"1999ns\";");
        put_container("b", "cpu_latency = \"0us\";");
        put_container("c", "");
        run();
        expect_line("rt-a.service", "Wants=rtcontainers-cpu-latency@1.service");
        expect_line("rt-a.service", "After=rtcontainers-cpu-latency@1.service");
        expect_line("rt-b.service", "Wants=rtcontainers-cpu-latency@0.service");
        ck_assert(!strstr(artifact("rt-c.service"), "latency"));
}
END_TEST

int main(void)
{
        return RUN_TESTS("emit-devices", a_device_must_be_there_and_is_looked_at_before_the_start,
                         without_devices_nothing_is_looked_at,
                         an_interface_must_be_on_the_host_before_the_start,
                         what_is_unplugged_is_known_to_systemd_and_stops_the_container,
                         what_is_ignored_is_not_told_to_systemd,
                         what_is_replugged_starts_again_if_a_config_wants_it,
                         in_no_config_nothing_starts_again,
                         containers_that_share_a_device_share_what_systemd_knows_of_it,
                         limits_of_memory_are_systemds,
                         what_is_spared_a_container_is_spared_its_slice,
                         without_real_time_tasks_a_slice_spares_as_well,
                         only_real_time_containers_go_without_huge_pages,
                         a_latency_is_held_in_whole_microseconds_none_being_one);
}
