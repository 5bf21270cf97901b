#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Containers that cannot keep their place: in each configuration another CPU is taken by something large, so what both
# share has to move and therefore to restart.
#
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

add_container() { # NAME SETTINGS
        cat >"$LAB_ETC/$1.container" <<EOF
rootfs   = "/var/lib/rtcontainers/rootfs/sensor";
command  = [ "/usr/bin/rt-example-sensor", "--period=10ms" ];
watchdog = "1s";
memory   = { locked = "4M"; };
$2
EOF
}

# Two CPUs that both do everything, and no other descriptors than these.
set_up() {
        if (($(nproc) < 2)); then
                NO_CPUS="one CPU is too few"
                return
        fi
        NO_CPUS=''
        lab_prepare
        find "$LAB_ETC" -mindepth 1 -delete
        mapfile -t CPU < <(lab_run_cpus)
        cat >"$LAB_ETC/platform.conf" <<EOF
cpus = "${CPU[0]},${CPU[1]}"; housekeeping = "${CPU[0]},${CPU[1]}"; default_config = "left";
EOF
        local task='name = "sample"; period = "10ms"; wcet = "5ms";'
        add_container common "tasks = ( { $task } );"
        add_container left-only "tasks = ( { $task cpu = ${CPU[0]}; } );"
        add_container right-only "tasks = ( { $task cpu = ${CPU[1]}; } );"
        echo 'containers = [ "common", "left-only" ];' >"$LAB_ETC/left.config"
        echo 'containers = [ "common", "right-only" ];' >"$LAB_ETC/right.config"
        lab_boot
}

# The first two CPUs of the lab, a line each.
lab_run_cpus() {
        tr ',' '\n' < <(lab_cpus) | awk -F- '{ for (i = $1; i <= (NF > 1 ? $2 : $1); i++) print i }' | head -n 2
}

cpus_of() { # STEM
        lab_run sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$(lab_payload "$1")/status"
}

test_a_container_runs_where_there_is_room_in_each_configuration() {
        [[ -z $NO_CPUS ]] || skip "$NO_CPUS"
        lab_is_active rt-config-left.target || fail "left is not active"
        expect_equal "the CPU of common in left" "$(cpus_of common--left)" "${CPU[1]}"
        lab_switch right
        expect_equal "the CPU of common in right" "$(cpus_of common--right)" "${CPU[0]}"
        ! lab_is_active rt-common--left.service || fail "common still runs as in left"
        lab_switch left
        expect_equal "the CPU of common back in left" "$(cpus_of common--left)" "${CPU[1]}"
}

test_the_unit_says_why_it_is_not_carried_over() {
        [[ -z $NO_CPUS ]] || skip "$NO_CPUS"
        expect_contains "the unit" "$(lab_run systemctl cat rt-common--left.service)" "For config left alone"
}

test_systemd_analyze_verify_has_nothing_to_say() {
        [[ -z $NO_CPUS ]] || skip "$NO_CPUS"
        # shellcheck disable=SC2016 # for the lab's shell
        expect_empty "what systemd-analyze verify says" \
                "$(lab_script 'cd /run/systemd/generator; systemd-analyze verify --man=no rt-*.* rtcontainers*.slice 2>&1' || true)"
}

run_tests
