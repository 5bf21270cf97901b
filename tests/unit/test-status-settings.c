/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "running.h"
#include "text.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_settings);
}

static void prepare(const char *more)
{
        put_imu(more);
        running_as_planned();
}

START_TEST(users_network_and_settings_that_are_as_planned_are_said_to_be)
{
        prepare("");
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "network", "namespace", "its own");
        expect_as_planned(&findings, "network", "interfaces", "none");
        expect_as_planned(&findings, "unit", "settings", "those of its descriptor");
}
END_TEST

START_TEST(other_users_are_drift)
{
        prepare("");
        put_program("uid_map", "         0          0 4294967295\n");
        RtFindings findings = found();
        const char *planned = comparison(&findings, "users", "range")->planned;
        expect_drift(&findings, "users", "range", planned, "0:4294967295");
        put_program("uid_map", "0 1000 1\n1 2000 2\n");
        findings = found();
        expect_drift(&findings, "users", "range", planned, "several ranges");
        remove_file("/proc/102/uid_map");
        findings = found();
        expect_unknown(&findings, "users", "range", "this system does not have it");
}
END_TEST

START_TEST(the_network_of_the_host_is_drift)
{
        prepare("");
        remove_file("/proc/102/ns/net");
        put_link("/proc/102/ns/net", "net:[4026531840]");
        RtFindings findings = found();
        expect_drift(&findings, "network", "namespace", "its own", "the host's");
        ck_assert(!has_comparison(&findings, "network", "interfaces"));
}
END_TEST

START_TEST(a_network_that_cannot_be_seen_is_unknown)
{
        prepare("");
        remove_file("/proc/102/ns/net");
        remove_file("/proc/102/net/dev");
        RtFindings findings = found();
        expect_unknown(&findings, "network", "namespace", "does not have it");
        expect_unknown(&findings, "network", "interfaces", "does not have it");
}
END_TEST

START_TEST(interfaces_are_those_that_are_declared)
{
        prepare("network = { interfaces = [ \"can0\", \"can1\" ]; };");
        put_program("net/dev",
                    "Inter-|   Receive\n face |bytes\n  lo: 0\n can0: 1\ncan1:2\n sit0: 0\n");
        RtFindings findings = found();
        expect_as_planned(&findings, "network", "interfaces", "can0 can1");
        put_program("net/dev", "  lo: 0\n can0: 1\n");
        findings = found();
        expect_drift(&findings, "network", "interfaces", "can0 can1", "can0");
        expect_contains(comparison(&findings, "network", "interfaces")->hint, "can1 has gone");
        put_program("net/dev", "  lo: 0\n can0: 1\n can1: 0\n eth0: 0\n");
        findings = found();
        expect_drift(&findings, "network", "interfaces", "can0 can1", "can0 can1 eth0");
        expect_contains(comparison(&findings, "network", "interfaces")->hint, "eth0 was moved");
}
END_TEST

START_TEST(a_virtual_cable_is_an_interface)
{
        prepare("network = { mode = \"veth\"; };");
        put_program("net/dev", "  lo: 0\n host0: 1\n");
        RtFindings findings = found();
        expect_as_planned(&findings, "network", "interfaces", "host0");
        ck_assert_str_eq(comparison(&findings, "network", "namespace")->declared, "veth");
}
END_TEST

START_TEST(on_the_hosts_network_interfaces_are_not_compared)
{
        prepare("network = { mode = \"host\"; };");
        RtFindings findings = found();
        expect_drift(&findings, "network", "namespace", "the host's", "its own");
        remove_file("/proc/102/ns/net");
        put_link("/proc/102/ns/net", "net:[4026531840]");
        findings = found();
        expect_as_planned(&findings, "network", "namespace", "the host's");
        ck_assert(!has_comparison(&findings, "network", "interfaces"));
}
END_TEST

START_TEST(settings_of_before_the_descriptor_was_changed_are_drift)
{
        prepare("");
        put_imu("environment = [ \"A=1\" ]; working_directory = \"/srv\";");
        RtFindings findings = found();
        expect_drift(&findings, "unit", "settings", "those of its descriptor",
                     "others in Environment=, WorkingDirectory=");
        expect_contains(comparison(&findings, "unit", "settings")->hint, "restart it");
}
END_TEST

START_TEST(comments_of_settings_do_not_count)
{
        prepare("");
        const char *text = artifact("rtcontainers.nspawn.d/imu.nspawn");
        put("/run/systemd/nspawn/imu.nspawn",
            rt_printf(fx.arena, "# of an older version\n%s", text));
        RtFindings findings = found();
        expect_as_planned(&findings, "unit", "settings", "those of its descriptor");
}
END_TEST

START_TEST(settings_that_are_gone_are_drift)
{
        prepare("");
        remove_file("/run/systemd/nspawn/imu.nspawn");
        RtFindings findings = found();
        expect_drift(&findings, "unit", "settings", "those of its descriptor", "none");
        /* What is no file is not read, and not waited for. */
        ck_assert_int_eq(mkfifo(path_of("/run/systemd/nspawn/imu.nspawn"), 0600), 0);
        findings = found();
        ck_assert_int_eq(comparison(&findings, "unit", "settings")->agreement, RT_UNKNOWN);
}
END_TEST

START_TEST(a_program_that_has_ended_leaves_everything_unknown)
{
        prepare("");
        put_group("payload/cgroup.procs", "");
        RtFindings findings = found();
        expect_unknown(&findings, "users", "range", "it has ended");
        expect_unknown(&findings, "network", "namespace", "it has ended");
}
END_TEST

int main(void)
{
        return RUN_TESTS(
                "status-settings", users_network_and_settings_that_are_as_planned_are_said_to_be,
                other_users_are_drift, the_network_of_the_host_is_drift,
                a_network_that_cannot_be_seen_is_unknown, interfaces_are_those_that_are_declared,
                a_virtual_cable_is_an_interface, on_the_hosts_network_interfaces_are_not_compared,
                settings_of_before_the_descriptor_was_changed_are_drift,
                comments_of_settings_do_not_count, settings_that_are_gone_are_drift,
                a_program_that_has_ended_leaves_everything_unknown);
}
