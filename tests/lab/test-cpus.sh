#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where CPUs cannot be kept free, because the system is a container itself, and has no cpuset controller: that is said, and
# everything else works. What is done where they can is in tests/rtvm/test-cpus.sh.
#
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

set_up() {
        lab_prepare
        find "$LAB_ETC" -mindepth 1 -maxdepth 1 ! -name platform.conf.d -exec rm -r {} +
        cat >"$LAB_ETC/own.container" <<'EOC'
rootfs  = "/var/lib/rtcontainers/rootfs/sensor";
command = [ "/usr/bin/rt-example-sensor", "--period=10ms" ];
watchdog = "1s";
memory  = { locked = "4M"; };
tasks   = ( { name = "sample"; period = "10ms"; wcet = "1ms"; } );
cpus    = { exclusive = true; };
devices = ( { path = "/dev/zero"; irq = "no-such-interrupt"; irq_priority = 85; } );
EOC
        echo 'containers = [ "own" ];' >"$LAB_ETC/own.config"
        echo 'default_config = "own";' >"$LAB_ETC/platform.conf.d/own.conf"
        echo >"$LAB_ETC/platform.conf"
        HOST_MASKS=$(host_masks)
        lab_boot
}

host_masks() {
        grep -H . /proc/irq/default_smp_affinity /sys/devices/virtual/workqueue/cpumask /proc/irq/*/smp_affinity_list
}

no_cpus_apart() {
        [[ $(lab_cpus) == "$(lab_first_cpu)" ]]
}

test_the_container_runs_where_it_should() {
        ! no_cpus_apart || skip "one CPU is too few"
        lab_is_active rt-own.service || fail "rt-own.service is not active"
        expect_different "its CPU" "$(lab_run sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$(lab_payload own)/status")" \
                "$(lab_first_cpu)"
}

test_one_line_says_that_its_cpu_is_no_partition() {
        local said
        ! no_cpus_apart || skip "one CPU is too few"
        said=$(lab_messages own | grep isolate-cpus)
        expect_equal "the number of lines" "$(wc -l <<<"$said")" 1
        expect_contains "the line" "$said" "rtcontainers-own.slice is no cpuset partition"
        expect_contains "the line" "$said" "The container runs on its CPUs"
}

test_one_line_says_that_interrupts_are_the_hosts() {
        expect_equal "what is said" "$(lab_messages own | grep steer-irqs)" \
                "steer-irqs: this system is a container, and interrupts are its host's"
}

test_the_service_for_the_cpus_does_nothing_here() {
        ! no_cpus_apart || skip "one CPU is too few"
        expect_equal "the service" "$(lab_run systemctl show --value --property=ActiveState,ConditionResult \
                rtcontainers-cpus.service | sort | paste -sd ' ')" "inactive no"
        lab_is_active rt-config-own.target || fail "rt-config-own.target is not active"
}

test_nothing_of_the_host_is_moved() {
        lab_run systemctl restart rt-own.service
        expect_equal "the host's masks" "$(host_masks)" "$HOST_MASKS"
}

test_the_helpers_refuse_what_is_no_slice_or_list() {
        local helper=/usr/lib/rtcontainers/isolate-cpus words
        for words in 'take system.slice isolated' 'take rtcontainers-a.slice member' 'take ../rtcontainers-a.slice root' \
                'take rtcontainers-../a.slice root' 'give rtcontainers-a.service' 'start 1 x' 'start 1' 'list -1' 'stop now' ''; do
                # shellcheck disable=SC2086 # words
                expect_status_2 "$helper" $words
        done
        helper=/usr/lib/rtcontainers/steer-irqs
        for words in 'start a 1 1000000' 'start a x 1000000 1:a' 'start a 1 -5 1:a' 'start ../a 1 10 1:a' 'start a 1 10 100:a' \
                'start a 1 10 a' 'stop' 'stop ..' 'stop a/b' ''; do
                # shellcheck disable=SC2086 # words
                expect_status_2 "$helper" $words
        done
}

expect_status_2() { # COMMAND…
        local status=0
        lab_run "$@" 2>/dev/null || status=$?
        [[ $status == 2 ]] || fail "the status of $* is $status"
}

run_tests
