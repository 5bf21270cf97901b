#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Threads get what is planned for them, from outside, when they appear.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=tests/lab/actor.sh
source "$(dirname "${BASH_SOURCE[0]}")/actor.sh"

readonly CROWD=4000 MISSING=30 MISSING_ID=8c1f3a4e5b7d4f0a9d2e61c0b3a7f5d1

missing_tasks() {
        local i
        for ((i = 0; i < MISSING; i++)); do
                echo "$(task "missing$i"),"
        done
}

set_up() {
        lab_prepare
        add_tree
        add_actor several "tasks = ( $(task main 'thread = "init";'), $(task worker) );" \
                thread other 2 thread worker 3 stay
        add_actor late "tasks = ( $(task early), $(task late) );" thread early 1 sleep 50 thread late 1 stay
        add_actor absent "tasks = ( $(task absent 'thread = "absent";') ); startup = \"200ms\";" stay
        add_actor needed "tasks = ( $(task needed 'thread = "needed";') ); startup = \"200ms\"; restart = \"no\";
                on_miss = { action = \"restart\"; };" stay
        add_actor plain 'tasks = ( { name = "a"; policy = "other"; }, { name = "b"; policy = "other"; } );' stay
        add_actor slack "tasks = ( $(task lazy 'policy = "other"; timer_slack = "1us";'), $(task main 'thread = "init";') );" \
                thread other 1 thread lazy 1 stay
        add_actor later "tasks = ( $(task first), $(task second 'policy = "other"; timer_slack = "1us";') );
                startup = \"200ms\";" thread first 1 sleep 1500 thread first 1 thread second 1 thread other 1 stay
        add_actor again "tasks = ( $(task brief 'thread = "brief";') );" short brief sleep 1500 thread brief 1 stay
        add_actor rebel "tasks = ( $(task rebel), $(task late) );" different rebel sleep 1500 thread late 1 stay
        add_actor asks "tasks = ( $(task asked 'thread = "by another";'), $(task lazy 'policy = "other"; timer_slack = "1us";') );
                notify = true;" ask asked ask lazy ask unknown ready stay
        add_actor thousand "tasks = ( $(task many), $(task main 'thread = "init";') ); notify = true;" \
                thread many 1000 ready stay
        add_actor edf "tasks = ( $(task law 'policy = "deadline"; deadline = "100ms"; jitter = "10ms";') ); restart = \"no\";" stay
        add_actor crowd "tasks = ( $(missing_tasks) $(task last) ); notify = true; startup = \"200ms\";" \
                thread crowd "$CROWD" thread last 1 ready stay
        add_actor few "tasks = ( $(task only) ); notify = true;" ready stay
        printf 'rootfs = "/srv/actor"; boot = true;\ntasks = ( %s, %s );\n' \
                "$(task main 'thread = "init";')" "$(task deep)" >"$LAB_ETC/nested.container"
        add_actor deeper "tasks = ( $(task only) ); notify = true;" nest ready stay
        add_actor namesake "tasks = ( $(task init 'thread = "init";') );" sleep 60 thread init 1 stay
        lab_boot
        lab_run rtctl check >&2
}

cgroup_below_payload() { # CONTAINER
        lab_script '
                cd "/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/payload"
                find . -name cgroup.procs -exec grep -l . {} + | cut -d / -f 2' "$1"
}

expect_bound() { # CONTAINER NAME COUNT
        local all
        all=$(threads_named "$1" "$2")
        expect_equal "the number of threads \"$2\" of $1" "$(wc -l <<<"$all")" "$3"
        expect_equal "their policy and number of CPUs" "$(sort -u <<<"$all" | sed 's/ [0-9]*$/ one/')" "1 one"
}

test_all_threads_of_one_name_are_bound_and_no_others() {
        lab_run systemctl start rt-several.service
        expect_bound several worker 3
        expect_equal "the policy of others" "$(threads_named several other | cut -d ' ' -f 1 | sort -u)" 0
        lab_run systemctl stop rt-several.service
}

test_a_thread_that_appears_50_ms_after_the_start_is_bound() {
        lab_run systemctl start rt-late.service
        expect_bound late early 1
        expect_bound late late 1
        lab_run systemctl stop rt-late.service
}

test_a_thread_that_has_the_name_of_the_program_is_bound_when_it_comes() {
        lab_run systemctl start rt-namesake.service
        expect_bound namesake init 2
        lab_run systemctl stop rt-namesake.service
}

test_a_missing_thread_is_reported_and_the_container_runs() {
        lab_run systemctl start rt-absent.service
        lab_is_active rt-absent.service || fail "it does not run"
        expect_contains "the messages" "$(lab_messages absent)" 'no thread "absent" has appeared within 200 ms'
        expect_contains "what is found by the number of such messages" "$(by_message_id "$MISSING_ID")" '"absent"'
        lab_run systemctl stop rt-absent.service
}

# The error messages that have this number.
by_message_id() { # ID
        lab_run journalctl --sync
        lab_run journalctl --boot --output=cat --no-pager --priority=err "MESSAGE_ID=$1"
}

test_a_missing_thread_fails_the_start_if_a_miss_is_not_only_logged() {
        expect_failure lab_run systemctl start rt-needed.service
        expect_contains "the messages" "$(lab_messages needed)" 'has appeared within 200 ms'
        expect_equal "the result" "$(result needed)" exit-code
        expect_nothing_left needed
}

test_nothing_is_missed_of_a_container_that_declares_nothing_to_set() {
        lab_run systemctl start rt-plain.service
        expect_lacks "the messages" "$(lab_messages plain)" appeared
        lab_run systemctl stop rt-plain.service
}

test_a_thread_that_appears_long_after_the_start_is_bound() {
        lab_run systemctl start rt-later.service
        lab_is_active rtcontainers-threads.service || fail "nobody watches"
        lab_wait 10 "the late threads are there" has_threads later other 1
        lab_wait 5 "it is bound" has_bound later first 2
        lab_wait 5 "its slack is set" has_slack later second 1000
        expect_equal "the policy of others" "$(threads_named later other | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-later.service
}

has_threads() { # CONTAINER NAME COUNT
        (($(threads_named "$1" "$2" | wc -l) == $3))
}

has_bound() { # CONTAINER NAME COUNT
        (($(threads_named "$1" "$2" | sed -n '/^1 [0-9]*$/p' | wc -l) == $3))
}

has_slack() { # CONTAINER NAME NANOSECONDS
        [[ $(slack_of "$1" "$2") == "$3" ]]
}

test_a_thread_that_comes_again_is_bound_again() {
        lab_run systemctl start rt-again.service
        lab_wait 10 "it has come again" has_bound again brief 1
        lab_run systemctl stop rt-again.service
}

has_policy() { # CONTAINER THREAD POLICY
        [[ $(threads_named "$1" "$2" | cut -d ' ' -f 1) == "$3" ]]
}

test_a_thread_that_was_bound_and_changes_its_policy_is_left_alone() {
        lab_run systemctl start rt-rebel.service
        lab_wait 10 "it has changed its policy" has_policy rebel rebel 0
        lab_wait 10 "all threads have been looked at since" has_bound rebel late 1
        expect_equal "its policy" "$(threads_named rebel rebel | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-rebel.service
}

test_a_container_that_is_restarted_is_watched_again() {
        lab_run systemctl start rt-later.service
        lab_run systemctl restart rt-later.service
        lab_wait 10 "it is bound" has_bound later first 2
}

test_without_process_events_the_watcher_says_once_that_it_looks_once_a_second() {
        lab_run journalctl --sync
        expect_equal "the number of messages" "$(lab_run journalctl --boot --output=cat --no-pager \
                --unit=rtcontainers-threads.service --grep='once a second' "_PID=$(watcher)" | wc -l)" 1
}

watcher() {
        lab_run systemctl show --value -p MainPID rtcontainers-threads.service
}

test_the_watcher_stops_with_the_last_container() {
        lab_is_active rtcontainers-threads.service || fail "it does not run"
        lab_run systemctl isolate multi-user.target
        lab_wait 5 "it has stopped" is_inactive rtcontainers-threads.service
        lab_run systemctl start rt-plain.service
        expect_failure lab_is_active rtcontainers-threads.service
        lab_run systemctl stop rt-plain.service
}

is_inactive() { # UNIT
        [[ $(lab_run systemctl is-active "$1" || true) == inactive ]]
}

# As with quick switching to and fro.
test_the_watcher_may_be_started_again_and_again() {
        local i
        lab_run systemctl start rt-asks.service
        for i in {1..7}; do
                lab_run systemctl restart rtcontainers-threads.service || fail "it does not start for the ${i}th time"
        done
        lab_run systemctl stop rt-asks.service
}

# Where the kernel has no such file, as in the lab, that is said once.
test_a_latency_that_cannot_be_held_is_not_tried_for_ever() {
        lab_run systemctl start rtcontainers-cpu-latency@7.service || true
        sleep 0.5
        expect_equal "the number of restarts" "$(lab_run systemctl show --value -p NRestarts rtcontainers-cpu-latency@7.service)" 0
        lab_run systemctl stop rtcontainers-cpu-latency@7.service
}

test_a_thread_that_asks_for_what_is_declared_gets_it_and_is_told() {
        lab_run systemctl start rt-asks.service
        lab_wait 10 "all have been told" has_message asks "asked: 0, policy 1"
        expect_bound asks "by another" 1
        expect_contains "what the others are told" "$(lab_messages asks)" "lazy: 0, policy 0"
        expect_contains "what the others are told" "$(lab_messages asks)" "unknown: -2, policy 0"
        expect_equal "the slack" "$(slack_of asks lazy)" 1000
        lab_run systemctl stop rt-asks.service
}

has_message() { # IDENTIFIER TEXT
        [[ $(lab_messages "$1") == *"$2"* ]]
}

test_timer_slack_is_set_where_it_is_asked_for_and_nowhere_else() {
        lab_run systemctl start rt-slack.service
        expect_equal "the slack" "$(slack_of slack lazy)" 1000
        expect_equal "that of others" "$(slack_of slack other)" 50000
        expect_equal "the policy" "$(threads_named slack lazy | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-slack.service
}

slack_of() { # CONTAINER THREAD
        lab_script '
                path=/sys/fs/cgroup$(systemctl show --value -p ControlGroup "rt-$1.service")/payload
                for pid in $(cat "$path/cgroup.procs"); do
                        for task in /proc/$pid/task/*; do
                                [[ $(<"$task/comm") != "$2" ]] || cat "/proc/${task##*/}/timerslack_ns"
                        done
                done' "$1" "$2"
}

