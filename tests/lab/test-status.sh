#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl status of real containers: as planned when nothing was touched, and each thing that is changed by hand is shown,
# until it is put right.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# "worker" has a shell, and a device.
add_worker() {
        local tree
        tree=$(cached_tree "$LAB_CACHE" busybox extract busybox-static)
        mkdir -p "$LAB_ROOT/srv/probe"/{bin,dev,etc,proc,run,sys,tmp,usr,var}
        cp "$tree/bin/busybox" "$LAB_ROOT/srv/probe/bin"
        chroot "$LAB_ROOT/srv/probe" /bin/busybox --install -s /bin
        echo 'rootfs = "/srv/probe"; command = [ "/bin/sleep", "1000000" ];
              devices = ( { path = "/dev/fuse"; access = "rw"; } );' >"$LAB_ETC/worker.container"
        mkdir -p "$LAB_ETC/drive.config.d"
        echo 'containers = [ "sensor", "controller", "logger", "worker" ];' >"$LAB_ETC/drive.config.d/status.conf"
}

set_up() {
        lab_prepare
        add_worker
        lab_boot
        lab_run sh -c 'test -c /dev/fuse || mknod /dev/fuse c 10 229'
        lab_switch drive >/dev/null
        REFERENCE=$LAB_DIR/drifts
        drifts >"$REFERENCE"
}

# The answer, whatever the status.
status() { # ARGUMENT…
        lab_run rtctl --json=short status "$@" || [[ $? == 1 ]]
}

# What has drifted, a line each: CONTAINER|SUBJECT|ASPECT|PLANNED|ACTUAL.
drifts() {
        status | jq --raw-output '.containers[] | .name as $name | .comparisons[] | select(.agreement == "drift")
                | [$name, .subject, .aspect, .planned, .actual] | join("|")'
}

# What has drifted besides what does on this machine anyway: where limits of real-time priorities cannot be raised, they
# are not what is planned.
new_drifts() {
        drifts | grep --invert-match --line-regexp --fixed-strings --file="$REFERENCE" || true
}

expect_drift() { # LINE
        local now
        now=$(new_drifts)
        expect_contains "what has drifted" $'\n'"$now"$'\n' $'\n'"$1"$'\n'
        expect_equal "the exit status" "$(lab_run rtctl status >/dev/null && echo 0 || echo $?)" 1
}

expect_none() {
        expect_empty "what has drifted" "$(new_drifts)"
}

test_containers_that_nobody_touched_are_as_planned() {
        local all
        all=$(grep --invert-match 'program|real-time priority' "$REFERENCE" || true)
        expect_empty "what has drifted" "$all"
        expect_equal "the config" "$(status | jq --compact-output .config)" \
                '{"name":"drive","state":"active","source":"systemd"}'
}

