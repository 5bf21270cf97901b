#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The machine, and what this project's units do on a PREEMPT_RT kernel with everything that a real one has.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

set_up() {
        vm_examples
        vm_reload
        vm_switch drive
}

test_the_kernel_is_preempt_rt() {
        expect_equal "/sys/kernel/realtime" "$(cat /sys/kernel/realtime)" 1
        expect_contains "the kernel's version" "$(uname -v)" PREEMPT_RT
}

run_tests
