#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl measure on a PREEMPT_RT kernel: plausible values, which the analysis takes; not on CPUs that the session may not
# use, and not while containers run there.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly DROP_IN=$VM_ETC/platform.conf.d/50-measured.conf

set_up() {
        vm_examples
        vm_reload
}

# As rtctl(1) has it for sessions that are kept on the housekeeping CPUs, such as this one.
measure() { # OPTION…
        systemd-run --quiet --pipe --wait --collect --slice=rtcontainers.slice \
                rtctl "$@" measure
}

test_a_session_on_other_cpus_is_told_how_to_measure() {
        local said status=0
        said=$(taskset --cpu-list 0 rtctl --duration=1s measure 2>&1) || status=$?
        ((status == 2)) || skip "the session may use all CPUs"
        expect_contains "the message" "$said" "systemd-run --pipe --wait --slice=rtcontainers.slice rtctl measure"
}

test_it_yields_plausible_values_on_all_real_time_cpus() {
        measure --duration=8s --json=short --output="$DROP_IN" >"$VM_EVIDENCE/measured.json"
        cp "$DROP_IN" "$VM_EVIDENCE/measured.conf"
        # Emulated CPUs are slow, and the machine below does other things: no figure is a figure of the kernel.
        jq -e '([.cpus[].cpu] == [1, 2, 3]) and
                ([.cpus[] | .release, .context_switch, .irq] | all(.samples > 20 and .min_ns > 0 and .min_ns <= .p50_ns
                        and .p50_ns <= .p99_ns and .p99_ns <= .max_ns and .p50_ns < 100e6)) and
                ([.conditions[] | select(contains("PREEMPT_RT"))] | length > 0)' "$VM_EVIDENCE/measured.json" >/dev/null ||
                fail "$(<"$VM_EVIDENCE/measured.json")"
}

test_the_analysis_takes_them() {
        expect_lacks "rtctl check" "$(rtctl check 2>&1 || true)" "$DROP_IN:"
        local release
        release=$({ rtctl --json=short cat platform 2>/dev/null || true; } | jq '.objects[0].settings.overheads.release')
        expect_equal "release" "$release" "$(jq .overheads.release_ns "$VM_EVIDENCE/measured.json")"
        { rtctl --json=short doctor || true; } |
                jq -e '.findings[] | select(.id == "overheads") | .level == "good"' >/dev/null || fail "doctor misses them"
        # The same values make a task late that has no time for them, and only those.
        vm_descriptor tight.container <<END
rootfs = "$VM_ROOTFS/probe"; command = [ "/bin/true" ];
tasks = ( { name = "t"; period = "10s"; wcet = "1us"; deadline = "$((release / 1000))us"; } );
END
        vm_descriptor tight.config <<<'containers = [ "tight" ];'
        { rtctl --json=short analyze tight || true; } | jq -e '.configs[0].schedulable == false' >/dev/null ||
                fail "it holds in spite of them"
        mv "$DROP_IN" "$VM_STATE/measured"
        rtctl --json=short analyze tight 2>/dev/null | jq -e '.configs[0].schedulable' >/dev/null || fail "it holds in no case"
        mv "$VM_STATE/measured" "$DROP_IN"
        rm "$VM_ETC"/tight.*
}

test_a_running_container_is_not_disturbed() {
        rm -f "$DROP_IN"
        vm_reload
        vm_switch drive
        local said status=0
        said=$(measure --duration=1s 2>&1) || status=$?
        expect_equal "the exit status" "$status" 2
        expect_contains "the message" "$said" rt-sensor.service
        vm_stop_all
}

run_tests
