/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "text.h"

static void take_all(RtRule rule, const char *const *texts)
{
        for (; *texts; texts++) {
                RtProblem problem = { 0 };
                ck_assert_msg(rule(fx.arena, *texts, &problem) == 0, "«%s» is refused: %s", *texts,
                              problem.what);
        }
}

static void refuse_all(RtRule rule, const char *const *texts)
{
        for (; *texts; texts++) {
                RtProblem problem = { 0 };
                ck_assert_msg(rule(fx.arena, *texts, &problem) == -EINVAL, "«%s» is taken", *texts);
                ck_assert_msg(problem.what && problem.what[0], "«%s»: nothing is wrong?", *texts);
                ck_assert_msg(problem.fix && problem.fix[0], "«%s»: what would be right?", *texts);
        }
}

#define TAKE(rule, ...) take_all((rule), (const char *[]){ __VA_ARGS__, NULL })
#define REFUSE(rule, ...) refuse_all((rule), (const char *[]){ __VA_ARGS__, NULL })

START_TEST(names_are_letters_digits_and_dashes)
{
        TAKE(rt_rule_name, "a", "Imu-2", "x1", "a--b", repeated("a", 48));
        REFUSE(rt_rule_name, "", "1a", "-a", "a-", "a_b", "a.b", "a/b", "..", "a b", "ä",
               repeated("a", 49), "a\n", "a%", "a$", "a\"");
}
END_TEST

START_TEST(paths_are_absolute_and_plain)
{
        TAKE(rt_rule_path, "/a", "/a/b.c", "/a b/c", "/...", "/.hidden", "/a..b", "/ä%$\"'\\x",
             rt_printf(fx.arena, "/%s", repeated("a", 255)));
        REFUSE(rt_rule_path, "", "/", "a", "a/b", "/a/", "//a", "/a//b", "/a/../b", "/..", "/.",
               "/a/.", "/./a", "/a ", "/a\t", rt_printf(fx.arena, "/%s", repeated("a", 256)),
               repeated("/aaa", 1024));
}
END_TEST

START_TEST(a_directory_may_be_the_whole_file_system)
{
        TAKE(rt_rule_directory, "/", "/a");
        REFUSE(rt_rule_directory, "", ".", "//", "/ ");
}
END_TEST

START_TEST(devices_are_below_dev)
{
        TAKE(rt_rule_device, "/dev/spidev0.0", "/dev/bus/usb/001/002");
        REFUSE(rt_rule_device, "/dev", "/dev/", "/dev/../etc/shadow", "/devil", "/etc/dev/x",
               "dev/x");
}
END_TEST

START_TEST(access_is_of_r_w_m_each_once)
{
        TAKE(rt_rule_access, "r", "w", "m", "rw", "rwm", "mwr");
        REFUSE(rt_rule_access, "", "rr", "rwmr", "x", "rx", "r w", "R");
}
END_TEST

START_TEST(environment_has_a_name_and_any_value)
{
        TAKE(rt_rule_environment, "A=", "TZ=UTC", "_x1==\"$HOME\" %i", "a=b=c");
        REFUSE(rt_rule_environment, "", "A", "=x", "1A=x", "A B=x", "A-B=x", "ä=x");
}
END_TEST

START_TEST(users_are_names_or_numbers)
{
        TAKE(rt_rule_user, "root", "0", "65535", "_apt", "a-b");
        REFUSE(rt_rule_user, "", "-a", "1a", "a b", "a:b", "123456", "a.b", "ä", repeated("a", 32));
}
END_TEST

START_TEST(capabilities_are_those_of_linux)
{
        TAKE(rt_rule_capability, "CAP_NET_RAW", "CAP_CHOWN", "CAP_CHECKPOINT_RESTORE");
        REFUSE(rt_rule_capability, "", "CAP_", "NET_RAW", "cap_net_raw", "CAP_NET_RAW ", "all");
        RtProblem problem = { 0 };
        rt_rule_capability(fx.arena, "CAP_NETRAW", &problem);
        expect_contains(problem.fix, "did you mean \"CAP_NET_RAW\"?");
}
END_TEST

