#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab itself: it leaves nothing behind, whatever way it ends.
#
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

LAB=0

set_up() {
        :
}

# Starts a lab's script in the background; $LAB is its PID, by which everything that belongs to it is named.
start_lab() { # COMMAND…
        # A process group of its own, as in a terminal, for the signals.
        setsid bash "$LAB_SOURCE/tests/lab/enter.sh" "$@" >"$LAB_BUILD/lab-logs/nested-$$.log" 2>&1 &
        LAB=$!
}

start_long_lab() {
        start_lab sh -c 'echo booted; sleep 60'
        lab_wait 60 "the lab has booted" grep -q booted "$LAB_BUILD/lab-logs/nested-$$.log"
}

# The whole group gets the signal, as from a terminal or from timeout(1).
end_lab() { # SIGNAL
        kill -"$1" -- "-$LAB"
        wait_for_lab
}

wait_for_lab() {
        STATUS=0
        wait "$LAB" || STATUS=$?
        cat "$LAB_BUILD/lab-logs/nested-$$.log"
        rm "$LAB_BUILD/lab-logs/nested-$$.log"
}

expect_no_traces() {
        local name=rtlab-$LAB
        expect_empty "the list of processes" "$(pgrep --full --list-full -- "--machine=$name( |$)" || true)"
        expect_empty "the list of mounts" "$(grep -w -- "$name" /proc/self/mounts || true)"
        expect_empty "the list of cgroups" "$(find /sys/fs/cgroup -type d -name "$name*")"
        expect_empty "the list of files" \
                "$(find "$LAB_CACHE/runs" "$LAB_NSPAWN_STATE" -name "*$name*" 2>/dev/null || true)"
}

test_a_lab_that_has_done_its_work_leaves_nothing() {
        start_lab true
        wait_for_lab
        expect_equal "the exit status" "$STATUS" 0
        expect_no_traces
}

test_a_lab_whose_command_fails_leaves_nothing_and_tells_the_status() {
        start_lab sh -c 'exit 3'
        wait_for_lab
        expect_equal "the exit status" "$STATUS" 3
        expect_no_traces
}

test_a_terminated_lab_leaves_nothing() {
        start_long_lab
        end_lab TERM
        expect_equal "the exit status" "$STATUS" 143
        expect_no_traces
}

test_a_lab_terminated_while_it_boots_leaves_nothing() {
        start_lab true
        lab_wait 60 "there is a machine" pgrep --full -- "--machine=rtlab-$LAB( |$)"
        end_lab TERM
        expect_no_traces
}

test_a_killed_lab_is_swept_up_by_the_next_one() {
        start_long_lab
        end_lab KILL
        local killed=$LAB
        start_lab true
        wait_for_lab
        LAB=$killed
        expect_no_traces
}

test_two_labs_run_side_by_side() {
        local first
        start_long_lab
        first=$LAB
        bash "$LAB_SOURCE/tests/lab/enter.sh" true
        kill -0 "$first" || fail "the second lab has ended the first"
        end_lab TERM
        expect_no_traces
}

run_tests
