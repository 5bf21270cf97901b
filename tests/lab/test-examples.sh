#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples talk: what rtctl status tells of it, and what ordinary ZeroMQ programs among them find at shm://.
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

# Numbers of the channel's end in the container, as rtctl status has them; nothing if the end is not there.
end_of() { # CHANNEL CONTAINER NUMBER
        lab_run rtctl --json=short status "$1" | jq --raw-output --arg container "$2" --arg number "$3" \
                '.channels[0].ends[] | select(.container == $container) | .[$number] // empty'
}

counts() { # CHANNEL CONTAINER NUMBER
        local value
        value=$(end_of "$@")
        [[ -n $value ]] && ((value > 0))
}

test_status_counts_what_goes_through_channels() {
        lab_wait 10 "the sensor has sent" counts samples sensor sent
        lab_wait 10 "the controller has received" counts samples controller received
        lab_wait 10 "the logger has received" counts samples logger received
        lab_wait 10 "the logger has heard of an event" counts events logger received
        expect_equal "the sensor's peers" "$(end_of samples sensor peers)" 2
        expect_equal "whether the sensor's memory is locked" "$(end_of samples sensor locked)" true
        expect_equal "what the recorder has received" "$(end_of samples recorder received)" ""
}

# What containers may not have here, such as limits of priorities, is the business of test-status.sh.
test_status_finds_nothing_wrong_with_the_examples() {
        lab_run rtctl status samples events >/dev/null
}

test_status_tells_who_is_not_there() {
        lab_run systemctl stop rt-logger.service
        expect_contains "the status" "$(lab_run rtctl status samples)" "does not run"
        lab_run systemctl isolate rt-config-drive.target
        lab_wait 10 "the logger is back" counts samples logger received
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

test_ping_and_pong_measure_both_ways() {
        local shm ipc
        lab_switch compare
        lab_wait 40 "ping has measured" has_said ping 'ping: done'
        read -r shm ipc < <(halves)
        awk -v shm="$shm" -v ipc="$ipc" 'BEGIN { exit !(shm > 0 && ipc > 0) }' || fail "shm:// $shm us, ipc:// $ipc us"
}

test_ping_runs_with_the_policy_that_was_planned() {
        has_said ping 'policy=fifo' || fail "$(lab_messages ping)"
}

test_nothing_has_failed() {
        expect_empty "the list of failed units" "$(lab_run systemctl list-units --failed --plain --no-legend)"
}

run_tests