START_TEST(the_list_of_capabilities_is_complete_and_has_no_double)
{
        size_t n = 0;
        for (; rt_capabilities[n]; n++)
                for (size_t i = 0; i < n; i++)
                        ck_assert_str_ne(rt_capabilities[i], rt_capabilities[n]);
        /* CAP_LAST_CAP, which is CAP_CHECKPOINT_RESTORE, has the number 40. */
        ck_assert_uint_eq(n, 41);
}
END_TEST

START_TEST(system_calls_are_calls_or_groups)
{
        TAKE(rt_rule_syscall, "ptrace", "@memlock", "clock_settime64");
        REFUSE(rt_rule_syscall, "", "@", "~ptrace", "@@x", "ptrace:EPERM", "a b", "Ptrace", "@a@b");
}
END_TEST

START_TEST(labels_are_letters_digits_dashes_underscores)
{
        TAKE(rt_rule_label, "a", "1", "-", "imu_to-motor", repeated("a", 48));
        REFUSE(rt_rule_label, "", "a.b", "a b", "a/b", "ä", repeated("a", 49));
}
END_TEST

START_TEST(a_comm_has_1_to_15_bytes)
{
        TAKE(rt_rule_comm, "a", "irq/12-x y", repeated("a", 15));
        REFUSE(rt_rule_comm, "", repeated("a", 16), repeated("ä", 8));
}
END_TEST

START_TEST(interfaces_are_as_the_kernel_has_them)
{
        TAKE(rt_rule_interface, "can0", "eth0.100", "enp3s0_1", "veth@if2", repeated("a", 15));
        REFUSE(rt_rule_interface, "", ".", "..", "-x", "a/b", "a:b", "a b", repeated("a", 16));
}
END_TEST

START_TEST(a_base_is_a_target)
{
        TAKE(rt_rule_target, "multi-user.target", "a@b.target", "x:y_z.target");
        REFUSE(rt_rule_target, "", ".target", "multi-user.service", "multi-user", "a b.target",
               "a/b.target", "%i.target", "-x.target", "a.target b.target");
}
END_TEST

START_TEST(task_references_have_a_container_and_a_task)
{
        TAKE(rt_rule_task_reference, "imu.sample", "a-b.c_d");
        REFUSE(rt_rule_task_reference, "", "imu", "imu.", ".sample", "imu.a.b", "im u.a", "imu.a b",
               "-a.b");
}
END_TEST

START_TEST(actions_are_log_restart_or_switch_to_a_config)
{
        TAKE(rt_rule_action, "log", "restart", "switch:safe");
        REFUSE(rt_rule_action, "", "Log", "switch", "switch:", "switch:a b", "switch:-a",
               "restart now");
}
END_TEST

START_TEST(kernel_versions_begin_with_two_numbers)
{
        TAKE(rt_rule_kernel, "6.1", "6.12.3", "6.1.0-18-rt-amd64", "10.20~rc1+x_y",
             rt_printf(fx.arena, "6.1%s", repeated("a", 61)));
        REFUSE(rt_rule_kernel, "", "6", "6.", ".1", "6.x", "6-1", "v6.1", " 6.1", "6.1 ", "6..1",
               "6.1/x", "6.1ä", "-6.1", rt_printf(fx.arena, "6.1%s", repeated("a", 62)));
}
END_TEST