test_what_was_read_is_said_to_be_as_planned() {
        local found
        found=$(status sensor | jq --raw-output '.containers[].comparisons[] | select(.agreement == "as-planned")
                | .subject + "|" + .aspect + "|" + .actual')
        expect_contains "the comparisons" "$found" "task sample|policy|fifo 80"
        expect_contains "the comparisons" "$found" "threads|undeclared|none real-time"
        expect_contains "the comparisons" "$found" "network|namespace|its own"
        expect_contains "the comparisons" "$found" "unit|settings|those of its descriptor"
        expect_contains "the comparisons" "$found" "devices|nodes|no others"
}

test_the_program_and_its_age_are_told() {
        expect_equal "the program" "$(status sensor | jq '.containers[0].pid')" "$(lab_payload sensor)"
        expect_equal "its age" "$(status sensor | jq '.containers[0].age_s < 600')" true
}

# With the mark of threads that were bound, which the watcher takes for the thread's own doing and leaves alone.
test_a_changed_policy_is_shown_until_it_is_put_right() {
        local pid
        pid=$(lab_payload sensor)
        lab_run chrt --fifo --pid 7 "$pid"
        expect_drift "sensor|task sample|policy|fifo 80|fifo 7"
        lab_run chrt --rr --pid 80 "$pid"
        expect_drift "sensor|task sample|policy|fifo 80|rr 80"
        lab_run chrt --fifo --pid 80 "$pid"
        expect_none
}

test_changed_cpus_are_shown_until_they_are_put_right() {
        local pid planned all
        (($(nproc) > 1)) || skip "one CPU is too few"
        pid=$(lab_payload sensor)
        planned=$(lab_run taskset --cpu-list --pid "$pid" | sed 's/.*: //')
        all=$(lab_cpus)
        lab_run taskset --cpu-list --pid "$all" "$pid" >/dev/null
        expect_drift "sensor|task sample|CPUs|$planned|$all"
        lab_run taskset --cpu-list --pid "$planned" "$pid" >/dev/null
        expect_none
}

test_a_real_time_thread_that_nobody_declared_is_shown() {
        local pid
        pid=$(lab_payload worker)
        lab_run chrt --rr --pid 3 "$pid"
        expect_drift "worker|thread sleep ($pid)|policy|other|rr 3"
        expect_drift "worker|threads|undeclared|none real-time|1 real-time"
        lab_run chrt --other --pid 0 "$pid"
        expect_none
}

test_settings_of_an_older_descriptor_are_shown_until_the_restart() {
        echo 'environment = [ "NEW=1" ];' >>"$LAB_ETC/worker.container"
        expect_drift "worker|unit|settings|those of its descriptor|others in Environment="
        lab_run systemctl daemon-reload
        expect_drift "worker|unit|settings|those of its descriptor|others in Environment="
        lab_run systemctl restart rt-worker.service
        expect_none
}

# nspawn's /dev belongs to the container's root, who may not make nodes; the host's may.
test_a_node_that_nobody_declared_is_shown() {
        local pid
        pid=$(lab_payload worker)
        lab_run nsenter --target "$pid" --mount --root sh -c 'mknod /dev/smuggled c 1 1'
        expect_drift "worker|devices|nodes|no others|/dev/smuggled (char 1:1)"
        lab_run nsenter --target "$pid" --mount --root rm /dev/smuggled
        expect_none
}

test_a_device_that_was_allowed_by_hand_is_shown() {
        local known
        known=$(status worker | jq --raw-output '.containers[].comparisons[]
                | select(.subject == "devices" and .aspect == "filter") | .agreement')
        [[ $known == as-planned ]] || skip "device filters cannot be read here: $known"
        expect_equal "the filter of the declared device" "$(status worker | jq --raw-output '.containers[].comparisons[]
                | select(.subject == "device /dev/fuse" and .aspect == "filter") | .actual')" rw
        lab_run mknod /dev/other c 10 130
        lab_run systemctl set-property --runtime rt-worker.service 'DeviceAllow=/dev/other r'
        expect_drift "worker|devices|filter|no others|char 10:130 r"
        lab_run rm -r /run/systemd/system.control/rt-worker.service.d
        lab_run systemctl daemon-reload
        lab_run systemctl restart rt-worker.service
        expect_none
}

test_a_changed_limit_of_memory_is_shown() {
        local known
        known=$(status sensor | jq --raw-output '.containers[].comparisons[]
                | select(.subject == "memory" and .aspect == "max") | .agreement')
        [[ $known == as-planned ]] || skip "there is no memory controller"
        lab_run systemctl set-property --runtime rt-sensor.service MemoryMax=20M
        expect_drift "sensor|memory|max|16M|20M"
        lab_run systemctl set-property --runtime rt-sensor.service MemoryMax=16M
        expect_none
}

test_a_container_that_was_killed_is_a_finding_of_its_config() {
        lab_run systemctl stop rt-worker.service
        # Its config ended with it, so nobody wants it any more.
        lab_wait 10 "the config has ended" expect_failure lab_is_active rt-config-drive.target
        expect_equal "the config" "$(status | jq --compact-output .config)" '{"name":null,"state":"inactive","source":"systemd"}'
        expect_equal "the worker" "$(status worker | jq --raw-output '.containers[0].state')" stopped
        lab_switch drive >/dev/null
        lab_script 'echo 1 >"/sys/fs/cgroup$(systemctl show --value -p ControlGroup rt-worker.service)/payload/cgroup.kill"'
        lab_wait 10 "the worker has failed" lab_run sh -c '[ "$(systemctl is-active rt-worker.service)" != active ]'
        case $(lab_run systemctl is-active rt-worker.service || true) in
        failed) expect_drift "worker|unit|state|running|failed ($(lab_run systemctl show --value -p Result rt-worker.service))" ;;
        *) lab_wait 10 "it runs again" lab_is_active rt-worker.service ;;
        esac
        lab_run systemctl reset-failed rt-worker.service || true
        lab_run systemctl restart rt-worker.service
        lab_wait 10 "all is as it was" test -z "$(new_drifts)"
}

test_without_systemd_what_runs_tells_which_config_it_is() {
        expect_equal "the config" \
                "$({ lab_run env RTCONTAINERS_SYSTEMCTL= rtctl --json=short status sensor || true; } | jq --compact-output .config)" \
                '{"name":"drive","state":"active","source":"processes"}'
}

test_who_is_not_root_sees_what_may_be_seen() {
        local answer
        answer=$(lab_run setpriv --reuid=65534 --clear-groups rtctl --json=short status worker || [[ $? == 1 ]])
        expect_equal "the state" "$(jq --raw-output '.containers[0].state' <<<"$answer")" running
        expect_equal "its nodes" "$(jq --raw-output '.containers[0].comparisons[] | select(.aspect == "nodes") | .agreement' \
                <<<"$answer")" unknown
}

run_tests