test_a_thousand_threads_of_one_name_are_all_bound_and_reported_once() {
        lab_run systemctl start rt-thousand.service
        expect_bound thousand many 1000
        expect_equal "the number of messages" \
                "$(lab_messages thousand | grep -c '1000 threads are called "many"')" 1
        lab_run systemctl stop rt-thousand.service
}

test_a_deadline_task_that_the_kernel_cannot_pin_fails_the_start_with_its_reason() {
        expect_failure lab_run systemctl start rt-edf.service
        expect_contains "the messages" "$(lab_messages edf)" \
                'cannot have SCHED_DEADLINE 20us within 90ms every 100ms'
        expect_contains "the messages" "$(lab_messages edf)" 'on all CPUs of its partition'
        expect_nothing_left edf
}

test_threads_in_cgroups_that_an_init_has_made_are_bound() {
        lab_run systemctl start rt-nested.service
        expect_equal "the cgroup of the init" "$(cgroup_below_payload nested | tail -n 1)" inner
        expect_bound nested deep 2
        expect_bound nested init 1
        kill_and_stop nested
}

test_pid_1_of_a_namespace_in_the_container_is_not_taken_for_the_program() {
        lab_run systemctl start rt-deeper.service
        expect_bound deeper init 1
        expect_equal "the policy of the other PID 1" "$(threads_named deeper nested | cut -d ' ' -f 1)" 0
        lab_run systemctl stop rt-deeper.service
}

