#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Switching between configurations: what both share goes on, the rest stops before anything starts.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

readonly BASE_SERVICES=(dbus.service systemd-journald.service systemd-logind.service console-getty.service)
readonly SWITCHES=50

set_up() {
        lab_prepare
        lab_boot
        SENSOR=$(lab_payload sensor)
        LOGGER=$(lab_payload logger)
        BASE=$(base_state)
}

base_state() {
        lab_run systemctl show -p Id,MainPID,ActiveEnterTimestampMonotonic "${BASE_SERVICES[@]}"
}

expect_carried_over() {
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$SENSOR"
        expect_equal "the logger's PID" "$(lab_payload logger)" "$LOGGER"
}

monotonic() { # UNIT PROPERTY
        lab_run systemctl show --value -p "${2}TimestampMonotonic" "$1"
}

expect_stopped_before_started() { # OLD NEW
        local stopped started
        stopped=$(monotonic "$1" InactiveEnter)
        started=$(monotonic "$2" InactiveExit)
        ((stopped > 0 && started > 0)) || fail "$1 stopped at $stopped, $2 started at $started"
        ((stopped <= started)) || fail "$2 started $((stopped - started)) us before $1 had stopped"
}

test_isolate_stops_what_is_not_in_the_new_configuration() {
        lab_switch measure
        lab_is_active rt-config-measure.target || fail "measure is not active"
        lab_is_active rt-latency.service || fail "latency does not run"
        ! lab_is_active rt-controller.service || fail "the controller still runs"
        ! lab_is_active rt-config-drive.target || fail "drive is still active"
        expect_carried_over
}

test_a_program_that_takes_its_time_has_stopped_before_the_next_one_starts() {
        expect_stopped_before_started rt-controller.service rt-latency.service
}

test_the_way_back_is_in_order_too() {
        lab_switch drive
        expect_stopped_before_started rt-latency.service rt-controller.service
        expect_carried_over
}

# cyclictest prints its summary when it gets SIGTERM, not when it is killed.
test_a_program_that_does_not_notify_is_told_to_stop_too() {
        expect_contains "the journal of latency" "$(lab_messages latency)" "T: 0"
}

test_starting_the_target_switches_as_well() {
        lab_run systemctl start rt-config-measure.target
        ! lab_is_active rt-controller.service || fail "the controller still runs"
        lab_is_active rt-latency.service || fail "latency does not run"
        expect_stopped_before_started rt-controller.service rt-latency.service
        lab_run systemctl start rt-config-drive.target
        expect_stopped_before_started rt-latency.service rt-controller.service
        expect_carried_over
}

test_switching_to_the_active_configuration_changes_nothing() {
        local controller
        controller=$(lab_payload controller)
        lab_switch drive
        expect_equal "the controller's PID" "$(lab_payload controller)" "$controller"
        expect_carried_over
}

test_fifty_switches_keep_what_is_carried_over() {
        local i config
        for ((i = 1; i <= SWITCHES; i++)); do
                config=$( ((i % 2)) && echo measure || echo drive)
                lab_switch "$config" >/dev/null
                lab_is_active "rt-config-$config.target" || fail "switch $i: $config is not active"
                expect_carried_over
        done
}

# Of ours, that is: isolate also starts the base system's oneshot services again, and some of those meet their start
# limit when it is done this often.
test_no_unit_of_ours_has_failed() {
        expect_empty "the list of failed units" "$(lab_run systemctl list-units --failed --plain --no-legend 'rt*')"
}

# The sensor reports every second how many jobs it has run, one each 10 ms. So one process must have written all of its
# journal, and the jobs must add up to its age, give or take what it has not reported yet and what it has lost under
# load.
test_the_journal_of_a_carried_over_container_is_uninterrupted() {
        local messages jobs age
        messages=$(lab_messages sensor)
        expect_equal "the number of starts" "$(grep -c 'started:' <<<"$messages")" 1
        expect_lacks "the sensor's journal" "$messages" "sensor: stopped"
        expect_equal "the number of processes that wrote it" \
                "$(lab_run journalctl --boot --identifier=sensor --output=json --no-pager | grep -o '"_PID":"[0-9]*"' |
                        sort -u | wc -l)" 1
        jobs=$(($(sed -n 's/.*jobs=\([0-9]*\).*/\1/p' <<<"$messages" | paste -sd+)))
        age=$(sensor_age_ms)
        ((jobs * 10 + 1500 >= age * 9 / 10)) || fail "$jobs jobs in $age ms"
}

sensor_age_ms() {
        lab_script '
                started=$(systemctl show --value -p ExecMainStartTimestampMonotonic rt-sensor.service)
                read -r uptime _ </proc/uptime
                echo $((${uptime/./}0 - started / 1000))'
}

test_the_base_system_is_untouched() {
        expect_equal "the state of the base services" "$(base_state)" "$BASE"
}

test_a_cluster_manager_can_switch_with_the_proxy_service() {
        lab_run systemctl start rt-config-measure.service
        lab_wait 10 "measure is active" lab_is_active rt-config-measure.target
        lab_is_active rt-latency.service || fail "latency does not run"
        expect_carried_over
        lab_run systemctl start rt-config-drive.service
        lab_wait 10 "drive is active" lab_is_active rt-config-drive.target
        expect_carried_over
}

test_an_isolate_away_from_a_configuration_that_a_cluster_manager_has_started_keeps_what_is_shared() {
        lab_is_active rt-config-drive.service || fail "the proxy of drive is not active"
        lab_switch measure
        lab_wait 5 "the proxy of drive has stopped" proxy_is_down drive
        expect_carried_over
        lab_is_active rt-latency.service || fail "latency does not run"
        lab_switch drive
}

proxy_is_down() { # CONFIG
        ! lab_is_active "rt-config-$1.service"
}

test_at_most_one_configuration_is_active() {
        expect_equal "the number of active configurations" \
                "$(lab_run systemctl list-units --plain --no-legend --state=active 'rt-config-*.target' |
                        grep -vc -- '-pre\.target')" 1
}

# The last test, as it ends what the others look at.
test_a_cluster_manager_can_stop_a_configuration() {
        lab_run systemctl start rt-config-drive.service
        lab_run systemctl stop rt-config-drive.service
        expect_empty "the list of running containers" \
                "$(lab_run systemctl list-units --plain --no-legend --state=active 'rt-*.service' | grep -v rt-channel || true)"
        lab_run systemctl start rt-config-drive.service
        lab_is_active rt-sensor.service || fail "the sensor does not run"
}

run_tests
