#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ordinary ZeroMQ programs among the examples: what they find at shm://.
#
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

set_up() {
        lab_prepare
        lab_add_zmq
        lab_boot
}

has_said() { # CONTAINER PATTERN
        lab_messages "$1" | grep -Eq -- "$2"
}

test_a_pyzmq_program_gets_what_the_sensor_publishes() {
        local sensor
        sensor=$(lab_payload sensor)
        lab_switch record
        lab_wait 20 "the recorder has samples" has_said recorder 'samples=[1-9]'
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$sensor"
}

test_a_sensor_that_was_started_again_is_recorded_again() {
        lab_run systemctl restart rt-sensor.service
        lab_run journalctl --rotate --vacuum-time=1s >/dev/null 2>&1
        lab_wait 20 "the recorder has samples again" has_said recorder 'samples=[1-9]'
}

test_a_pyzmq_program_ends_cleanly() {
        lab_run systemctl stop rt-recorder.service
        expect_equal "the recorder's result" "$(lab_run systemctl show --value -p Result rt-recorder.service)" success
}

# Half of the round trips by the first endpoint within so many microseconds, and by the second.
halves() {
        lab_messages ping | sed -nE 's/ *half within +([0-9.]+) +([0-9.]+).*/\1 \2/p'
}

test_ping_and_pong_measure_both_ways_and_the_channel_is_faster() {
        local shm ipc
        lab_switch compare
        lab_wait 40 "ping has measured" has_said ping 'ping: done'
        read -r shm ipc < <(halves)
        awk -v shm="$shm" -v ipc="$ipc" 'BEGIN { exit !(shm > 0 && shm < ipc) }' || fail "shm:// $shm us, ipc:// $ipc us"
}

test_ping_runs_with_the_policy_that_was_planned() {
        has_said ping 'policy=fifo' || fail "$(lab_messages ping)"
}

test_nothing_has_failed() {
        expect_empty "the list of failed units" "$(lab_run systemctl list-units --failed --plain --no-legend)"
}

run_tests
