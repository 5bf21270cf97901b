#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The generator among administrators: mistakes, masks, drop-ins, reloads, and systemd's own view of the units.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

readonly GENERATOR=/usr/lib/systemd/system-generators/rtcontainers-generator

set_up() {
        lab_prepare
        lab_boot
}

reload() {
        lab_run systemctl daemon-reload
}

payloads() {
        local container
        for container in sensor controller logger; do
                echo "$container $(lab_payload "$container")"
        done
}

# --- systemd's view ---

# Its output names the folder that it writes to, so that is the same each time.
test_the_generator_is_silent_and_says_the_same_each_time() {
        local output
        output=$(lab_script '
                for i in 1 2; do
                        mkdir -p /tmp/out/{normal,early,late}
                        "$1" /tmp/out/{normal,early,late}
                        mv /tmp/out /tmp/$i
                done 2>&1
                diff -r /tmp/1 /tmp/2' "$GENERATOR")
        expect_empty "what it prints, or the difference" "$output"
}

test_systemd_runs_the_same_generator_at_boot_with_the_same_result() {
        expect_empty "the difference" "$(lab_script '
                grep -rl /tmp/out/normal /tmp/1 | xargs -r sed -i s:/tmp/out/normal:/run/systemd/generator:g
                for file in $(cd /tmp/1/normal && find . -type f); do
                        cmp "/tmp/1/normal/$file" "/run/systemd/generator/$file" || true
                done 2>&1')"
}

test_the_boot_has_nothing_to_say_about_the_generator_or_its_units() {
        expect_empty "the journal" \
                "$(lab_run journalctl --boot --no-pager --output=cat --identifier=systemd | grep -iE 'rtcontainers-generator|/generator/' || true)"
}

test_systemd_analyze_verify_has_nothing_to_say() {
        expect_empty "what it says" "$(lab_script '
                cd /run/systemd/generator
                systemd-analyze verify --man=no --recursive-errors=yes rt*.service rt*.target rt*.slice 2>&1' |
                grep -E 'rt-|rtcontainers' || true)"
}

test_units_tell_where_they_come_from() {
        expect_equal "the source" "$(lab_run systemctl show --value -p SourcePath rt-sensor.service)" \
                /etc/rtcontainers/sensor.container
        expect_contains "the documentation" \
                "$(lab_run systemctl show --value -p Documentation rt-sensor.service)" man:
        expect_contains "the description" \
                "$(lab_run systemctl show --value -p Description rt-sensor.service)" "Samples a sensor"
}

# --- reloads ---

test_a_reload_with_changed_descriptors_does_not_disturb_what_runs() {
        local before
        before=$(payloads)
        sed -i 's/--work=200us/--work=300us/' "$LAB_ETC/sensor.container"
        rm "$LAB_ETC/parking.container"
        reload
        sleep 0.5
        expect_equal "the containers' processes" "$(payloads)" "$before"
        lab_is_active rt-config-drive.target || fail "drive is not active any more"
}

test_a_changed_descriptor_takes_effect_at_the_next_start() {
        lab_run systemctl restart rt-sensor.service
        expect_contains "the command line" "$(lab_run ps -o args= "$(lab_payload sensor)")" --work=300us
}

test_a_configuration_with_a_missing_container_is_rejected_and_says_so() {
        expect_failure lab_run systemctl start rt-config-safe.target
        expect_contains "the status" "$(status_of rt-config-safe.target)" parking
}

test_a_repaired_descriptor_is_accepted_again() {
        cp "$LAB_SOURCE/examples/descriptors/parking.container" "$LAB_ETC"
        reload
        lab_switch safe
        lab_is_active rt-parking.service || fail "parking does not run"
        lab_switch drive
}

# --- tombstones ---

status_of() { # UNIT
        lab_run systemctl status --no-pager --full "$1" 2>&1 || true
}

