#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who ran where, by the kernel's own record, while the housekeeping CPU is as busy as can be: two containers that share a
# CPU, and one that has a CPU for itself.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly TRACE=/tmp/trace KNOWN=/tmp/known

worker() { # NAME PERIOD WORK PRIORITY WHERE
        vm_descriptor "$1.container" <<EOT
rootfs  = "$VM_ROOTFS/sensor";
command = [ "/usr/bin/rt-example-sensor", "--period=$2", "--work=$3" ];
tasks   = ( { name = "sample"; period = "$2"; wcet = "$3"; priority = $4; } );
memory  = { locked = "4M"; };
notify  = true;
cpus    = { $5 };
EOT
}

set_up() {
        # shellcheck source=tests/trace/record.sh
        source "$VM_DISK/record.sh"
        vm_descriptor platform.conf <<<'cpus = "0-3"; housekeeping = "0"; admission = "warn";'
        worker first 5ms 1ms 60 'allowed = "1";'
        worker second 7ms 1ms 50 'allowed = "1";'
        worker alone 4ms 500us 70 'allowed = "2"; exclusive = true;'
        vm_descriptor busy.config <<<'containers = [ "first", "second", "alone" ];'
        vm_reload
        vm_switch busy
}

# "TID:CPU:PRIORITY:NAME" as it is planned, which the program's only thread is then held to.
planned() { # CONTAINER
        rtctl --json=short analyze busy | jq --raw-output --arg container "$1" --arg tid "$(vm_payload "$1")" '
                .configs[].cpus[] | .cpu as $cpu | .tasks[] | select(.container == $container)
                | "\($tid):\($cpu):\(.priority):\($container)"'
}

# Whoever may be on the exclusive CPU: the kernel, and what belongs to the container.
write_known() {
        kernel_threads >"$KNOWN"
        find "$(vm_cgroup rt-alone.service)" -name cgroup.threads -exec cat {} + >>"$KNOWN"
}

judge() {
        "$VM_DISK/judge-trace" --exclusive=2 --known="$KNOWN" "$(planned first)" "$(planned second)" "$(planned alone)" \
                <"$TRACE"
}

test_a_busy_machine_runs_declared_threads_as_planned_and_nobody_else_on_an_exclusive_cpu() {
        systemd-run --quiet --unit=busy --collect -p RuntimeMaxSec=60 stress-ng --quiet --timeout 50 --temp-path /tmp \
                --cpu 2 --vm 1 --vm-bytes 64M --hdd 1 --hdd-bytes 16M --timer 1 --timer-freq 1000
        sleep 1
        write_known
        record_trace 5 "$TRACE"
        systemctl stop busy.service
        judge | tee "$VM_EVIDENCE/trace-verdict"
}

# What a partition does not keep out is whoever is put into it.
test_a_foreign_thread_on_the_exclusive_cpu_would_be_noticed() {
        write_known
        systemd-run --quiet --unit=foreign --collect --slice=rtcontainers-alone.slice -p RuntimeMaxSec=30 \
                bash -c 'while :; do sleep 0.01; done'
        record_trace 1 "$TRACE"
        systemctl stop foreign.service
        expect_contains "the verdict" "$(judge || true)" "runs on an exclusive CPU"
}

test_a_wrong_priority_would_be_noticed() {
        write_known
        chrt --fifo --pid 1 "$(vm_payload second)"
        record_trace 1 "$TRACE"
        expect_contains "the verdict" "$(judge || true)" "second runs at priority 98, not"
}

run_tests
