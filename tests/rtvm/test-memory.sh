#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Memory: limits, NUMA nodes, huge pages.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly MB=$((1024 * 1024))

set_up() {
        vm_probe 'tasks  = ( { name = "t"; period = "10ms"; wcet = "1ms"; } );' \
                'memory = { max = "64M"; high = "48M"; low = "16M"; locked = "8M"; nodes = "1";' \
                '           hugepages = ( { size = "2M"; count = 3; } ); };'
        vm_descriptor plain.container <<EOF
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
EOF
        vm_descriptor small.container <<EOF
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
memory  = { max = "16M"; };
EOF
        vm_descriptor greedy.container <<EOF
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
memory  = { hugepages = ( { size = "2M"; count = 1000; } ); };
restart = "no";
EOF
        vm_descriptor probe.config <<<'containers = [ "probe", "plain", "small" ];'
        vm_reload
        vm_switch probe
}

limit() { # CONTAINER FILE
        cat "$(vm_cgroup "rt-$1.service")/$2"
}

test_the_kernel_has_the_declared_limits() {
        expect_equal "the most" "$(limit probe memory.max)" $((64 * MB))
        expect_equal "where reclaim begins" "$(limit probe memory.high)" $((48 * MB))
        expect_equal "what is spared" "$(limit probe memory.low)" $((16 * MB))
        expect_equal "swap" "$(limit probe memory.swap.max)" 0
        expect_equal "what the slice is spared" "$(cat /sys/fs/cgroup/rtcontainers.slice/memory.low)" $((16 * MB))
}

test_without_declarations_there_are_no_limits() {
        expect_equal "the most" "$(limit plain memory.max)" max
        expect_equal "where reclaim begins" "$(limit plain memory.high)" max
        expect_equal "what is spared" "$(limit plain memory.low)" 0
        expect_equal "swap" "$(limit plain memory.swap.max)" max
}

test_more_than_the_most_is_killed_and_less_is_not() {
        in_cgroup_of small dd if=/dev/zero of=/dev/null bs=4M count=1 status=none
        expect_failure in_cgroup_of small dd if=/dev/zero of=/dev/null bs=32M count=1 status=none
}

# In the container's cgroup; nsenter alone leaves its child in ours.
in_cgroup_of() { # CONTAINER COMMAND…
        # shellcheck disable=SC2016 # for the inner shell
        bash -c 'echo $$ >"$1/payload/cgroup.procs" && shift && exec "$@"' - "$(vm_cgroup "rt-$1.service")" "${@:2}"
}

test_memory_comes_from_the_declared_node() {
        expect_equal "the probe's nodes" "$(vm_status_field "$(vm_payload probe)" Mems_allowed_list)" 1
        expect_equal "the other's nodes" "$(vm_status_field "$(vm_payload plain)" Mems_allowed_list)" 0-1
}

test_locked_memory_is_limited_as_declared() {
        local limit
        limit=$(prlimit --noheadings --raw --output SOFT --memlock --pid "$(vm_payload probe)")
        expect_equal "the limit" "$limit" $((8 * MB))
        limit=$(prlimit --noheadings --raw --output SOFT --memlock --pid "$(vm_payload plain)")
        expect_different "the limit of the other" "$limit" $((8 * MB))
}

test_as_many_huge_pages_as_declared_can_be_had_and_not_one_more() {
        vm_in probe fallocate -l $((6 * MB)) /dev/hugepages-2M/all
        expect_failure vm_in probe fallocate -l $((2 * MB)) /dev/hugepages-2M/more
        vm_in probe rm /dev/hugepages-2M/all
        vm_in probe fallocate -l $((2 * MB)) /dev/hugepages-2M/one
        vm_in probe rm /dev/hugepages-2M/one
}

test_huge_pages_are_reserved_while_the_container_runs() {
        local reserved
        reserved=$(reserved_pages)
        ((reserved >= 3)) || fail "$reserved are reserved"
        systemctl stop rt-probe.service
        vm_wait 10 "they are given back" are_reserved $((reserved - 3))
        systemctl start rt-probe.service
        are_reserved "$reserved"
}

are_reserved() { # PAGES
        [[ $(reserved_pages) == "$1" ]]
}

reserved_pages() {
        sed -n 's/^HugePages_Rsvd: *//p' /proc/meminfo
}

test_without_the_huge_pages_the_container_does_not_start() {
        expect_failure systemctl start rt-greedy.service
        vm_in plain test ! -e /dev/hugepages-2M
}

test_real_time_containers_get_no_transparent_huge_pages() {
        # PREEMPT_RT kernels have none at all up to now; the lab has the twin.
        expect_equal "the probe's" "$(vm_status_field "$(vm_payload probe)" THP_enabled)" 0
}

run_tests
