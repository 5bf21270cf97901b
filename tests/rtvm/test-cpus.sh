#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# CPUs of real-time containers are left alone by everything else, as far as the kernel lets it be done, and are given back.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/vm.sh"
# shellcheck source=tests/rtvm/guest/cpus.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/cpus.sh"

readonly ISOLATE=/usr/lib/rtcontainers/isolate-cpus
set_up() {
        set_up_cpus
}

# --- away from there ---

test_the_cpu_of_an_exclusive_container_is_an_isolated_partition() {
        expect_equal "the partition of own" "$(partition rtcontainers-own.slice)" isolated
        expect_equal "its CPUs" "$(<"$TOP/rtcontainers-own.slice/cpuset.cpus.effective")" 2
        expect_equal "that of all real-time CPUs" "$(partition '')" root
        expect_equal "the CPUs that are left to the system" "$(</sys/fs/cgroup/cpuset.cpus.effective)" 0
        expect_lacks "what is said of own" "$(vm_journal rt-own.service)" isolate-cpus
        expect_equal "the program's CPUs" "$(vm_status_field "$(vm_payload own)" Cpus_allowed_list)" 2
}

test_no_program_of_the_system_can_be_put_on_it() {
        expect_failure systemd-run --quiet --wait --pipe taskset --cpu-list 2 true
        expect_failure systemd-run --quiet --wait --pipe taskset --cpu-list 1 true
        systemd-run --quiet --wait --pipe taskset --cpu-list 0 true
        expect_empty "programs outside that may use CPUs 1 to 3" "$(programs_on '[1-3]')"
}

test_interrupts_work_queues_and_kernel_threads_are_on_housekeeping_cpus() {
        expect_equal "where new interrupts come to" "$(</proc/irq/default_smp_affinity)" 1
        expect_equal "the CPUs of work queues" "$(</sys/devices/virtual/workqueue/cpumask)" 1
        expect_empty "movable kernel threads elsewhere" "$(movable_threads | awk '$3 != "0"')"
        local moved
        moved=$(all_masks | awk '$1 == "irq" && $3 == "0"' | wc -l)
        ((moved >= 5)) || fail "only $moved interrupts are on CPU 0"
}

test_what_the_kernel_keeps_there_is_said_once() {
        local said
        journalctl --sync
        said=$(journalctl --output=cat "_SYSTEMD_INVOCATION_ID=$(vm_property rtcontainers-cpus.service InvocationID)")
        expect_contains "the journal" "$said" "what the kernel keeps on CPUs 1-3"
        expect_contains "the journal" "$said" ksoftirqd
        expect_contains "the journal" "$said" migration
        expect_equal "the number of such lines" "$(grep -c 'the kernel keeps' <<<"$said")" 1
}

test_what_is_left_can_be_asked_for() {
        local list
        list=$("$ISOLATE" list 2)
        expect_contains "the list" "$list" "(ksoftirqd/2) on 2, bound by the kernel"
        expect_lacks "the list" "$list" "ksoftirqd/1"
        expect_lacks "the list" "$list" kswapd
}

# --- and back ---

test_a_second_start_does_not_take_what_it_finds_for_what_was() {
        systemctl kill --signal=KILL rtcontainers-cpus.service 2>/dev/null || true
        "$ISOLATE" start 1-3 0
        expect_equal "where new interrupts come to" "$(</proc/irq/default_smp_affinity)" 1
        vm_stop_all
        vm_wait 5 "the CPUs are given back" is_gone "$TOP"
        expect_empty "what is not as it was" "$(changed_masks "$VM_STATE/before")"
        vm_switch one
}

test_everything_goes_back_when_the_last_container_stops() {
        vm_stop_all
        vm_wait 5 "the slice is gone" is_gone "$TOP"
        expect_empty "what is not as it was" "$(changed_masks "$VM_STATE/before")"
        expect_equal "the CPUs of the system" "$(</sys/fs/cgroup/cpuset.cpus.effective)" 0-3
        is_gone /run/rtcontainers/cpus.state || fail "the state is still there"
        expect_equal "the service" "$(systemctl is-active rtcontainers-cpus.service || true)" inactive
}

test_the_test_of_that_notices_a_difference() {
        local mask
        mask=$(</sys/devices/virtual/workqueue/cpumask)
        echo 7 >/sys/devices/virtual/workqueue/cpumask
        expect_contains "the differences" "$(changed_masks "$VM_STATE/before")" workqueue
        echo "$mask" >/sys/devices/virtual/workqueue/cpumask
}

test_containers_without_exclusive_cpus_are_left_alone_as_well() {
        vm_switch plain
        expect_equal "the partition of all real-time CPUs" "$(partition '')" root
        expect_failure systemd-run --quiet --wait --pipe taskset --cpu-list 1 true
        vm_stop_all
        vm_wait 5 "the slice is gone" is_gone "$TOP"
        expect_equal "the CPUs of a service then" \
                "$(systemd-run --quiet --wait --pipe sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)" 0
}

# --- what is refused ---

test_a_foreign_cgroup_with_the_same_cpu_is_named_and_the_container_runs_on() {
        local said
        mkdir /sys/fs/cgroup/foreign
        echo 2 >/sys/fs/cgroup/foreign/cpuset.cpus
        vm_switch one
        said=$(vm_journal rt-own.service)
        expect_contains "what is said of own" "$said" "rtcontainers-own.slice is no cpuset partition"
        expect_contains "what is said of own" "$said" "the same CPUs are wanted by foreign"
        expect_contains "what is said of own" "$said" "not exclusive"
        expect_contains "what is said of all" "$(vm_journal rtcontainers-cpus.service)" foreign
        expect_equal "the partition of own" "$(partition rtcontainers-own.slice)" member
        expect_equal "that of all real-time CPUs" "$(partition '')" member
        expect_equal "the program's CPUs" "$(vm_status_field "$(vm_payload own)" Cpus_allowed_list)" 2
        expect_equal "where new interrupts come to" "$(</proc/irq/default_smp_affinity)" 1
        rmdir /sys/fs/cgroup/foreign
        vm_stop_all
        vm_wait 5 "the slice is gone" is_gone "$TOP"
        expect_empty "what is not as it was" "$(changed_masks "$VM_STATE/before")"
}

test_without_the_service_the_containers_partition_comes_and_goes_all_the_same() {
        systemctl mask --runtime --quiet rtcontainers-cpus.service
        vm_switch one
        expect_equal "the partition of own" "$(partition rtcontainers-own.slice)" isolated
        expect_equal "where new interrupts come to" "$(</proc/irq/default_smp_affinity)" f
        systemctl start rt-shared.service
        systemctl stop rt-own.service
        expect_equal "the partition of all real-time CPUs" "$(partition '')" member
        vm_stop_all
        systemctl unmask --runtime --quiet rtcontainers-cpus.service
}

run_tests
