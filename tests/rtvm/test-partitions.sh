#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The CPUs of exclusive containers are partitions, whatever is switched, reloaded or killed around them.
#
# shellcheck disable=SC2016 # scripts for other shells are quoted
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/vm.sh"
# shellcheck source=tests/rtvm/guest/cpus.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/cpus.sh"

set_up() {
        set_up_cpus
}

# Looks at a file every 5 ms, until the folder of the state has a file "enough"; each other text than before is seen.
watch() { # FILE
        local idle text last=''
        exec {idle}<> <(:)
        while [[ ! -e $VM_STATE/enough ]]; do
                { read -r text <"$1"; } 2>/dev/null || text=gone
                [[ $text == "$last" ]] || echo "$text"
                last=$text
                read -r -t 0.005 <&"$idle" || true
        done
}

test_a_container_that_is_carried_over_keeps_its_partition_all_the_time() {
        local pid i watcher
        pid=$(vm_payload own)
        rm -f "$VM_STATE/enough"
        watch "$TOP/rtcontainers-own.slice/cpuset.cpus.partition" >"$VM_STATE/seen" &
        watcher=$!
        for i in {1..10}; do
                vm_switch two
                expect_equal "the partition of second in round $i" "$(partition rtcontainers-second.slice)" isolated
                vm_switch one
        done
        touch "$VM_STATE/enough"
        wait "$watcher"
        expect_equal "what its partition was meanwhile" "$(<"$VM_STATE/seen")" isolated
        expect_equal "its program" "$(vm_payload own)" "$pid"
        expect_equal "the CPUs that are left to the system" "$(</sys/fs/cgroup/cpuset.cpus.effective)" 0
        expect_empty "movable kernel threads elsewhere" "$(movable_threads | awk '$3 != "0"')"
}

test_the_next_container_on_the_cpu_gets_it_as_the_last_one_had_it() {
        local i
        for i in {1..5}; do
                vm_switch three
                expect_equal "the partition of rival in round $i" "$(partition rtcontainers-rival.slice)" isolated
                expect_equal "its CPUs" "$(<"$TOP/rtcontainers-rival.slice/cpuset.cpus.effective")" 2
                expect_equal "its program's CPUs" "$(vm_status_field "$(vm_payload rival)" Cpus_allowed_list)" 2
                vm_switch one
                expect_equal "the partition of own in round $i" "$(partition rtcontainers-own.slice)" isolated
                vm_wait 5 "the other's slice is gone" is_gone "$TOP/rtcontainers-rival.slice"
        done
}

test_the_service_stays_when_all_containers_are_others() {
        local before
        vm_switch plain
        before=$(vm_property rtcontainers-cpus.service InvocationID)
        vm_switch two
        expect_equal "the invocation of the service" "$(vm_property rtcontainers-cpus.service InvocationID)" "$before"
        expect_equal "the partition of all real-time CPUs" "$(partition '')" root
        vm_switch one
}

test_reloading_changes_nothing() {
        vm_reload
        expect_equal "the partition" "$(partition rtcontainers-own.slice)" isolated
        expect_equal "that of all real-time CPUs" "$(partition '')" root
        systemctl is-active --quiet rtcontainers-cpus.service
}

test_a_container_that_is_killed_has_its_partition_again() {
        local pid
        pid=$(vm_payload own)
        systemctl kill --signal=KILL rt-own.service
        vm_wait 10 "it runs again" is_another own "$pid"
        expect_equal "the partition" "$(partition rtcontainers-own.slice)" isolated
}

is_another() { # CONTAINER PID
        vm_is_active "rt-$1.service" && [[ $(vm_payload "$1") != "$2" ]]
}

test_deadline_tasks_get_a_root_domain_of_their_own() {
        vm_switch four
        expect_equal "the partition of budget" "$(partition rtcontainers-budget.slice)" root
        expect_equal "its CPUs" "$(<"$TOP/rtcontainers-budget.slice/cpuset.cpus.effective")" 3
        vm_switch one
}

run_tests
