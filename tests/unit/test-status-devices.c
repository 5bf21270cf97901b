/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "running.h"
#include "text.h"

static RtFindings found(void)
{
        return inspected(rt_inspect_devices);
}

/* False if devices cannot be made here. */
static bool prepare(void)
{
        put_imu("devices = ( { path = \"/dev/imu\"; } );");
        running_as_planned();
        return put_device("/dev/imu", 153, 7) && put_device("/inside/dev/imu", 153, 7) &&
               put_device("/inside/dev/null", 1, 3) && put_device("/inside/dev/net/tun", 10, 200);
}

START_TEST(declared_and_harmless_nodes_are_as_planned)
{
        if (!prepare())
                return;
        RtFindings findings = found();
        expect_all_as_planned(&findings);
        expect_as_planned(&findings, "device /dev/imu", "node", "char 153:7");
        expect_as_planned(&findings, "devices", "nodes", "no others");
}
END_TEST

START_TEST(a_node_that_nobody_declared_is_drift)
{
        if (!prepare() || !put_device("/inside/dev/deep/er/mem", 1, 1))
                return;
        RtFindings findings = found();
        expect_drift(&findings, "devices", "nodes", "no others", "/dev/deep/er/mem (char 1:1)");
}
END_TEST

START_TEST(a_declared_node_that_is_missing_or_another_is_drift)
{
        if (!prepare())
                return;
        remove_file("/inside/dev/imu");
        RtFindings findings = found();
        expect_drift(&findings, "device /dev/imu", "node", "char 153:7", "none");
        put("/inside/dev/imu", "a file");
        findings = found();
        expect_drift(&findings, "device /dev/imu", "node", "char 153:7", "no device");
        remove_file("/inside/dev/imu");
        ck_assert(put_device("/inside/dev/imu", 153, 8));
        findings = found();
        expect_drift(&findings, "device /dev/imu", "node", "char 153:7", "char 153:8");
        expect_drift(&findings, "devices", "nodes", "no others", "/dev/imu (char 153:8)");
}
END_TEST

START_TEST(a_device_that_the_host_has_lost_is_drift)
{
        if (!prepare())
                return;
        remove_file("/dev/imu");
        RtFindings findings = found();
        expect_drift(&findings, "device /dev/imu", "node", "the host's device", "char 153:7");
}
END_TEST

START_TEST(no_link_leads_out_of_the_folder)
{
        put_imu("devices = ( { path = \"/dev/imu\"; }, { path = \"/dev/sub/imu\"; } );");
        running_as_planned();
        put_link("/inside/dev/imu", "/dev/null");
        put_link("/inside/dev/loop", "..");
        put_link("/inside/dev/sub", "/dev");
        RtFindings findings = found();
        expect_as_planned(&findings, "devices", "nodes", "no others");
        expect_drift(&findings, "device /dev/imu", "node", "the host's device", "no device");
        expect_drift(&findings, "device /dev/sub/imu", "node", "the host's device", "none");
}
END_TEST

START_TEST(what_would_block_is_not_opened)
{
        put_imu("devices = ( { path = \"/dev/imu\"; } );");
        running_as_planned();
        ck_assert_int_eq(mkfifo(path_of("/inside/dev/imu"), 0600), 0);
        ck_assert_int_eq(mkfifo(path_of("/inside/dev/other"), 0600), 0);
        RtFindings findings = found();
        expect_drift(&findings, "device /dev/imu", "node", "the host's device", "no device");
}
END_TEST

START_TEST(a_dev_that_is_no_memory_is_not_looked_at)
{
        put_imu("");
        running_as_planned();
        put_program("mountinfo", "41 40 0:31 / /dev rw,nosuid - fuse.evil evil rw\n");
        RtFindings findings = found();
        expect_unknown(&findings, "devices", "nodes", "the kernel does not say");
        put_program("mountinfo", "");
        findings = found();
        expect_unknown(&findings, "devices", "nodes", "the kernel does not say");
}
END_TEST

START_TEST(a_dev_that_is_a_link_is_not_followed)
{
        put_imu("");
        running_as_planned();
        ck_assert_int_eq(rename(path_of("/inside/dev"), path_of("/inside/moved")), 0);
        put_link("/inside/dev", path_of("/inside/moved"));
        RtFindings findings = found();
        ck_assert_int_eq(comparison(&findings, "devices", "nodes")->agreement, RT_UNKNOWN);
}
END_TEST

START_TEST(too_much_to_look_at_is_unknown)
{
        put_imu("");
        running_as_planned();
        for (int i = 0; i < 5000; i++)
                put(rt_printf(fx.arena, "/inside/dev/shm/%d", i), "");
        RtFindings findings = found();
        expect_unknown(&findings, "devices", "nodes", "too much");
}
END_TEST

START_TEST(nodes_that_cannot_be_seen_are_unknown)
{
        put_imu("");
        running_as_planned();
        remove_file("/proc/102/root");
        RtFindings findings = found();
        expect_unknown(&findings, "devices", "nodes", "does not have it");
}
END_TEST

START_TEST(names_of_nodes_are_printable)
{
        if (!prepare() || !put_device("/inside/dev/\033[2J", 1, 1))
                return;
        RtFindings findings = found();
        expect_drift(&findings, "devices", "nodes", "no others", "/dev/\\x1b[2J (char 1:1)");
}
END_TEST

int main(void)
{
        return RUN_TESTS("status-devices", declared_and_harmless_nodes_are_as_planned,
                         a_node_that_nobody_declared_is_drift,
                         a_declared_node_that_is_missing_or_another_is_drift,
                         a_device_that_the_host_has_lost_is_drift, no_link_leads_out_of_the_folder,
                         what_would_block_is_not_opened, a_dev_that_is_no_memory_is_not_looked_at,
                         a_dev_that_is_a_link_is_not_followed, too_much_to_look_at_is_unknown,
                         nodes_that_cannot_be_seen_are_unknown, names_of_nodes_are_printable);
}
