#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who ran where, by the kernel's own record, while the machine is busy: the examples against their plan. The lab has no
# CPU sets, so that nobody is alone on a CPU here; the VM's tests look at that.
#
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=tests/trace/record.sh
source "$LAB_SOURCE/tests/trace/record.sh"

readonly JUDGE=$LAB_BUILD/tests/trace/judge-trace

set_up() {
        NO_TRACE=$(trace_obstacle)
        [[ -z $NO_TRACE ]] || return 0
        lab_prepare
        lab_boot
        lab_wait 10 "the drive runs" lab_is_active rt-config-drive.target
}

# A process of the lab as the host numbers it.
host_pid() { # PID
        local init
        init=$(sed -n 's/^NSpid:[[:space:]]*//p' "/proc/$LAB_INIT/status" | wc -w)
        # Others' processes end while one reads.
        { grep -H '^NSpid:' /proc/[0-9]*/status 2>/dev/null || true; } |
                awk -v pid="$1" -v column="$((init + 1))" '$column == pid { split($1, path, "/"); print path[3] }'
}

# "TID:CPU:PRIORITY:NAME" of the main thread of a container that has one task, as planned.
planned() { # CONTAINER TASK
        lab_run rtctl --json=short analyze drive |
                jq --raw-output --arg tid "$(host_pid "$(lab_payload "$1")")" --arg container "$1" --arg task "$2" '
                        .configs[].cpus[] | .cpu as $cpu | .tasks[]
                        | select(.container == $container and .task == $task)
                        | "\($tid):\($cpu):\(.priority):\($container)"'
}

# Processors, memory, files and timer interrupts are kept busy on the housekeeping CPU.
stress() { # SECONDS
        stress-ng --quiet --taskset "$(lab_first_cpu)" --timeout "$1" --temp-path "$LAB_DIR" \
                --cpu 1 --vm 1 --vm-bytes 64M --hdd 1 --hdd-bytes 16M --timer 1 --timer-freq 1000 &
}

record_drive() { # FILE
        stress 6
        record_trace 4 "$1"
        wait
}

test_declared_threads_run_on_their_cpu_in_their_order_while_the_machine_is_busy() {
        [[ -z $NO_TRACE ]] || skip "$NO_TRACE"
        local trace=$LAB_DIR/trace
        record_drive "$trace"
        "$JUDGE" "$(planned sensor sample)" "$(planned controller law)" <"$trace"
}

test_a_thread_that_was_moved_is_noticed() {
        [[ -z $NO_TRACE ]] || skip "$NO_TRACE"
        (($(nproc) > 1)) || skip "one CPU is too few"
        local trace=$LAB_DIR/trace law
        law=$(planned controller law)
        lab_run taskset --cpu-list --pid "$(lab_first_cpu)" "$(lab_payload controller)"
        record_trace 1 "$trace"
        expect_contains "what the judge says" "$("$JUDGE" "$law" <"$trace" || true)" "controller runs here"
        lab_run taskset --cpu-list --pid "$(cut -d: -f2 <<<"$law")" "$(lab_payload controller)"
}

test_a_priority_that_was_changed_is_noticed() {
        [[ -z $NO_TRACE ]] || skip "$NO_TRACE"
        local trace=$LAB_DIR/trace law
        law=$(planned controller law)
        lab_run chrt --fifo --pid 1 "$(lab_payload controller)"
        record_trace 1 "$trace"
        expect_contains "what the judge says" "$("$JUDGE" "$law" <"$trace" || true)" "controller runs at priority 98"
        lab_run chrt --fifo --pid "$(cut -d: -f3 <<<"$law")" "$(lab_payload controller)"
}

run_tests
