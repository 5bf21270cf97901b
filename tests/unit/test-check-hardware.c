/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

/* The container "a" with these settings on line 2 and on is wrong in exactly this way. */
static void expect_wrong(const char *settings, const char *at_what, const char *fix)
{
        put_container("a", settings);
        run();
        expect_diagnostic(rt_printf(fx.arena, "/etc/rtcontainers/a.container:%s", at_what), fix);
        expect_n_diagnostics(1);
        ck_assert(container("a")->object.rejected);
}

static void expect_right(const char *settings)
{
        put_container("a", settings);
        run();
        expect_no_diagnostics();
}

START_TEST(no_more_is_locked_than_there_is)
{
        expect_wrong("memory = { max = \"1M\";\nlocked = \"2M\"; };",
                     "3: memory.locked: error: locked, 2M, is more than max, 1M "
                     "(/etc/rtcontainers/a.container:2)",
                     "lock at most 1M");
        expect_right("memory = { max = \"2M\"; locked = \"2M\"; };");
        expect_right("memory = { locked = \"2M\"; };");
}
END_TEST

START_TEST(huge_pages_of_one_size_are_declared_once)
{
        expect_wrong("memory = { hugepages = ( { size = \"2M\"; count = 1; },\n"
                     "{ size = \"2048K\"; count = 1; } ); };",
                     "3: memory.hugepages[1].size: error: \"2M\" is the size of other huge pages "
                     "as well (/etc/rtcontainers/a.container:2)",
                     "add the counts up");
        expect_wrong("memory = { hugepages = ( { size = \"3M\"; count = 1; } ); };",
                     "2: memory.hugepages[0].size: error: 3M is no size", "/sys/kernel");
}
END_TEST

START_TEST(a_device_is_declared_once_and_its_priority_has_an_interrupt)
{
        expect_wrong("devices = ( { path = \"/dev/x\"; },\n{ path = \"/dev/x\"; } );",
                     "3: devices[1].path: error: \"/dev/x\" is declared already "
                     "(/etc/rtcontainers/a.container:2)",
                     "declare it once");
        expect_wrong("devices = ( { path = \"/dev/x\";\nirq_priority = 50; } );",
                     "3: devices[0].irq_priority: error: which interrupt", "add irq = ");
}
END_TEST

START_TEST(with_the_hosts_network_no_interface_is_moved)
{
        expect_wrong("network = { mode = \"host\";\ninterfaces = [ \"can0\" ]; };",
                     "3: network.interfaces: error: with the host's network "
                     "(/etc/rtcontainers/a.container:2) no interface",
                     "let mode be");
        expect_right("network = { mode = \"veth\"; interfaces = [ \"can0\" ]; };");
}
END_TEST

START_TEST(limits_of_memory_are_in_order)
{
        expect_wrong("memory = { max = \"8M\";\nhigh = \"9M\"; };",
                     "3: memory.high: error: high, 9M, is more than max, 8M "
                     "(/etc/rtcontainers/a.container:2)",
                     "write at most 8M, or raise max");
        expect_wrong("memory = { high = \"8M\";\nlow = \"9M\"; };",
                     "3: memory.low: error: low, 9M, is more than high, 8M "
                     "(/etc/rtcontainers/a.container:2)",
                     "write at most 8M, or raise high");
        expect_wrong("memory = { max = \"8M\";\nlow = \"9M\"; };",
                     "3: memory.low: error: low, 9M, is more than max, 8M", "or raise max");
        /* Once is enough. */
        expect_wrong("memory = { max = \"9M\"; high = \"8M\";\nlow = \"10M\"; };",
                     "3: memory.low: error: low, 10M, is more than high, 8M", "or raise high");
        expect_right("memory = { low = \"8M\"; high = \"8M\"; max = \"8M\"; };");
        expect_right("memory = { low = \"1M\"; high = \"2M\"; max = \"3M\"; };");
        expect_right("memory = { low = \"1M\"; };");
}
END_TEST

START_TEST(numa_nodes_are_a_list)
{
        expect_wrong("memory = { nodes = \"x\"; };", "2: memory.nodes: error: \"x\" is no list",
                     "a list of NUMA nodes such as");
        expect_wrong("memory = { nodes = \"1024\"; };",
                     "2: memory.nodes: error: \"1024\" names a node above 1023", "NUMA");
        expect_wrong("memory = { nodes = \"\"; };", "2: memory.nodes: error: \"\" is no list",
                     "NUMA");
        expect_right("memory = { nodes = \"0,2-3\"; };");
}
END_TEST

static const char *device(const char *path, const char *unplug)
{
        return rt_printf(fx.arena, "devices = ( { path = \"%s\";\nunplug = \"%s\"; } );", path,
                         unplug);
}

START_TEST(what_is_plugged_has_a_name_that_udev_can_have)
{
        static const char *const hostile[] = {
                "/dev/a b", "/dev/a*",  "/dev/a[1]", "/dev/a?",   "/dev/a|b",    "/dev/a%n",
                "/dev/a$b", "/dev/a'b", "/dev/\\\"", "/dev/a{b}", "/dev/\u00fc", "/dev/a,b"
        };
        for (size_t i = 0; i < RT_ELEMENTS(hostile); i++) {
                expect_wrong(device(hostile[i], "stop"),
                             "3: devices[0].unplug: error: udev does not tell of a device of this "
                             "name (/etc/rtcontainers/a.container:2)",
                             "leave it at \"ignore\"");
                expect_right(device(hostile[i], "ignore"));
        }
        expect_wrong(device(rt_printf(fx.arena, "/dev/%s", repeated("-", 50)), "restart"),
                     "3: devices[0].unplug: error: udev does not tell", "ignore");
        expect_right(device("/dev/serial/by-id/usb-A\\\\x20B_1.0-if00:1@2+3=4#5", "restart"));
}
END_TEST

START_TEST(a_device_is_below_dev_and_its_unplugging_one_of_three)
{
        expect_wrong(device("/dev/../etc/shadow", "ignore"),
                     "2: devices[0].path: error: \"/dev/../etc/shadow\" is not a path below /dev",
                     "/dev/spidev0.0");
        expect_wrong(device("/dev/x", "eject"), "3: devices[0].unplug: error: \"eject\"",
                     "\"ignore\", \"stop\", \"restart\"");
}
END_TEST

START_TEST(the_latency_of_cpus_is_one_that_the_kernel_takes)
{
        expect_wrong("cpu_latency = \"2147483648us\";",
                     "2: cpu_latency: error: 2147483648us is more than the kernel takes",
                     "no CPU sleeps as deeply");
        expect_right("cpu_latency = \"2147483647us\";");
        expect_right("cpu_latency = \"0us\";");
        expect_wrong("cpu_latency = \"10\";", "2: cpu_latency: error: \"10\" has no unit", "us");
}
END_TEST

int main(void)
{
        return RUN_TESTS("check-hardware", no_more_is_locked_than_there_is,
                         huge_pages_of_one_size_are_declared_once, limits_of_memory_are_in_order,
                         numa_nodes_are_a_list,
                         a_device_is_declared_once_and_its_priority_has_an_interrupt,
                         what_is_plugged_has_a_name_that_udev_can_have,
                         a_device_is_below_dev_and_its_unplugging_one_of_three,
                         with_the_hosts_network_no_interface_is_moved,
                         the_latency_of_cpus_is_one_that_the_kernel_takes);
}
