#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An image whose units were made when it was built: it boots without generating anything.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

set_up() {
        lab_prepare
        "$LAB_ROOT/usr/bin/rtctl" --root="$LAB_ROOT" bake >"$LAB_DIR/bake.log" 2>&1
        lab_boot
}

# What the generator says, run by hand, and what it writes.
run_generator() {
        lab_script '
                rm -rf /tmp/out
                mkdir -p /tmp/out/{normal,early,late}
                /usr/lib/systemd/system-generators/rtcontainers-generator /tmp/out/{normal,early,late}
                find /tmp/out -type f' 2>&1
}

fragment() { # UNIT
        lab_run systemctl show --value -p FragmentPath "$1"
}

payloads() {
        local container
        for container in sensor controller logger; do
                echo "$container $(lab_payload "$container")"
        done
}

test_baking_has_no_complaints() {
        expect_lacks "the output of rtctl bake" "$(cat "$LAB_DIR/bake.log")" error
}

test_a_baked_image_boots_into_its_default_configuration() {
        lab_is_active rt-config-drive.target || fail "rt-config-drive.target is not active"
        lab_is_active rt-sensor.service || fail "rt-sensor.service is not active"
}

test_its_units_come_from_the_image() {
        expect_lacks "where rt-sensor.service comes from" "$(fragment rt-sensor.service)" /run/
        expect_empty "what was generated at boot" "$(lab_script 'find /run/systemd/generator* -name "rt*"')"
}

test_the_generator_finds_the_stamp_and_does_nothing() {
        expect_empty "what it says and writes" "$(run_generator)"
}

test_a_baked_image_switches() {
        local sensor
        sensor=$(lab_payload sensor)
        lab_switch measure
        lab_is_active rt-latency.service || fail "latency does not run"
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$sensor"
        lab_switch drive
        expect_equal "the sensor's PID" "$(lab_payload sensor)" "$sensor"
}

test_systemd_analyze_verify_has_nothing_to_say_about_baked_units() {
        expect_empty "what it says" "$(lab_script '
                cd "${1%/*}"
                systemd-analyze verify --man=no --recursive-errors=yes rt*.service rt*.target rt*.slice 2>&1' \
                "$(fragment rt-sensor.service)" |
                grep -E 'rt-|rtcontainers' || true)"
}

test_a_changed_descriptor_outdates_the_image_and_the_generator_says_so() {
        sed -i 's/--work=200us/--work=300us/' "$LAB_ETC/sensor.container"
        local output
        output=$(run_generator)
        expect_contains "what it says" "$output" "changed since the image was baked"
        expect_contains "what it writes" "$output" /tmp/out/normal/rt-sensor.service
}

test_the_change_takes_over_without_disturbing_what_runs() {
        local before
        before=$(payloads)
        lab_run systemctl daemon-reload
        sleep 0.3
        expect_equal "the containers' processes" "$(payloads)" "$before"
        lab_run systemctl restart rt-sensor.service
        expect_contains "the command line" "$(lab_run ps -o args= "$(lab_payload sensor)")" --work=300us
}

run_tests
