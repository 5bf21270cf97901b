#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Threads get what is planned for them on a kernel with all that is needed: process events, SCHED_DEADLINE in partitions.
#
# shellcheck disable=SC2016 # scripts for the shell in containers are quoted from ours
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly TIMES='period = "1s"; wcet = "600ms"; policy = "deadline";'
# Some time without a fork: one in whose midst the thread gets SCHED_DEADLINE fails.
readonly SOON='i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done;'
readonly BUSY='command = [ "/bin/sh", "-c", "while :; do :; done" ];'

container() { # NAME KEYS
        printf '%s\n' "rootfs = \"$VM_ROOTFS/probe\";" 'restart = "no"; stop_timeout = "1s";' "$2" | vm_descriptor "$1.container"
}

set_up() {
        vm_examples
        container late 'command = [ "/bin/sh", "-c", "sleep 4; echo -n second >/proc/self/comm; sleep 1000; :" ];
                tasks = ( { name = "first"; thread = "sh"; period = "1s"; wcet = "1ms"; priority = 41; },
                          { name = "second"; period = "1s"; wcet = "1ms"; priority = 42; },
                          { name = "third"; thread = "sleep"; policy = "other"; timer_slack = "1ns"; } ); startup = "200ms";'
        container edf "$BUSY tasks = ( { name = \"law\"; $TIMES } ); cpus = { exclusive = true; };"
        container shared "$BUSY tasks = ( { name = \"law\"; $TIMES } );"
        container greedy "command = [ \"/bin/sh\", \"-c\", \"$SOON (while :; do :; done) & while :; do :; done\" ];
                tasks = ( { name = \"law\"; thread = \"sh\"; $TIMES } ); cpus = { exclusive = true; };"
        container phoenix "command = [ \"/bin/sh\", \"-c\", \"while :; do sh -c 'echo -n law >/proc/self/comm; while :; do :; done'; done\" ];
                tasks = ( { name = \"law\"; thread = \"law\"; period = \"4s\"; wcet = \"2s\"; policy = \"deadline\"; } ); cpus = { exclusive = true; };"
        vm_descriptor threads.config <<<'containers = [ "late", "edf", "greedy" ];'
        vm_descriptor other.config <<<'containers = [ "shared" ];'
        vm_descriptor reborn.config <<<'containers = [ "phoenix" ];'
        vm_reload
        rtctl check
}

has_policy() { # CONTAINER THREAD POLICY
        local pid
        while read -r pid; do
                [[ $(<"/proc/$pid/comm") != "$2" || $(vm_policy "$pid") != "$3" ]] || return 0
        done <"$(vm_cgroup "rt-$1.service")/payload/cgroup.procs"
        return 1
}

test_a_late_thread_is_bound_as_soon_as_it_has_its_name() {
        systemctl start rt-late.service
        expect_contains "the policy of the first" "$(vm_policy "$(vm_payload late)")" "SCHED_FIFO"
        vm_wait 30 "the late one is bound" has_policy late second "SCHED_FIFO 42"
        vm_journal rtcontainers-threads.service >"$VM_EVIDENCE/watcher"
        expect_lacks "what the watcher says" "$(<"$VM_EVIDENCE/watcher")" "once a second"
}

# It was started by a real-time thread, and must not be one.
test_timer_slack_is_set_for_who_asks_for_it() {
        vm_wait 20 "its slack is set" has_slack late sleep 1
        has_policy late sleep "SCHED_OTHER 0" || fail "it is a real-time thread"
        systemctl stop rt-late.service
}

has_slack() { # CONTAINER THREAD NANOSECONDS
        local pid
        while read -r pid; do
                [[ $(<"/proc/$pid/comm") != "$2" || $(<"/proc/$pid/timerslack_ns") != "$3" ]] || return 0
        done <"$(vm_cgroup "rt-$1.service")/payload/cgroup.procs"
        return 1
}

test_a_deadline_task_in_a_partition_of_its_own_gets_what_is_planned() {
        systemctl start rt-edf.service
        expect_contains "its policy" "$(chrt --pid "$(vm_payload edf)")" "SCHED_DEADLINE"
        expect_contains "its parameters" "$(chrt --pid "$(vm_payload edf)")" "600000000/1000000000/1000000000"
}

test_a_container_that_is_killed_and_started_again_has_its_bandwidth() {
        local before
        before=$(vm_payload edf)
        kill -KILL "$before"
        vm_wait 10 "it has ended" is_down rt-edf.service
        systemctl start rt-edf.service
        expect_different "the program" "$(vm_payload edf)" "$before"
        expect_contains "its parameters" "$(chrt --pid "$(vm_payload edf)")" "600000000/1000000000/1000000000"
        systemctl stop rt-edf.service
}

is_down() { # UNIT
        [[ $(systemctl is-active "$1") == failed || $(systemctl is-active "$1") == inactive ]]
}

# The process of phoenix that is called law.
law() {
        local pid
        while read -r pid; do
                [[ $(<"/proc/$pid/comm") != law ]] || echo "$pid"
        done <"$(vm_cgroup rt-phoenix.service)/payload/cgroup.procs"
}

is_new() { # FORMER_PID
        local pid
        pid=$(law)
        [[ -n $pid && $pid != "$1" ]]
}

is_deadline() { # FORMER_PID
        is_new "$1" && [[ $(chrt --pid "$(law)") == *2000000000/4000000000/4000000000* ]]
}

ticks() { # PID
        cut -d ' ' -f 14,15 "/proc/$1/stat"
}

is_throttled() { # PID
        local before
        before=$(ticks "$1")
        sleep 0.2
        [[ $(ticks "$1") == "$before" ]]
}

is_running() { # PID
        ! is_throttled "$1"
}

# In the midst of its 2s of runtime, so that its bandwidth stays taken for about as long as it has run already. While it
# is throttled it would not see the signal.
kill_law() { # PID
        vm_wait 20 "it has used up its runtime" is_throttled "$1"
        vm_wait 20 "it has got more" is_running "$1"
        sleep 1
        kill -KILL "$1"
}

test_a_late_thread_waits_for_bandwidth_that_one_which_was_killed_still_has() {
        local before
        systemctl start rt-phoenix.service
        vm_wait 20 "it is bound" is_deadline 0
        before=$(law)
        kill_law "$before"
        vm_wait 20 "the next one is bound" is_deadline "$before"
        expect_lacks "the messages" "$(vm_messages phoenix)" "cannot have"
}

test_a_start_waits_for_bandwidth_that_a_thread_which_was_killed_still_has() {
        local before control tasks=/run/systemd/nspawn/phoenix.tasks
        control=$(vm_cgroup rt-phoenix.service)/.control
        systemctl stop rtcontainers-threads.service
        before=$(law)
        kill_law "$before"
        vm_wait 20 "the next one is there" is_new "$before"
        mkdir -p "$control"
        bash -c 'echo $$ >"$1/cgroup.procs"; exec /usr/lib/rtcontainers/bind-threads "$2"' - "$control" "$tasks"
        is_deadline "$before" || fail "it is not bound"
        systemctl stop rt-phoenix.service
}

# By bind-threads, and then the start fails, or by watch-threads, if the second thread comes later.
test_bandwidth_that_is_used_up_is_reported_once_and_who_has_it() {
        systemctl start rt-greedy.service || true
        vm_wait 60 "it is reported" has_message greedy 'cannot have SCHED_DEADLINE 600ms within 1000ms every 1000ms'
        expect_contains "the messages" "$(vm_messages greedy)" 'bandwidth is used up, of which thread "sh"'
        expect_contains "the messages" "$(vm_messages greedy)" 'of rt-greedy.service) has 0.600 of a CPU'
        sleep 3
        expect_equal "the number of messages" "$(vm_messages greedy | grep -c 'cannot have')" 1
        systemctl stop rt-greedy.service
}

has_message() { # IDENTIFIER TEXT
        [[ $(vm_messages "$1") == *"$2"* ]]
}

test_a_deadline_task_without_a_partition_fails_the_start_with_what_it_needs() {
        expect_failure systemctl start rt-shared.service
        expect_contains "the messages" "$(vm_messages shared)" 'exclusive = true; count = 1'
}

run_tests