test_a_rejected_descriptor_leaves_a_unit_that_tells_the_reason() {
        local status
        cat >"$LAB_ETC/broken.container" <<'EOF'
rootfs  = "/var/lib/rtcontainers/rootfs/sensor";
command = [ "/usr/bin/rt-example-sensor" ];
tasks   = ( { name = "sample"; period = 10; wcet = "400us"; } );
EOF
        reload
        expect_failure lab_run systemctl start rt-broken.service
        status=$(status_of rt-broken.service)
        expect_contains "the status" "$status" "/etc/rtcontainers/broken.container:3"
        expect_contains "the status" "$status" period
        expect_contains "the status" "$status" unit
}

test_a_rejected_descriptor_leaves_the_others_alone() {
        lab_switch measure
        lab_is_active rt-latency.service || fail "latency does not run"
        lab_switch drive
}

test_a_configuration_that_needs_a_rejected_container_is_rejected_with_the_reason() {
        echo 'containers = [ "sensor", "broken" ];' >"$LAB_ETC/ruined.config"
        reload
        expect_failure lab_run systemctl start rt-config-ruined.target
        expect_contains "the status" "$(status_of rt-config-ruined.target)" broken
        lab_is_active rt-controller.service || fail "the attempt has stopped the controller"
}

test_a_removed_descriptor_takes_its_unit_along() {
        rm "$LAB_ETC/broken.container" "$LAB_ETC/ruined.config"
        lab_run systemctl reset-failed
        reload
        expect_equal "the load state" "$(lab_run systemctl show --value -p LoadState rt-broken.service)" not-found
}

# --- masks and drop-ins ---

test_a_descriptor_linked_to_dev_null_is_no_descriptor() {
        local before
        before=$(payloads)
        ln -sf /dev/null "$LAB_ETC/latency.container"
        reload
        expect_equal "the load state" "$(lab_run systemctl show --value -p LoadState rt-latency.service)" not-found
        expect_failure lab_run systemctl isolate rt-config-measure.target
        expect_equal "the containers' processes" "$(payloads)" "$before"
        rm "$LAB_ETC/latency.container"
        cp "$LAB_SOURCE/examples/descriptors/latency.container" "$LAB_ETC"
        reload
}

test_a_masked_unit_does_not_start_and_holds_up_no_running_configuration() {
        local before
        before=$(payloads)
        lab_run systemctl mask rt-latency.service 2>&1
        expect_failure lab_run systemctl start rt-latency.service
        expect_failure lab_run systemctl isolate rt-config-measure.target
        expect_equal "the containers' processes" "$(payloads)" "$before"
        lab_run systemctl unmask rt-latency.service 2>&1
        lab_switch measure
        lab_is_active rt-latency.service || fail "latency does not run"
        lab_switch drive
}

test_a_drop_in_changes_a_generated_unit() {
        mkdir -p "$LAB_ROOT/etc/systemd/system/rt-logger.service.d"
        printf '[Service]\nNice=7\n' >"$LAB_ROOT/etc/systemd/system/rt-logger.service.d/override.conf"
        reload
        lab_run systemctl restart rt-logger.service
        expect_equal "the logger's nice level" "$(lab_run ps -o nice= "$(lab_payload logger)" | tr -d ' ')" 7
}

test_a_drop_in_changes_a_descriptor() {
        mkdir -p "$LAB_ETC/logger.container.d"
        echo 'description = "Records less";' >"$LAB_ETC/logger.container.d/override.conf"
        reload
        expect_contains "the description" \
                "$(lab_run systemctl show --value -p Description rt-logger.service)" "Records less"
}

# --- without descriptors ---

test_without_descriptors_there_is_nothing() {
        expect_empty "what is generated" "$(lab_script '
                mkdir -p /tmp/none /tmp/nothing/{normal,early,late}
                RTCONTAINERS_PATH=/tmp/none "$1" /tmp/nothing/{normal,early,late} 2>&1
                find /tmp/nothing -type f' "$GENERATOR")"
}

run_tests