START_TEST(an_endpoint_is_an_address_with_a_port_or_a_path_of_a_socket)
{
        const char *path = rt_printf(fx.arena, "ipc:///run/%s", repeated("a", 102));
        TAKE(rt_rule_endpoint, "tcp://*:5556", "tcp://10.0.0.1:1", "tcp://eth0:65535",
             "tcp://a-b.example:80", "tcp://[::1]:5556", "tcp://[fe80::1.2.3.4]:5556",
             "ipc:///run/app/socket", "ipc:///srv/a:b%c", path);
        REFUSE(rt_rule_endpoint, "", "tcp", "tcp:", "ipc", "tcp://", "tcp://*",
               "tcp://*:", "tcp://:1", "tcp://*:0", "tcp://*:65536", "tcp://*:000001", "tcp://*:1x",
               "tcp://*:-1", "tcp://*:*", "tcp://**:1", "tcp://-a:1", "tcp://a b:1", " tcp://*:1",
               "tcp://*:1 ", "TCP://*:1", "udp://*:1", "inproc://a", "shm://a", "tcp://::1:1",
               "tcp://[]:1", "tcp://[g]:1", "tcp://[::1]", "tcp://a;tcp://b:1", "tcp://a/b:1",
               "tcp://%i:1");
        REFUSE(rt_rule_endpoint, "ipc://", "ipc:///", "ipc://@abstract", "ipc://a", "ipc://run/a",
               "ipc:///socket", "ipc:///run/", "ipc:///run//a", "ipc:///run/../a", "ipc:///run/a b",
               "ipc:///run/a\tb", rt_printf(fx.arena, "%sa", path));
}
END_TEST

START_TEST(an_endpoint_is_where_its_bridge_sees_what_others_see)
{
        REFUSE(rt_rule_endpoint, "ipc:///tmp/a", "ipc:///var/tmp/a", "ipc:///dev/shm/a",
               "ipc:///home/me/a", "ipc:///run/user/1/a", "ipc:///run/rtcontainers/channels/x/a");
        TAKE(rt_rule_endpoint, "ipc:///tmpfs/a", "ipc:///run/users/a");
}
END_TEST

START_TEST(mount_options_are_known_ones)
{
        TAKE(rt_rule_mount_options, "ro", "rw,nosuid", "rbind,noatime,idmap");
        REFUSE(rt_rule_mount_options, "", "ro,", ",ro", "ro rw", "size=1M", "exec", "bind:x");
        RtProblem problem = { 0 };
        rt_rule_mount_options(fx.arena, "ro,nosiud", &problem);
        expect_contains(problem.what, "\"nosiud\"");
        expect_contains(problem.fix, "did you mean \"nosuid\"?");
}
END_TEST

START_TEST(an_option_is_found_whole_only)
{
        ck_assert(rt_option_is_set("ro", "ro"));
        ck_assert(rt_option_is_set("rw,ro", "ro"));
        ck_assert(rt_option_is_set("ro,rw", "ro"));
        ck_assert(!rt_option_is_set("norbind", "rbind"));
        ck_assert(!rt_option_is_set("rbind", "norbind"));
        ck_assert(!rt_option_is_set("rootidmap", "idmap"));
        ck_assert(!rt_option_is_set("", "ro"));
        ck_assert(!rt_option_is_set(NULL, "ro"));
}
END_TEST

int main(void)
{
        return RUN_TESTS("rules", names_are_letters_digits_and_dashes, paths_are_absolute_and_plain,
                         a_directory_may_be_the_whole_file_system, devices_are_below_dev,
                         access_is_of_r_w_m_each_once, environment_has_a_name_and_any_value,
                         users_are_names_or_numbers, capabilities_are_those_of_linux,
                         the_list_of_capabilities_is_complete_and_has_no_double,
                         system_calls_are_calls_or_groups,
                         labels_are_letters_digits_dashes_underscores, a_comm_has_1_to_15_bytes,
                         interfaces_are_as_the_kernel_has_them, a_base_is_a_target,
                         task_references_have_a_container_and_a_task,
                         actions_are_log_restart_or_switch_to_a_config,
                         kernel_versions_begin_with_two_numbers,
                         an_endpoint_is_an_address_with_a_port_or_a_path_of_a_socket,
                         an_endpoint_is_where_its_bridge_sees_what_others_see,
                         mount_options_are_known_ones, an_option_is_found_whole_only);
}
