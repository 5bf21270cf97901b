#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# When things go wrong at run time: killed, stuck and failing containers, and the way to the fallback.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# "faulty" ends before it is ready, and so "doomed" cannot start.
add_faulty() {
        cat >"$LAB_ETC/faulty.container" <<'EOF'
rootfs  = "/var/lib/rtcontainers/rootfs/sensor";
command = [ "/usr/bin/rt-example-sensor", "--no-such-option" ];
tasks   = ( { name = "sample"; period = "10ms"; wcet = "100us"; } );
notify  = true;
restart = "no";
EOF
        cat >"$LAB_ETC/doomed.config" <<'EOF'
containers = [ "sensor", "faulty" ];
fallback   = "safe";
EOF
}

set_up() {
        lab_prepare
        add_faulty
        lab_boot
}

# A container that has come back runs as another process.
has_come_back() { # CONTAINER OLD_PID
        local pid
        lab_is_active "rt-$1.service" || return 1
        pid=$(lab_payload "$1") || return 1
        [[ -n $pid && $pid != "$2" ]]
}

restarts() { # CONTAINER
        lab_run systemctl show --value -p NRestarts "rt-$1.service"
}

test_a_killed_container_is_restarted_as_declared() {
        local before others
        before=$(lab_payload sensor)
        others=$(lab_payload logger)
        lab_run kill -KILL "$before"
        lab_wait 10 "the sensor is back" has_come_back sensor "$before"
        expect_equal "the number of restarts" "$(restarts sensor)" 1
        expect_equal "the logger's PID" "$(lab_payload logger)" "$others"
}

test_a_container_manager_that_is_killed_takes_the_container_along_and_is_restarted() {
        local before
        before=$(lab_payload sensor)
        lab_run systemctl kill --kill-who=main --signal=KILL rt-sensor.service
        lab_wait 10 "the sensor is back" has_come_back sensor "$before"
        expect_failure lab_run test -e "/proc/$before/root/usr/bin/rt-example-sensor"
}

test_a_container_that_shall_not_be_restarted_stays_down() {
        lab_run kill -KILL "$(lab_payload controller)"
        lab_wait 10 "the controller has failed" lab_run systemctl is-failed --quiet rt-controller.service
        sleep 0.5
        expect_equal "the number of restarts" "$(restarts controller)" 0
        lab_is_active rt-config-drive.target || fail "a crash has ended the configuration"
}

test_restarting_by_hand_works_after_a_failure() {
        lab_run systemctl start rt-controller.service
        lab_is_active rt-controller.service || fail "the controller does not run"
}

test_the_watchdog_kills_a_container_that_is_stuck_and_it_is_restarted() {
        local before
        before=$(lab_payload sensor)
        lab_run kill -STOP "$before"
        lab_wait 10 "the sensor is back" has_come_back sensor "$before"
        expect_contains "the journal" "$(lab_run journalctl --boot --unit=rt-sensor.service --no-pager)" "Watchdog timeout"
}

test_killing_it_again_and_again_meets_no_start_limit() {
        local i before
        for ((i = 0; i < 8; i++)); do
                before=$(lab_payload sensor)
                lab_run kill -KILL "$before"
                lab_wait 10 "the sensor is back" has_come_back sensor "$before"
        done
}

test_a_configuration_that_cannot_start_leads_to_its_fallback() {
        local sensor
        sensor=$(lab_payload sensor)
        expect_failure lab_run systemctl isolate rt-config-doomed.target
        lab_wait 10 "safe is active" lab_is_active rt-config-safe.target
        lab_is_active rt-parking.service || fail "parking does not run"
        ! lab_is_active rt-controller.service || fail "the controller still runs"
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$sensor"
}

test_the_reason_is_in_the_journal_of_the_container() {
        expect_contains "the journal of faulty" \
                "$(lab_run journalctl --boot --unit=rt-faulty.service --no-pager)" "no-such-option"
}

test_the_fallback_leads_back_to_normal_operation() {
        local sensor
        sensor=$(lab_payload sensor)
        lab_switch drive
        lab_is_active rt-controller.service || fail "the controller does not run"
        ! lab_is_active rt-parking.service || fail "parking still runs"
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$sensor"
}

test_nothing_of_stopped_containers_is_left() {
        lab_run systemctl stop rt-sensor.service rt-controller.service rt-logger.service
        expect_empty "/run/systemd/nspawn" "$(lab_script 'find /run/systemd/nspawn -type f')"
        expect_empty "the list of mounts" "$(lab_run findmnt --list --noheadings --output TARGET | grep unix-export || true)"
        expect_empty "the list of cgroups" "$(lab_script 'find /sys/fs/cgroup -path "*rt-*.service*" -name payload')"
}

run_tests