test_thousands_of_threads_do_not_hold_up_the_start() {
        attempt 3 starts_soon
        expect_bound crowd last 1
        expect_contains "the messages" "$(lab_messages crowd)" 'no thread "missing29" has appeared'
}

starts_soon() {
        local crowd few
        lab_run systemctl stop rt-few.service rt-crowd.service
        few=$(duration systemctl start rt-few.service)
        crowd=$(duration systemctl start rt-crowd.service)
        echo "$crowd ms, with few threads $few ms"
        ((crowd - few < 1000))
}

test_looking_for_missing_threads_among_thousands_takes_300_ms_at_most() {
        local i
        {
                echo '.container startup=200000000 on_missing=log'
                for ((i = 0; i < MISSING; i++)); do
                        echo "lost$i thread=lost$i policy=fifo priority=10 cpus=$(lab_first_cpu)"
                done
        } >"$LAB_ROOT/srv/data/lost.tasks"
        attempt 10 gives_up_soon
}

gives_up_soon() {
        local took
        took=$(run_beside crowd bash -c 'start=$(date +%s%N); "$@" 2>/dev/null
                echo $((($(date +%s%N) - start) / 1000000))' - /usr/lib/rtcontainers/bind-threads /srv/data/lost.tasks)
        echo "$took ms"
        ((took >= 190 && took <= 300))
}

test_without_a_container_there_is_nothing_to_bind() {
        echo '.container startup=0 on_missing=fail' >"$LAB_ROOT/srv/data/none.tasks"
        lab_run /usr/lib/rtcontainers/bind-threads /srv/data/none.tasks
        expect_failure lab_run /usr/lib/rtcontainers/bind-threads /srv/data/no.tasks
        echo 'damaged' >"$LAB_ROOT/srv/data/none.tasks"
        expect_failure lab_run /usr/lib/rtcontainers/bind-threads /srv/data/none.tasks
}

run_tests
