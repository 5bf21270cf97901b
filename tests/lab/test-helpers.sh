#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What runs beside containers: a stop ends in time, whatever the program does.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=tests/lab/actor.sh
source "$(dirname "${BASH_SOURCE[0]}")/actor.sh"

set_up() {
        lab_prepare
        add_tree
        add_actor absent "tasks = ( $(task absent 'thread = "absent";') ); startup = \"200ms\";" stay
        add_actor few "tasks = ( $(task only) ); notify = true;" ready stay
        add_actor patient "tasks = ( $(task only) ); stop_timeout = \"10s\";" fork term 1500 stay
        add_actor notifier "tasks = ( $(task only) ); stop_timeout = \"10s\"; notify = true;" term 1500 ready stay
        add_actor waiter "tasks = ( $(task only) ); stop_timeout = \"10s\"; notify = true;" term 500 sigwait
        add_actor deaf "tasks = ( $(task only) ); stop_timeout = \"2s\";" fork term -1 stay
        add_actor liar "tasks = ( $(task only) ); stop_timeout = \"2s\"; watchdog = \"10s\";
                mounts = ( { source = \"/srv/data\"; target = \"/data\"; } );" term -1 lie fork ready stay
        echo 'containers = [ "liar", "sensor" ];' >"$LAB_ETC/lies.config"
        lab_boot
        lab_run rtctl check >&2
}

test_a_program_that_is_pid_1_and_handles_no_sigterm_is_killed_at_once() {
        lab_run systemctl start rt-few.service
        expect_between "the time in ms" "$(duration systemctl stop rt-few.service)" 0 1500
        expect_contains "the messages" "$(lab_messages few)" 'does not handle SIGTERM; it was killed'
        expect_nothing_left few
}

test_a_program_that_handles_sigterm_gets_its_time() {
        local container
        for container in patient notifier; do
                lab_run systemctl start "rt-$container.service"
                expect_between "the time in ms" "$(duration systemctl stop "rt-$container.service")" 1500 9000
                expect_contains "the messages of $container" "$(lab_messages "$container")" "has ended in time"
                expect_lacks "the messages of $container" "$(lab_messages "$container")" killed
                expect_equal "the result" "$(result "$container")" success
        done
}

test_a_program_that_waits_for_sigterm_without_a_handler_gets_its_time() {
        lab_run systemctl start rt-waiter.service
        lab_run systemctl stop rt-waiter.service
        expect_contains "the messages" "$(lab_messages waiter)" "has ended in time"
        expect_equal "the result" "$(result waiter)" success
}

test_a_program_that_handles_no_sigterm_below_the_stub_ends_at_once_and_in_order() {
        lab_run systemctl start rt-absent.service
        expect_between "the time in ms" "$(duration systemctl stop rt-absent.service)" 0 1500
        expect_equal "the result" "$(result absent)" success
}

test_a_program_that_does_not_end_is_killed_when_its_time_is_over() {
        lab_run systemctl start rt-deaf.service
        expect_between "the time in ms" "$(duration systemctl stop rt-deaf.service)" 2000 10000
        expect_contains "the messages" "$(lab_messages deaf)" 'the program has not ended within 2s; it was killed'
        expect_nothing_left deaf
}

test_a_program_that_extends_its_stop_timeout_does_not_hold_up_a_switch() {
        lab_switch lies
        expect_between "the time in ms" "$(lab_switch drive)" 2000 10000
        expect_contains "the messages" "$(lab_messages liar)" 'the program has not ended within 2s; it was killed'
        expect_nothing_left liar
        lab_is_active rt-config-drive.target || fail "drive is not active"
        lab_is_active rt-controller.service || fail "the controller does not run"
}

test_a_program_that_names_another_main_process_does_not_hold_up_a_switch() {
        local program
        lab_switch lies
        program=$(lab_payload liar)
        echo "$program" >"$LAB_ROOT/srv/data/pid"
        lab_wait 5 "systemd believes it" believes "$program"
        expect_between "the time in ms" "$(lab_switch drive)" 2000 10000
        expect_nothing_left liar
        lab_is_active rt-controller.service || fail "the controller does not run"
}

believes() { # PID
        [[ $(main_pid liar) == "$1" ]]
}

test_without_a_container_there_is_nothing_to_do() {
        lab_run /usr/lib/rtcontainers/stop-payload 1000000
        expect_failure lab_run /usr/lib/rtcontainers/stop-payload
        expect_failure lab_run /usr/lib/rtcontainers/stop-payload 1s
}

run_tests
