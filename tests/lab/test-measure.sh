#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl measure with real priorities: it yields values that platform.conf takes, takes no more of a CPU than it says,
# and leaves running containers and foreign files alone.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

readonly DROP_IN=/etc/rtcontainers/platform.conf.d/50-measured.conf

set_up() {
        lab_prepare
        lab_boot
        stop_containers
}

stop_containers() {
        lab_run systemctl isolate multi-user.target # waits for what starts only
        lab_wait 20 "no container runs" no_container_runs
}

no_container_runs() {
        [[ -z $(lab_run systemctl list-units --plain --no-legend --state=active,deactivating 'rt-*.service') ]]
}

measure() { # OPTION…
        lab_run rtctl --duration=2s "$@" measure
}

test_it_measures_each_overhead_on_each_real_time_cpu() {
        local answer
        answer=$(measure --json=short)
        local cpus
        cpus=$(lab_run rtctl --json=short analyze | jq -r .platform.cpus)
        [[ -n $cpus ]] || fail "no CPUs"
        jq -e '(.cpus | length) > 0 and (.priority == 80) and (.duration_ns == 2000000000) and (.margin == 1.2) and
                ([.cpus[] | .release, .context_switch, .irq] | all(.samples > 50 and .min_ns > 0 and .min_ns <= .p50_ns
                        and .p50_ns <= .p99_ns and .p99_ns <= .p999_ns and .p999_ns <= .max_ns and .max_ns < 1e9))' \
                <<<"$answer" >/dev/null || fail "$answer"
        # Each value is the most of all CPUs and a fifth, rounded up to two digits.
        jq -e 'def most(what): [.cpus[] | .[what].max_ns] | max;
                . as $all | ["release", "context_switch", "irq"] | all(. as $what | $all | .overheads[$what + "_ns"] as $value |
                        $value >= most($what) * 1.2 and $value <= most($what) * 1.2 * 1.1 + 2)' \
                <<<"$answer" >/dev/null || fail "$answer"
}

test_a_context_switch_costs_less_than_a_release() {
        # Half of all: the most of either may be anything on a machine that does other things.
        measure --json=short | jq -e '.cpus[0].context_switch.p50_ns < .cpus[0].release.p50_ns' >/dev/null ||
                fail "not so"
}

test_the_drop_in_is_taken_by_the_analysis() {
        measure --output="$DROP_IN" >/dev/null
        expect_lacks "rtctl check" "$(lab_run rtctl check 2>&1 || true)" "$DROP_IN:"
        expect_contains "platform" "$(lab_run rtctl cat platform 2>/dev/null || true)" "$DROP_IN"
        local released counted
        # Other configs may not hold with what this machine costs while it does other things.
        released=$({ lab_run rtctl --json=short cat platform 2>/dev/null || true; } |
                jq '.objects[0].settings.overheads.release')
        ((released > 0)) || fail "release is $released"
        counted=$({ lab_run rtctl --json=short analyze drive || true; } |
                jq '.configs[0].cpus[0].tasks[0].breakdown | .overhead_ns + .jitter_ns')
        ((counted >= released)) || fail "$counted ns are counted of $released ns"
        { lab_run rtctl doctor || true; } | grep '^good  *overheads: ' >/dev/null || fail "doctor does not see it"
}

test_a_file_of_its_own_is_replaced_and_a_foreign_one_is_not() {
        lab_script "echo '# mine' >/etc/rtcontainers/platform.conf.d/60-mine.conf"
        expect_failure measure --output=/etc/rtcontainers/platform.conf.d/60-mine.conf
        expect_equal "the foreign file" "$(lab_run cat /etc/rtcontainers/platform.conf.d/60-mine.conf)" "# mine"
        measure --force --output=/etc/rtcontainers/platform.conf.d/60-mine.conf >/dev/null
        measure --output=/etc/rtcontainers/platform.conf.d/60-mine.conf >/dev/null
        lab_run rm /etc/rtcontainers/platform.conf.d/60-mine.conf
}

test_running_containers_are_not_disturbed() {
        lab_switch drive
        local said status=0
        said=$(measure 2>&1) || status=$?
        expect_equal "the exit status" "$status" 2
        expect_contains "the message" "$said" "rt-sensor.service"
        said=$(measure --force)
        expect_contains "the conditions" "$said" "containers that ran: rt-"
        stop_containers
        said=$(measure)
        expect_contains "the conditions" "$said" "containers that ran: none"
}

test_it_takes_only_its_share_of_a_cpu() {
        # CPU time of two seconds on each of the real-time CPUs: a seventh at most, and what starting it costs.
        local cpus used
        cpus=$(measure --json=short | jq '.cpus | length')
        used=$(lab_script 'TIMEFORMAT="%U %S"; { time rtctl --duration=4s --json=short measure >/dev/null; } 2>&1' |
                awk '{ print int(($1 + $2) * 1000) }')
        ((used < cpus * 4000 / 6 + 300)) || fail "it took $used ms on $cpus CPUs"
}

test_its_threads_are_gone_when_it_is_killed() {
        lab_script 'rtctl --duration=8s measure >/dev/null 2>&1 & pid=$!
                sleep 5 # it is at switches, with another process
                pgrep -x rtctl-probe >/dev/null || { echo "there is no probe"; exit 1; }
                kill -KILL "$pid"
                sleep 0.5
                ! pgrep -lx rtctl-probe' || fail "something is left"
}

run_tests
