#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The latency of sleeping CPUs is held while a container that asks for it runs, and no longer.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly UNIT=rtcontainers-cpu-latency

container() { # NAME TEXT…
        printf '%s\n' "rootfs = \"$VM_ROOTFS/probe\";" 'command = [ "/bin/sleep", "1000000" ];' "${@:2}" |
                vm_descriptor "$1.container"
}

set_up() {
        container quick 'cpu_latency = "7us";'
        container quicker 'cpu_latency = "3us";'
        container same 'cpu_latency = "7us";'
        container easy
        vm_descriptor none.config <<<'containers = [ "easy" ];'
        vm_descriptor one.config <<<'containers = [ "quick", "easy" ];'
        vm_descriptor two.config <<<'containers = [ "quick", "quicker", "same" ];'
        vm_reload
        vm_switch none
        latency >"$VM_STATE/before"
}

# In microseconds, of all requests the lowest. To read it is no request.
latency() {
        od --address-radix=n --format=d4 --read-bytes=4 /dev/cpu_dma_latency | tr -d ' '
}

is_latency() { # MICROSECONDS
        [[ $(latency) == "$1" ]]
}

test_without_a_container_that_asks_nothing_is_held() {
        ((10#$(<"$VM_STATE/before") > 1000)) || fail "it is $(<"$VM_STATE/before") us without us"
        expect_empty "the list of units" "$(systemctl list-units --no-legend --plain "$UNIT@*")"
}

test_it_is_held_while_the_container_runs() {
        vm_switch one
        expect_equal "the latency" "$(latency)" 7
        systemctl stop rt-quick.service
        vm_wait 5 "nothing is held" is_latency "$(<"$VM_STATE/before")"
}

test_the_lowest_one_counts_across_switches() {
        local holder
        vm_switch one
        holder=$(vm_property "$UNIT@7.service" MainPID)
        vm_switch two
        expect_equal "the latency" "$(latency)" 3
        expect_equal "the holder" "$(vm_property "$UNIT@7.service" MainPID)" "$holder"
        vm_switch one
        vm_wait 5 "the lower one is gone" is_latency 7
        expect_equal "the holder" "$(vm_property "$UNIT@7.service" MainPID)" "$holder"
        vm_switch none
        vm_wait 5 "nothing is held" is_latency "$(<"$VM_STATE/before")"
}

test_it_is_held_until_its_last_user_has_stopped() {
        systemctl start rt-quick.service rt-same.service
        systemctl stop rt-quick.service
        sleep 1
        expect_equal "the latency" "$(latency)" 7
        systemctl stop rt-same.service
        vm_wait 5 "nothing is held" is_latency "$(<"$VM_STATE/before")"
}

test_a_holder_that_was_killed_costs_no_container() {
        vm_switch one
        systemctl kill --signal=KILL "$UNIT@7.service"
        vm_is_active rt-quick.service || fail "the container has stopped"
        vm_wait 10 "it is held again" is_latency 7
}

test_what_is_no_latency_is_refused() {
        local value
        for value in '' -1 1.5 2147483648 99999999999 7us; do
                expect_failure /usr/lib/rtcontainers/hold-cpu-latency "$value"
        done
}

run_tests
